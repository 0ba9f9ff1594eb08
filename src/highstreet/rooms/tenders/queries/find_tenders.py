"""Reads of tenders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, case, func, literal_column, select

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders.model import OPEN_STATES, Evidence, Tender
from highstreet.rooms.tenders.tables import STILL_OPEN, tender, tender_evidence

SaleKey = tuple[str, str]


_t = tender.c
_OF_SALES = KeyedQuery(
    {"brand_id": Text, "sale_id": Text},
    lambda wanted: (
        select(tender)
        .select_from(wanted.rows)
        .join(tender, (_t.brand_id == wanted.brand_id) & (_t.sale_id == wanted.sale_id))
        .order_by(_t.created_at, _t.direction, _t.id)
    ),
)


def tenders_for(reader: Reader, wanted: Collection[SaleKey]) -> dict[SaleKey, tuple[Tender, ...]]:
    """All tenders of sales by (brand, sale id), oldest first, at one instant money in first; () for none."""
    found: dict[SaleKey, list[Tender]] = {key: [] for key in wanted}
    for row in _OF_SALES.rows(reader, wanted):
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


@dataclass(frozen=True, slots=True)
class TransferOwed:
    """A refund by bank transfer that the bank has not shown yet; `sent`: the last word of staff that it was sent."""

    tender: Tender
    sent: Evidence | None


def transfers_owed(reader: Reader, brand_id: str) -> list[TransferOwed]:
    """Refunds that wait for the bank to show them, oldest first."""
    t, e = tender.c, tender_evidence.c
    # As the partial index says it.
    query = select(tender).where(t.brand_id == brand_id, literal_column(STILL_OPEN), t.state != "failed")
    query = query.where(t.direction == "out", t.rail == "transfer").order_by(t.created_at, t.id)
    owed = [Tender(**row._mapping) for row in reader.rows(query)]
    said: dict[str, Evidence] = {}
    for start in range(0, len(owed), CHUNK):
        ids = [one.id for one in owed[start : start + CHUNK]]
        words = select(e.brand_id, e.tender_id, e.at, e.kind, e.body).where(
            e.brand_id == brand_id, e.tender_id.in_(ids), e.kind == "sent"
        )
        said |= {row.tender_id: Evidence(**row._mapping) for row in reader.rows(words.order_by(e.seq))}
    return [TransferOwed(one, said.get(one.id)) for one in owed]
