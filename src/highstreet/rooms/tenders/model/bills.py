"""A provider's bill: its rows, compared with our tenders, and what that found."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.money import Money
from highstreet.kernel.time import format_utc
from highstreet.rooms.tenders.errors import BILL_MALFORMED
from highstreet.rooms.tenders.model.bounded import Bounds, csv_rows, day_within, text_lines
from highstreet.rooms.tenders.model.tenders import FINAL_STATES, OPEN_STATES, REVERSING, RailAnswer, Tender

BILL_ZONE = timezone(timedelta(hours=8))
"""A wallet day is a day in UTC+8."""
BILL_MARGIN = timedelta(minutes=5)
"""A payment just before midnight may stand in the next day's bill: it is looked for with that one."""
BILLED_RAILS = ("wallet", "alipay", "wechat", "stripe")
"""Rails whose provider writes a bill of each day."""
BILL_KINDS = ("paid", "refund", "reversed")
PAYOUT = "payout"
"""A line of a bank's statement: a provider paid out what it held; `our_ref` is then its rail."""
FETCHED, UPLOADED = "fetched", "uploaded"
"""Where a bill came from: the provider, or somebody's file."""
_BILL_COLUMNS = (
    "trade_time",
    "merchant_id",
    "transaction_id",
    "out_trade_no",
    "method",
    "row_type",
    "currency",
    "amount",
    "refund_id",
    "out_refund_no",
    "refund_amount",
    "subject",
)
_SUMMARY_COLUMNS = ("row_count", "paid_total", "refund_total", "reversed_total", "net_total")
_OUR_REF = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_PROVIDER_REF = re.compile(r"[!-~]{1,80}")


@dataclass(frozen=True, slots=True)
class BillLine:
    """One movement of money at the provider. `our_ref` is our tender's id (a refund's for a refund)."""

    line_no: int
    kind: str
    our_ref: str
    provider_ref: str
    currency: str
    amount_minor: int
    moved_at: datetime
    fee_minor: int = 0
    """What the provider kept for it; below zero: what it gave back of a fee."""
    fee_currency: str | None = None
    """None: the line's own."""
    net_minor: int | None = None
    """What the balance there has more by it, in the fee's currency; None: the amount and the fee say it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a row of the bill, or for what the bill lacks or has too much of (line_no 0).

    `finding`: matched, or one of DIFFERENCES. `cure`: "settle" (settle the tender with `answer`, source "billed"),
    "return_money" (reverse it at the provider), "" when matched; the others are a person's (`CURES`).
    """

    line_no: int
    kind: str
    our_ref: str
    provider_ref: str
    currency: str
    amount_minor: int
    tender_id: str | None
    finding: str
    cure: str
    answer: RailAnswer | None = None
    moved_at: datetime | None = None
    fee_minor: int = 0
    fee_currency: str | None = None


@dataclass(frozen=True, slots=True)
class BillFindings:
    """What came of matching a bill: rows matched one to one, and all the differences."""

    matched: int
    differences: tuple[Finding, ...]
    charged: tuple[Finding, ...] = ()
    """Rows about a tender of ours for which the provider kept a fee."""


CURES = {
    "missing_here": "clear",
    "missing_there": "clear",
    "amount_differs": "clear",
    "state_differs": "clear",
    "outgoing_unknown": "name_it",
    "payout_differs": "read_bills",
    "fee_differs": "check_rate",
    "late": "next_bill",
}
"""What a person should do about a difference of each kind, where nothing else cures it.

`outgoing_unknown`: money left the account for no refund of ours. `payout_differs`: a provider paid out what no bills
come to. `fee_differs`: a bill's fees are not what was agreed. `late`: a payment stands in a later bill than it was due in.
"""
DIFFERENCES = tuple(CURES)
CLEARING_REASONS = (
    "other_system",
    "settled_by_hand",
    "next_bill",
    "provider_error",
    "no_sale",
    "loss",
    "other",
)
"""Why a person lets a difference stand. `no_sale`: rent, wages, and what else an account is used for."""


def difference_id(provider: str, day: str, row: tuple[str, str, str], finding: str, amount: str) -> str:
    """A difference's id, the same each time a bill is read; another as soon as the row says something else.

    `row`: kind, our number, the provider's; `amount`: with its currency.
    """
    return stable_id("dif", provider, day, *row, finding, amount)


