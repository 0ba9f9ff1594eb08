"""A shopper orders goods on their own phone: for pickup with a deposit now and the balance at any place of the brand, or
to be brought to them (flows/deliver_order.py).

The order is a sale paid in parts (flows/pay_in_parts.py) that no register began: goods and price are kept half an hour
for the deposit, and once it came, for the brand's time. Who collects is the contract of the place it is picked up at.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.charge_sale import read_sale
from highstreet.flows.deliver_order import (
    BeginDelivery,
    PlanDelivery,
    PlannedDelivery,
    begin_delivery,
    plan_delivery,
    rule_for_delivery,
)
from highstreet.flows.errors import OUT_OF_STOCK, RAIL_OFF
from highstreet.flows.pay_in_parts import AddPart, call_part_back, give_sale_up, pay_part
from highstreet.flows.price_sale import BasketItem, PriceSale, price_sale
from highstreet.flows.program import Program
from highstreet.flows.sell_at_register import SellAtRegister, Sold, TenderWish, sell, was_asked
from highstreet.flows.show_wallet import member_id_to_show
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.goods import PricedVariant, variants_for
from highstreet.rooms.members import lock_member
from highstreet.rooms.parcels import (
    Address,
    Delivery,
    Parcel,
    address_of,
    delivery_of,
    parcels_of_sale,
)
from highstreet.rooms.parties import Brand, PlaceOfBusiness, brand_by_id, place_by_id
from highstreet.rooms.places import zone_of
from highstreet.rooms.sales import (
    NO_ORDERS,
    ORDER_TOO_LARGE,
    SALE_UNKNOWN,
    TOO_MANY_ORDERS,
    OrderRule,
    Sale,
    SaleLine,
    order_rule_of,
    orders_held_until,
    sales_for,
)
from highstreet.rooms.stock import NOT_ENOUGH
from highstreet.rooms.tenders import Tender, tenders_for

DEPOSIT_TIME = timedelta(minutes=30)
"""How long goods and price are kept for somebody who has not paid the deposit."""
MAX_WITHOUT_DEPOSIT = 3
"""So many orders of one person may wait for their deposit at a brand: their goods are nobody else's meanwhile."""
MAX_PIECES = 50
"""So many pieces an order may keep from others before anything is paid for them."""
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
    address: Address | None = None
    """Set: it is to be brought there."""
    is_delivery: bool = False


def _rule(reader: Reader, brand_id: str) -> OrderRule:
    rule = order_rule_of(reader, brand_id)
    if rule is None:
        raise NO_ORDERS()
    return rule


def _may_order(reader: Reader, order: OrderGoods) -> tuple[str, OrderRule]:
    rule = _rule_for(reader, order)
    return member_id_to_show(reader, order.brand_id, order.person_id), rule


def _rule_for(reader: Reader, order: OrderGoods) -> OrderRule:
    rule = _rule(reader, order.brand_id)
    return rule_for_delivery(rule) if order.is_delivery else rule


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A person's order, as the sale that it is."""

    person_id: str
    member_id: str
    sale: SellAtRegister
    delivery: PlannedDelivery | None = None


def place_order(tx: Tx, command: PlaceOrder) -> Sold:
    """Open it, unless enough of theirs wait for their deposit. Errors: Refusal sales.too_many_orders, and as `sell`."""
    asked = command.sale
    lock_member(tx, asked.brand_id, command.member_id)
    waiting = orders_held_until(tx, asked.brand_id, command.person_id, asked.at + DEPOSIT_TIME)
    if len(waiting - {asked.sale_id}) >= MAX_WITHOUT_DEPOSIT:
        raise TOO_MANY_ORDERS(limit=MAX_WITHOUT_DEPOSIT)
    (sold,) = sell.run(tx, [asked])
    if isinstance(sold, Refusal):
        raise sold
    if command.delivery is not None and not sold.is_repeat:
        begin_delivery(tx, BeginDelivery(asked.brand_id, asked.sale_id, command.delivery, asked.at))
    return sold


async def order_goods(program: Program, order: OrderGoods) -> dict[str, Any]:
    """Open the order and keep its goods; the deposit comes as its first part. The same id again changes nothing.

    Errors: Refusal sales.no_orders, sales.too_many_orders, sales.order_too_large, request.not_found (no member),
    shop.service_needed, and as `sell`.
    """
    if sum(item.quantity for item in order.items) > MAX_PIECES:
        raise ORDER_TOO_LARGE(limit=MAX_PIECES)
    now = program.clock.now()
    member_id, rule = await program.db.read(_may_order, order)
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
    if order.address is not None:
        return await _order_delivery(program, order, order.address, member_id, command)
    await program.db.write(place_order, PlaceOrder(order.person_id, member_id, command))
    return await program.db.read(read_sale, order.brand_id, order.sale_id)


ROUTE_TRIES = 3
"""Somebody may buy the last piece between the choice of a place and its reservation: then another is chosen."""


async def _order_delivery(
    program: Program, order: OrderGoods, address: Address, member_id: str, command: SellAtRegister
) -> dict[str, Any]:
    """Choose from where it is served, and reserve it there. Errors: as `order_goods`, `plan_delivery`."""
    key = (order.brand_id, order.sale_id)
    tries = ROUTE_TRIES
    while not await program.db.read(was_asked, *key, order.fingerprint):
        tries -= 1
        planned, served = await program.db.read(_plan, order, address, command)
        placed = PlaceOrder(order.person_id, member_id, replace(command, served=served), planned)
        try:
            await program.db.write(place_order, placed)
            break
        except Refusal as refusal:
            if tries == 0 or refusal.code not in (OUT_OF_STOCK.code, NOT_ENOUGH.code):
                raise
    return await program.db.read(read_sale, *key)


