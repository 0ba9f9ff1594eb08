"""A bank's statement: what came into the account, matched to the transfers that wait for it, and capturing them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from highstreet.flows.match_bill import MatchOwn, bring_in
from highstreet.flows.program import Program
from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders import BillLine, Tender, bill_rows, tenders_by_reference, tenders_named
from highstreet.rooms.tenders.rails.statement import Credit, read_camt
from highstreet.rooms.tenders.rails.statement_csv import read_statement_csv

TRANSFER = "transfer"


def read_statement(content: bytes, currency: str, named: Mapping[str, str] | None = None) -> list[Credit]:
    """camt.053, or CSV in a brand's `currency`; on a thread, it may be long.

    Errors: Refusal tenders.statement_malformed, tenders.statement_columns.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return read_camt(content.removeprefix(b"\xef\xbb\xbf"))
    return read_statement_csv(content, currency, named)


async def match_statement(program: Program, brand_id: str, credits: Sequence[Credit]) -> list[date]:
    """Match what was booked, day by day; the days come back.

    A transfer of just the amount is captured; more or less stays a difference. Statements may overlap, and several
    accounts may have one each: what was read before stays.
    """
    days = sorted({one.booked_on for one in credits})
    for day in days:
        booked = [one for one in credits if one.booked_on == day]
        lines = await program.db.read(statement_lines, brand_id, day, booked)
        command = MatchOwn(brand_id, TRANSFER, day, tuple(lines), program.clock.now(), source="uploaded")
        await bring_in(program, command)
    return days


def statement_lines(reader: Reader, brand_id: str, day: date, booked: Sequence[Credit]) -> list[BillLine]:
    """The day's credits, those of earlier files too, each about the transfer whose reference it gives."""
    new = {one.bank_ref for one in booked}
    kept = [
        Credit(0, day, row.currency, row.amount_minor, (row.our_ref,), row.provider_ref)
        for row in bill_rows(reader, brand_id, day=day)
        if row.provider == TRANSFER and row.finding != "missing_there" and row.provider_ref not in new
    ]
    everything = [*kept, *booked]
    wanted = {reference for one in everything for reference in one.references}
    known: dict[str, list[Tender]] = {}
    for reference, referred in tenders_by_reference(reader, brand_id, sorted(wanted)).items():
        known[reference] = [tender for tender in referred if tender.rail == TRANSFER]
    # A row that was kept names the transfer it was found to be about.
    for tender in tenders_named(reader, brand_id, sorted(wanted)).values():
        known.setdefault(tender.id, []).append(tender)
    moved_at = datetime.combine(day, time(12), UTC)
    # Of two payments for one transfer, the one of just the amount is its payment.
    about = sorted(((one, *_about(one, known)) for one in everything), key=lambda each: not each[2])
    return [
        BillLine(no, "paid", our_ref, one.bank_ref, one.currency, one.amount_minor, moved_at)
        for no, (one, our_ref, _) in enumerate(about, start=1)
    ]


def _about(one: Credit, known: Mapping[str, Sequence[Tender]]) -> tuple[str, bool]:
    """Our number of the transfer that a credit names, and whether it is of just its amount.

    Where it names none: what it says, or the bank's own number.
    """
    named = [tender for reference in one.references for tender in known.get(reference, ())]
    for tender in named:
        if (tender.amount_minor, tender.currency) == (one.amount_minor, one.currency):
            return tender.id, True
    if named:
        return named[0].id, False
    return (one.references[0] if one.references else one.bank_ref), False