def bill_day(day: date) -> tuple[datetime, datetime]:
    """The first instant of a wallet day and of the next, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=BILL_ZONE)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def parse_wallet_bill(content: bytes) -> list[BillLine]:
    """Read a wallet day's bill and check its summary.

    Errors: Refusal tenders.bill_malformed with the `line` where reading stopped, tenders.file_too_long.
    """
    rows = csv_rows(text_lines(content, "utf-8", BILL_MALFORMED, Bounds()), BILL_MALFORMED)
    line_no, row = next(rows, (1, []))
    if tuple(row) != _BILL_COLUMNS:
        raise BILL_MALFORMED(line=1)
    lines: list[BillLine] = []
    seen = set()
    for line_no, row in rows:
        if tuple(row) == _SUMMARY_COLUMNS:
            break
        line = _parse_line(line_no, row)
        # The summary names no currency: a bill holds one.
        if (line.kind, line.provider_ref) in seen or (lines and line.currency != lines[0].currency):
            raise BILL_MALFORMED(line=line_no)
        seen.add((line.kind, line.provider_ref))
        lines.append(line)
    summary = next(rows, None)
    if summary is None:
        raise BILL_MALFORMED(line=line_no)
    if (more := next(rows, None)) is not None:
        raise BILL_MALFORMED(line=more[0])
    _check_summary(lines, *summary)
    return lines


def _values(line_no: int, row: list[str], count: int) -> list[str]:
    if len(row) != count or not all(value.startswith("`") for value in row):
        raise BILL_MALFORMED(line=line_no)
    return [value[1:] for value in row]


def _minor(line_no: int, text: str, currency: str) -> int:
    try:
        return Money.from_decimal_text(text, currency).amount_minor
    except Refusal:
        raise BILL_MALFORMED(line=line_no) from None


def _parse_line(line_no: int, row: list[str]) -> BillLine:
    value = dict(zip(_BILL_COLUMNS, _values(line_no, row, len(_BILL_COLUMNS)), strict=True))
    kind = value["row_type"]
    is_refund = kind == "refund"
    our_ref = value["out_refund_no"] if is_refund else value["out_trade_no"]
    provider_ref = value["refund_id"] if is_refund else value["transaction_id"]
    currency = value["currency"]
    paid = _minor(line_no, value["amount"], currency)
    returned = _minor(line_no, value["refund_amount"], currency)
    amount, other = (paid, returned) if kind == "paid" else (returned, paid)
    try:
        local = datetime.strptime(value["trade_time"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        day_within(local.date())
    except ValueError:
        raise BILL_MALFORMED(line=line_no) from None
    if (
        kind not in BILL_KINDS
        or amount <= 0
        or other != 0
        or not _OUR_REF.fullmatch(our_ref)
        or not _PROVIDER_REF.fullmatch(provider_ref)
    ):
        raise BILL_MALFORMED(line=line_no)
    moved_at = local.replace(tzinfo=BILL_ZONE).astimezone(UTC)
    return BillLine(line_no, kind, our_ref, provider_ref, currency, amount, moved_at)


def _check_summary(lines: Sequence[BillLine], line_no: int, row: list[str]) -> None:
    count, *totals = _values(line_no, row, len(_SUMMARY_COLUMNS))
    sums = {kind: sum(line.amount_minor for line in lines if line.kind == kind) for kind in BILL_KINDS}
    expected = [sums["paid"], sums["refund"], sums["reversed"]]
    expected.append(sums["paid"] - sums["refund"] - sums["reversed"])
    currency = lines[0].currency if lines else "CNY"
    if count != str(len(lines)) or [_minor(line_no, total, currency) for total in totals] != expected:
        raise BILL_MALFORMED(line=line_no)


def match_lines(
    provider: str,
    lines: Sequence[BillLine],
    tenders: Mapping[str, Tender],
    elsewhere: Collection[tuple[str, str]],
    day: date | None = None,
) -> list[Finding]:
    """Match each line to at most one tender, and each tender to at most one line of a kind.

    `tenders` are those the lines name, by id; `elsewhere` the (kind, tender id) found in bills of other days; `day`
    the bill's, where it is to be seen which lines come late.
    """
    reversed_there = {line.our_ref for line in lines if line.kind == "reversed"}
    reversed_there |= {tender_id for kind, tender_id in elsewhere if kind == "reversed"}
    taken = set(elsewhere)

    def is_other_payment(line: BillLine) -> bool:
        tender = tenders.get(line.our_ref)
        return tender is None or tender.provider_ref != line.provider_ref

    findings = []
    # Of two rows for one number, the one whose provider number we know is ours.
    for line in sorted(lines, key=is_other_payment):
        if line.kind == PAYOUT:
            findings.append(_finding(line, None, "payout_differs"))
            continue
        tender = tenders.get(line.our_ref)
        direction = "out" if line.kind == "refund" else "in"
        if tender is not None and (tender.direction, tender.rail) != (direction, provider):
            tender = None
        if tender is None or (line.kind, tender.id) in taken:
            is_ours_to_say = direction == "out" and provider not in BILLED_RAILS
            findings.append(_finding(line, None, "outgoing_unknown" if is_ours_to_say else "missing_here"))
            continue
        taken.add((line.kind, tender.id))
        found = _judge(line, tender, is_returned=tender.id in reversed_there)
        is_late = found.finding == "matched" and day is not None and _is_late(provider, tender, day)
        findings.append(_finding(line, tender, "late") if is_late else found)
    return sorted(findings, key=lambda finding: finding.line_no)


def _is_late(provider: str, tender: Tender, day: date) -> bool:
    """Whether a captured tender should have stood in an earlier bill than this."""
    if provider not in BILLED_RAILS or tender.state != "captured" or tender.settled_at is None:
        return False
    return due_day(tender.settled_at) < day


def due_day(settled_at: datetime) -> date:
    """The day of the bill that a payment of this moment should stand in."""
    return (settled_at + BILL_MARGIN).astimezone(BILL_ZONE).date()


def _judge(line: BillLine, tender: Tender, *, is_returned: bool) -> Finding:
    if (line.amount_minor, line.currency) != (tender.amount_minor, tender.currency):
        return _finding(line, tender, "amount_differs")
    if line.kind == "refund":
        if tender.state == "captured":
            return _finding(line, tender, "matched", "")
        if tender.state in OPEN_STATES:
            return _finding(line, tender, "state_differs", "settle", "refunded")
        return _finding(line, tender, "state_differs")
    if tender.state == "captured":
        if line.kind == "paid":
            return _finding(line, tender, "matched", "")
        return _finding(line, tender, "state_differs")
    if is_returned:
        if tender.state in OPEN_STATES:
            return _finding(line, tender, "state_differs", "settle", "reversed")
        return _finding(line, tender, "matched", "")
    if tender.state in FINAL_STATES or tender.reason == REVERSING:
        return _finding(line, tender, "state_differs", "return_money")
    return _finding(line, tender, "state_differs", "settle", "paid")


def _finding(
    line: BillLine, tender: Tender | None, finding: str, cure: str | None = None, outcome: str | None = None
) -> Finding:
    answer = None
    if outcome is not None:
        evidence = {
            "call": "bill",
            "line": line.line_no,
            "kind": line.kind,
            "amount_minor": line.amount_minor,
            "currency": line.currency,
            "moved_at": format_utc(line.moved_at),
        }
        answer = RailAnswer(outcome, line.provider_ref, None, evidence)
    return Finding(
        line.line_no,
        line.kind,
        line.our_ref,
        line.provider_ref,
        line.currency,
        line.amount_minor,
        None if tender is None else tender.id,
        finding,
        CURES[finding] if cure is None else cure,
        answer,
        line.moved_at,
        line.fee_minor,
        line.fee_currency or line.currency,
    )


def missing_there(tender: Tender) -> Finding:
    """A captured tender that stands in no bill."""
    return Finding(
        0,
        "paid" if tender.direction == "in" else "refund",
        tender.id,
        tender.provider_ref or "",
        tender.currency,
        tender.amount_minor,
        tender.id,
        "missing_there",
        CURES["missing_there"],
    )
