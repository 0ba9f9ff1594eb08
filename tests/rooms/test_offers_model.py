"""Terms of each kind, and when a coupon may not be used."""

from dataclasses import replace
from datetime import timedelta

import pytest

from highstreet.kernel.errors import Refusal
from highstreet.rooms.offers import CouponFacts, check_terms, why_not
from tests.seeds import NOW

SECOND = timedelta(seconds=1)
SHARED = CouponFacts(
    brand_id="brd",
    coupon_id="cpn",
    offer_id="ofr",
    person_id=None,
    kind="spend_get",
    terms={"spend_minor": 1, "off_minor": 1},
    title_en="t",
    title_zh="t",
    funder_party_id="pty",
    is_stackable=True,
    is_active=True,
    starts_at=NOW - 9 * SECOND,
    ends_at=NOW - 5 * SECOND,
    valid_from=NOW,
    valid_until=NOW + SECOND,
    cap=3,
    reserved=1,
    used=1,
    limit_per_person=None,
)
OWN = replace(SHARED, person_id="me")


@pytest.mark.parametrize(
    ("kind", "terms", "checked"),
    [
        ("spend_get", {"spend_minor": 0, "off_minor": 1}, {"spend_minor": 0, "off_minor": 1}),
        ("percent", {"percent_bp": 10_000}, {"percent_bp": 10_000, "max_off_minor": None}),
        ("percent", {"percent_bp": 1, "max_off_minor": 5}, {"percent_bp": 1, "max_off_minor": 5}),
        ("percent", {"percent_bp": 1, "max_off_minor": None}, {"percent_bp": 1, "max_off_minor": None}),
        ("member_price", {}, {}),
    ],
)
def test_terms(kind, terms, checked):
    assert check_terms(kind, terms) == checked
    assert check_terms(kind, checked) == checked


@pytest.mark.parametrize(
    ("kind", "terms", "field"),
    [
        ("gift", {}, "kind"),
        ("spend_get", {"off_minor": 1}, "spend_minor"),
        ("spend_get", {"spend_minor": -1, "off_minor": 1}, "spend_minor"),
        ("spend_get", {"spend_minor": 1, "off_minor": 0}, "off_minor"),
        ("spend_get", {"spend_minor": True, "off_minor": 1}, "spend_minor"),
        ("spend_get", {"spend_minor": 1, "off_minor": 10**15 + 1}, "off_minor"),
        ("spend_get", {"spend_minor": 1, "off_minor": 1, "percent_bp": 1}, "percent_bp"),
        ("percent", {}, "percent_bp"),
        ("percent", {"percent_bp": 0}, "percent_bp"),
        ("percent", {"percent_bp": 10_001}, "percent_bp"),
        ("percent", {"percent_bp": 10.0}, "percent_bp"),
        ("percent", {"percent_bp": 1, "max_off_minor": 0}, "max_off_minor"),
        ("member_price", {"off_minor": 1}, "off_minor"),
    ],
)
def test_malformed_terms(kind, terms, field):
    with pytest.raises(Refusal) as caught:
        check_terms(kind, terms)
    assert (caught.value.code, caught.value.status) == ("offers.terms_malformed", 422)
    assert caught.value.facts == {"field": field}


@pytest.mark.parametrize(
    ("facts", "person_id", "now", "reason"),
    [
        (SHARED, None, NOW, None),
        (SHARED, "me", NOW, None),
        (OWN, "me", NOW, None),
        (OWN, "you", NOW, "not_yours"),
        (OWN, None, NOW, "needs_member"),
        (SHARED, None, NOW - SECOND, "not_yet"),
        (SHARED, None, NOW + SECOND - timedelta(microseconds=1), None),
        (SHARED, None, NOW + SECOND, "expired"),
        (replace(SHARED, is_active=False), None, NOW, "inactive"),
        (replace(SHARED, used=2), None, NOW, "used_up"),
        (replace(SHARED, reserved=2), None, NOW, "used_up"),
        (replace(SHARED, limit_per_person=1), None, NOW, "needs_member"),
        (replace(SHARED, limit_per_person=1), "me", NOW, None),
        # Another's coupon says nothing of its state.
        (replace(OWN, is_active=False, used=3), "you", NOW + SECOND, "not_yours"),
    ],
)
def test_why_not(facts, person_id, now, reason):
    assert why_not(facts, person_id, now) == reason


def test_no_offer_takes_off_more_than_it_asks_to_be_spent() -> None:
    assert check_terms("spend_get", {"spend_minor": 5000, "off_minor": 5000})
    assert check_terms("spend_get", {"spend_minor": 0, "off_minor": 8000})  # a voucher says so
    with pytest.raises(Refusal) as refused:
        check_terms("spend_get", {"spend_minor": 5000, "off_minor": 8000})
    assert (refused.value.code, refused.value.facts) == (
        "offers.terms_malformed",
        {"field": "off_minor"},
    )
