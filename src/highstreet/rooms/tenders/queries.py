"""Reads of tenders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, case, func, or_, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders.model import OPEN_STATES, Evidence, Tender
from highstreet.rooms.tenders.rails.rules import BrandRules, RailRule
from highstreet.rooms.tenders.tables import (
    bill_row,
    gift_card,
    gift_card_entry,
    rail_day,
    rail_off,
    rail_rule,
    tender,
    tender_evidence,
)

SaleKey = tuple[str, str]


def tenders_for(reader: Reader, wanted: Collection[SaleKey]) -> dict[SaleKey, tuple[Tender, ...]]:
    """All tenders of sales by (brand, sale id), oldest first, at one instant money in first; () for none."""
    if not wanted:
        return {}
    t = tender.c
    query = (
        select(tender)
        .where(t.brand_id.in_({w[0] for w in wanted}), t.sale_id.in_({w[1] for w in wanted}))
        .order_by(t.created_at, t.direction, t.id)
    )
    found: dict[SaleKey, list[Tender]] = {key: [] for key in wanted}
    for row in reader.rows(query):
        if (row.brand_id, row.sale_id) in found:
            found[row.brand_id, row.sale_id].append(Tender(**row._mapping))
    return {key: tuple(tenders) for key, tenders in found.items()}


def tender_by_id(reader: Reader, tender_id: str) -> Tender | None:
    """A tender of whichever brand: a provider's notice names nothing else."""
    row = reader.first(select(tender).where(tender.c.id == tender_id))
    return None if row is None else Tender(**row._mapping)


def open_tenders(reader: Reader, older_than: datetime, limit: int) -> list[Tender]:
    """Pending and unknown tenders, in and out, created before `older_than`, oldest first."""
    t = tender.c
    query = (
        select(tender)
        .where(t.state.in_(OPEN_STATES), t.created_at < older_than)
        .order_by(t.created_at, t.id)
        .limit(limit)
    )
    return [Tender(**row._mapping) for row in reader.rows(query)]


def parts_at_register(reader: Reader, brand_id: str, register_id: str, since: datetime) -> list[Tender]:
    """The parts of sales that a register took and gave back since a moment, by its own hand."""
    t = tender.c
    query = (
        select(tender)
        .where(t.brand_id == brand_id, t.register_id == register_id, t.settled_at >= since)
        .where(t.state == "captured")
        .order_by(t.settled_at, t.id)
    )
    return [Tender(**row._mapping) for row in reader.rows(query)]


