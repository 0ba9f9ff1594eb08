"""Reads of the providers' bills: rows, differences and what people said of them, and what was posted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, case, exists, func, select, type_coerce

from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders.model import (
    BILL_MARGIN,
    BILL_ZONE,
    BILLED_RAILS,
    PAYOUT,
    DayNet,
    Payout,
    difference_id,
)
from highstreet.rooms.tenders.queries.find_tenders import CHUNK
from highstreet.rooms.tenders.tables import (
    bill,
    bill_net,
    bill_posting,
    bill_row,
    difference_word,
    tender,
)


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
    moved_at: datetime | None = None
    fee_minor: int = 0

    @property
    def difference_id(self) -> str:
        """The id of the difference that it is, unless it is matched."""
        row = (self.kind, self.our_ref, self.provider_ref)
        amount = f"{self.amount_minor} {self.currency}"
        return difference_id(self.provider, self.day, row, self.finding, amount)


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


def rows_named(reader: Reader, brand_id: str, provider: str, our_ref: str) -> list[BillRow]:
    """The differences that one provider's bills have for a number, oldest first."""
    b = bill_row.c
    query = select(bill_row).where(b.brand_id == brand_id, b.provider == provider, b.finding != "matched")
    query = query.where(b.our_ref == our_ref).order_by(b.day, b.row_no)
    return [BillRow(**row._mapping) for row in reader.rows(query)]


def standing_differences(reader: Reader, brand_id: str, first_day: str, last_day: str) -> list[BillRow]:
    """What is not matched in the bills of some days, newest first.

    A tender that one day's bill lacked and another's had since is no difference any more.
    """
    b, other = bill_row.c, bill_row.alias("other").c
    came_later = exists().where(
        other.brand_id == b.brand_id,
        other.tender_id == b.tender_id,
        other.kind == b.kind,
        other.finding != "missing_there",
    )
    query = (
        select(bill_row)
        .where(b.brand_id == brand_id, b.finding != "matched", b.day >= first_day, b.day <= last_day)
        .where((b.finding != "missing_there") | ~came_later)
    )
    query = query.order_by(b.day.desc(), b.provider, b.row_no)
    return [BillRow(**row._mapping) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class ReadBill:
    """A bill that was read: `source` is fetched or uploaded."""

    provider: str
    day: str
    source: str
    matched: int
    differences: int
    at: datetime


def read_bills(reader: Reader, brand_id: str, first_day: str, last_day: str) -> list[ReadBill]:
    """The bills of some days, newest first."""
    b = bill.c
    query = (
        select(b.provider, b.day, b.source, b.matched, b.differences, b.at)
        .where(b.brand_id == brand_id, b.day >= first_day, b.day <= last_day)
        .order_by(b.day.desc(), b.provider)
    )
    return [ReadBill(**row._mapping) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What a rail moved at a place and should stand in the provider's bill of `day`, but was in none yet.

    `amount_minor`: payments less refunds, as the bill's own net; below zero when more went back.
    """

    rail: str
    day: str
    place_id: str
    currency: str
    tenders: int
    amount_minor: int


_DAY_US = 86_400_000_000


def unbilled(reader: Reader, brand_id: str, since: datetime, until: datetime) -> list[Unbilled]:
    """Captured tenders of rails with bills that stand in none of them, by place and by the bill they are due in."""
    t, b = tender.c, bill_row.c
    shift_us = to_micros(datetime(1970, 1, 1, tzinfo=UTC) + BILL_MARGIN) + _zone_us()
    number = (type_coerce(t.settled_at, BigInteger) + shift_us) // _DAY_US
    stands = exists().where(b.brand_id == t.brand_id, b.tender_id == t.id)
    net = func.sum(case((t.direction == "in", t.amount_minor), else_=-t.amount_minor))
    query = (
        select(t.rail, number, t.place_id, t.currency, func.count(), net)
        .where(t.brand_id == brand_id, t.settled_at >= since, t.settled_at < until)
        .where(t.state == "captured", t.rail.in_(BILLED_RAILS), ~stands)
        .group_by(t.rail, number, t.place_id, t.currency)
        .order_by(number, t.rail, t.place_id)
    )
    return [
        Unbilled(rail, _day_of(int(day)), place_id, currency, int(count), int(amount))
        for rail, day, place_id, currency, count, amount in map(tuple, reader.rows(query))
    ]


def _zone_us() -> int:
    offset = BILL_ZONE.utcoffset(None)
    return int(offset.total_seconds()) * 1_000_000


def _day_of(number: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number).isoformat()


@dataclass(frozen=True, slots=True)
class DifferenceWord:
    """A person let a difference stand (`is_cleared`) or took that back: why, who, when."""

    brand_id: str
    difference_id: str
    is_cleared: bool
    reason: str
    note: str
    by_id: str
    at: datetime


def words_of(
    reader: Reader, brand_id: str, difference_ids: Sequence[str]
) -> dict[str, tuple[DifferenceWord, int]]:
    """The last word about each difference that has one, and how many there were."""
    w = difference_word.c
    found: dict[str, tuple[DifferenceWord, int]] = {}
    for start in range(0, len(difference_ids), CHUNK):
        some = difference_ids[start : start + CHUNK]
        query = (
            select(difference_word).where(w.brand_id == brand_id, w.difference_id.in_(some)).order_by(w.no)
        )
        for row in reader.rows(query):
            said = {name: value for name, value in row._mapping.items() if name != "no"}
            found[row.difference_id] = (DifferenceWord(**said), row.no)
    return found


@dataclass(frozen=True, slots=True)
class BillPosting:
    """What a row of a bill brought to the ledger: `amount_minor` of a fee, below zero when taken back."""

    brand_id: str
    provider: str
    day: str
    row_id: str
    no: int
    party_id: str
    currency: str
    amount_minor: int
    at: datetime


def bill_postings(reader: Reader, brand_id: str, provider: str, day: str) -> list[BillPosting]:
    """All that the bill of a day brought so far, in order."""
    p = bill_posting.c
    query = select(bill_posting).where(p.brand_id == brand_id, p.provider == provider, p.day == day)
    return [BillPosting(**row._mapping) for row in reader.rows(query.order_by(p.row_id, p.no))]


def bill_nets(reader: Reader, brand_id: str, provider: str, since: str) -> list[DayNet]:
    """What a rail's bills of a day (ISO) and later came to, and what paid them out; oldest first."""
    n = bill_net.c
    query = select(n.day, n.currency, n.net_minor, n.payout_day, n.payout_ref)
    query = query.where(n.brand_id == brand_id, n.provider == provider, n.day >= since)
    return [
        DayNet(day, currency, net, None if payout_day is None else (payout_day, payout_ref))
        for day, currency, net, payout_day, payout_ref in map(
            tuple, reader.rows(query.order_by(n.day, n.currency))
        )
    ]


def payouts_shown(reader: Reader, brand_id: str, provider: str, since: str) -> list[Payout]:
    """What bank statements of a day (ISO) and later show that a rail's provider paid out; oldest first."""
    b = bill_row.c
    query = select(b.day, b.provider_ref, b.currency, b.amount_minor)
    query = query.where(b.brand_id == brand_id, b.provider == "transfer", b.day >= since)
    query = query.where(b.kind == PAYOUT, b.our_ref == provider)
    return [Payout(*tuple(row)) for row in reader.rows(query.order_by(b.day, b.row_no))]
