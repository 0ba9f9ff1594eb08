"""A bank's statement: what came in and what left, matched to the transfers that wait for it; it alone captures them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from highstreet.flows.match_bill import MatchOwn, bring_in
from highstreet.flows.match_payments import match_payments
from highstreet.flows.program import Program
from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders import (
    BILLED_RAILS,
    PAID_OUT_WITHIN,
    PAYOUT,
    UPLOADED,
    BillLine,
    BillRow,
    Payout,
    Tender,
    bill_nets,
    bill_rows,
    is_creditor_reference,
    payouts_shown,
    rows_named,
    tenders_by_reference,
    tenders_named,
)
from highstreet.rooms.tenders.model.bounded import Bounds
from highstreet.rooms.tenders.rails.packed import unpack_files
from highstreet.rooms.tenders.rails.statement import BankRow, read_camt
from highstreet.rooms.tenders.rails.statement_csv import read_statement_csv

TRANSFER = "transfer"
_HEAD = 4096


def read_statement(content: bytes, currency: str, named: Mapping[str, str] | None = None) -> list[BankRow]:
    """camt.053, or CSV in a brand's `currency`, packed or not; on a thread, it may be long.

    Errors: Refusal tenders.statement_malformed, tenders.statement_columns, tenders.file_packed, tenders.file_too_long.
    """
    bounds = Bounds()
    rows: dict[str, BankRow] = {}  # a row that stands in two files is one row
    for file in unpack_files(content):
        if file[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            found = read_camt(file.removeprefix(b"\xef\xbb\xbf"), bounds)
        else:
            found = read_statement_csv(file, currency, named, bounds)
        rows |= {one.bank_ref: one for one in found}
    bounds.take("days", len({one.booked_on for one in rows.values()}))  # each is matched by itself
    return list(rows.values())


async def match_statement(program: Program, brand_id: str, rows: Sequence[BankRow]) -> list[date]:
    """Match what was booked, day by day; the days come back.

    A transfer of just the amount is captured, in or out; more or less stays a difference. Statements may overlap, and
    several accounts may have one each: what was read before stays. Payments between parties are ended first.
    """
    by_day: dict[date, list[BankRow]] = {}
    for row in await match_payments(program, brand_id, rows):
        by_day.setdefault(row.booked_on, []).append(row)
    days = sorted(by_day)
    for day in days:
        booked = by_day[day]
        lines = await program.db.read(statement_lines, brand_id, day, booked)
        command = MatchOwn(brand_id, TRANSFER, day, tuple(lines), program.clock.now(), source=UPLOADED)
        await bring_in(program, command)
    return days


async def look_again(program: Program, refund: Tender) -> None:
    """A refund by transfer was written down: the bank may have shown it before."""
    if refund.rail != TRANSFER or refund.reference is None:
        return
    kept = await program.db.read(rows_named, refund.brand_id, TRANSFER, refund.reference)
    for day in sorted({date.fromisoformat(row.day) for row in kept if row.finding == "outgoing_unknown"}):
        lines = await program.db.read(statement_lines, refund.brand_id, day, ())
        command = MatchOwn(refund.brand_id, TRANSFER, day, tuple(lines), program.clock.now(), source=UPLOADED)
        await bring_in(program, command)


def statement_lines(reader: Reader, brand_id: str, day: date, booked: Sequence[BankRow]) -> list[BillLine]:
    """The rows of a day, those of earlier files too, each about the transfer whose reference it gives."""
    new = {one.bank_ref for one in booked}
    kept = [
        _kept(row, day)
        for row in bill_rows(reader, brand_id, day=day)
        if row.provider == TRANSFER and row.finding != "missing_there" and row.provider_ref not in new
    ]
    everything = [*kept, *booked]
    wanted = sorted({reference for one in everything for reference in one.references})
    known: dict[str, list[Tender]] = {}
    for reference, referred in tenders_by_reference(reader, brand_id, wanted).items():
        known[reference] = [tender for tender in referred if tender.rail == TRANSFER]
    # A row that was kept names the transfer it was found to be about.
    for tender in tenders_named(reader, brand_id, wanted).values():
        known.setdefault(tender.id, []).append(tender)
    moved_at = datetime.combine(day, time(12), UTC)
    # Of two payments for one transfer, the one of just the amount is its payment.
    about = sorted(((one, *_about(one, known)) for one in everything), key=lambda each: not each[3])
    return [
        BillLine(no, kind, our_ref, one.bank_ref, one.currency, one.amount_minor, moved_at)
        for no, (one, kind, our_ref, _) in enumerate(about, start=1)
    ]


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A provider's payout that a bank statement shows, and the days of the bills it comes to; none: a difference."""

    rail: str
    payout: Payout
    days: tuple[str, ...]


def paid_out(reader: Reader, brand_id: str, since: date) -> list[PaidOut]:
    """What providers paid out since a day, the newest first."""
    found = []
    for rail in BILLED_RAILS:
        shown = payouts_shown(reader, brand_id, rail, since.isoformat())
        if not shown:
            continue
        days: dict[tuple[str, str], list[str]] = {}
        for net in bill_nets(reader, brand_id, rail, (since - PAID_OUT_WITHIN).isoformat()):
            if net.payout is not None:
                days.setdefault(net.payout, []).append(net.day)
        found += [PaidOut(rail, one, tuple(days.get(one.key, ()))) for one in shown]
    return sorted(found, key=lambda one: one.payout.day, reverse=True)


def _kept(row: BillRow, day: date) -> BankRow:
    is_payout = row.kind == PAYOUT
    return BankRow(
        line_no=0,
        booked_on=day,
        currency=row.currency,
        amount_minor=row.amount_minor,
        references=() if is_payout else (row.our_ref,),
        bank_ref=row.provider_ref,
        direction="out" if row.kind == "refund" else "in",
        payer=row.our_ref if is_payout else None,
    )


def _about(one: BankRow, known: Mapping[str, Sequence[Tender]]) -> tuple[str, str, bool]:
    """The kind of a row, our number of the transfer that it names, and whether it is of just its amount.

    Where it names none: the rail whose provider paid it out, else what it says, or the bank's own number.
    """
    kind = "paid" if one.direction == "in" else "refund"
    named = [
        tender
        for reference in one.references
        for tender in known.get(reference, ())
        if tender.direction == one.direction
    ]
    for tender in named:
        if (tender.amount_minor, tender.currency) == (one.amount_minor, one.currency):
            return kind, tender.id, True
    if named:
        return kind, named[0].id, False
    if one.payer is not None:
        return PAYOUT, one.payer, False
    said = (*filter(is_creditor_reference, one.references), *one.references, one.bank_ref)
    return kind, said[0], False
