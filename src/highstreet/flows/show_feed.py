"""A shopper's feed: what the brands they follow offer now, and what of it they hold already."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.show_wallet import HeldCoupon, brands_for, held_coupon
from highstreet.kernel.tx import Reader
from highstreet.rooms.members import follows_of_person
from highstreet.rooms.offers import OfferFacts, coupons_of_person, offers_of_brand
from highstreet.rooms.parties import Brand

BRANDS_LIMIT = 100


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An offer, its brand, and the person's newest coupon of it that has not expired."""

    brand: Brand
    offer: OfferFacts
    coupon: HeldCoupon | None
    can_claim: bool


def feed_of(reader: Reader, person_id: str, now: datetime, limit: int) -> list[FeedItem]:
    """Running offers of the brands followed, the newest first."""
    followed = [follow.brand_id for follow in follows_of_person(reader, person_id)][:BRANDS_LIMIT]
    brands = brands_for(reader, followed)
    held: dict[str, list[HeldCoupon]] = {}
    for coupon in coupons_of_person(reader, person_id, now):
        if coupon.brand_id in brands:
            one = held_coupon(coupon, brands[coupon.brand_id], person_id, now)
            held.setdefault(coupon.offer_id, []).append(one)
    offers = [offer for brand_id in brands for offer in offers_of_brand(reader, brand_id, now)]
    offers.sort(key=lambda offer: (offer.starts_at, offer.offer_id), reverse=True)
    return [_item(brands[offer.brand_id], offer, held.get(offer.offer_id, [])) for offer in offers[:limit]]


def _item(brand: Brand, offer: OfferFacts, held: list[HeldCoupon]) -> FeedItem:
    """Whether it can be claimed is a hint: only the claim itself counts."""
    is_left = offer.limit_total is None or offer.claimed < offer.limit_total
    is_free = offer.limit_per_person is None or len(held) < offer.limit_per_person
    can_claim = offer.kind != "member_price" and is_left and is_free
    newest = max(held, key=lambda one: one.coupon.valid_until, default=None)
    return FeedItem(brand, offer, newest, can_claim)
