"""What the person at a register needs around a sale: goods at hand, the shift's totals, a receipt to take goods back on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from highstreet.flows.errors import MEMBER_UNKNOWN
from highstreet.flows.office_day import day_start
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import (
    PricedVariant,
    categories_for,
    find_variants,
    parse_gtin,
    prices_for,
    variants_for,
)
from highstreet.rooms.members import members_for
from highstreet.rooms.parties import (
    Brand,
    PlaceOfBusiness,
    RegisterFacts,
    brand_by_id,
    place_by_id,
    registers_for,
    registers_of_places,
)
from highstreet.rooms.places import zone_of
from highstreet.rooms.sales import (
    SALE_UNKNOWN,
    Sale,
    SaleReturn,
    approvals_of,
    is_in_time,
    newest_at_register,
    returns_at_register,
    returns_of,
    sales_at_register,
    sales_for,
    sales_of_member,
)
from highstreet.rooms.stock import stock_of_variants
from highstreet.rooms.tenders import OPEN_STATES, Tender, parts_at_register, tenders_for, waits_at_place


@dataclass(frozen=True, slots=True)
class RegisterDesk:
    """Which register, its name, its brand, and the time zone of its place."""

    register: RegisterFacts
    name: str
    brand: Brand
    time_zone: str


def register_desk(reader: Reader, brand_id: str, register_id: str) -> RegisterDesk:
    """One register. Errors: Refusal request.not_found."""
    register = registers_for(reader, {(brand_id, register_id)}).get((brand_id, register_id))
    brand = brand_by_id(reader, brand_id)
    if register is None or brand is None:
        raise REQUEST_NOT_FOUND()
    named = registers_of_places(reader, brand_id, [register.place_id])
    return RegisterDesk(
        register=register,
        name=next(r.name for r in named if r.id == register_id),
        brand=brand,
        time_zone=zone_of(reader, brand_id, register.place_id),
    )


@dataclass(frozen=True, slots=True)
class GoodsHere:
    """An article and how many pieces of it are left here, of all owners."""

    variant: PricedVariant
    category: str
    available: int


def goods_here(reader: Reader, brand_id: str, place_id: str, text: str, limit: int) -> list[GoodsHere]:
    """The brand's goods by barcode, or by words of a name or number; what is here comes first, then by name."""
    variants: Iterable[PricedVariant] = ()
    try:
        variants = prices_for(reader, [(brand_id, parse_gtin(text))]).values()
    except Refusal:
        variants = ()
    found = list(variants) or find_variants(reader, brand_id, text, limit)
    return sorted(_here(reader, brand_id, place_id, found), key=lambda g: g.available <= 0)


def goods_of(reader: Reader, brand_id: str, place_id: str, variant_ids: Sequence[str]) -> list[GoodsHere]:
    """The same of these articles, in their order; those that are not known are left out."""
    known = variants_for(reader, {(brand_id, one) for one in variant_ids}) if variant_ids else {}
    found = [known[brand_id, one] for one in variant_ids if (brand_id, one) in known]
    return _here(reader, brand_id, place_id, found)


def _here(reader: Reader, brand_id: str, place_id: str, found: Sequence[PricedVariant]) -> list[GoodsHere]:
    left = stock_of_variants(reader, brand_id, place_id, [v.variant_id for v in found])
    categories = categories_for(reader, brand_id, {v.product_id for v in found})
    return [GoodsHere(v, categories.get(v.product_id, ""), left.get(v.variant_id, 0)) for v in found]


@dataclass(frozen=True, slots=True)
class RailShift:
    """What one rail took and gave back at a register. `pending_minor`: refunds that are still under way."""

    rail: str
    tenders: int
    captured_minor: int
    refunds: int
    refunded_minor: int
    pending_minor: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A register's totals since a moment, in its place's currency: parts of sales are in the amounts, too."""

    since: datetime
    currency: str
    sales: int
    total_minor: int
    returns: int
    refunded_minor: int
    rails: tuple[RailShift, ...]


def shift_totals(
    reader: Reader, brand_id: str, register_id: str, since: datetime | None, now: datetime
) -> Shift:
    """Since a moment, or since the place's trading day began."""
    desk = register_desk(reader, brand_id, register_id)
    start = since or day_start(now, desk.time_zone)
    where = (brand_id, desk.register.place_id, register_id, start)
    sales, returns = sales_at_register(reader, *where), returns_at_register(reader, *where)
    keys = {(brand_id, sale_id) for sale_id in (*sales, *returns.values())}
    tenders = [t for of_sale in tenders_for(reader, keys).values() for t in of_sale if t.register_id is None]
    # A part of a sale counts where and when it was taken or given back, paid or not.
    parts = parts_at_register(reader, brand_id, register_id, start)
    paid = [t for t in tenders if t.direction == "in" and t.state == "captured" and t.sale_id in sales]
    paid += [t for t in parts if t.direction == "in"]
    back = [t for t in tenders if t.direction == "out" and t.return_id in returns and t.state != "failed"]
    back += [t for t in parts if t.direction == "out"]
    return Shift(
        since=start,
        currency=desk.register.currency,
        sales=len(sales),
        total_minor=sum(t.amount_minor for t in paid),
        returns=len(returns),
        refunded_minor=sum(t.amount_minor for t in back),
        rails=tuple(_rail(rail, paid, back) for rail in sorted({t.rail for t in (*paid, *back)})),
    )


