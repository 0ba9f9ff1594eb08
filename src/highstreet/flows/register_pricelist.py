"""What a register needs to know to sell without a network: goods with their prices, and offers it may take."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.errors import REGISTER_UNKNOWN
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import PricedVariant, goods_after
from highstreet.rooms.offers import CouponFacts, automatic_offers, offline_coupons
from highstreet.rooms.parties import registers_for


@dataclass(frozen=True, slots=True)
class PriceList:
    """A part of the list. `next_after` None: the last. Offers stand in the first part only."""

    currency: str
    goods: tuple[PricedVariant, ...]
    next_after: str | None
    has_member_price: bool
    offers: tuple[CouponFacts, ...]


def currency_of(reader: Reader, brand_id: str, register_id: str) -> str:
    """What a register sells in. Errors: Refusal sale.register_unknown."""
    register = registers_for(reader, {(brand_id, register_id)}).get((brand_id, register_id))
    if register is None:
        raise REGISTER_UNKNOWN()
    return register.currency


def read_pricelist(
    reader: Reader, brand_id: str, currency: str, after: str, limit: int, now: datetime
) -> PriceList:
    """`limit` articles after the one named, in the order of their ids."""
    goods, last = goods_after(reader, brand_id, after, limit)
    return PriceList(
        currency=currency,
        goods=tuple(one for one in goods if one.currency == currency),
        next_after=last,
        has_member_price=bool(automatic_offers(reader, {brand_id}, now).get(brand_id)),
        offers=() if after else tuple(offline_coupons(reader, brand_id, now)),
    )
