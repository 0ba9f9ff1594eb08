"""Money between payers and merchants: guarded single UPDATE statements and append-only movements."""

from typing import Literal

from highstreet_simulator.provider.clock import wallet_day
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx, changed, one


def take_payment(tx: Tx, moment: Moment, trade: Row, account_id: str) -> str | None:
    """Move a trade's total from the payer to the merchant.

    Returns None when moved, else why not, with nothing changed: `insufficient_balance`, `limit_exceeded`.
    """
    total, day = trade["total_minor"], wallet_day(moment.at)
    taken = changed(
        tx,
        """UPDATE accounts SET balance_minor = balance_minor - :total, spent_day = :day,
             spent_minor = CASE WHEN spent_day = :day THEN spent_minor ELSE 0 END + :total
           WHERE account_id = :account AND balance_minor >= :total
             AND (daily_limit_minor IS NULL
               OR CASE WHEN spent_day = :day THEN spent_minor ELSE 0 END + :total <= daily_limit_minor)""",
        {"total": total, "day": day, "account": account_id},
    )
    if not taken:
        return shortfall(tx, moment, account_id, total) or "insufficient_balance"
    tx.execute(
        "UPDATE merchants SET balance_minor = balance_minor + ? WHERE merchant_id = ?",
        (total, trade["merchant_id"]),
    )
    _record(tx, moment, "paid", trade, account_id, total, None)
    return None


def shortfall(tx: Tx, moment: Moment, account_id: str, total_minor: int) -> str | None:
    """Why a payer could not pay this now: `insufficient_balance`, `limit_exceeded`, or None if they could."""
    account = one(tx, "SELECT * FROM accounts WHERE account_id = ?", account_id)
    if account is None or account["balance_minor"] < total_minor:
        return "insufficient_balance"
    spent_minor = account["spent_minor"] if account["spent_day"] == wallet_day(moment.at) else 0
    limit_minor = account["daily_limit_minor"]
    return "limit_exceeded" if limit_minor is not None and spent_minor + total_minor > limit_minor else None


def give_back(
    tx: Tx,
    moment: Moment,
    kind: Literal["refund", "reversed"],
    trade: Row,
    amount_minor: int,
    refund_id: str | None,
) -> bool:
    """Move money of a paid trade back to its payer; False, and nothing changed, if the merchant lacks it."""
    taken = changed(
        tx,
        "UPDATE merchants SET balance_minor = balance_minor - ? WHERE merchant_id = ? AND balance_minor >= ?",
        amount_minor,
        trade["merchant_id"],
        amount_minor,
    )
    if not taken:
        return False
    tx.execute(
        "UPDATE accounts SET balance_minor = balance_minor + ? WHERE account_id = ?",
        (amount_minor, trade["account_id"]),
    )
    _record(tx, moment, kind, trade, trade["account_id"], amount_minor, refund_id)
    return True


def _record(
    tx: Tx, moment: Moment, kind: str, trade: Row, account_id: str, amount_minor: int, refund_id: str | None
) -> None:
    tx.execute(
        """INSERT INTO movements (at, day, kind, merchant_id, account_id, trade_id, refund_id, amount_minor)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            moment.at,
            wallet_day(moment.at),
            kind,
            trade["merchant_id"],
            account_id,
            trade["trade_id"],
            refund_id,
            amount_minor,
        ),
    )
