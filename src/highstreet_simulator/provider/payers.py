"""The payer's side: what the wallet app on a phone can do."""

import hmac
import secrets

from highstreet_simulator.provider import funds, trades
from highstreet_simulator.provider.clock import show_time, wallet_day
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import NewAccount
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.provider.views import show_trade


def open_account(tx: Tx, order: NewAccount) -> dict[str, object]:
    """A new payer with money in the wallet."""
    account_id, app_token = f"acc_{secrets.token_hex(10)}", secrets.token_urlsafe(24)
    tx.execute(
        """INSERT INTO accounts (account_id, app_token, name, confirm_mode, balance_minor, funded_minor,
             daily_limit_minor) VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            account_id,
            app_token,
            order.name,
            order.confirm_mode,
            order.balance_minor,
            order.balance_minor,
            order.daily_limit_minor,
        ),
    )
    return {"account_id": account_id, "app_token": app_token}


def check_token(tx: Tx, account_id: str, authorization: str) -> Row:
    """The account that a bearer token opens; raises `unauthorized` (401)."""
    account = one(tx, "SELECT * FROM accounts WHERE account_id = ?", account_id)
    token = authorization.removeprefix("Bearer ")
    if account is None or not hmac.compare_digest(str(account["app_token"]).encode(), token.encode()):
        raise ProviderRefusal(401, "unauthorized", "this token does not open this account")
    return account


def show_code(tx: Tx, moment: Moment, account_id: str) -> dict[str, object]:
    """The payment code now on the screen; a used or expired one is replaced."""
    code = one(
        tx,
        """SELECT * FROM codes WHERE account_id = ? AND used_by IS NULL AND expires_at > ?
           ORDER BY expires_at DESC LIMIT 1""",
        account_id,
        moment.at,
    )
    if code is not None:
        return {"auth_code": code["auth_code"], "expires_at": show_time(code["expires_at"])}
    auth_code = f"{moment.settings.code_prefix}{secrets.randbelow(10**16):016d}"
    expires_at = moment.at + moment.settings.code_ttl_s
    tx.execute(
        "INSERT INTO codes (auth_code, account_id, expires_at) VALUES (?, ?, ?)",
        (auth_code, account_id, expires_at),
    )
    return {"auth_code": auth_code, "expires_at": show_time(expires_at)}


def top_up(tx: Tx, account_id: str, amount_minor: int) -> None:
    """Bring money into the wallet from outside."""
    tx.execute(
        """UPDATE accounts SET balance_minor = balance_minor + ?, funded_minor = funded_minor + ?
           WHERE account_id = ?""",
        (amount_minor, amount_minor, account_id),
    )


def show_account(tx: Tx, moment: Moment, account: Row) -> dict[str, object]:
    """Balance and the last 100 movements, newest first."""
    movements = tx.execute(
        """SELECT m.*, t.out_trade_no, t.subject FROM movements m JOIN trades t USING (trade_id)
           WHERE m.account_id = ? ORDER BY movement_id DESC LIMIT 100""",
        (account["account_id"],),
    )
    return {
        "account_id": account["account_id"],
        "name": account["name"],
        "confirm_mode": account["confirm_mode"],
        "balance_minor": account["balance_minor"],
        "daily_limit_minor": account["daily_limit_minor"],
        "spent_today_minor": account["spent_minor"] if account["spent_day"] == wallet_day(moment.at) else 0,
        "history": [
            {
                "kind": movement["kind"],
                "at": show_time(movement["at"]),
                "merchant_id": movement["merchant_id"],
                "out_trade_no": movement["out_trade_no"],
                "subject": movement["subject"],
                "amount_minor": -movement["amount_minor"]
                if movement["kind"] == "paid"
                else movement["amount_minor"],
            }
            for movement in movements
        ],
    }


def list_pending(tx: Tx, moment: Moment, account_id: str) -> list[dict[str, object]]:
    """The trades that wait for this payer's word."""
    return [
        show_trade(trade) | {"close_at": show_time(trade["close_at"])}
        for trade in _awaited(tx, account_id)
        if trade["close_at"] > moment.at
    ]


def answer_pending(
    tx: Tx, moment: Moment, account_id: str, out_trade_no: str, merchant_id: str | None, is_confirmed: bool
) -> Row:
    """Confirm or refuse an awaited trade. Raises `not_pending` (409), also when it is too late.

    A trade confirmed without enough money becomes `declined`.
    """
    candidates = [
        trade
        for trade in _awaited(tx, account_id)
        if trade["out_trade_no"] == out_trade_no and merchant_id in (None, trade["merchant_id"])
    ]
    if len(candidates) > 1:
        raise ProviderRefusal(409, "ambiguous", "two merchants use this number; say which with merchant_id")
    trade = trades.apply_due(tx, moment, candidates[0]) if candidates else None
    if trade is None or trade["trade_state"] != "paying":
        raise ProviderRefusal(409, "not_pending", "no such trade waits for this payer")
    if not is_confirmed:
        return trades.refuse_trade(tx, moment, trade)
    return trades.settle_trade(tx, moment, trade, account_id)


def scan_qr(tx: Tx, moment: Moment, account_id: str, code_url: str) -> Row:
    """Pay a merchant-presented QR at once.

    Raises `code_invalid`, `code_expired`, `code_used`, `insufficient_balance` or `limit_exceeded` (409);
    short of money, the trade still waits for this or another payer.
    """
    trade = one(tx, "SELECT * FROM trades WHERE code_url = ?", code_url)
    if trade is None:
        raise ProviderRefusal(409, "code_invalid", "this is no QR of ours")
    if trade["trade_state"] == "paid" and trade["account_id"] == account_id:
        return trade
    trade = trades.apply_due(tx, moment, trade)
    if trade["trade_state"] != "paying":
        code = "code_expired" if trade["trade_state"] == "closed" else "code_used"
        raise ProviderRefusal(409, code, "this QR can no longer be paid", trade_state=trade["trade_state"])
    if reason := funds.shortfall(tx, moment, account_id, trade["total_minor"]):
        raise ProviderRefusal(409, reason, "the payment was not made")
    return trades.settle_trade(tx, moment, trade, account_id)


def _awaited(tx: Tx, account_id: str) -> list[Row]:
    return tx.execute(
        "SELECT * FROM trades WHERE trade_state = 'paying' AND account_id = ? ORDER BY trade_id",
        (account_id,),
    ).fetchall()
