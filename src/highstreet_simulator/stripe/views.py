"""Stripe's objects as they go over the wire.

Members and their meanings: docs.stripe.com/api (payment_intents/object, charges/object, refunds/object,
checkout/sessions/object, terminal/readers/object, balance_transactions/object) and the classes of stripe-python 16.1.
Members that nobody needs here are left out.
"""

import json
from typing import Any

from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.stripe.forms import Json, under, wants
from highstreet_simulator.stripe.tables import INTENT, refunds_of

NOTHING: frozenset[str] = frozenset()


def intent_status(intent: Row) -> str:
    """docs.stripe.com/payments/paymentintents/lifecycle"""
    if intent["trade_state"] == "paid":
        return "succeeded"
    if intent["trade_state"] != "paying":
        return "canceled"
    if intent["authorized"]:
        return "requires_capture"
    return "processing" if intent["late_at"] is not None else "requires_payment_method"


def show_intent(tx: Tx, intent: Row, expand: frozenset[str] = NOTHING) -> Json:
    """A PaymentIntent."""
    status = intent_status(intent)
    is_paid = status == "succeeded"
    charge: Any = None
    if is_paid:
        charge = charge_id(intent)
        if wants(expand, "latest_charge"):
            charge = show_charge(tx, intent, under(expand, "latest_charge"))
    return {
        "id": intent["intent_id"],
        "object": "payment_intent",
        "amount": intent["total_minor"],
        "amount_capturable": intent["total_minor"] if status == "requires_capture" else 0,
        "amount_received": intent["total_minor"] if is_paid else 0,
        "canceled_at": int(intent["ended_at"]) if status == "canceled" else None,
        "cancellation_reason": intent["cancel_reason"],
        "capture_method": intent["capture_method"],
        "client_secret": f"{intent['intent_id']}_secret_simulated",
        "created": intent["created"],
        "currency": intent["currency"].lower(),
        "description": intent["description"],
        "last_payment_error": None if intent["last_error"] is None else json.loads(intent["last_error"]),
        "latest_charge": charge,
        "livemode": False,
        "metadata": json.loads(intent["metadata"]),
        "payment_method_types": json.loads(intent["method_types"]),
        "status": status,
    }


def charge_id(intent: Row) -> str:
    """A payment here has one charge."""
    return "ch_" + str(intent["intent_id"]).removeprefix("pi_")


def show_charge(tx: Tx, intent: Row, expand: frozenset[str] = NOTHING) -> Json:
    """The charge of a paid intent."""
    refunded = intent["refunded_minor"]
    charge: Json = {
        "id": charge_id(intent),
        "object": "charge",
        "amount": intent["total_minor"],
        "amount_captured": intent["total_minor"],
        "amount_refunded": refunded,
        "captured": True,
        "created": int(intent["paid_at"]),
        "currency": intent["currency"].lower(),
        "livemode": False,
        "metadata": json.loads(intent["metadata"]),
        "paid": True,
        "payment_intent": intent["intent_id"],
        "refunded": refunded == intent["total_minor"],
        "status": "succeeded",
    }
    if wants(expand, "refunds"):  # Since 2022-11-15 only when it is asked for.
        found = [show_refund(row) for row in refunds_of(tx, intent["intent_id"])]
        charge["refunds"] = show_list(found[:10], f"/v1/charges/{charge['id']}/refunds", len(found) > 10)
    return charge


def show_refund(refund: Row) -> Json:
    """A refund."""
    return {
        "id": refund["refund_id"],
        "object": "refund",
        "amount": refund["amount_minor"],
        "charge": "ch_" + refund["intent_id"].removeprefix("pi_"),
        "created": int(refund["created_at"]),
        "currency": refund["currency"].lower(),
        "metadata": json.loads(refund["metadata"]),
        "payment_intent": refund["intent_id"],
        "reason": refund["reason"],
        "status": "succeeded" if refund["refund_state"] == "done" else "pending",
    }


