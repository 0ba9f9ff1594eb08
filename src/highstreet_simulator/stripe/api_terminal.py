"""Terminal, server-driven: the merchant's server tells the reader what to do, the card holder taps.

docs.stripe.com/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven;
docs.stripe.com/api/terminal/readers.
"""

from typing import Any, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider import trades
from highstreet_simulator.provider.answers import Perform, asked, plain, provider_of
from highstreet_simulator.provider.api_app import as_owner
from highstreet_simulator.provider.core import NO_EFFECT, Answer, Call, Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import Body, read_body
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.stripe.acts import act
from highstreet_simulator.stripe.api_payments import (
    account_of,
    need_intent,
    note_decline,
    present,
    tell,
)
from highstreet_simulator.stripe.forms import Json, missing, need_text, refuse, text_of
from highstreet_simulator.stripe.tables import INTENT, insert, new_id
from highstreet_simulator.stripe.views import intent_status, show_list, show_reader


class Tap(Body):
    """POST /app/accounts/{id}/tap"""

    reader_id: str
    # What happens there: the card is through; the bank wants its PIN first; the holder presses cancel.
    how: Literal["tap", "needs_pin", "cancel"] = "tap"


class Switch(BaseModel):
    """PUT /sim/readers/{reader}"""

    is_online: bool


def create_reader(tx: Tx, _moment: Moment, call: Call) -> Json:
    """POST /v1/terminal/readers: any registration code will do."""
    need_text(call.asked, "registration_code")
    reader_id = new_id("tmr")
    label = text_of(call.asked, "label") or reader_id
    insert(tx, "stripe_readers", reader_id=reader_id, merchant_id=call.merchant_id, label=label)
    return show_reader(tx, need_reader(tx, call.merchant_id, reader_id))


def need_reader(tx: Tx, merchant_id: str, reader_id: str) -> Row:
    """The merchant's own reader."""
    reader = one(
        tx, "SELECT * FROM stripe_readers WHERE merchant_id = ? AND reader_id = ?", merchant_id, reader_id
    )
    if reader is None:
        raise missing("terminal.reader", reader_id, param="reader")
    return reader


def _reader(tx: Tx, call: Call) -> Row:
    return need_reader(tx, call.merchant_id, call.request.path_params["reader"])


def retrieve_reader(tx: Tx, _moment: Moment, call: Call) -> Json:
    """GET /v1/terminal/readers/{reader}"""
    return show_reader(tx, _reader(tx, call))


def list_readers(tx: Tx, _moment: Moment, call: Call) -> Json:
    """GET /v1/terminal/readers"""
    rows = tx.execute(
        "SELECT * FROM stripe_readers WHERE merchant_id = ? ORDER BY rowid DESC LIMIT 100",
        (call.merchant_id,),
    ).fetchall()
    return show_list([show_reader(tx, row) for row in rows], "/v1/terminal/readers", False)


