"""How rows look on the wire."""

from highstreet_simulator.provider.clock import show_time
from highstreet_simulator.provider.store import Row


def show_trade(trade: Row) -> dict[str, object]:
    """A trade as merchants see it, in answers and notices."""
    paid = trade["trade_state"] == "paid"
    refunded = trade["refunded_minor"]
    return {
        "merchant_id": trade["merchant_id"],
        "out_trade_no": trade["out_trade_no"],
        "method": trade["method"],
        "trade_state": trade["trade_state"],
        "reason": trade["reason"],
        "action": trade["reverse_action"],
        "transaction_id": trade["transaction_id"],
        "subject": trade["subject"],
        "amount": {
            "total": trade["total_minor"],
            "currency": trade["currency"],
            "refunded": refunded,
            "refundable": trade["total_minor"] - refunded if paid else 0,
        },
        "payer_id": trade["account_id"] if trade["paid_at"] is not None else None,
        "created_at": show_time(trade["created_at"]),
        "paid_at": show_time(trade["paid_at"]),
        "ended_at": show_time(trade["ended_at"]),
    }


def show_refund(refund: Row) -> dict[str, object]:
    """A refund (joined with its trade) as merchants see it."""
    return {
        "merchant_id": refund["merchant_id"],
        "out_refund_no": refund["out_refund_no"],
        "out_trade_no": refund["out_trade_no"],
        "refund_id": refund["refund_id"],
        "transaction_id": refund["transaction_id"],
        "refund_state": refund["refund_state"],
        "amount": {"total": refund["amount_minor"], "currency": refund["currency"]},
        "reason": refund["reason"],
        "created_at": show_time(refund["created_at"]),
        "done_at": show_time(refund["done_at"]),
    }
