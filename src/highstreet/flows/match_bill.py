"""A wallet day's bill: fetched, matched one to one with our tenders, and what it proves brought in (M4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from highstreet.flows import lists
from highstreet.flows.errors import RAIL_OFF
from highstreet.flows.finish_sale import FinishTender, finish_tender
from highstreet.flows.late_transfer import has_late_refund
from highstreet.flows.lists import BilledTender
from highstreet.flows.post_fees import PostFees, post_fees
from highstreet.flows.program import Program
from highstreet.flows.return_sale import FinishRefund, finish_refund
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms import tenders
from highstreet.rooms.tenders import (
    BILLED_RAILS,
    CURES,
    FETCHED,
    FINAL_STATES,
    PAYOUT,
    REVERSING,
    UPLOADED,
    BillFindings,
    BillLine,
    BillRow,
    Finding,
    MatchBill,
    RailAnswer,
    SettleTender,
    bill_rows,
    match_payouts,
    read_bills,
    tenders_named,
)
from highstreet.rooms.tenders.rails.port import PayOrder, Rail


async def match_day(program: Program, brand_id: str, provider: str, day: date) -> None:
    """Fetch a rail's bill, match, settle what the bill proves, and match again; what is left is for a person.

    Errors: Refusal sale.rail_off, tenders.bill_not_ready, tenders.bill_malformed, tenders.rail_down.
    """
    rail = program.rails.find(brand_id, provider)
    if rail is None:
        raise RAIL_OFF(rail=provider)
    is_early = program.settings.mode != "production"  # a simulated provider gives the day so far
    lines = rail.parse_bill(await rail.fetch_bill(day, is_early=is_early))
    await bring_in(program, MatchOwn(brand_id, provider, day, tuple(lines), program.clock.now()))


async def bring_in(program: Program, command: "MatchOwn") -> None:
    """Match a bill that was fetched or uploaded, settle what it proves, and match again."""
    found = await program.db.write(match_own, command)
    is_changed = False
    for finding in found.differences:
        is_changed |= await _cure(program, command, finding)
    if is_changed:
        await program.db.write(match_own, command)


@dataclass(frozen=True, slots=True)
class MatchOwn:
    """A bill as the provider wrote it: one merchant number may serve several brands."""

    brand_id: str
    provider: str
    day: date
    lines: tuple[BillLine, ...]
    at: datetime
    source: str = FETCHED


def match_own(tx: Tx, command: MatchOwn) -> BillFindings:
    """Match a brand's own lines, and those that no brand knows; another brand's are not its business.

    What the provider kept as fees is posted, each once; what it paid out is held against its bills.
    """
    known = lists.billed_tenders(tx, {line.our_ref for line in command.lines})
    own = own_lines(command.brand_id, command.lines, known)
    brand_id, provider, day, at = command.brand_id, command.provider, command.day, command.at
    found = tenders.match_bill(tx, MatchBill(brand_id, provider, day, own, at, command.source))
    post_fees(tx, PostFees(brand_id, provider, day.isoformat(), found.charged, at))
    payers = {line.our_ref for line in own if line.kind == PAYOUT} | ({provider} & set(BILLED_RAILS))
    for payer in sorted(payers):
        match_payouts(tx, brand_id, payer, day)
    return found


def own_lines(brand_id: str, lines: Sequence[BillLine], known: dict[str, BilledTender]) -> list[BillLine]:
    """Lines about this brand's tenders or about nobody's."""
    return [line for line in lines if line.our_ref not in known or known[line.our_ref].brand_id == brand_id]


async def _cure(program: Program, command: MatchOwn, finding: Finding) -> bool:
    """Bring in what the bill proves; False when a person must look.

    A file is somebody's word. While the provider itself can be asked, it is asked, and the file settles nothing.
    """
    brand_id = command.brand_id
    if finding.tender_id is None or finding.cure not in ("settle", "return_money"):
        return False
    answer = finding.answer
    if answer is None:  # money for a payment we had given up: its late success is announced and it goes back
        evidence = {"call": "bill", "line": finding.line_no, "kind": finding.kind}
        answer = RailAnswer("paid", finding.provider_ref, None, evidence)
    rail = program.rails.find(brand_id, command.provider) if command.source == UPLOADED else None
    if rail is not None:
        said = await _provider_says(program, rail, brand_id, finding)
        if said is None or said.outcome != answer.outcome:
            return False
        answer = said
    if finding.cure == "return_money" and await _goes_back(program, brand_id, finding.tender_id):
        return False
    settle = SettleTender(brand_id, finding.tender_id, answer, "billed", program.clock.now())
    if finding.kind == "refund":
        await program.db.write(finish_refund, FinishRefund(settle))
    else:
        await program.db.write(finish_tender, FinishTender(settle, program.settings.return_days))
    return True


async def _provider_says(program: Program, rail: Rail, brand_id: str, finding: Finding) -> RailAnswer | None:
    """What the provider itself says of a payment that an uploaded file names; a refund is asked for by its own job."""
    tenders_found = await program.db.read(tenders_named, brand_id, [finding.tender_id or ""])
    tender = tenders_found.get(finding.tender_id or "")
    return None if tender is None or finding.kind == "refund" else await rail.query(PayOrder.of(tender))


async def _goes_back(program: Program, brand_id: str, tender_id: str) -> bool:
    """Whether a late transfer is owed back already: its row is read again with every statement of its day."""
    late = (await program.db.read(tenders_named, brand_id, [tender_id])).get(tender_id)
    return late is not None and await program.db.read(has_late_refund, late)


@dataclass(frozen=True, slots=True)
class BillDifference:
    """A row of the bill that is not matched, or a tender that the bill lacks, and what would cure it."""

    row: BillRow
    cure: str


@dataclass(frozen=True, slots=True)
class BillState:
    """What was found in a day's bill; `is_fetched`: whether one was read, fetched or uploaded."""

    day: date
    is_fetched: bool
    matched: int
    differences: tuple[BillDifference, ...]


def bill_state(reader: Reader, brand_id: str, provider: str, day: date) -> BillState:
    """A day's rows as they were kept, with the cure that fits what the tenders are now."""
    rows = [row for row in bill_rows(reader, brand_id, day=day) if row.provider == provider]
    on = day.isoformat()
    is_read = any(one.provider == provider for one in read_bills(reader, brand_id, on, on))
    differences = with_cures(reader, rows)
    return BillState(day, is_read, len(rows) - len(differences), differences)


def with_cures(reader: Reader, rows: Sequence[BillRow]) -> tuple[BillDifference, ...]:
    """The rows that are not matched, with the cure that fits what the tenders are now."""
    known = lists.billed_tenders(reader, {row.tender_id for row in rows if row.tender_id is not None})
    reversed_there = {row.tender_id for row in rows if row.kind == "reversed"}
    return tuple(
        BillDifference(row, cure_of(row, known.get(row.tender_id or ""), reversed_there))
        for row in rows
        if row.finding != "matched"
    )


def cure_of(row: BillRow, tender: BilledTender | None, reversed_there: Collection[str | None]) -> str:
    """`settle` by the bill, `return_money` to the shopper, or what a person should do (`CURES`)."""
    if row.finding != "state_differs" or tender is None or tender.state == "captured":
        return CURES[row.finding]
    if row.kind == "refund":
        return "clear" if tender.state in FINAL_STATES else "settle"
    if tender.tender_id in reversed_there:
        return "settle"
    return "return_money" if tender.state in FINAL_STATES or tender.reason == REVERSING else "settle"
