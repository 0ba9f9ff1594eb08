"""A tender, the moves its state may make, and what a provider's answer means for it."""

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import BILL_MALFORMED, CASH_TOO_LITTLE, SUM_DIFFERS

LINK = "link"
"""The rail of a part that somebody else was sent a link for, until they choose one."""


@dataclass(frozen=True, slots=True)
class RailKind:
    """What a rail is. `currency`: whose it must be, the "place"'s, the "card"'s, or the provider "account"'s."""

    has_provider: bool = True
    """Asked, and asked again, over the network; without one it is proven by who counts, or by a statement."""
    is_at_once: bool = False
    """Captured as soon as it is written."""
    is_at_place: bool = False
    """A person of the place takes it and gives it back: it stays with who runs the place."""
    has_drawer: bool = False
    """Lies in the drawer: may be handed over too much, and is counted."""
    is_promise: bool = False
    """The brand's own promise is paid with, not money: a balance falls, and the brand owes the collector."""
    needs_number: bool = False
    """Known by the number on a slip of paper."""
    needs_member: bool = False
    works_offline: bool = False
    currency: str = "place"


_PROVIDER = RailKind(currency="account")
RAIL_KINDS: Mapping[str, RailKind] = {
    "cash": RailKind(
        has_provider=False, is_at_once=True, is_at_place=True, has_drawer=True, works_offline=True
    ),
    "wallet": _PROVIDER,
    "alipay": _PROVIDER,
    "wechat": _PROVIDER,
    "stripe": _PROVIDER,
    # A card terminal that is not connected: its slip says that it has the money.
    "slip": RailKind(
        has_provider=False, is_at_once=True, is_at_place=True, needs_number=True, works_offline=True
    ),
    # Pending until the bank's statement names its reference.
    "transfer": RailKind(has_provider=False),
    "gift_card": RailKind(has_provider=False, is_at_once=True, is_promise=True, currency="card"),
    "points": RailKind(has_provider=False, is_at_once=True, is_promise=True, needs_member=True),
    LINK: RailKind(),
}
"""The one place that says what each rail is."""
RAILS = tuple(name for name in RAIL_KINDS if name != LINK)
STATES = ("planned", "pending", "captured", "failed", "reversed", "unknown")
OPEN_STATES = ("pending", "unknown")
FINAL_STATES = ("captured", "failed", "reversed")
MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("planned", "pending"),
        ("planned", "captured"),
        ("planned", "failed"),
        ("pending", "captured"),
        ("pending", "failed"),
        ("pending", "reversed"),
        ("pending", "unknown"),
        ("unknown", "pending"),
        ("unknown", "captured"),
        ("unknown", "failed"),
        ("unknown", "reversed"),
    }
)
"""Every lawful change of state (M3); whatever is not here never happens."""

OUTCOMES = ("paid", "paying", "unknown", "declined", "reversed", "not_found", "refunded")

SHOWN_WAYS = ("qr", "link")
"""Ways in which people are shown something and take their time; nobody waits for a code that was scanned."""

REVERSING = "reversing"
"""The reason of an unknown tender that we asked the provider to reverse: it cannot be captured any more."""
NO_EFFECT_REASONS = ("rail_down", "rail_refused")
"""This call did nothing. It ends a tender that was asked for once, not one whose earlier call is unknown."""

