"""Reads of sales."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, Text, func, literal, or_, select

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Reader
from highstreet.rooms.sales.model import (
    HOUR,
    OrderRule,
    ReturnApproval,
    ReturnLine,
    Sale,
    SaleLine,
    SaleReturn,
    hour_of,
)
from highstreet.rooms.sales.tables import (
    order_rule,
    return_approval,
    sale,
    sale_hour,
    sale_line,
    sale_return,
    sale_return_line,
)

SaleKey = tuple[str, str]
Before = tuple[datetime, str]
"""(paid_at, sale id) of the last sale seen, newest first: sales of one instant are not lost. "" for no id."""


_SALE_KEY = {"brand_id": Text, "sale_id": Text}
_HEADS = KeyedQuery(
    _SALE_KEY,
    lambda wanted: (
        select(sale)
        .select_from(wanted.rows)
        .join(sale, (sale.c.brand_id == wanted.brand_id) & (sale.c.id == wanted.sale_id))
    ),
)
_LINES = KeyedQuery(
    _SALE_KEY,
    lambda wanted: (
        select(sale_line)
        .select_from(wanted.rows)
        .join(sale_line, (sale_line.c.brand_id == wanted.brand_id) & (sale_line.c.sale_id == wanted.sale_id))
        .order_by(sale_line.c.line_no)
    ),
)


def sales_for(reader: Reader, wanted: Collection[SaleKey]) -> dict[SaleKey, Sale]:
    """Sales with their lines by (brand, sale id); two statements for any number."""
    return _with_lines(reader, _HEADS.rows(reader, wanted))


def sales_of_person(
    reader: Reader, person_id: str, *, before: Before | None = None, limit: int = 50
) -> list[Sale]:
    """A person's paid sales over all brands, newest first."""
    query = select(sale).where(sale.c.person_id == person_id, sale.c.state == "paid")
    return _newest(reader, query, before, limit)


def export_person(reader: Reader, person_id: str) -> list[Sale]:
    """Every sale in which a person was named, in any state, oldest first."""
    query = select(sale).where(sale.c.person_id == person_id).order_by(sale.c.opened_at, sale.c.id)
    return list(_with_lines(reader, reader.rows(query)).values())


def sales_of_brand(
    reader: Reader,
    brand_id: str,
    *,
    place_ids: Collection[str] | None = None,
    before: Before | None = None,
    limit: int = 50,
) -> list[Sale]:
    """Paid sales, newest first; only those of `place_ids` where given."""
    query = select(sale).where(sale.c.brand_id == brand_id, sale.c.state == "paid")
    if place_ids is not None:
        query = query.where(sale.c.place_id.in_(place_ids))
    return _newest(reader, query, before, limit)


def _newest(reader: Reader, query: Select[Any], before: Before | None, limit: int) -> list[Sale]:
    s = sale.c
    if before is not None:
        paid_at, sale_id = before
        query = query.where(s.paid_at <= paid_at, or_(s.paid_at < paid_at, s.id < sale_id))
    query = query.order_by(s.paid_at.desc(), s.id.desc()).limit(limit)
    return list(_with_lines(reader, reader.rows(query)).values())


def approvals_of(reader: Reader, brand_id: str, sale_id: str) -> list[ReturnApproval]:
    """Who approved returns of a sale, oldest first."""
    a = return_approval.c
    query = (
        select(a.brand_id, a.id, a.sale_id, a.staff_id, a.approved_at, a.valid_until)
        .where(a.brand_id == brand_id, a.sale_id == sale_id)
        .order_by(a.approved_at, a.id)
    )
    return [ReturnApproval(*tuple(row)) for row in reader.rows(query)]


def order_rule_of(reader: Reader, brand_id: str) -> OrderRule | None:
    """How a brand takes orders for pickup; None: it takes none."""
    row = reader.first(select(order_rule).where(order_rule.c.brand_id == brand_id))
    return None if row is None else OrderRule(**row._mapping)


def orders_held_until(reader: Reader, brand_id: str, person_id: str, until: datetime) -> set[str]:
    """A person's open orders at a brand whose goods are kept no longer than that: their deposit has not come."""
    wanted = (
        select(sale.c.id)
        .where(sale.c.person_id == person_id, sale.c.brand_id == brand_id, sale.c.origin == "shop")
        .where(sale.c.state == "open", sale.c.held_until <= until)
    )
    return {row.id for row in reader.rows(wanted)}


def orders_of_person(reader: Reader, person_id: str, limit: int) -> list[Sale]:
    """A person's orders in the shop in any state, over all brands, newest first."""
    s = sale.c
    query = select(sale).where(s.person_id == person_id, s.origin == "shop")
    heads = reader.rows(query.order_by(s.opened_at.desc(), s.id.desc()).limit(limit))
    return list(_with_lines(reader, heads).values())


