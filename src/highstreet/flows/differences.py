"""What is not explained: every difference between the providers' bills and our tenders, and who let one stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from highstreet.flows.match_bill import with_cures
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.tenders import (
    BILL_ZONE,
    BillRow,
    DifferenceWord,
    Tender,
    Unbilled,
    add_difference_word,
    bill_day,
    difference_id,
    read_bills,
    standing_differences,
    tenders_named,
    unbilled,
    words_of,
)

FIRST_DAY = "2000-01-01"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not explained. `kind`: as a bill's finding, or `bill_missing`.

    `bill_missing`: `tenders` payments of a rail wait for the bill of that day. `our_minor`: what the tender is of.
    `place_id` None: nobody's place, so every place's. Of fees that differ `our_ref` is the first such payment, and the
    amount what was charged too much. `at`: when the money moved, at the provider or here, where
    that is known. `word`: the last that a person said of it.
    """

    id: str
    kind: str
    day: str
    provider: str
    row_kind: str
    our_ref: str
    provider_ref: str
    currency: str
    amount_minor: int
    our_minor: int | None
    tender_id: str | None
    sale_id: str | None
    place_id: str | None
    cure: str
    tenders: int
    at: datetime | None
    word: DifferenceWord | None = None

    @property
    def is_cleared(self) -> bool:
        """Whether a person let it stand."""
        return self.word is not None and self.word.is_cleared


def differences(
    reader: Reader, brand_id: str, first_day: str, last_day: str, until: datetime
) -> list[Difference]:
    """All differences of some bill days, newest day first.

    Also bills that nobody has read and that should hold payments of before `until`.
    """
    rows = standing_differences(reader, brand_id, first_day, last_day)
    found = [(one.row, one.cure) for one in with_cures(reader, rows)]
    known = tenders_named(
        reader, brand_id, sorted({r.tender_id for r, _ in found if r.tender_id is not None})
    )
    listed = [_of_row(row, cure, known.get(row.tender_id or "")) for row, cure in found]
    listed += missing_bills(reader, brand_id, first_day, last_day, until)
    said = words_of(reader, brand_id, [one.id for one in listed])
    listed = [replace(one, word=said[one.id][0]) if one.id in said else one for one in listed]
    return sorted(listed, key=lambda one: one.day, reverse=True)


def _of_row(row: BillRow, cure: str, tender: Tender | None) -> Difference:
    return Difference(
        id=row.difference_id,
        kind=row.finding,
        day=row.day,
        provider=row.provider,
        row_kind=row.kind,
        our_ref=row.our_ref,
        provider_ref=row.provider_ref,
        currency=row.currency,
        amount_minor=row.amount_minor,
        our_minor=None if tender is None else tender.amount_minor,
        tender_id=row.tender_id,
        sale_id=None if tender is None else tender.sale_id,
        place_id=None if tender is None else tender.place_id,
        cure=cure,
        tenders=1,
        at=row.moved_at if tender is None else tender.settled_at or tender.created_at,
    )


def missing_bills(
    reader: Reader, brand_id: str, first_day: str, last_day: str, until: datetime
) -> list[Difference]:
    """Bills of these days that nobody has read, though there are payments that should stand in them, by place."""
    since, _ = bill_day(_date(first_day))
    _, ends = bill_day(_date(last_day))
    waiting = unbilled(reader, brand_id, since, min(ends, until))
    if not waiting:
        return []
    read = {(one.provider, one.day) for one in read_bills(reader, brand_id, first_day, last_day)}
    return [_of_bill(one) for one in waiting if (one.rail, one.day) not in read]


def _date(day: str) -> date:
    return date.fromisoformat(day)


def _of_bill(one: Unbilled) -> Difference:
    return Difference(
        # The same for all places: there is one bill.
        id=difference_id(one.rail, one.day, ("bill", "", ""), "bill_missing", ""),
        kind="bill_missing",
        day=one.day,
        provider=one.rail,
        row_kind="bill",
        our_ref="",
        provider_ref="",
        currency=one.currency,
        amount_minor=one.amount_minor,
        our_minor=None,
        tender_id=None,
        sale_id=None,
        place_id=one.place_id,
        cure="fetch",
        tenders=one.tenders,
        at=None,
    )


def unexplained(reader: Reader, brand_id: str, place_id: str, until: datetime) -> list[Difference]:
    """What keeps a place's days before a moment open: its own and nobody's differences, that no person let stand."""
    # A provider's day may end before the place's does, or after it: what decides is when the money moved.
    last_day = until.astimezone(BILL_ZONE).date().isoformat()
    found = differences(reader, brand_id, FIRST_DAY, last_day, until)
    return [
        one
        for one in found
        if not one.is_cleared and one.place_id in (None, place_id) and (one.at is None or one.at < until)
    ]


def bills_due(now: datetime) -> datetime:
    """Payments of before this moment should stand in bills that a provider has written by now."""
    return bill_day(now.astimezone(BILL_ZONE).date())[0]


@dataclass(frozen=True, slots=True)
class ClearDifference:
    """A person lets a difference stand, or (`is_cleared` False) takes that back. No tender changes by it (M3)."""

    brand_id: str
    difference_id: str
    is_cleared: bool
    reason: str
    note: str
    by_id: str
    at: datetime


def clear_difference(tx: Tx, command: ClearDifference) -> None:
    """Errors: Refusal request.not_found when there is no such difference; tenders.cleared_already when it is so."""
    clear_differences(tx, [command])


def clear_differences(tx: Tx, commands: Sequence[ClearDifference]) -> None:
    """Several of one brand at once, or none. Errors: as `clear_difference`."""
    brand_id, at = commands[0].brand_id, commands[0].at
    tomorrow = at + timedelta(days=1)  # clocks of providers may be ahead, and so may zones be
    listed = {one.id for one in differences(tx, brand_id, FIRST_DAY, tomorrow.date().isoformat(), tomorrow)}
    for command in commands:
        if command.difference_id not in listed:
            raise REQUEST_NOT_FOUND()
        add_difference_word(
            tx,
            DifferenceWord(
                brand_id,
                command.difference_id,
                command.is_cleared,
                command.reason,
                command.note,
                command.by_id,
                at,
            ),
        )
