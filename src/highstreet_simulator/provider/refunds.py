"""Refunds of paid trades: partial, several, never beyond what was paid."""

from highstreet_simulator.provider import funds, notices
from highstreet_simulator.provider.clock import wallet_day
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import RefundOrder
from highstreet_simulator.provider.store import Row, Tx, changed, one
from highstreet_simulator.provider.trades import find_trade

_SELECT = """SELECT r.*, t.out_trade_no, t.transaction_id, t.currency, t.notify_url
             FROM refunds r JOIN trades t USING (trade_id)"""


def refund_trade(tx: Tx, moment: Moment, merchant_id: str, order: RefundOrder) -> Row:
    """Give part or all of a paid trade back; the same out_refund_no again returns the same refund.

    Raises `refund_mismatch`, `trade_not_paid`, `refund_window_passed`, `refund_exceeds_paid` (409) or
    `trade_not_found` (404).
    """
    known = find_refund(tx, moment, merchant_id, order.out_refund_no)
    if known is not None:
        if known["out_trade_no"] != order.out_trade_no or known["amount_minor"] != order.amount.total:
            raise ProviderRefusal(409, "refund_mismatch", "this out_refund_no stands for another refund")
        return known
    trade = find_trade(tx, moment, merchant_id, order.out_trade_no)
    if trade is None:
        raise ProviderRefusal(404, "trade_not_found", "no such trade", trade_state="not_found")
    if trade["trade_state"] != "paid":
        raise ProviderRefusal(
            409, "trade_not_paid", "only a paid trade can be refunded", trade_state=trade["trade_state"]
        )
    if moment.at - trade["paid_at"] > moment.settings.refund_window_s:
        raise ProviderRefusal(409, "refund_window_passed", "the time for refunds of this trade is over")
    amount = order.amount.total
    reserved = changed(
        tx,
        """UPDATE trades SET refunded_minor = refunded_minor + ?
           WHERE trade_id = ? AND trade_state = 'paid' AND refunded_minor + ? <= total_minor""",
        amount,
        trade["trade_id"],
        amount,
    )
    if not reserved:
        refundable = trade["total_minor"] - trade["refunded_minor"]
        raise ProviderRefusal(
            409, "refund_exceeds_paid", f"at most {refundable} can still be refunded", refundable=refundable
        )
    late_s = moment.effect.late_s
    number = one(tx, "SELECT count(*) AS n FROM refunds WHERE trade_id = ?", trade["trade_id"])
    position = 1 if number is None else number["n"] + 1
    refund_id = f"5000{wallet_day(moment.at).replace('-', '')}{trade['trade_id']:012d}{position:04d}"
    tx.execute(
        """INSERT INTO refunds (refund_id, merchant_id, out_refund_no, trade_id, amount_minor, reason,
             refund_state, notice_copies, created_at, due_at)
           VALUES (?, ?, ?, ?, ?, ?, 'processing', ?, ?, ?)""",
        (
            refund_id,
            merchant_id,
            order.out_refund_no,
            trade["trade_id"],
            amount,
            order.reason,
            moment.effect.notice_copies,
            moment.at,
            moment.at + (late_s or 0.0),
        ),
    )
    return _refund(tx, refund_id) if late_s else complete_refund(tx, moment, _refund(tx, refund_id))


def find_refund(tx: Tx, moment: Moment, merchant_id: str, out_refund_no: str) -> Row | None:
    """A merchant's refund, completed if that was due by now."""
    refund = one(tx, f"{_SELECT} WHERE r.merchant_id = ? AND r.out_refund_no = ?", merchant_id, out_refund_no)
    if refund is not None and refund["refund_state"] == "processing" and refund["due_at"] <= moment.at:
        return complete_refund(tx, moment, refund)
    return refund


def complete_refund(tx: Tx, moment: Moment, refund: Row) -> Row:
    """Move the money of a refund that is being processed; it becomes `done` and is announced."""
    done = changed(
        tx,
        """UPDATE refunds SET refund_state = 'done', done_at = ?
           WHERE refund_id = ? AND refund_state = 'processing'""",
        moment.at,
        refund["refund_id"],
    )
    if not done:
        return _refund(tx, refund["refund_id"])
    trade = one(tx, "SELECT * FROM trades WHERE trade_id = ?", refund["trade_id"])
    if trade is None or not funds.give_back(
        tx, moment, "refund", trade, refund["amount_minor"], refund["refund_id"]
    ):
        raise ProviderRefusal(409, "merchant_balance_too_low", "the merchant's balance does not cover this")
    finished = _refund(tx, refund["refund_id"])
    notices.announce_refund(tx, moment, finished)
    return finished


def complete_all_due(tx: Tx, moment: Moment) -> int:
    """Complete every refund that is due; returns how many."""
    due = tx.execute(
        f"{_SELECT} WHERE r.refund_state = 'processing' AND r.due_at <= ?", (moment.at,)
    ).fetchall()
    for refund in due:
        complete_refund(tx, moment, refund)
    return len(due)


def _refund(tx: Tx, refund_id: str) -> Row:
    refund = one(tx, f"{_SELECT} WHERE r.refund_id = ?", refund_id)
    if refund is None:
        raise LookupError(f"refund {refund_id} has vanished")
    return refund