def sales_of_member(reader: Reader, brand_id: str, person_id: str, since: datetime, limit: int) -> list[Sale]:
    """What a person bought of a brand since a moment and settled here, newest first."""
    s = sale.c
    query = select(sale).where(s.person_id == person_id, s.brand_id == brand_id, s.state == "paid")
    query = query.where(s.paid_at >= since, s.origin.in_(("register", "shop")))
    return _newest(reader, query, None, limit)


def sales_at_register(
    reader: Reader, brand_id: str, place_id: str, register_id: str, since: datetime
) -> dict[str, int]:
    """What was paid at a register since a moment: sale id → total, the oldest first."""
    s = sale.c
    query = (
        select(s.id, s.total_minor)
        .where(s.brand_id == brand_id, s.place_id == place_id, s.paid_at >= since)
        .where(s.register_id == register_id, s.state == "paid")
    )
    return {row.id: row.total_minor for row in reader.rows(query.order_by(s.paid_at, s.id))}


def newest_at_register(
    reader: Reader, brand_id: str, place_id: str, register_id: str, limit: int
) -> list[Sale]:
    """What is open at a register, then what was paid there, each the newest first and at most `limit`."""
    s = sale.c
    here = select(sale).where(s.brand_id == brand_id, s.place_id == place_id, s.register_id == register_id)
    is_open = here.where(s.paid_at.is_(None), s.state == "open")
    heads = reader.rows(is_open.order_by(s.opened_at.desc(), s.id.desc()).limit(limit))
    waiting = list(_with_lines(reader, heads).values())
    return [*waiting, *_newest(reader, here.where(s.state == "paid"), None, limit)]


def returns_at_register(
    reader: Reader, brand_id: str, place_id: str, register_id: str, since: datetime
) -> dict[str, str]:
    """What came back at a register since a moment: return id → sale id, the oldest first."""
    r = sale_return.c
    query = (
        select(r.id, r.sale_id)
        .where(r.brand_id == brand_id, r.place_id == place_id, r.at >= since)
        .where(r.register_id == register_id)
    )
    return {row.id: row.sale_id for row in reader.rows(query.order_by(r.at, r.id))}


def returns_of(reader: Reader, brand_id: str, sale_id: str) -> list[SaleReturn]:
    """The returns of a sale, oldest first."""
    r, n = sale_return.c, sale_return_line.c
    heads = reader.rows(
        select(sale_return).where(r.brand_id == brand_id, r.sale_id == sale_id).order_by(r.at, r.id)
    )
    lines: dict[str, list[ReturnLine]] = {}
    for row in reader.rows(
        select(sale_return_line)
        .where(n.brand_id == brand_id, n.return_id.in_([h.id for h in heads]))
        .order_by(n.line_no)
    ):
        lines.setdefault(row.return_id, []).append(ReturnLine(row.line_no, row.quantity, row.refund_minor))
    return [
        SaleReturn(
            h.brand_id,
            h.id,
            h.sale_id,
            h.place_id,
            h.register_id,
            h.currency,
            h.refund_minor,
            h.reason,
            h.at,
            tuple(lines.get(h.id, ())),
            h.staff_id,
        )
        for h in heads
    ]


@dataclass(frozen=True, slots=True)
class RegisterTotal:
    """What one register took."""

    place_id: str
    register_id: str | None
    currency: str
    sales: int
    total_minor: int
    returned_minor: int


def given_back_since(reader: Reader, brand_id: str, since: datetime) -> dict[str, int]:
    """What was given back since a moment, by the place that had sold it, for sales of whichever day."""
    r, s = sale_return.c, sale.c
    query = (
        select(s.place_id, func.sum(r.refund_minor).label("minor"))
        .select_from(sale_return)
        .join(sale, (s.brand_id == r.brand_id) & (s.id == r.sale_id))
        .where(r.brand_id == brand_id, r.at >= since)
        .group_by(s.place_id)
    )
    return {row.place_id: int(row.minor) for row in reader.rows(query)}


def totals_by_register(
    reader: Reader, brand_id: str, since: datetime, until: datetime | None = None
) -> list[RegisterTotal]:
    """Paid sales since a moment, up to, not including, another; by register, most money first."""
    found: dict[tuple[str, str | None, str], tuple[int, int, int]] = {}
    for part in _hours_and_edges(since, until):
        for r in reader.rows(_by_register(brand_id, *part)):
            key = (r.place_id, r.register_id or None, r.currency)
            sums = (int(r.sales), int(r.total_minor), int(r.returned_minor))
            found[key] = tuple(map(sum, zip(found.get(key, (0, 0, 0)), sums, strict=True)))  # type: ignore[assignment]
    totals = [RegisterTotal(*key, *sums) for key, sums in found.items()]
    return sorted(totals, key=lambda t: (-t.total_minor, t.place_id, t.register_id or ""))


