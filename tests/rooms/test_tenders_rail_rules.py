"""What a rail is, what a brand may say about it, the numbers people copy, and whether a provider answers."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders import (
    CHINESE_DEFAULTS,
    CODE_BYTES,
    LINK,
    NO_RULES,
    RAIL_KINDS,
    RAILS,
    BrandRules,
    QrShown,
    RailAnswer,
    RailRule,
    card_code,
    check_payment,
    creditor_reference,
    hash_card_code,
    is_creditor_reference,
    rails_that,
    read_card_code,
)
from highstreet.rooms.tenders.rails.breaker import SILENT_REASONS, STAYS_OPEN, TRIPS_AFTER, WITHIN, Breakers
from highstreet.rooms.tenders.rails.rules import check_rules
from tests.seeds import NOW


def test_what_each_rail_is() -> None:
    assert tuple(RAIL_KINDS) == (*RAILS, LINK)
    assert rails_that(has_provider=True) == ("wallet", "alipay", "wechat", "stripe")
    assert rails_that(has_drawer=True) == ("cash",)
    assert rails_that(is_at_once=True) == ("cash", "slip", "gift_card", "points")
    assert rails_that(is_at_place=True) == rails_that(works_offline=True) == ("cash", "slip")
    assert rails_that(is_promise=True) == ("gift_card", "points")
    assert rails_that(needs_number=True) == ("slip",)
    assert rails_that(needs_member=True) == ("points",)
    # Nobody asks a provider and believes a person as well.
    assert not any(kind.has_provider and kind.is_at_once for kind in RAIL_KINDS.values())


def test_limits_of_one_payment() -> None:
    rule = RailRule(rail="cash", min_minor=10, max_minor=20)
    for amount, code, facts in (
        (9, "tenders.under_minimum", {"rail": "cash", "limit_minor": 10}),
        (21, "tenders.over_limit", {"rail": "cash", "limit": "payment", "limit_minor": 20, "left_minor": 20}),
    ):
        with pytest.raises(Refusal) as refused:
            check_payment(rule, amount)
        assert (refused.value.code, refused.value.facts) == (code, facts)
    for amount in (10, 20):
        check_payment(rule, amount)
    check_payment(NO_RULES.of("cash"), 10**12)


def test_limits_of_a_day_by_class_of_code() -> None:
    rule = RailRule(rail="wechat", day_minor=9, dynamic_day_minor=5, static_day_minor=2)
    both = {"code": ["day", "dynamic_day"], "qr": ["day", "dynamic_day"], "reader": ["day"], None: ["day"]}
    assert {way: [name for name, _ in rule.day_limits(way)] for way in both} == both
    static = RailRule(rail="wechat", static_day_minor=2, qr_class="static")
    assert [list(static.day_limits(way)) for way in ("qr", "code")] == [[("static_day", 2)], []]
    assert BrandRules({"wechat": static}).counts_days("wechat", "qr")
    assert not NO_RULES.counts_days("wechat", "qr")
    assert CHINESE_DEFAULTS["alipay"].static_day_minor == 500_00


def test_off_for_the_brand_and_off_at_a_place() -> None:
    rules = BrandRules({"slip": RailRule(rail="slip", is_on=False)}, frozenset({("cash", "plc_1")}))
    asked = product(("slip", "cash", "points"), ("plc_1", "plc_2"))
    assert [rules.why_off(rail, place) for rail, place in asked] == [
        "off",
        "off",
        "off_here",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        [RailRule(rail="barter")],
        [RailRule(rail="cash"), RailRule(rail="cash")],
        [RailRule(rail="cash", min_minor=2, max_minor=1)],
        [RailRule(rail="cash", qr_class="odd")],
    ],
)
def test_rules_that_cannot_be(wrong: list[RailRule]) -> None:
    with pytest.raises(Refusal, match=r"tenders\.rules_malformed"):
        check_rules(wrong)


def test_a_reference_of_the_standard() -> None:
    """ISO 11649's own example, and any one digit or pair wrong."""
    assert is_creditor_reference("RF18 5390 0754 7034")
    for wrong in ("RF18539007547035", "RF81539007547034", "XF18539007547034", "RF", "RF1853900754７034", ""):
        assert not is_creditor_reference(wrong)


@given(st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26))
def test_every_tender_has_a_reference(suffix: str) -> None:
    reference = creditor_reference(f"tnd_{suffix}")
    assert len(reference) == 20
    assert is_creditor_reference(reference)
    assert creditor_reference(f"tnd_{suffix}") == reference
    for at in range(2, 19):
        turned = reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]
        assert turned == reference or not is_creditor_reference(turned)
        for digit in "0123456789".replace(reference[at], ""):
            assert not is_creditor_reference(reference[:at] + digit + reference[at + 1 :])


def test_references_do_not_meet() -> None:
    assert len({creditor_reference(f"tnd_{n}") for n in range(20_000)}) == 20_000


def test_a_card_is_read_however_it_was_typed() -> None:
    code = card_code(bytes(range(CODE_BYTES)))
    assert len(code) == 16
    typed = "-".join(code[n : n + 4] for n in range(0, 16, 4)).lower().replace("0", "o").replace("1", "l")
    assert read_card_code(f" {typed} ") == code
    kept = hash_card_code(b"pepper", "brd_1", code)
    assert len({kept, hash_card_code(b"other", "brd_1", code), hash_card_code(b"pepper", "brd_2", code)}) == 3
    with pytest.raises(ValueError, match="bytes"):
        card_code(b"few")


SILENCE = RailAnswer("unknown", None, "no_answer")


def test_silences_open_and_one_answer_closes() -> None:
    breakers = Breakers()
    for n in range(TRIPS_AFTER):
        assert not breakers.is_down("a", NOW)
        breakers.heard("a", SILENCE, NOW + timedelta(seconds=n))
    at = NOW + timedelta(seconds=TRIPS_AFTER - 1)
    assert breakers.is_down("a", at)
    assert not breakers.is_down("b", at)
    assert not breakers.is_down("a", at + STAYS_OPEN)
    # Still silent: open again at once.
    breakers.heard("a", SILENCE, at + STAYS_OPEN)
    assert breakers.is_down("a", at + STAYS_OPEN)
    breakers.heard("a", RailAnswer("declined", None, "insufficient_funds"), at + STAYS_OPEN)
    assert not breakers.is_down("a", at + STAYS_OPEN)


def test_what_is_an_answer_and_what_is_silence() -> None:
    answers = [RailAnswer("unknown", None, "amount_differs"), RailAnswer("paid"), QrShown("u", NOW)]
    for reason, answer in product(SILENT_REASONS, answers):
        breakers = Breakers()
        for _ in range(TRIPS_AFTER - 1):
            breakers.heard("a", RailAnswer("unknown", None, reason), NOW)
        breakers.heard("a", answer, NOW)
        breakers.heard("a", SILENCE, NOW)
        assert not breakers.is_down("a", NOW)


def test_silences_far_apart_are_no_outage() -> None:
    breakers = Breakers()
    for n in range(TRIPS_AFTER * 2):
        at = NOW + n * (WITHIN + timedelta(seconds=1))
        breakers.heard("a", SILENCE, at)
        assert not breakers.is_down("a", at)
