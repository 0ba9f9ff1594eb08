"""Sales by their filters, and shares by sale, a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, join, or_, select, true, tuple_

from highstreet.kernel.documents import each_of
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel.tables import share_reversal, share_sheet
from highstreet.rooms.parties.tables import place, register
from highstreet.rooms.sales.tables import sale, sale_line, sale_return
from highstreet.rooms.tenders.tables import tender


@dataclass(frozen=True, slots=True)
class SharesOf:
    """The shares of a sale, or what a return took back of them: `lines` as `channel.sheet_document` has them.

    `sold_at`, `sold_lines`: of a return, when its sale was paid, and the sale's own lines.
    """

    at: datetime
    ref_id: str
    sale_id: str
    place_id: str
    currency: str
    contract_id: str
    contract_version: int
    collector_party_id: str
    lines: list[dict[str, Any]]
    channel: str
    roles: dict[str, str | None]
    sold_at: datetime | None = None
    sold_lines: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class SalesAsked:
    """Which sales of a brand to list. `state`: paid, returned (in part or whole), open or abandoned.

    `since` counts, `until` does not; `before`: (instant, sale id) of the last one seen.
    """

    brand_id: str
    state: str
    place_id: str | None
    rail: str | None
    since: datetime | None
    until: datetime | None
    before: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True)
class ListedSale:
    """A line of the list of sales; `at`: paid, or opened where it is not. `rails`: how it was paid."""

    sale_id: str
    at: datetime
    state: str
    origin: str
    place_id: str
    place_name_en: str
    place_name_zh: str
    register_name: str | None
    is_member: bool
    pieces: int
    currency: str
    discount_minor: int
    total_minor: int
    returned_minor: int
    rails: tuple[str, ...]


def sales_listed(reader: Reader, asked: SalesAsked) -> list[ListedSale]:
    """A page of sales, newest first."""
    s, p, r, n, t = sale.c, place.c, register.c, sale_line.c, tender.c
    is_paid = asked.state in ("paid", "returned")
    at = s.paid_at if is_paid else s.opened_at
    pieces = select(func.sum(n.quantity)).where(n.brand_id == s.brand_id, n.sale_id == s.id).scalar_subquery()
    query = (
        select(s.id, at.label("at"), s.state, s.origin, s.place_id, p.name_en, p.name_zh, r.name)
        .add_columns(s.member_id, pieces.label("pieces"), s.currency)
        .add_columns(s.discount_minor, s.total_minor, s.returned_minor)
        .join_from(sale, place, (p.brand_id == s.brand_id) & (p.id == s.place_id))
        .outerjoin(register, (r.brand_id == s.brand_id) & (r.id == s.register_id))
        .where(s.brand_id == asked.brand_id, s.state == ("paid" if is_paid else asked.state))
    )
    if not is_paid:  # they stand together in the index of paid_at
        query = query.where(s.paid_at.is_(None))
    if asked.state == "returned":
        query = query.where(s.returned_minor > 0)
    if asked.place_id is not None:
        query = query.where(s.place_id == asked.place_id)
    if asked.rail is not None:
        by_rail = select(t.id).where(t.brand_id == s.brand_id, t.sale_id == s.id, t.direction == "in")
        query = query.where(by_rail.where(t.rail == asked.rail).exists())
    if asked.since is not None:
        query = query.where(at >= asked.since)
    if asked.until is not None:
        query = query.where(at < asked.until)
    if asked.before is not None:
        before_at, before_id = asked.before
        query = query.where(at <= before_at, or_(at < before_at, s.id < before_id))
    rows = reader.rows(query.order_by(at.desc(), s.id.desc()).limit(asked.limit))
    rails: dict[str, list[str]] = {}
    paid_by = select(t.sale_id, t.rail).where(
        t.brand_id == asked.brand_id, t.sale_id.in_([row.id for row in rows])
    )
    for sale_id, rail in map(
        tuple, reader.rows(paid_by.where(t.direction == "in").order_by(t.created_at, t.id))
    ):
        if rail not in rails.setdefault(sale_id, []):
            rails[sale_id].append(rail)
    return [
        ListedSale(
            sale_id=row.id,
            at=row.at,
            state=row.state,
            origin=row.origin,
            place_id=row.place_id,
            place_name_en=row.name_en,
            place_name_zh=row.name_zh,
            register_name=row.name,
            is_member=row.member_id is not None,
            pieces=int(row.pieces or 0),
            currency=row.currency,
            discount_minor=row.discount_minor,
            total_minor=row.total_minor,
            returned_minor=row.returned_minor,
            rails=tuple(rails.get(row.id, ())),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SalesUnder:
    """Paid sales at some places that were settled under these versions (id, version) of contracts."""

    brand_id: str
    place_ids: list[str]
    contracts: list[tuple[str, int]]
    before: tuple[datetime, str] | None
    limit: int

    def until(self, before: tuple[datetime, str]) -> "SalesUnder":
        """The page after the one that ended there."""
        return replace(self, before=before)


def sales_under(reader: Reader, asked: SalesUnder) -> list[tuple[str, datetime]]:
    """Sale id and instant of payment, the newest first."""
    s, h = sale.c, share_sheet.c
    query = (
        select(s.id, s.paid_at)
        .join_from(sale, share_sheet, (h.brand_id == s.brand_id) & (h.sale_id == s.id))
        .where(s.brand_id == asked.brand_id, s.place_id.in_(asked.place_ids), s.state == "paid")
        .where(tuple_(h.contract_id, h.contract_version).in_(asked.contracts))
    )
    if asked.before is not None:
        paid_at, sale_id = asked.before
        query = query.where(s.paid_at <= paid_at, or_(s.paid_at < paid_at, s.id < sale_id))
    rows = reader.rows(query.order_by(s.paid_at.desc(), s.id.desc()).limit(asked.limit))
    return [(row.id, row.paid_at) for row in rows]


def places_under(
    reader: Reader,
    brand_id: str,
    place_ids: set[str],
    contracts: list[tuple[str, int]],
    since: list[datetime],
) -> frozenset[str]:
    """Those of the places whose first sale from one of these instants on was settled under one of the contracts.

    A step into ix_sale_brand_id_place_id_paid_at for each place and instant, however many sales there are.
    """
    s, p, h = sale.alias("first_sale").c, place.c, share_sheet.c
    found: set[str] = set()
    for at in since:
        if not place_ids - found:
            break
        first = (
            select(s.id)
            .where(s.brand_id == p.brand_id, s.place_id == p.id, s.paid_at >= at, s.state == "paid")
            .order_by(s.paid_at)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(p.id)
            .join_from(place, share_sheet, (h.brand_id == p.brand_id) & (h.sale_id == first))
            .where(p.brand_id == brand_id, p.id.in_(sorted(place_ids - found)))
            .where(tuple_(h.contract_id, h.contract_version).in_(contracts))
        )
        found |= {row.id for row in reader.rows(query)}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class SharesPage:
    """Shares of one brand in a time, a page of them after (at, ref_id); `since` counts, `until` does not."""

    brand_id: str
    since: datetime
    until: datetime
    after: tuple[datetime, str] | None
    limit: int


def shares_of_sales(reader: Reader, page: SharesPage) -> list[SharesOf]:
    """Share sheets by the instant of payment."""
    s, h = sale.c, share_sheet.c
    query = (
        select(s.paid_at, s.id, s.id, s.place_id, s.currency)
        .add_columns(h.contract_id, h.contract_version, h.collector_party_id, h.lines)
        .add_columns(h.channel, h.roles)
        .select_from(sale)
        .join(share_sheet, (h.brand_id == s.brand_id) & (h.sale_id == s.id))
        .where(s.brand_id == page.brand_id, s.paid_at >= page.since, s.paid_at < page.until)
    )
    return _shares_page(reader, query, s.paid_at, s.id, page)


def shares_under(
    reader: Reader, page: SharesPage, contract_ids: Collection[str], place_id: str | None
) -> list[SharesOf]:
    """As `shares_of_sales`, of sales under some contracts only, at all their places or at one."""
    s, h = sale.c, share_sheet.c
    query = (
        select(s.paid_at, s.id, s.id, s.place_id, s.currency)
        .add_columns(h.contract_id, h.contract_version, h.collector_party_id, h.lines)
        .add_columns(h.channel, h.roles)
        .select_from(sale)
        .join(share_sheet, (h.brand_id == s.brand_id) & (h.sale_id == s.id))
        .where(s.brand_id == page.brand_id, s.paid_at >= page.since, s.paid_at < page.until)
        .where(h.contract_id.in_(sorted(contract_ids)))
    )
    if place_id is not None:
        query = query.where(s.place_id == place_id)
    return _shares_page(reader, query, s.paid_at, s.id, page)


def shares_of_returns(reader: Reader, page: SharesPage) -> list[SharesOf]:
    """Reversed shares by the instant of the return."""
    r, h, v, s = sale_return.c, share_sheet.c, share_reversal.c, sale.c
    query = (
        select(r.at, r.id, r.sale_id, r.place_id, r.currency)
        .add_columns(h.contract_id, h.contract_version, h.collector_party_id, v.lines)
        .add_columns(h.channel, h.roles, s.paid_at, h.lines)
        .select_from(sale_return)
        .join(sale, (s.brand_id == r.brand_id) & (s.id == r.sale_id))
        .join(share_reversal, (v.brand_id == r.brand_id) & (v.return_id == r.id))
        .join(share_sheet, (h.brand_id == r.brand_id) & (h.sale_id == r.sale_id))
        .where(r.brand_id == page.brand_id, r.at >= page.since, r.at < page.until)
    )
    return _shares_page(reader, query, r.at, r.id, page)


class SharesSum(NamedTuple):
    """What share lines of sales, or of returns, add up to: `lines` of them, `amount_minor` together."""

    party_id: str
    role: str
    collector_party_id: str
    currency: str
    lines: int
    amount_minor: int


def sums_of_sales(reader: Reader, brand_id: str, since: datetime, until: datetime) -> list[SharesSum]:
    """By the instant of payment; added up by the database, there may be millions."""
    s, h = sale.c, share_sheet.c
    sheets = join(sale, share_sheet, (h.brand_id == s.brand_id) & (h.sale_id == s.id))
    there = (s.brand_id == brand_id, s.paid_at >= since, s.paid_at < until)
    return _sums(reader, sheets, h.lines, (h.collector_party_id, s.currency), there)


def sums_of_returns(reader: Reader, brand_id: str, since: datetime, until: datetime) -> list[SharesSum]:
    """By the instant of the return; amounts as they were taken back, above zero where the sale's were."""
    r, h, v = sale_return.c, share_sheet.c, share_reversal.c
    reversals = join(sale_return, share_reversal, (v.brand_id == r.brand_id) & (v.return_id == r.id)).join(
        share_sheet, (h.brand_id == r.brand_id) & (h.sale_id == r.sale_id)
    )
    there = (r.brand_id == brand_id, r.at >= since, r.at < until)
    return _sums(reader, reversals, v.lines, (h.collector_party_id, r.currency), there)


def _sums(
    reader: Reader, tables: Any, lines: Any, by: tuple[Any, Any], there: tuple[Any, ...]
) -> list[SharesSum]:
    line = each_of(reader, lines)
    share = each_of(reader, line.member("shares"))
    keys = (share.text("party_id"), share.text("role"), *by)
    query = (
        select(*keys, func.count(), func.sum(share.integer("amount_minor")))
        .select_from(tables.join(line.table, true()).join(share.table, true()))
        .where(*there)
        .group_by(*keys)
    )
    return [SharesSum._make(row)._replace(amount_minor=int(row[-1])) for row in reader.rows(query)]


def _shares_page(reader: Reader, query: Any, at: Any, ref_id: Any, page: SharesPage) -> list[SharesOf]:
    if page.after is not None:
        last_at, last_id = page.after
        query = query.where(at >= last_at, (at > last_at) | (ref_id > last_id))
    return [SharesOf(*tuple(row)) for row in reader.rows(query.order_by(at, ref_id).limit(page.limit))]