def process_intent(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/terminal/readers/{reader}/process_payment_intent: the reader now asks for a card."""
    reader = _reader(tx, call)
    named = need_text(call.asked, "payment_intent")
    intent = need_intent(tx, moment, call, named, param="payment_intent")
    if not reader["is_online"]:
        message = "Reader is currently offline, please ensure the reader is powered on and connected."
        raise refuse(400, message, code="terminal_reader_offline")
    if is_busy(tx, reader):
        raise refuse(400, "Reader is currently busy processing another request.", code="terminal_reader_busy")
    if intent_status(intent) != "requires_payment_method":
        message = f"This PaymentIntent's status is {intent_status(intent)}: a reader cannot process it."
        raise refuse(400, message, code="intent_invalid_state", was_begun=True)
    tx.execute(
        "UPDATE stripe_readers SET intent_id = ?, failure_code = NULL WHERE reader_id = ?",
        (named, reader["reader_id"]),
    )
    tx.execute(
        "UPDATE stripe_intents SET late_s = ?, decline_reason = ?, last_error = NULL WHERE intent_id = ?",
        (moment.effect.late_s, moment.effect.decline_reason, named),
    )
    return show_reader(tx, _reader(tx, call))


def is_busy(tx: Tx, reader: Row) -> bool:
    """Whether it is asking for a card, or has one that is not through yet."""
    action = show_reader(tx, reader)["action"]
    return action is not None and action["status"] == "in_progress"


def cancel_action(tx: Tx, moment: Moment, call: Call) -> Json | Answer:
    """POST /v1/terminal/readers/{reader}/cancel_action: back to its splash screen; the intent stays as it is."""
    reader = _reader(tx, call)
    if reader["intent_id"] is not None and is_busy(tx, reader):
        if moment.effect.late_s is not None and hurry(tx, moment, reader):
            busy = refuse(400, "Reader is currently processing a card.", code="terminal_reader_busy")
            return call.provider.refuse(busy, call)
        tx.execute(
            """UPDATE trades SET account_id = NULL WHERE trade_state = 'paying' AND late_at IS NULL AND trade_id =
                 (SELECT trade_id FROM stripe_intents WHERE intent_id = ?)""",
            (reader["intent_id"],),
        )
    tx.execute(
        "UPDATE stripe_readers SET intent_id = NULL, failure_code = NULL WHERE reader_id = ?",
        (reader["reader_id"],),
    )
    return show_reader(tx, _reader(tx, call))


def hurry(tx: Tx, moment: Moment, reader: Row) -> bool:
    """The race that registers fear: a card that was held, but not through, gets through after all."""
    held = one(tx, f"{INTENT} WHERE i.intent_id = ? AND t.account_id IS NOT NULL", reader["intent_id"])
    if held is None:
        return False
    late_at = moment.at + (moment.effect.late_s or 0.0)
    tx.execute("UPDATE trades SET late_at = ? WHERE trade_id = ?", (late_at, held["trade_id"]))
    trades.find_trade(tx, moment, reader["merchant_id"], held["intent_id"])
    return True


def present_card(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/test_helpers/terminal/readers/{reader}/present_payment_method: the house's test card."""
    reader = _reader(tx, call)
    if not is_busy(tx, reader):
        raise refuse(400, "The reader does not ask for a card.", code="terminal_reader_no_action")
    hold_card(tx, moment, reader, account_of(tx, "pm_card_visa"))
    return show_reader(tx, _reader(tx, call))


def tap(tx: Tx, moment: Moment, account: Row, body: bytes) -> object:
    """POST /app/accounts/{account_id}/tap: the payer holds their card to a reader. 409 `reader_idle`."""
    asked = read_body(Tap, body)
    reader_id = asked.reader_id
    reader = one(tx, "SELECT * FROM stripe_readers WHERE reader_id = ?", reader_id)
    if reader is None or not is_busy(tx, reader):
        raise ProviderRefusal(409, "reader_idle", "this reader does not ask for a card")
    if asked.how == "cancel":
        fail_action(tx, moment, reader, "customer_canceled")
    elif asked.how == "needs_pin":
        intent = need_held(tx, reader)
        note_decline(tx, moment, intent, declined("online_or_offline_pin_required"))
    else:
        hold_card(tx, moment, reader, account["account_id"])
    shown = one(tx, "SELECT * FROM stripe_readers WHERE reader_id = ?", reader_id)
    return {"action": None if shown is None else show_reader(tx, shown)["action"]}


def hold_card(tx: Tx, moment: Moment, reader: Row, account_id: str) -> None:
    """A card is held to the reader: the intent goes on, or is declined and the action has failed."""
    intent = need_held(tx, reader)
    reason = present(tx, moment, intent, account_id)
    if reason is not None:
        note_decline(tx, moment, intent, declined(reason))
        fail_action(tx, moment, reader, "card_declined")
        return
    shown = show_reader(tx, need_reader(tx, reader["merchant_id"], reader["reader_id"]))
    if shown["action"]["status"] == "succeeded":
        tell(tx, moment, "terminal.reader.action_succeeded", reader["merchant_id"], shown)


def need_held(tx: Tx, reader: Row) -> Row:
    """The intent that a reader works on."""
    intent = one(tx, f"{INTENT} WHERE i.intent_id = ?", reader["intent_id"])
    if intent is None:
        raise LookupError(f"{reader['reader_id']} works on nothing")
    return intent


def declined(reason: str) -> Json:
    """A card_error."""
    return {"type": "card_error", "code": "card_declined", "decline_code": reason, "message": "Declined."}


def fail_action(tx: Tx, moment: Moment, reader: Row, code: str) -> None:
    """The reader has given up, and says so (terminal.reader.action_failed)."""
    tx.execute("UPDATE stripe_readers SET failure_code = ? WHERE reader_id = ?", (code, reader["reader_id"]))
    shown = show_reader(tx, need_reader(tx, reader["merchant_id"], reader["reader_id"]))
    tell(tx, moment, "terminal.reader.action_failed", reader["merchant_id"], shown)


def switch(provider: Provider, request: Request, body: bytes) -> object:
    """PUT /sim/readers/{reader} {is_online}: pull the plug, or put it back."""
    is_online = Switch.model_validate_json(body).is_online
    with provider.store.transaction() as tx:
        tx.execute(
            "UPDATE stripe_readers SET is_online = ? WHERE reader_id = ?",
            (int(is_online), request.path_params["reader"]),
        )
    return {"is_online": is_online}


def unspoilt(perform: Perform) -> Any:
    """A merchant's endpoint that no fault strikes: setting up a reader, and the test helpers."""

    async def endpoint(request: Request) -> Response:
        provider = provider_of(request)
        body = await request.body()
        try:
            call = provider.authenticate(request, body)
            answer = perform(call, NO_EFFECT)
        except ProviderRefusal as refusal:
            return provider.seal(provider.refuse(refusal, None), None)
        return provider.seal(answer, call)

    return endpoint


def routes() -> list[Route]:
    """The routes of Terminal, the card holder's tap included."""
    reader = "/v1/terminal/readers/{reader}"
    helper = "/v1/test_helpers/terminal/readers/{reader}/present_payment_method"
    return [
        Route("/v1/terminal/readers", unspoilt(act(create_reader)), methods=["POST"]),
        Route("/v1/terminal/readers", asked("query", act(list_readers)), methods=["GET"]),
        Route(reader, asked("query", act(retrieve_reader)), methods=["GET"]),
        Route(f"{reader}/process_payment_intent", asked("pay", act(process_intent)), methods=["POST"]),
        Route(f"{reader}/cancel_action", asked("reverse", act(cancel_action)), methods=["POST"]),
        Route(helper, unspoilt(act(present_card)), methods=["POST"]),
        Route("/app/accounts/{account_id}/tap", plain(as_owner(tap)), methods=["POST"]),
        Route("/sim/readers/{reader}", plain(switch), methods=["PUT"]),
    ]
