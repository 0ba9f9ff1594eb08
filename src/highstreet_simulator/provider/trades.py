"""Trades: barcode and QR payments, what becomes of them in time, and their reversal.

paying → paid | declined | closed | reversed;  paid → reversed;
reversed → paid only by a `late_success` fault.
"""

import secrets

from highstreet_simulator.provider import funds, notices
from highstreet_simulator.provider.clock import wallet_day
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import CodeOrder, QrOrder
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Row, Tx, changed, one


def pay_by_code(tx: Tx, moment: Moment, merchant_id: str, order: CodeOrder) -> Row:
    """Barcode pay. The same out_trade_no again returns the trade as it now is, whatever became of it.

    Raises `order_mismatch` (409) when that number stands for another amount or way of paying.
    """
    known = _known_trade(tx, moment, merchant_id, order.out_trade_no, "code", order.amount.total)
    if known is not None:
        return known
    account, reason = _redeem_code(tx, moment, order.auth_code, merchant_id, order.out_trade_no)
    reason = reason or moment.effect.decline_reason
    late_s = moment.effect.late_s
    must_wait = late_s is not None or (account is not None and account["confirm_mode"] == "ask")
    trade = _insert_trade(
        tx,
        moment,
        merchant_id=merchant_id,
        out_trade_no=order.out_trade_no,
        method="code",
        subject=order.subject,
        currency=moment.settings.currency,
        total_minor=order.amount.total,
        account_id=None if account is None else account["account_id"],
        notify_url=order.notify_url,
        has_waited=must_wait and reason is None,
        close_at=moment.at + (order.expires_in_s or moment.settings.close_after_s),
        late_at=None if late_s is None or account is None else moment.at + late_s,
    )
    if reason is not None:
        return _end_unpaid(tx, moment, trade, "declined", reason)
    if account is None or must_wait:
        return trade
    return settle_trade(tx, moment, trade, account["account_id"])


def open_qr(tx: Tx, moment: Moment, merchant_id: str, order: QrOrder) -> Row:
    """Open a merchant-presented QR trade; idempotent like `pay_by_code`."""
    known = _known_trade(tx, moment, merchant_id, order.out_trade_no, "qr", order.amount.total)
    if known is not None:
        return known
    ttl_s = order.expires_in_s or moment.settings.qr_ttl_s
    return _insert_trade(
        tx,
        moment,
        merchant_id=merchant_id,
        out_trade_no=order.out_trade_no,
        method="qr",
        subject=order.subject,
        currency=moment.settings.currency,
        total_minor=order.amount.total,
        code_url=qr_address(moment.settings, secrets.token_urlsafe(18)),
        notify_url=order.notify_url,
        has_waited=True,
        close_at=moment.at + ttl_s,
    )


def qr_address(settings: ProviderSettings, token: str) -> str:
    """What a QR holds: with a page, the address of that page, which any phone's camera opens."""
    return (f"{settings.page_url}/pay/" if settings.page_url else settings.code_url_prefix) + token


def find_trade(tx: Tx, moment: Moment, merchant_id: str, out_trade_no: str) -> Row | None:
    """A merchant's trade after everything that was due by now has happened to it."""
    trade = one(
        tx, "SELECT * FROM trades WHERE merchant_id = ? AND out_trade_no = ?", merchant_id, out_trade_no
    )
    return None if trade is None else apply_due(tx, moment, trade)


def apply_due(tx: Tx, moment: Moment, trade: Row) -> Row:
    """Let a late success land or the closing time strike, whichever was due first."""
    late_at, close_at = trade["late_at"], trade["close_at"]
    is_paying = trade["trade_state"] == "paying"
    if late_at is not None and late_at <= moment.at and not (is_paying and close_at < late_at):
        return settle_trade(tx, moment, trade, trade["account_id"])
    if is_paying and close_at <= moment.at:
        return _end_unpaid(tx, moment, trade, "closed", "expired")
    return trade


