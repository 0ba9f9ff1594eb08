"""The bill of a wallet day: CSV in the manner of WeChat, every value behind a back-tick."""

import csv
import io
import secrets
from datetime import date, datetime

from highstreet_simulator.provider.clock import WALLET_ZONE, bill_ready_at, show_time
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx

BILL_COLUMNS = (
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
SUMMARY_COLUMNS = ("row_count", "paid_total", "refund_total", "reversed_total", "net_total")


def write_bill(tx: Tx, moment: Moment, merchant_id: str, day_text: str, is_forced: bool) -> bytes:
    """A merchant's bill of one wallet day: what moved on that day, in order, then the sums.

    Raises `invalid_request` (400) for a malformed day, `bill_not_ready` (409) before 10:00 of the next.
    The faults `missing_rows` and `extra_rows` leave out every other row, or add one of a stranger's; the sums fit.
    """
    try:
        day = date.fromisoformat(day_text)
    except ValueError as exc:
        raise ProviderRefusal(400, "invalid_request", "the day must be YYYY-MM-DD") from exc
    ready_at = bill_ready_at(day)
    if moment.at < ready_at and not (is_forced and moment.settings.allow_early_bill):
        raise ProviderRefusal(409, "bill_not_ready", "bills are ready at 10:00", ready_at=show_time(ready_at))
    rows = tx.execute(
        """SELECT m.*, t.out_trade_no, t.transaction_id, t.method, t.currency, t.subject, r.out_refund_no
           FROM movements m JOIN trades t USING (trade_id) LEFT JOIN refunds r ON r.refund_id = m.refund_id
           WHERE m.merchant_id = ? AND m.day = ? ORDER BY m.movement_id""",
        (merchant_id, day.isoformat()),
    )
    listed = [(row["kind"], row["amount_minor"], _values(row)) for row in rows]
    match moment.effect.bill_fault:
        case "missing_rows":
            listed = listed[1::2]
        case "extra_rows":
            listed.append(("paid", 1, _strange(moment, merchant_id, day)))
    text = io.StringIO(newline="")
    bill = csv.writer(text)
    bill.writerow(BILL_COLUMNS)
    sums = {"paid": 0, "refund": 0, "reversed": 0}
    for kind, amount_minor, values in listed:
        sums[kind] += amount_minor
        bill.writerow(f"`{value}" for value in values)
    net = sums["paid"] - sums["refund"] - sums["reversed"]
    bill.writerow(SUMMARY_COLUMNS)
    totals = [
        show_major(sums["paid"]),
        show_major(sums["refund"]),
        show_major(sums["reversed"]),
        show_major(net),
    ]
    bill.writerow(f"`{value}" for value in (len(listed), *totals))
    return text.getvalue().encode()


def _values(row: Row) -> tuple[str, ...]:
    is_paid = row["kind"] == "paid"
    return (
        datetime.fromtimestamp(row["at"], WALLET_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        row["merchant_id"],
        row["transaction_id"],
        row["out_trade_no"],
        row["method"],
        row["kind"],
        row["currency"],
        show_major(row["amount_minor"] if is_paid else 0),
        row["refund_id"] or "",
        row["out_refund_no"] or "",
        show_major(0 if is_paid else row["amount_minor"]),
        row["subject"],
    )


def _strange(moment: Moment, merchant_id: str, day: date) -> tuple[str, ...]:
    """One minor unit that nobody here has been paid."""
    number, order = f"4200{secrets.randbelow(10**24):024d}", f"strange{secrets.token_hex(8)}"
    ours = (f"{day} 12:00:00", merchant_id, number, order, "code", "paid", moment.settings.currency)
    return (*ours, show_major(1), "", "", show_major(0), "?")


def show_major(amount_minor: int) -> str:
    """Fen as yuan with two decimals, without floats: 1230 → 12.30."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"
