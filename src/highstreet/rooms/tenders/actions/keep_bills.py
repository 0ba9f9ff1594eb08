"""Writes of the providers' bills: matched, posted, and what people say of their differences."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete

from highstreet.kernel.tx import Tx
from highstreet.rooms.tenders.errors import CLEARED_ALREADY
from highstreet.rooms.tenders.events import BillMatched
from highstreet.rooms.tenders.model import (
    BILL_MARGIN,
    BILLED_RAILS,
    FETCHED,
    RAILS_WITH_FEES,
    BillFindings,
    BillLine,
    Finding,
    bill_day,
    fee_findings,
    match_lines,
    missing_there,
    nets_of,
)
from highstreet.rooms.tenders.queries import (
    BillPosting,
    DifferenceWord,
    billed_elsewhere,
    captured_between,
    rules_of_brand,
    tenders_named,
    words_of,
)
from highstreet.rooms.tenders.tables import bill, bill_net, bill_posting, bill_row, difference_word


@dataclass(frozen=True, slots=True)
class MatchBill:
    """A provider's bill of one of its days; `provider` is the rail's name."""

    brand_id: str
    provider: str
    day: date
    lines: Sequence[BillLine]
    at: datetime
    source: str = FETCHED


def match_bill(tx: Tx, command: MatchBill) -> BillFindings:
    """Compare a bill with our tenders, one to one, and keep what was found; may be run again (M4).

    Changes no tender: a flow settles those whose cure is "settle".
    """
    brand_id, provider = command.brand_id, command.provider
    named = tenders_named(tx, brand_id, sorted({line.our_ref for line in command.lines}))
    start, end = bill_day(command.day)
    ours = captured_between(tx, brand_id, provider, start - BILL_MARGIN, end - BILL_MARGIN)
    ids = sorted(named.keys() | {t.id for t in ours})
    elsewhere = billed_elsewhere(tx, brand_id, provider, command.day, ids)
    findings = match_lines(provider, command.lines, named, elsewhere, command.day)
    billed = {(f.kind, f.tender_id) for f in findings} | elsewhere
    absent = [missing_there(t) for t in ours]
    findings += [f for f in absent if (f.kind, f.tender_id) not in billed]
    if provider in RAILS_WITH_FEES:
        rule = rules_of_brand(tx, brand_id).of(provider)
        findings += fee_findings(findings, rule.fee_bp, rule.fee_fixed_minor, start)
    matched = sum(f.finding == "matched" for f in findings)
    _keep_findings(tx, command, findings, matched)
    tx.announce(
        BillMatched(
            at=command.at,
            brand_id=brand_id,
            provider=provider,
            day=command.day.isoformat(),
            matched=matched,
            differences=len(findings) - matched,
        )
    )
    return BillFindings(
        matched,
        tuple(f for f in findings if f.finding != "matched"),
        tuple(f for f in findings if f.tender_id is not None and f.fee_minor),
    )


def _keep_findings(tx: Tx, command: MatchBill, findings: Sequence[Finding], matched: int) -> None:
    day = command.day.isoformat()
    b, one = bill_row.c, bill.c
    # The bill's own row first: two who read the same bill come one after the other.
    tx.run(
        delete(bill).where(one.brand_id == command.brand_id, one.provider == command.provider, one.day == day)
    )
    tx.insert_many(
        bill,
        [
            {
                "brand_id": command.brand_id,
                "provider": command.provider,
                "day": day,
                "source": command.source,
                "matched": matched,
                "differences": len(findings) - matched,
                "at": command.at,
            }
        ],
    )
    tx.run(
        delete(bill_row).where(b.brand_id == command.brand_id, b.provider == command.provider, b.day == day)
    )
    if command.provider in BILLED_RAILS:
        _keep_nets(tx, command, day)
    tx.insert_many(
        bill_row,
        [
            {
                "brand_id": command.brand_id,
                "provider": command.provider,
                "day": day,
                "row_no": row_no,
                "kind": finding.kind,
                "our_ref": finding.our_ref,
                "provider_ref": finding.provider_ref,
                "currency": finding.currency,
                "amount_minor": finding.amount_minor,
                "tender_id": finding.tender_id,
                "finding": finding.finding,
                "moved_at": finding.moved_at,
                "fee_minor": finding.fee_minor,
            }
            for row_no, finding in enumerate(findings, start=1)
        ],
    )


def _keep_nets(tx: Tx, command: MatchBill, day: str) -> None:
    n = bill_net.c
    tx.run(
        delete(bill_net).where(n.brand_id == command.brand_id, n.provider == command.provider, n.day == day)
    )
    key = {"brand_id": command.brand_id, "provider": command.provider, "day": day}
    rows = [
        {**key, "currency": currency, "net_minor": net, "payout_day": None, "payout_ref": None}
        for currency, net in sorted(nets_of(command.lines).items())
    ]
    tx.insert_many(bill_net, rows)


def add_difference_word(tx: Tx, word: DifferenceWord) -> None:
    """A person lets a difference stand, or takes that back. Errors: Refusal tenders.cleared_already when it is so."""
    before = words_of(tx, word.brand_id, [word.difference_id]).get(word.difference_id)
    row = {**asdict(word), "no": 1 if before is None else before[1] + 1}
    is_cleared = before is not None and before[0].is_cleared
    # Of two who say something at once, the later one finds the number taken.
    if is_cleared == word.is_cleared or tx.insert_many(difference_word, [row], ignore_existing=True) != 1:
        raise CLEARED_ALREADY()


def add_bill_postings(tx: Tx, postings: Sequence[BillPosting]) -> None:
    """What a bill brings to the ledger; the numbers of its rows are unique, so nothing is brought twice."""
    tx.insert_many(bill_posting, [asdict(p) for p in postings])