def apply_all_due(tx: Tx, moment: Moment) -> int:
    """Do what is due in all trades; returns how many were looked at."""
    due = tx.execute(
        """SELECT * FROM trades WHERE trade_state = 'paying' AND close_at <= :at
           UNION SELECT * FROM trades WHERE late_at IS NOT NULL AND late_at <= :at""",
        {"at": moment.at},
    ).fetchall()
    for trade in due:
        apply_due(tx, moment, trade)
    return len(due)


def settle_trade(tx: Tx, moment: Moment, trade: Row, account_id: str) -> Row:
    """Take the payer's money for an awaited trade: it becomes `paid`, or `declined` without it.

    A reversed trade whose late success finds no money stays reversed.
    """
    trade_id = trade["trade_id"]
    tx.execute("UPDATE trades SET late_at = NULL WHERE trade_id = ?", (trade_id,))
    reason = funds.take_payment(tx, moment, trade, account_id)
    if reason is not None:
        if trade["trade_state"] == "reversed":
            return _trade(tx, trade_id)
        return _end_unpaid(tx, moment, trade, "declined", reason)
    settled = changed(
        tx,
        """UPDATE trades SET trade_state = 'paid', account_id = ?, paid_at = ?, transaction_id = ?,
             reverse_action = NULL, ended_at = NULL
           WHERE trade_id = ? AND trade_state IN ('paying', 'reversed') AND paid_at IS NULL""",
        account_id,
        moment.at,
        f"4200{wallet_day(moment.at).replace('-', '')}{trade_id:016d}",
        trade_id,
    )
    if not settled:  # The whole transaction must go: money has moved for a trade that could not take it.
        raise ProviderRefusal(409, "trade_not_awaiting", "this trade does not await a payment")
    paid = _trade(tx, trade_id)
    notices.announce_trade(tx, moment, "trade.paid", paid)
    return paid


def refuse_trade(tx: Tx, moment: Moment, trade: Row) -> Row:
    """The payer says no in the app: the trade is declined with `payer_refused`."""
    return _end_unpaid(tx, moment, trade, "declined", "payer_refused")


def reverse_trade(tx: Tx, moment: Moment, merchant_id: str, out_trade_no: str) -> Row:
    """Make sure that a trade takes no money: close it if unpaid, give everything back if paid.

    An unknown number is burnt, so that a payment request still under way with it comes to nothing.
    Raises `trade_has_refunds` or `reverse_window_passed` (409): then the way back is a refund.
    """
    trade = find_trade(tx, moment, merchant_id, out_trade_no)
    if trade is None:
        return _burn_number(tx, moment, merchant_id, out_trade_no)
    late_s = moment.effect.late_s
    if trade["trade_state"] == "paying" and late_s == 0 and trade["account_id"] is not None:
        # The race that registers fear: the payer confirms between the last query and this reversal.
        trade = settle_trade(tx, moment, trade, trade["account_id"])
    if trade["trade_state"] == "paying":
        late_at = moment.at + late_s if late_s and trade["account_id"] is not None else None
        closed = changed(
            tx,
            """UPDATE trades SET trade_state = 'reversed', reverse_action = 'close', ended_at = ?, late_at = ?
               WHERE trade_id = ? AND trade_state = 'paying'""",
            moment.at,
            late_at,
            trade["trade_id"],
        )
        return _announce_end(tx, moment, trade["trade_id"], closed)
    if trade["trade_state"] == "paid":
        return _reverse_paid(tx, moment, trade)
    return trade


