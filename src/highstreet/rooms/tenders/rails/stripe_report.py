"""Stripe's itemized report of what changed the balance, as lines of a bill. Pure.

docs.stripe.com/reports/report-types/balance (columns; amounts in major units of the currency),
docs.stripe.com/reports/reporting-categories. We ask for our own columns in our own order, so that a file that was cut short
shows it: `currency` stands last. (A cut between two rows does not: `fetch_bill` checks the size.)

A row that is about a payment, but neither a charge nor a refund of ours (a dispute, a refund that failed, another system's
charge), becomes a line that no tender matches: a person must look at it. A line's own fee comes with it; other fees and
payouts are no bill of payments.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import MAX_AMOUNT_MINOR, exponent
from highstreet.rooms.tenders.errors import BILL_MALFORMED
from highstreet.rooms.tenders.model import BillLine
from highstreet.rooms.tenders.model.bounded import Bounds, csv_rows, day_within, text_lines

REPORT_TYPE = "balance_change_from_activity.itemized.3"
COLUMNS = (
    "balance_transaction_id",
    "created_utc",
    "reporting_category",
    "source_id",
    "payment_intent_id",
    "payment_metadata[tender_id]",
    "refund_metadata[tender_id]",
    "refund_metadata[reverses]",
    "customer_facing_amount",
    "customer_facing_currency",
    "gross",
    "fee",
    "net",
    "currency",
)
_OUR_REF = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_PROVIDER_REF = re.compile(r"[!-~]{1,80}")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[a-z]{3}")
_NO_PAYMENT = (
    "fee",
    "network_cost",
    "payout",
    "payout_reversal",
    "topup",
    "topup_reversal",
    "transfer",
    "tax",
)


def parse_report(content: bytes) -> list[BillLine]:
    """The lines of a report with COLUMNS. Errors: Refusal tenders.bill_malformed with the line, tenders.file_too_long."""
    rows = csv_rows(text_lines(content, "utf-8", BILL_MALFORMED, Bounds()), BILL_MALFORMED)
    if tuple(next(rows, (1, []))[1]) != COLUMNS:
        raise BILL_MALFORMED(line=1)
    lines: list[BillLine] = []
    seen: set[tuple[str, str]] = set()
    for line_no, row in rows:
        if len(row) != len(COLUMNS):
            raise BILL_MALFORMED(line=line_no)
        value = dict(zip(COLUMNS, row, strict=True))
        if (line := _line(line_no, value)) is None:
            continue
        if (line.kind, line.provider_ref) in seen:
            raise BILL_MALFORMED(line=line_no)
        seen.add((line.kind, line.provider_ref))
        lines.append(line)
    return lines


def _line(line_no: int, value: dict[str, str]) -> BillLine | None:
    gross = _minor(line_no, value["gross"], value["currency"])
    fee, net = (_minor(line_no, value[name], value["currency"]) for name in ("fee", "net"))
    if gross - fee != net:
        raise BILL_MALFORMED(line=line_no)
    category = value["reporting_category"]
    if category in _NO_PAYMENT or gross == 0:
        return None
    is_about_payment = category in ("charge", "refund") or value["payment_intent_id"] != ""
    if not is_about_payment and not category.startswith(("dispute", "refund", "charge")):
        return None
    amount, currency = gross, value["currency"].upper()
    if value["customer_facing_amount"]:  # what the payer saw, where it was settled in another currency
        currency = value["customer_facing_currency"].upper()
        amount = _minor(line_no, value["customer_facing_amount"], value["customer_facing_currency"])
    kind, our_ref, provider_ref = _about(category, value, is_in=gross > 0)
    if not _OUR_REF.fullmatch(our_ref) or not _PROVIDER_REF.fullmatch(provider_ref) or amount == 0:
        raise BILL_MALFORMED(line=line_no)
    moved_at = _moved_at(line_no, value["created_utc"])
    settled_in = value["currency"].upper()
    return BillLine(
        line_no, kind, our_ref, provider_ref, currency, abs(amount), moved_at, fee, settled_in, net
    )


def _about(category: str, value: dict[str, str], *, is_in: bool) -> tuple[str, str, str]:
    """The kind of a line, our number and Stripe's."""
    source, intent = value["source_id"], value["payment_intent_id"]
    if category == "charge" and is_in:
        return "paid", value["payment_metadata[tender_id]"] or source, intent or source
    if category == "refund" and not is_in:
        if value["refund_metadata[reverses]"]:
            return "reversed", value["refund_metadata[reverses]"], intent or source
        return "refund", value["refund_metadata[tender_id]"] or source, source
    return "paid" if is_in else "refund", source, value["balance_transaction_id"]


def _minor(line_no: int, text: str, currency: str) -> int:
    if not _AMOUNT.fullmatch(text) or not _CURRENCY.fullmatch(currency):
        raise BILL_MALFORMED(line=line_no)
    try:
        scaled = Decimal(text).scaleb(exponent(currency.upper()))
    except Refusal:
        raise BILL_MALFORMED(line=line_no) from None
    if scaled != scaled.to_integral_value() or abs(scaled) > MAX_AMOUNT_MINOR:
        raise BILL_MALFORMED(line=line_no)
    return int(scaled)


def _moved_at(line_no: int, text: str) -> datetime:
    try:
        moved_at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        day_within(moved_at.date())
    except ValueError:
        raise BILL_MALFORMED(line=line_no) from None
    return moved_at