@dataclass(frozen=True, slots=True)
class HourTotal:
    """What was paid within one hour (UTC), or within the part of it that was asked for."""

    hour: datetime
    sales: int
    member_sales: int
    total_minor: int
    discount_minor: int
    returned_minor: int


def totals_by_hour(
    reader: Reader, brand_id: str, since: datetime, until: datetime, place_id: str | None = None
) -> list[HourTotal]:
    """Paid sales of a time by the hour, oldest first; hours without any are left out. A brand has one currency."""
    h, s = sale_hour.c, sale.c
    found: dict[datetime, tuple[int, ...]] = {}
    for is_kept, start, end in _hours_and_edges(since, until):
        if is_kept:
            query = (
                select(h.hour, *(func.sum(h[name]) for name in _SUMS))
                .where(h.brand_id == brand_id, h.hour >= start, h.hour < end)
                .group_by(h.hour)
            )
            query = query if place_id is None else query.where(h.place_id == place_id)
        else:
            query = select(literal(hour_of(start), Instant), *_sums_of_rows()).where(
                s.brand_id == brand_id, s.state == "paid", s.paid_at >= start, s.paid_at < end
            )
            query = query if place_id is None else query.where(s.place_id == place_id)
        for hour, *sums in map(tuple, reader.rows(query)):
            before = found.get(hour, (0,) * len(_SUMS))
            found[hour] = tuple(a + int(b or 0) for a, b in zip(before, sums, strict=True))
    return [HourTotal(hour, *sums) for hour, sums in sorted(found.items()) if sums[0]]


_SUMS = ("sales", "member_sales", "total_minor", "discount_minor", "returned_minor")


def _sums_of_rows() -> tuple[Any, ...]:
    s = sale.c
    money = (func.sum(column) for column in (s.total_minor, s.discount_minor, s.returned_minor))
    return (func.count(), func.count(s.member_id), *money)


def _hours_and_edges(since: datetime, until: datetime | None) -> list[tuple[bool, datetime, datetime]]:
    """A time as (is whole hours, from, up to): whole hours are read as they are kept, the rest sale by sale."""
    end = until or LAST_HOUR
    first, last = hour_of(since + HOUR - MICROSECOND), hour_of(end)
    if first > last:  # within one hour
        return [(False, since, end)]
    parts = [(False, since, first), (True, first, last), (False, last, end)]
    return [part for part in parts if part[1] < part[2]]


LAST_HOUR = datetime(2200, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def _by_register(brand_id: str, is_kept: bool, since: datetime, until: datetime) -> Select[Any]:
    s, h = sale.c, sale_hour.c
    if is_kept:
        sums = [func.sum(h[name]).label(name) for name in ("sales", "total_minor", "returned_minor")]
        kept = select(h.place_id, h.register_id, h.currency, *sums)
        return kept.where(h.brand_id == brand_id, h.hour >= since, h.hour < until).group_by(
            h.place_id, h.register_id, h.currency
        )
    return (
        select(
            s.place_id,
            s.register_id,
            s.currency,
            func.count().label("sales"),
            func.sum(s.total_minor).label("total_minor"),
            func.sum(s.returned_minor).label("returned_minor"),
        )
        .where(s.brand_id == brand_id, s.state == "paid", s.paid_at >= since, s.paid_at < until)
        .group_by(s.place_id, s.register_id, s.currency)
    )


def _with_lines(reader: Reader, heads: Sequence[Any]) -> dict[SaleKey, Sale]:
    if not heads:
        return {}
    rows = _LINES.rows(reader, [(h.brand_id, h.id) for h in heads])
    lines: dict[SaleKey, list[SaleLine]] = {}
    for r in rows:
        lines.setdefault((r.brand_id, r.sale_id), []).append(
            SaleLine(
                r.line_no,
                r.variant_id,
                r.gtin,
                r.name_en,
                r.name_zh,
                r.owner_party_id,
                r.quantity,
                r.unit_list_minor,
                r.discount_minor,
                r.net_minor,
                r.returned_quantity,
                r.returned_minor,
                r.place_id,
            )
        )
    return {
        (h.brand_id, h.id): Sale(
            h.brand_id,
            h.id,
            h.place_id,
            h.register_id,
            h.member_id,
            h.person_id,
            h.origin,
            h.currency,
            h.list_minor,
            h.discount_minor,
            h.total_minor,
            h.proof,
            h.business_day,
            h.opened_at,
            tuple(lines.get((h.brand_id, h.id), ())),
            h.state,
            h.paid_at,
            h.returned_minor,
            h.held_until,
            h.tendered_minor,
            h.deposit_minor,
        )
        for h in heads
    }
