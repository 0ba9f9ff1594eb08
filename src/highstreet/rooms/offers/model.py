"""What an offer promises, what a coupon knows, and when a coupon may not be used. Amounts in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.offers.errors import TERMS_MALFORMED

MEMBER_PRICE = "member_price"
PERCENT = "percent"
SPEND_GET = "spend_get"
KINDS = (MEMBER_PRICE, PERCENT, SPEND_GET)

# Why a coupon may not be used.
NOT_YOURS = "not_yours"
NEEDS_MEMBER = "needs_member"
INACTIVE = "inactive"
NOT_YET = "not_yet"
EXPIRED = "expired"
USED_UP = "used_up"

_MAX_TITLE = 160
_MAX_COUNT = 1_000_000_000
_MAX_VALID = timedelta(days=3650)


# An offer's numbers as JSON, named as in goods' `PriceRule`; which of them there are depends on the kind.
# `spend_get`: spend_minor, off_minor. `percent`: percent_bp, max_off_minor (None: no cap). `member_price`: none.
OfferTerms = dict[str, Any]


def check_terms(kind: str, terms: Mapping[str, Any]) -> OfferTerms:
    """The terms with all the kind's numbers and no others. Errors: Refusal offers.terms_malformed (field)."""
    if kind not in KINDS:
        raise TERMS_MALFORMED(field="kind")
    checked: OfferTerms = {}
    if kind == SPEND_GET:
        checked["spend_minor"] = _whole(terms, "spend_minor", 0, MAX_AMOUNT_MINOR)
        # A slip of the pen would give goods away; who means to, says "from nothing on".
        most = checked["spend_minor"] or MAX_AMOUNT_MINOR
        checked["off_minor"] = _whole(terms, "off_minor", 1, most)
    elif kind == PERCENT:
        checked["percent_bp"] = _whole(terms, "percent_bp", 1, 10_000)
        is_capped = terms.get("max_off_minor") is not None
        checked["max_off_minor"] = _whole(terms, "max_off_minor", 1, MAX_AMOUNT_MINOR) if is_capped else None
    unknown = terms.keys() - checked.keys()
    if unknown:
        raise TERMS_MALFORMED(field=min(unknown))
    return checked


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """An offer as it stands. It can be claimed from `starts_at` until before `ends_at`."""

    brand_id: str
    offer_id: str
    kind: str
    terms: OfferTerms
    title_en: str
    title_zh: str
    funder_party_id: str
    is_stackable: bool
    is_active: bool
    starts_at: datetime
    ends_at: datetime
    coupon_valid_s: int
    limit_total: int | None
    limit_per_person: int | None
    claimed: int
    budget_minor: int | None
    spent_minor: int
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class CouponFacts:
    """A coupon with its offer. No `person_id`: a shared one. It is good from `valid_from` until before `valid_until`."""

    brand_id: str
    coupon_id: str
    offer_id: str
    person_id: str | None
    kind: str
    terms: OfferTerms
    title_en: str
    title_zh: str
    funder_party_id: str
    is_stackable: bool
    is_active: bool
    starts_at: datetime
    ends_at: datetime
    valid_from: datetime
    valid_until: datetime
    cap: int
    reserved: int
    used: int
    limit_per_person: int | None
    public_code: str | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """One use of a coupon in one sale: reserved, redeemed, rolled_back or returned."""

    brand_id: str
    coupon_id: str
    sale_id: str
    offer_id: str
    person_id: str | None
    state: str
    discount_minor: int
    returned_minor: int
    reserved_at: datetime
    redeemed_at: datetime | None


def why_not(facts: CouponFacts, person_id: str | None, now: datetime) -> str | None:
    """Why this person may not use the coupon now, as a reason code; None when they may.

    Another person's coupon says only that: nothing about its state. The offer's own window is for claiming;
    a coupon once claimed is good for its own. Limits are guarded again when it is used.
    """
    if facts.person_id is not None and facts.person_id != person_id:
        return NEEDS_MEMBER if person_id is None else NOT_YOURS
    if not facts.is_active:
        return INACTIVE
    if now < facts.valid_from:
        return NOT_YET
    if now >= facts.valid_until:
        return EXPIRED
    if facts.reserved + facts.used >= facts.cap:
        return USED_UP
    if person_id is None and facts.limit_per_person is not None:
        return NEEDS_MEMBER
    return None


def last_use(facts: OfferFacts, shared_until: datetime | None = None) -> datetime:
    """Until when a coupon of the offer may be used: claimed at its very end, or for everybody (`shared_until`)."""
    if facts.kind == MEMBER_PRICE:
        return facts.ends_at
    claimed = facts.ends_at + timedelta(seconds=facts.coupon_valid_s)
    return claimed if shared_until is None else max(claimed, shared_until)


def check_limits(facts: OfferFacts) -> None:
    """Refuse an offer that cannot hold. Errors: Refusal offers.terms_malformed (field)."""
    for field, title in (("title_en", facts.title_en), ("title_zh", facts.title_zh)):
        if not title.strip() or len(title) > _MAX_TITLE:
            raise TERMS_MALFORMED(field=field)
    if facts.is_offline and facts.kind == MEMBER_PRICE:  # they are on the price list already
        raise TERMS_MALFORMED(field="is_offline")
    if facts.ends_at <= facts.starts_at:
        raise TERMS_MALFORMED(field="ends_at")
    if not 0 < facts.coupon_valid_s <= _MAX_VALID.total_seconds():
        raise TERMS_MALFORMED(field="coupon_valid_s")
    for field, limit, most in (
        ("limit_total", facts.limit_total, _MAX_COUNT),
        ("limit_per_person", facts.limit_per_person, _MAX_COUNT),
        ("budget_minor", facts.budget_minor, MAX_AMOUNT_MINOR),
    ):
        if limit is None:
            continue
        # Member prices are given without a coupon, so nothing counts them: a limit would be a false promise.
        if not 0 <= limit <= most or facts.kind == MEMBER_PRICE:
            raise TERMS_MALFORMED(field=field)


def _whole(terms: Mapping[str, Any], field: str, least: int, most: int) -> int:
    value = terms.get(field)
    if type(value) is not int or not least <= value <= most:
        raise TERMS_MALFORMED(field=field)
    return value
