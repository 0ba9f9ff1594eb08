"""Reads of sales."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.sales.model import ReturnApproval, ReturnLine, Sale, SaleLine, SaleReturn
from highstreet.rooms.sales.tables import return_approval, sale, sale_line, sale_return, sale_return_line

SaleKey = tuple[str, str]
Before = tuple[datetime, str]
"""(paid_at, sale id) of the last sale seen, newest first: sales of one instant are not lost. "" for no id."""


def sales_for(reader: Reader, wanted: Collection[SaleKey]) -> dict[SaleKey, Sale]:
    """Sales with their lines by (brand, sale id); two statements for any number."""
    if not wanted:
        return {}
    s = sale.c
    brands, ids = {w[0] for w in wanted}, {w[1] for w in wanted}
    rows = reader.rows(select(sale).where(s.brand_id.in_(brands), s.id.in_(ids)))
    return _with_lines(reader, [row for row in rows if (row.brand_id, row.id) in wanted])


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


def totals_by_register(reader: Reader, brand_id: str, since: datetime) -> list[RegisterTotal]:
    """Paid sales since a moment, by register, most money first."""
    s = sale.c
    total = func.sum(s.total_minor)
    query = (
        select(
            s.place_id,
            s.register_id,
            s.currency,
            func.count().label("sales"),
            total.label("total_minor"),
            func.sum(s.returned_minor).label("returned_minor"),
        )
        .where(s.brand_id == brand_id, s.state == "paid", s.paid_at >= since)
        .group_by(s.place_id, s.register_id, s.currency)
        .order_by(total.desc())
    )
    return [
        RegisterTotal(
            r.place_id, r.register_id, r.currency, r.sales, int(r.total_minor), int(r.returned_minor)
        )
        for r in reader.rows(query)
    ]


def _with_lines(reader: Reader, heads: Sequence[Any]) -> dict[SaleKey, Sale]:
    if not heads:
        return {}
    n = sale_line.c
    rows = reader.rows(
        select(sale_line)
        .where(n.brand_id.in_({h.brand_id for h in heads}), n.sale_id.in_({h.id for h in heads}))
        .order_by(n.line_no)
    )
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
        )
        for h in heads
    }