def evidence_of(reader: Reader, brand_id: str, tender_id: str) -> list[Evidence]:
    """All that was said about a tender, in the order it was kept."""
    e = tender_evidence.c
    query = (
        select(e.brand_id, e.tender_id, e.at, e.kind, e.body)
        .where(e.brand_id == brand_id, e.tender_id == tender_id)
        .order_by(e.seq)
    )
    return [Evidence(**row._mapping) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class RailTotal:
    """What one rail took in and gave back, in minor units; `tenders` counts those that took in."""

    rail: str
    currency: str
    tenders: int
    captured_minor: int
    refunded_minor: int


def captured_by_rail(reader: Reader, brand_id: str, since: datetime) -> list[RailTotal]:
    """Money captured and given back since a moment, by rail and currency."""
    t = tender.c
    is_in = t.direction == "in"
    query = (
        select(
            t.rail,
            t.currency,
            func.sum(case((is_in, 1), else_=0)).label("tenders"),
            func.sum(case((is_in, t.amount_minor), else_=0)).label("captured"),
            func.sum(case((is_in, 0), else_=t.amount_minor)).label("refunded"),
        )
        .where(t.brand_id == brand_id, t.state == "captured", t.settled_at >= since)
        .group_by(t.rail, t.currency)
        .order_by(t.rail, t.currency)
    )
    return [
        RailTotal(r.rail, r.currency, int(r.tenders), int(r.captured), int(r.refunded))
        for r in reader.rows(query)
    ]


CHUNK = 1000  # keys in one IN list: SQLite takes 32,766 parameters a statement


def tenders_named(reader: Reader, brand_id: str, tender_ids: Sequence[str]) -> dict[str, Tender]:
    """A brand's tenders by id; unknown ids are left out."""
    t = tender.c
    found = {}
    for start in range(0, len(tender_ids), CHUNK):
        some = tender_ids[start : start + CHUNK]
        for row in reader.rows(select(tender).where(t.brand_id == brand_id, t.id.in_(some))):
            found[row.id] = Tender(**row._mapping)
    return found


def billed_elsewhere(
    reader: Reader, brand_id: str, provider: str, day: date, tender_ids: Sequence[str]
) -> set[tuple[str, str]]:
    """Which of these tenders stand in bills of other days, as (kind of row, tender id)."""
    b = bill_row.c
    found: set[tuple[str, str]] = set()
    for start in range(0, len(tender_ids), CHUNK):
        query = (
            select(b.kind, b.tender_id)
            .where(b.brand_id == brand_id, b.tender_id.in_(tender_ids[start : start + CHUNK]))
            .where(b.provider == provider, b.day != day.isoformat(), b.finding != "missing_there")
        )
        found.update((row.kind, row.tender_id) for row in reader.rows(query))
    return found


def captured_between(
    reader: Reader, brand_id: str, rail: str, since: datetime, until: datetime
) -> list[Tender]:
    """Tenders of a rail, in and out, captured since one moment and before another."""
    t = tender.c
    query = (
        select(tender)
        .where(t.brand_id == brand_id, t.settled_at >= since, t.settled_at < until)
        .where(t.rail == rail, t.state == "captured")
        .order_by(t.settled_at, t.id)
    )
    return [Tender(**row._mapping) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class BillRow:
    """A kept row of a bill, or a tender the bill lacks, and what was found."""

    brand_id: str
    provider: str
    day: str
    row_no: int
    kind: str
    our_ref: str
    provider_ref: str
    currency: str
    amount_minor: int
    tender_id: str | None
    finding: str


def bill_rows(
    reader: Reader, brand_id: str, *, day: date | None = None, only_differences: bool = False
) -> list[BillRow]:
    """What was found in the bills, newest day first; of one day, or only the differences."""
    b = bill_row.c
    query = select(bill_row).where(b.brand_id == brand_id).order_by(b.day.desc(), b.provider, b.row_no)
    if day is not None:
        query = query.where(b.day == day.isoformat())
    if only_differences:
        query = query.where(b.finding != "matched")
    return [BillRow(**row._mapping) for row in reader.rows(query)]


def tenders_by_reference(
    reader: Reader, brand_id: str, references: Sequence[str]
) -> dict[str, tuple[Tender, ...]]:
    """Tenders by what people know them by, oldest first; references of nothing are left out.

    A bank transfer's names one tender; a slip's number may stand at many registers and days, a card's id at many sales.
    """
    t = tender.c
    found: dict[str, list[Tender]] = {}
    for start in range(0, len(references), CHUNK):
        some = references[start : start + CHUNK]
        query = select(tender).where(t.brand_id == brand_id, t.reference.in_(some))
        for row in reader.rows(query.where(t.reference.is_not(None)).order_by(t.created_at, t.id)):
            found.setdefault(row.reference, []).append(Tender(**row._mapping))
    return {reference: tuple(tenders) for reference, tenders in found.items()}


_RULE = tuple(f.name for f in fields(RailRule))


def rules_of_brand(reader: Reader, brand_id: str) -> BrandRules:
    """What a brand says about its rails."""
    rows = reader.rows(select(rail_rule).where(rail_rule.c.brand_id == brand_id))
    off = reader.rows(select(rail_off.c.rail, rail_off.c.place_id).where(rail_off.c.brand_id == brand_id))
    return BrandRules(
        {row.rail: RailRule(**{name: row._mapping[name] for name in _RULE}) for row in rows},
        frozenset((row.rail, row.place_id) for row in off),
    )


def day_use(reader: Reader, brand_id: str, member_id: str, day: str) -> dict[tuple[str, str], int]:
    """What a member has paid on a trading day towards limits, minor units by (rail, limit)."""
    d = rail_day.c
    rows = reader.rows(
        select(d.rail, d.limit_kind, d.used_minor).where(
            d.brand_id == brand_id, d.member_id == member_id, d.day == day
        )
    )
    return {(row.rail, row.limit_kind): row.used_minor for row in rows}


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A card and what is left on it, in minor units. Not its code."""

    brand_id: str
    id: str
    last4: str
    currency: str
    issued_minor: int
    balance_minor: int
    issued_at: datetime
    expires_at: datetime | None
    blocked_at: datetime | None

    def left_at(self, at: datetime) -> int:
        """What can be paid with it at a moment."""
        is_over = self.expires_at is not None and self.expires_at <= at
        return 0 if is_over or self.blocked_at is not None else self.balance_minor


def _gift_card(row: Row[Any]) -> GiftCard:
    return GiftCard(**{name: row._mapping[name] for name in GiftCard.__slots__})


def gift_card_by_id(reader: Reader, brand_id: str, card_id: str) -> GiftCard | None:
    """One card."""
    c = gift_card.c
    row = reader.first(select(gift_card).where(c.brand_id == brand_id, c.id == card_id))
    return None if row is None else _gift_card(row)


def gift_card_by_hash(reader: Reader, brand_id: str, code_hash: str) -> GiftCard | None:
    """The card of a printed code, by what is kept of the code."""
    c = gift_card.c
    row = reader.first(select(gift_card).where(c.brand_id == brand_id, c.code_hash == code_hash))
    return None if row is None else _gift_card(row)


def gift_cards_of(
    reader: Reader, brand_id: str, before: tuple[datetime, str] | None, limit: int, last4: str | None = None
) -> list[GiftCard]:
    """A brand's cards, the newest first; those after (issued_at, id) of the last one seen."""
    c = gift_card.c
    query = select(gift_card).where(c.brand_id == brand_id)
    if before is not None:
        at, card_id = before
        query = query.where(c.issued_at <= at, or_(c.issued_at < at, c.id < card_id))
    if last4 is not None:
        query = query.where(c.last4 == last4)
    query = query.order_by(c.issued_at.desc(), c.id.desc()).limit(limit)
    return [_gift_card(row) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class CardEntry:
    """A payment with a card ("pay"), or money that went back on to it ("back")."""

    tender_id: str
    kind: str
    amount_minor: int
    at: datetime


def entries_of_card(reader: Reader, brand_id: str, card_id: str) -> list[CardEntry]:
    """All that happened to a card, oldest first."""
    e = gift_card_entry.c
    query = select(e.tender_id, e.kind, e.amount_minor, e.at)
    query = query.where(e.brand_id == brand_id, e.card_id == card_id).order_by(e.at, e.tender_id, e.kind)
    return [CardEntry(*tuple(row)) for row in reader.rows(query)]