def _rail(rail: str, paid: Iterable[Tender], back: Iterable[Tender]) -> RailShift:
    taken = [t.amount_minor for t in paid if t.rail == rail]
    given = [t for t in back if t.rail == rail]
    return RailShift(
        rail=rail,
        tenders=len(taken),
        captured_minor=sum(taken),
        refunds=len(given),
        refunded_minor=sum(t.amount_minor for t in given if t.state == "captured"),
        pending_minor=sum(t.amount_minor for t in given if t.state != "captured"),
    )


def sales_seen(
    reader: Reader, brand_id: str, place_id: str, register_id: str, limit: int
) -> tuple[list[Sale], dict[str, Tender | None]]:
    """This register's open sales, then its last paid ones, newest first; and what each open one waits for."""
    sales = newest_at_register(reader, brand_id, place_id, register_id, limit)
    keys = {(brand_id, sale.id) for sale in sales if sale.state == "open"}
    tenders = tenders_for(reader, keys) if keys else {}
    waits = {
        sale_id: next((t for t in of_sale if t.direction == "in" and t.state in OPEN_STATES), None)
        for (_, sale_id), of_sale in tenders.items()
    }
    return sales, waits


@dataclass(frozen=True, slots=True)
class ReceiptAtDesk:
    """A paid sale of any of the brand's places, as goods come back: who bought is not told."""

    sale: Sale
    place: PlaceOfBusiness
    tenders: tuple[Tender, ...]
    owed: tuple[Tender, ...]
    """Refunds that a person at a till is to hand out, in cash or by the card terminal."""
    returns: tuple[SaleReturn, ...]
    is_in_time: bool


def receipt_at_desk(
    reader: Reader, brand_id: str, register_id: str, sale_id: str, now: datetime, return_days: int
) -> ReceiptAtDesk:
    """The sale of a receipt's code. Errors: Refusal sales.sale_unknown, also while it is not paid."""
    key = (brand_id, sale_id)
    sale = sales_for(reader, [key]).get(key)
    register = registers_for(reader, {(brand_id, register_id)}).get((brand_id, register_id))
    place = None if sale is None else place_by_id(reader, brand_id, sale.place_id)
    if sale is None or register is None or place is None or sale.state != "paid":
        raise SALE_UNKNOWN()
    days = return_days if register.return_days is None else register.return_days
    approved = any(a.valid_until > now for a in approvals_of(reader, brand_id, sale_id))
    tenders = tenders_for(reader, {key})[key]
    return ReceiptAtDesk(
        sale=sale,
        place=place,
        tenders=tuple(t for t in tenders if t.state == "captured"),
        owed=tuple(t for t in tenders if waits_at_place(t)),
        returns=tuple(returns_of(reader, brand_id, sale_id)),
        is_in_time=approved or is_in_time(sale, now, days),
    )


MEMBER_SALES = 10
"""How many of a member's sales a register is shown: what somebody may want to bring back without its receipt."""


def member_sales_at_desk(
    reader: Reader, brand_id: str, register_id: str, member_id: str, now: datetime, return_days: int
) -> list[ReceiptAtDesk]:
    """What a member who shows their code may bring back, newest first. Needs their consent to `service` (C1).

    Only sales in time of which something is left. Errors: Refusal sale.member_unknown.
    """
    member = members_for(reader, {(brand_id, member_id)}).get((brand_id, member_id))
    register = registers_for(reader, {(brand_id, register_id)}).get((brand_id, register_id))
    if member is None or not member.is_served or register is None:
        raise MEMBER_UNKNOWN()
    days = return_days if register.return_days is None else register.return_days
    since = now - timedelta(days=days)
    sales = sales_of_member(reader, brand_id, member.person_id, since, MEMBER_SALES)
    left = [s for s in sales if any(line.quantity > line.returned_quantity for line in s.lines)]
    return [receipt_at_desk(reader, brand_id, register_id, s.id, now, return_days) for s in left]
