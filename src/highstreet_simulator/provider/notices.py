"""Notices on their way to merchants: written in the transaction of what they tell, sent by `sender`."""

import secrets

import orjson

from highstreet_simulator.provider.clock import show_time
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.provider.views import show_refund, show_trade


def announce_trade(tx: Tx, moment: Moment, type_: str, trade: Row) -> None:
    """Queue `trade.paid` or `trade.closed`, if the dial has notices for this way of paying switched on."""
    if trade["method"] == "qr":
        is_on = moment.rules.qr
    else:
        is_on = moment.rules.paying if trade["has_waited"] else moment.rules.sync_code
    if is_on:
        queue(
            tx,
            moment,
            type_,
            trade["merchant_id"],
            show_trade(trade),
            trade["notice_copies"],
            trade["notify_url"],
        )


def announce_refund(tx: Tx, moment: Moment, refund: Row) -> None:
    """Queue `refund.done`."""
    if moment.rules.refund:
        queue(
            tx,
            moment,
            "refund.done",
            refund["merchant_id"],
            show_refund(refund),
            refund["notice_copies"],
            None,
        )


def queue(
    tx: Tx,
    moment: Moment,
    type_: str,
    merchant_id: str,
    resource: dict[str, object],
    copies: int,
    url: str | None,
) -> None:
    """Queue a notice of any type; nothing for a merchant that has nowhere to hear it."""
    merchant = one(tx, "SELECT notify_url FROM merchants WHERE merchant_id = ?", merchant_id)
    if merchant is None or (url is None and merchant["notify_url"] is None):
        return
    notice_id = f"ntc_{secrets.token_hex(12)}"
    body = orjson.dumps(
        {"id": notice_id, "type": type_, "create_time": show_time(moment.at), "resource": resource}
    )
    tx.execute(
        "INSERT INTO notices (notice_id, merchant_id, type, url, body, copies, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (notice_id, merchant_id, type_, url, body, copies, moment.machine_at),
    )