def show_session(tx: Tx, session: Row, intent: Row, expand: frozenset[str] = NOTHING) -> Json:
    """A Checkout Session; its PaymentIntent exists for the merchant once it was paid."""
    is_paid = intent["trade_state"] == "paid"
    is_open = intent["trade_state"] == "paying"
    shown: Any = intent["intent_id"] if is_paid else None
    if is_paid and wants(expand, "payment_intent"):
        shown = show_intent(tx, intent, under(expand, "payment_intent"))
    return {
        "id": session["session_id"],
        "object": "checkout.session",
        "amount_subtotal": intent["total_minor"],
        "amount_total": intent["total_minor"],
        "client_reference_id": session["client_reference_id"],
        "created": session["created"],
        "currency": intent["currency"].lower(),
        "expires_at": session["expires_at"],
        "livemode": False,
        "metadata": json.loads(session["metadata"]),
        "mode": "payment",
        "payment_intent": shown,
        "payment_status": "paid" if is_paid else "unpaid",
        "status": "complete" if is_paid else "open" if is_open else "expired",
        "success_url": session["success_url"],
        "ui_mode": "hosted_page",
        "url": session["url"] if is_open else None,
    }


def show_reader(tx: Tx, reader: Row) -> Json:
    """A reader and what became of its latest action."""
    action: Json | None = None
    if reader["intent_id"] is not None:
        intent = one(tx, f"{INTENT} WHERE i.intent_id = ?", reader["intent_id"])
        state = "in_progress" if intent is None else _action_status(reader, intent)
        failure = reader["failure_code"] or "payment_intent_unexpected_state"
        action = {
            "type": "process_payment_intent",
            "status": state,
            "failure_code": failure if state == "failed" else None,
            "failure_message": "The payment was not made." if state == "failed" else None,
            "process_payment_intent": {"payment_intent": reader["intent_id"]},
        }
    return {
        "id": reader["reader_id"],
        "object": "terminal.reader",
        "action": action,
        "device_type": "simulated_stripe_s700",
        "label": reader["label"],
        "livemode": False,
        "location": None,
        "metadata": {},
        "serial_number": reader["reader_id"][-8:],
        "status": "online" if reader["is_online"] else "offline",
    }


def _action_status(reader: Row, intent: Row) -> str:
    if intent["trade_state"] == "paid" or intent["authorized"]:
        return "succeeded"
    return "failed" if reader["failure_code"] or intent["trade_state"] != "paying" else "in_progress"


def fee_minor(gross_minor: int, kind: str) -> int:
    """A made-up tariff, the same for ever: 1.5 % + 25 of a charge; a refund costs nothing and returns no fee."""
    return (gross_minor * 15 + 999) // 1000 + 25 if kind == "paid" else 0


def show_balance_transaction(movement: Row) -> Json:
    """A movement of the balance. Fees are shown, not taken: the simulator keeps what payers gave whole."""
    is_paid = movement["kind"] == "paid"
    gross = movement["amount_minor"] if is_paid else -movement["amount_minor"]
    fee = fee_minor(movement["amount_minor"], movement["kind"])
    intent_id = str(movement["out_trade_no"])
    return {
        "id": f"txn_{movement['movement_id']:024d}",
        "object": "balance_transaction",
        "amount": gross,
        "available_on": int(movement["at"]) + 2 * 86_400,
        "created": int(movement["at"]),
        "currency": movement["currency"].lower(),
        "description": movement["subject"],
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [],
        "net": gross - fee,
        "reporting_category": "charge" if is_paid else "refund",
        "source": "ch_" + intent_id.removeprefix("pi_") if is_paid else movement["out_refund_no"],
        "status": "pending",
        "type": "charge" if is_paid else "refund",
    }


def show_list(data: list[Json], url: str, has_more: bool) -> Json:
    """docs.stripe.com/api/pagination"""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