def _plan(
    reader: Reader, order: OrderGoods, address: Address, command: SellAtRegister
) -> tuple[PlannedDelivery, tuple[tuple[str, str], ...]]:
    priced = price_order(reader, order, command.at)
    rule = _rule_for(reader, order)
    ask = PlanDelivery(*_key(order), order.place_id, priced.lines, address, rule, command.at)
    planned = plan_delivery(reader, ask)
    return planned, tuple(planned.planned.served[line.variant_id] for line in priced.lines)


def _key(order: OrderGoods) -> tuple[str, str]:
    return order.brand_id, order.sale_id


@dataclass(frozen=True, slots=True)
class OrderPriced:
    """What an order would cost, and how much of it is the deposit. Minor units.

    `is_member`: whether they may order; others see what it costs without a membership. `unusable`: coupons that
    must not be sent with the order. `delivery_hours`: within so many it could be on its way instead; None: the brand
    delivers nothing.
    """

    total_minor: int
    deposit_minor: int
    currency: str
    hold_days: int
    delivery_hours: int | None
    brand: Brand
    place: PlaceOfBusiness
    lines: tuple[SaleLine, ...]
    goods: tuple[PricedVariant, ...]
    is_member: bool
    unusable: tuple[str, ...]


def price_order(reader: Reader, order: OrderGoods, at: datetime) -> OrderPriced:
    """The price with everything that holds for this member; stock is not looked at.

    Errors: Refusal sales.no_orders, request.not_found (no such place), and as `price_sale`.
    """
    rule = _rule_for(reader, order)
    brand, place = brand_by_id(reader, order.brand_id), place_by_id(reader, order.brand_id, order.place_id)
    if brand is None or place is None:
        raise REQUEST_NOT_FOUND()
    try:
        member_id: str | None = member_id_to_show(reader, order.brand_id, order.person_id)
    except Refusal:  # no member, or without their consent to `service`
        member_id = None
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
    priced = price_sale(reader, ask)
    total = priced.basket.total_minor
    return OrderPriced(
        total_minor=total,
        deposit_minor=rule.deposit_of(total),
        currency=priced.basket.currency,
        hold_days=rule.hold_days,
        delivery_hours=rule.delivery_hours,
        brand=brand,
        place=place,
        lines=priced.lines,
        goods=tuple(
            variants_for(reader, {(order.brand_id, line.variant_id) for line in priced.lines}).values()
        ),
        is_member=member_id is not None,
        unusable=tuple(code for code, _ in priced.unusable),
    )


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order with the place it is picked up at, where it stands, and its payments, the oldest first."""

    sale: Sale
    brand: Brand
    place: PlaceOfBusiness
    time_zone: str
    state: dict[str, Any]
    tenders: tuple[Tender, ...]
    delivery: Delivery | None
    address: Address | None
    parcels: tuple[Parcel, ...]


def order_seen(reader: Reader, brand_id: str, sale_id: str, person_id: str | None = None) -> OrderSeen:
    """One order; with a person, only their own. Errors: Refusal sales.sale_unknown."""
    sale = sales_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id))
    if sale is None or not sale.is_in_parts:
        raise SALE_UNKNOWN()
    if person_id is not None and (sale.person_id, sale.origin) != (person_id, "shop"):
        raise SALE_UNKNOWN()
    brand, place = brand_by_id(reader, brand_id), place_by_id(reader, brand_id, sale.place_id)
    if brand is None or place is None:
        raise SALE_UNKNOWN()
    return OrderSeen(
        sale,
        brand,
        place,
        zone_of(reader, brand_id, sale.place_id),
        read_sale(reader, brand_id, sale_id),
        tuple(tenders_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id), ())),
        delivery_of(reader, brand_id, sale_id),
        address_of(reader, brand_id, sale_id),
        tuple(parcels_of_sale(reader, brand_id, sale_id)),
    )


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


async def link_for_order(
    program: Program, person_id: str, brand_id: str, sale_id: str, wish: TenderWish
) -> dict[str, Any]:
    """A part of one's own order for somebody else to pay. Errors: as `pay_on_phone`."""
    seen = await program.db.read(order_seen, brand_id, sale_id, person_id)
    now, days = program.clock.now(), program.settings.return_days
    part = AddPart(brand_id, sale_id, seen.sale.place_id, None, wish, now, days)
    return await pay_part(program, part, None)


async def end_own_part(
    program: Program, person_id: str, brand_id: str, sale_id: str, tender_id: str
) -> dict[str, Any]:
    """Call back a part of one's own order that was begun on the phone, or end its link.

    Errors: Refusal sales.sale_unknown, also for a part that a register takes; sales.not_open.
    """
    seen = await program.db.read(order_seen, brand_id, sale_id, person_id)
    part = next((one for one in seen.tenders if one.id == tender_id), None)
    if part is None or part.register_id is not None or part.direction != "in":
        raise SALE_UNKNOWN()
    return await call_part_back(program, brand_id, part.place_id, sale_id, tender_id)


async def give_order_up(program: Program, person_id: str, brand_id: str, sale_id: str) -> dict[str, Any]:
    """Every part goes back to where it came from; cash waits at the place. Errors: sales.sale_unknown, not_open."""
    await program.db.read(order_seen, brand_id, sale_id, person_id)
    return await give_sale_up(program, brand_id, sale_id)