_STATE_AFTER = {
    ("in", "paid"): "captured",
    ("in", "paying"): "pending",
    ("in", "declined"): "failed",
    ("in", "reversed"): "reversed",
    ("in", "unknown"): "unknown",
    ("in", "not_found"): "unknown",
    ("out", "refunded"): "captured",
    ("out", "paying"): "pending",
    ("out", "declined"): "failed",
    ("out", "unknown"): "unknown",
    ("out", "not_found"): "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Money in ("in") or back ("out") by one rail, as a draft and as a record. Amounts are minor units."""

    brand_id: str
    id: str
    sale_id: str
    return_id: str | None = None
    refunds_tender_id: str | None = None
    place_id: str
    direction: str
    rail: str
    state: str
    currency: str
    amount_minor: int
    refunded_minor: int = 0
    given_minor: int | None = None
    provider_ref: str | None = None
    reason: str | None = None
    created_at: datetime
    settled_at: datetime | None = None
    way: str | None = None
    register_id: str | None = None
    reference: str | None = None
    replaced_by_id: str | None = None


@dataclass(frozen=True, slots=True)
class RailAnswer:
    """What a provider's answer means, in our words.

    `evidence` is kept with the tender; where it has `amount_minor` and `currency` they are the provider's.
    """

    outcome: str
    provider_ref: str | None = None
    reason: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something said about a tender: asked, answered, queried, noticed, reversed, billed or approved."""

    brand_id: str
    tender_id: str
    at: datetime
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's message about a tender. `kind` is "trade" or "refund"."""

    tender_id: str
    kind: str
    answer: RailAnswer


@dataclass(frozen=True, slots=True)
class QrShown:
    """A code for the shopper to scan, payable until `expires_at`."""

    code_url: str
    expires_at: datetime


def rails_that(**wanted: bool) -> tuple[str, ...]:
    """The rails whose kind is so: `rails_that(is_at_once=True)`."""
    return tuple(
        name for name, kind in RAIL_KINDS.items() if all(getattr(kind, k) == v for k, v in wanted.items())
    )


def refund_state(refund: "Tender", *, is_owed: bool) -> str:
    """What a refund begins as. `is_owed`: nobody of the place is there to hand it out."""
    kind = RAIL_KINDS[refund.rail]
    is_lacking = kind.is_at_place and (is_owed or (kind.needs_number and refund.reference is None))
    return "captured" if kind.is_at_once and not is_lacking else "pending"


def states_before(state: str) -> tuple[str, ...]:
    """The states that may move to `state`, sorted."""
    return tuple(sorted(before for before, after in MOVES if after == state))


def state_after(direction: str, answer: RailAnswer) -> str | None:
    """The state an answer speaks for, or None when it says nothing to a tender of this direction."""
    return _STATE_AFTER.get((direction, answer.outcome))


def check_amount(tender: Tender, answer: RailAnswer) -> RailAnswer:
    """The answer itself, or an unknown one when the provider speaks of another amount or currency."""
    if answer.outcome not in ("paid", "refunded"):
        return answer
    said = answer.evidence
    is_same_amount = said.get("amount_minor", tender.amount_minor) == tender.amount_minor
    if is_same_amount and said.get("currency", tender.currency) == tender.currency:
        return answer
    return RailAnswer("unknown", answer.provider_ref, "amount_differs", said)


def refund_order(tenders: Sequence[Tender]) -> list[Tender]:
    """The captured payments in the order in which they are given back (docs/decisions/0015-refunds.md).

    Those with a provider first, then what is not handed out (transfers, cards, points), then slips, cash last; of
    each the newest first.
    """
    captured = [t for t in tenders if (t.direction, t.state) == ("in", "captured")]
    newest = sorted(captured, key=lambda t: (t.created_at, t.id), reverse=True)
    kinds = RAIL_KINDS
    return sorted(
        newest,
        key=lambda t: (not kinds[t.rail].has_provider, kinds[t.rail].is_at_place, kinds[t.rail].has_drawer),
    )


def change_minor(amount_minor: int, given_minor: int) -> int:
    """The change for cash handed over. Errors: Refusal tenders.cash_too_little (short_minor)."""
    if given_minor < amount_minor:
        raise CASH_TOO_LITTLE(short_minor=amount_minor - given_minor)
    return given_minor - amount_minor


def cover_exactly(total_minor: int, amounts: Sequence[int]) -> None:
    """Tenders are positive and sum to the total (M2). Errors: Refusal tenders.sum_differs."""
    if any(amount <= 0 for amount in amounts) or sum(amounts) != total_minor:
        raise SUM_DIFFERS(total_minor=total_minor, tendered_minor=sum(amounts))


# The provider's bill ---------------------------------------------------------------------------------

BILL_ZONE = timezone(timedelta(hours=8))
"""A wallet day is a day in UTC+8."""
BILL_MARGIN = timedelta(minutes=5)
"""A payment just before midnight may stand in the next day's bill: it is looked for with that one."""
BILLED_RAILS = ("wallet", "alipay", "wechat", "stripe")
"""Rails whose provider writes a bill of each day."""
BILL_KINDS = ("paid", "refund", "reversed")
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


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a row of the bill, or for a tender that the bill lacks (line_no 0).

    `finding`: matched, missing_here, missing_there, amount_differs or state_differs. `cure`: "settle" (settle
    the tender with `answer`, source "billed"), "return_money" (reverse it at the provider), "clear" (a
    person must), "" when matched.
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


CLEARING_REASONS = ("other_system", "settled_by_hand", "next_bill", "provider_error", "loss", "other")
"""Why a person lets a difference stand."""


def difference_id(provider: str, day: str, row: tuple[str, str, str], finding: str, amount: str) -> str:
    """A difference's id, the same each time a bill is read; another as soon as the row says something else.

    `row`: kind, our number, the provider's; `amount`: with its currency.
    """
    return stable_id("dif", provider, day, *row, finding, amount)


def bill_day(day: date) -> tuple[datetime, datetime]:
    """The first instant of a wallet day and of the next, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=BILL_ZONE)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def parse_wallet_bill(text: str) -> list[BillLine]:
    """Read a wallet day's bill and check its summary.

    Errors: Refusal tenders.bill_malformed with the `line` where reading stopped.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, row) for row in reader)
    except csv.Error:
        raise BILL_MALFORMED(line=reader.line_num) from None
    if not rows or tuple(rows[0][1]) != _BILL_COLUMNS:
        raise BILL_MALFORMED(line=1)
    if len(rows) < 3 or tuple(rows[-2][1]) != _SUMMARY_COLUMNS:
        raise BILL_MALFORMED(line=rows[-2:][0][0])
    lines: list[BillLine] = []
    seen = set()
    for line_no, row in rows[1:-2]:
        line = _parse_line(line_no, row)
        # The summary names no currency: a bill holds one.
        if (line.kind, line.provider_ref) in seen or (lines and line.currency != lines[0].currency):
            raise BILL_MALFORMED(line=line_no)
        seen.add((line.kind, line.provider_ref))
        lines.append(line)
    _check_summary(lines, *rows[-1])
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
) -> list[Finding]:
    """Match each line to at most one tender, and each tender to at most one line of a kind.

    `tenders` are those the lines name, by id; `elsewhere` the (kind, tender id) found in bills of other days.
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
        tender = tenders.get(line.our_ref)
        direction = "out" if line.kind == "refund" else "in"
        if tender is not None and (tender.direction, tender.rail) != (direction, provider):
            tender = None
        if tender is None or (line.kind, tender.id) in taken:
            findings.append(_finding(line, None, "missing_here", "clear"))
            continue
        taken.add((line.kind, tender.id))
        findings.append(_judge(line, tender, is_returned=tender.id in reversed_there))
    return sorted(findings, key=lambda finding: finding.line_no)


def _judge(line: BillLine, tender: Tender, *, is_returned: bool) -> Finding:
    if (line.amount_minor, line.currency) != (tender.amount_minor, tender.currency):
        return _finding(line, tender, "amount_differs", "clear")
    if line.kind == "refund":
        if tender.state == "captured":
            return _finding(line, tender, "matched", "")
        if tender.state in OPEN_STATES:
            return _finding(line, tender, "state_differs", "settle", "refunded")
        return _finding(line, tender, "state_differs", "clear")
    if tender.state == "captured":
        if line.kind == "paid":
            return _finding(line, tender, "matched", "")
        return _finding(line, tender, "state_differs", "clear")
    if is_returned:
        if tender.state in OPEN_STATES:
            return _finding(line, tender, "state_differs", "settle", "reversed")
        return _finding(line, tender, "matched", "")
    if tender.state in FINAL_STATES or tender.reason == REVERSING:
        return _finding(line, tender, "state_differs", "return_money")
    return _finding(line, tender, "state_differs", "settle", "paid")


def _finding(
    line: BillLine, tender: Tender | None, finding: str, cure: str, outcome: str | None = None
) -> Finding:
    answer = None
    if outcome is not None:
        evidence = {
            "call": "bill",
            "line": line.line_no,
            "kind": line.kind,
            "amount_minor": line.amount_minor,
            "currency": line.currency,
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
        cure,
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
        "clear",
    )
