"""A quote: what a basket costs, and which of the member's own coupons would make it cheaper, or why they do not."""

from dataclasses import dataclass, replace

from highstreet.flows.price_sale import PricedSale, PriceSale, price_sale, price_sales
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader
from highstreet.rooms.offers import CouponFacts, coupons_of_person

HINTS_LIMIT = 8


@dataclass(frozen=True, slots=True)
class CouponHint:
    """A coupon that the member holds and did not show: what it would save here, or the reason why nothing.

    `missing_minor`: what the basket lacks for it, when that is the reason.
    """

    coupon: CouponFacts
    saves_minor: int
    reason: str | None
    missing_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced basket and its hints, the best first."""

    priced: PricedSale
    hints: tuple[CouponHint, ...]


def quote_basket(reader: Reader, ask: PriceSale) -> Quote:
    """Price a basket, and again with each coupon of the member that was not shown (at most eight)."""
    priced = price_sale(reader, ask)
    if priced.member is None:
        return Quote(priced, ())
    held = [
        coupon
        for coupon in coupons_of_person(reader, priced.member.person_id, ask.at)
        if coupon.brand_id == ask.brand_id
        and coupon.coupon_id not in priced.coupons
        and coupon.used < coupon.cap
    ][:HINTS_LIMIT]
    if not held:
        return Quote(priced, ())
    tried = price_sales(reader, [replace(ask, coupons=(*ask.coupons, c.coupon_id)) for c in held])
    hints = [_hint(coupon, priced, other) for coupon, other in zip(held, tried, strict=True)]
    return Quote(priced, tuple(sorted(hints, key=lambda h: (-h.saves_minor, h.coupon.valid_until))))


def _hint(coupon: CouponFacts, priced: PricedSale, other: PricedSale | Refusal) -> CouponHint:
    if isinstance(other, Refusal):  # the basket was priced a moment ago: only a rival change brings us here
        return CouponHint(coupon, 0, "unknown")
    saves = priced.basket.total_minor - other.basket.total_minor
    if saves > 0:
        return CouponHint(coupon, saves, None)
    for rejected in other.basket.rejected:
        if rejected.coupon_id == coupon.coupon_id:
            return CouponHint(coupon, 0, rejected.reason, rejected.missing_minor)
    return CouponHint(coupon, 0, dict(other.unusable).get(coupon.coupon_id, "not_better"))
