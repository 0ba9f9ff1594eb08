"""A shopper orders goods for pickup on their own phone: a deposit now, the balance at any place of the brand.

The order is a sale paid in parts (flows/pay_in_parts.py) that no register began: goods and price are kept half an hour
for the deposit, and once it came, for the brand's time. Who collects is the contract of the place it is picked up at.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.charge_sale import read_sale
from highstreet.flows.errors import RAIL_OFF
from highstreet.flows.pay_in_parts import AddPart, give_sale_up, pay_part
from highstreet.flows.price_sale import BasketItem, PriceSale, price_sale
from highstreet.flows.program import Program
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish, sell
from highstreet.flows.show_wallet import member_id_to_show
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import PlaceOfBusiness, place_by_id
from highstreet.rooms.sales import NO_ORDERS, SALE_UNKNOWN, OrderRule, Sale, order_rule_of, sales_for

DEPOSIT_TIME = timedelta(minutes=30)
"""How long goods and price are kept for somebody who has not paid the deposit."""
SHOWN_WAYS = frozenset({"qr", "link"})
"""How a rail can be paid on the shopper's own phone: it opens what a QR holds."""


@dataclass(frozen=True, slots=True)
class OrderGoods:
    """A basket to be picked up at a place; the phone made `sale_id`, which is the idempotency key."""

    brand_id: str
    person_id: str
    place_id: str
    sale_id: str
    items: tuple[BasketItem, ...]
    coupons: tuple[str, ...]
    currency: str
    expected_total_minor: int | None
    fingerprint: str


def _may_order(reader: Reader, order: OrderGoods) -> tuple[str, OrderRule]:
    rule = order_rule_of(reader, order.brand_id)
    if rule is None:
        raise NO_ORDERS()
    return member_id_to_show(reader, order.brand_id, order.person_id), rule


async def order_goods(program: Program, order: OrderGoods) -> dict[str, Any]:
    """Open the order and keep its goods; the deposit comes as its first part. The same id again changes nothing.

    Errors: Refusal sales.no_orders, request.not_found (no member), shop.service_needed, and as `sell`.
    """
    member_id, rule = await program.db.read(_may_order, order)
    now = program.clock.now()
    command = SellAtRegister(
        brand_id=order.brand_id,
        register_id="",
        sale_id=order.sale_id,
        items=order.items,
        member_id=member_id,
        coupons=order.coupons,
        currency=order.currency,
        expected_total_minor=order.expected_total_minor,
        tenders=(),
        fingerprint=order.fingerprint,
        at=now,
        return_days=program.settings.return_days,
        held_until=now + DEPOSIT_TIME,
        place_id=order.place_id,
        order_rule=rule,
    )
    await program.db.write(sell, command)
    return await program.db.read(read_sale, order.brand_id, order.sale_id)


@dataclass(frozen=True, slots=True)
class OrderPriced:
    """What an order would cost, and how much of it is the deposit. Minor units."""

    total_minor: int
    deposit_minor: int
    currency: str
    hold_days: int


def price_order(reader: Reader, order: OrderGoods, at: datetime) -> OrderPriced:
    """The price with everything that holds for this member; stock is not looked at. Errors: as `order_goods`."""
    member_id, rule = _may_order(reader, order)
    ask = PriceSale(
        brand_id=order.brand_id,
        register_id="",
        items=order.items,
        member_id=member_id,
        coupons=order.coupons,
        currency=None,
        at=at,
        is_quote=True,
        place_id=order.place_id,
    )
    basket = price_sale(reader, ask).basket
    return OrderPriced(
        basket.total_minor, rule.deposit_of(basket.total_minor), basket.currency, rule.hold_days
    )


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order with the place it is picked up at, and where it stands."""

    sale: Sale
    place: PlaceOfBusiness
    state: dict[str, Any]


def order_seen(reader: Reader, brand_id: str, sale_id: str, person_id: str | None = None) -> OrderSeen:
    """One order; with a person, only their own. Errors: Refusal sales.sale_unknown."""
    sale = sales_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id))
    if sale is None or not sale.is_in_parts:
        raise SALE_UNKNOWN()
    if person_id is not None and (sale.person_id, sale.origin) != (person_id, "shop"):
        raise SALE_UNKNOWN()
    place = place_by_id(reader, brand_id, sale.place_id)
    if place is None:
        raise SALE_UNKNOWN()
    return OrderSeen(sale, place, read_sale(reader, brand_id, sale_id))


async def pay_on_phone(
    program: Program, person_id: str, brand_id: str, sale_id: str, wish: TenderWish
) -> dict[str, Any]:
    """A part of one's own order by a QR or page; without an amount the deposit, then the rest.

    Errors: Refusal sales.sale_unknown, sale.rail_off, and as `pay_part`.
    """
    seen = await program.db.read(order_seen, brand_id, sale_id, person_id)
    rail = program.rails.find(brand_id, wish.rail)
    if rail is None or not rail.ways & SHOWN_WAYS:
        raise RAIL_OFF(rail=wish.rail)
    deposit_due = (seen.sale.deposit_minor or 0) - seen.sale.tendered_minor
    if wish.amount_minor is None and deposit_due > 0:
        wish = replace(wish, amount_minor=deposit_due)
    now, days = program.clock.now(), program.settings.return_days
    part = AddPart(brand_id, sale_id, seen.sale.place_id, None, wish, now, days)
    return await pay_part(program, part, None)


async def give_order_up(program: Program, person_id: str, brand_id: str, sale_id: str) -> dict[str, Any]:
    """Every part goes back to where it came from; cash waits at the place. Errors: sales.sale_unknown, not_open."""
    await program.db.read(order_seen, brand_id, sale_id, person_id)
    return await give_sale_up(program, brand_id, sale_id)