def _reverse_paid(tx: Tx, moment: Moment, trade: Row) -> Row:
    if trade["refunded_minor"] > 0:
        raise ProviderRefusal(409, "trade_has_refunds", "a trade with refunds can only be refunded further")
    if moment.at - trade["paid_at"] > moment.settings.reverse_window_s:
        raise ProviderRefusal(409, "reverse_window_passed", "the time for reversing is over; refund instead")
    reversed_ = changed(
        tx,
        """UPDATE trades SET trade_state = 'reversed', reverse_action = 'refund', ended_at = ?,
             refunded_minor = total_minor
           WHERE trade_id = ? AND trade_state = 'paid' AND refunded_minor = 0""",
        moment.at,
        trade["trade_id"],
    )
    if not reversed_ or not funds.give_back(tx, moment, "reversed", trade, trade["total_minor"], None):
        raise ProviderRefusal(409, "merchant_balance_too_low", "the merchant's balance does not cover this")
    return _announce_end(tx, moment, trade["trade_id"], True)


def _known_trade(
    tx: Tx, moment: Moment, merchant_id: str, out_trade_no: str, method: str, total_minor: int
) -> Row | None:
    trade = find_trade(tx, moment, merchant_id, out_trade_no)
    if trade is None or trade["method"] == "none":
        return trade
    if trade["method"] != method or trade["total_minor"] != total_minor:
        raise ProviderRefusal(
            409, "order_mismatch", "this out_trade_no stands for another order", out_trade_no=out_trade_no
        )
    return trade


def _redeem_code(
    tx: Tx, moment: Moment, auth_code: str, merchant_id: str, out_trade_no: str
) -> tuple[Row | None, str | None]:
    """Use a payment code up: its account, or None and the reason of the decline."""
    used = changed(
        tx,
        "UPDATE codes SET used_by = ? WHERE auth_code = ? AND used_by IS NULL AND expires_at > ?",
        f"{merchant_id}/{out_trade_no}",
        auth_code,
        moment.at,
    )
    code = one(tx, "SELECT * FROM codes JOIN accounts USING (account_id) WHERE auth_code = ?", auth_code)
    if code is None:
        return None, "code_invalid"
    if not used:
        return None, "code_expired" if code["used_by"] is None else "code_used"
    return code, None


def _insert_trade(tx: Tx, moment: Moment, **columns: object) -> Row:
    row = {
        "trade_state": "paying",
        "created_at": moment.at,
        "notice_copies": moment.effect.notice_copies,
        **columns,
    }
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    # The column names come from this file alone, never from a request.
    cursor = tx.execute(f"INSERT INTO trades ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
    return _trade(tx, cursor.lastrowid or 0)


def _burn_number(tx: Tx, moment: Moment, merchant_id: str, out_trade_no: str) -> Row:
    return _insert_trade(
        tx,
        moment,
        merchant_id=merchant_id,
        out_trade_no=out_trade_no,
        method="none",
        subject="",
        currency=moment.settings.currency,
        total_minor=0,
        trade_state="reversed",
        reverse_action="close",
        has_waited=False,
        close_at=moment.at,
        ended_at=moment.at,
    )


def _end_unpaid(tx: Tx, moment: Moment, trade: Row, state: str, reason: str) -> Row:
    ended = changed(
        tx,
        """UPDATE trades SET trade_state = ?, reason = ?, ended_at = ?, late_at = NULL
           WHERE trade_id = ? AND trade_state = 'paying'""",
        state,
        reason,
        moment.at,
        trade["trade_id"],
    )
    return _announce_end(tx, moment, trade["trade_id"], ended)


def _announce_end(tx: Tx, moment: Moment, trade_id: int, has_changed: bool) -> Row:
    trade = _trade(tx, trade_id)
    # A decline in the very answer to the payment request is known to the merchant already.
    if has_changed and (trade["has_waited"] or trade["reverse_action"] is not None):
        notices.announce_trade(tx, moment, "trade.closed", trade)
    return trade


def _trade(tx: Tx, trade_id: int) -> Row:
    trade = one(tx, "SELECT * FROM trades WHERE trade_id = ?", trade_id)
    if trade is None:
        raise LookupError(f"trade {trade_id} has vanished")
    return trade
