"""PaymentIntents and refunds: docs.stripe.com/api/payment_intents, docs.stripe.com/api/refunds."""

import json
import re

from starlette.routing import Route

from highstreet_simulator.provider import funds, notices, payers, refunds, trades
from highstreet_simulator.provider.answers import asked, json_answer
from highstreet_simulator.provider.core import Answer, Call
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import Amount, NewAccount, QrOrder, RefundOrder
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.stripe.acts import act
from highstreet_simulator.stripe.forms import (
    Json,
    expand_of,
    int_of,
    list_of,
    metadata_of,
    missing,
    need_int,
    need_text,
    refuse,
    text_of,
    under,
)
from highstreet_simulator.stripe.pages import list_newest
from highstreet_simulator.stripe.tables import INTENT, REFUND, find_intent, insert, new_id
from highstreet_simulator.stripe.views import (
    intent_status,
    show_charge,
    show_intent,
    show_list,
    show_refund,
)

# docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; others: 1.
MINIMUM = {"eur": 50, "usd": 50, "jpy": 50, "gbp": 30}
FAR_S = 10 * 365 * 86_400.0
DECLINES = {
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
}
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
_SEARCHED = re.compile(r"""metadata\[["']([^"']{1,40})["']\]:["']([^"']{1,500})["']""")


def check_money(moment: Moment, amount: int, currency: str, param: str = "amount") -> None:
    """An amount that can be charged, in the one currency this simulated account holds."""
    if currency != moment.settings.currency.lower():
        raise refuse(400, f"Invalid currency: {currency}. This account holds one.", param="currency")
    if amount < MINIMUM.get(currency, 1):
        raise refuse(400, "Amount is below the minimum.", code="amount_too_small", param=param)
    if amount > 99_999_999:
        raise refuse(400, "Amount is above the maximum.", code="amount_too_large", param=param)


def open_intent(
    tx: Tx, moment: Moment, merchant_id: str, amount: int, params: Json, *, session_id: str | None = None
) -> str:
    """A PaymentIntent and the trade that it stands for, which waits until someone pays or ends it."""
    intent_id = new_id("pi")
    subject = (text_of(params, "description") or "-")[:127]
    order = QrOrder.model_construct(
        out_trade_no=intent_id,
        amount=Amount(total=amount),
        subject=subject,
        expires_in_s=None,
        notify_url=None,
    )
    trade = trades.open_qr(tx, moment, merchant_id, order)
    tx.execute("UPDATE trades SET close_at = ? WHERE trade_id = ?", (moment.at + FAR_S, trade["trade_id"]))
    capture = text_of(params, "capture_method") or "automatic"
    if capture not in ("automatic", "automatic_async", "manual"):
        raise refuse(400, f"Invalid capture_method: {capture}", param="capture_method")
    insert(
        tx,
        "stripe_intents",
        intent_id=intent_id,
        merchant_id=merchant_id,
        trade_id=trade["trade_id"],
        session_id=session_id,
        metadata=metadata_of(params),
        description=text_of(params, "description"),
        capture_method=capture,
        method_types=[str(name) for name in list_of(params, "payment_method_types")] or ["card"],
        created=int(moment.at),
        late_s=moment.effect.late_s,
        decline_reason=moment.effect.decline_reason,
    )
    tx.execute(
        "UPDATE trades SET notice_copies = ? WHERE trade_id = ?",
        (moment.effect.notice_copies, trade["trade_id"]),
    )
    return intent_id


def need_intent(tx: Tx, moment: Moment, call: Call, intent_id: str, *, param: str = "") -> Row:
    """The merchant's own PaymentIntent, with what was due done to it."""
    trades.find_trade(tx, moment, call.merchant_id, intent_id)
    intent = find_intent(tx, call.merchant_id, intent_id)
    if intent is None:
        raise missing("payment_intent", intent_id, status=400 if param else 404, param=param or "intent")
    return intent


def wrong_state(intent: Row, verb: str) -> ProviderRefusal:
    """payment_intent_unexpected_state (docs.stripe.com/error-codes)."""
    status = intent_status(intent)
    return refuse(
        400,
        f"You cannot {verb} this PaymentIntent because it has a status of {status}.",
        code="payment_intent_unexpected_state",
        payment_intent={"id": intent["intent_id"], "object": "payment_intent", "status": status},
        was_begun=True,
    )


def create_intent(tx: Tx, moment: Moment, call: Call) -> Json | Answer:
    """POST /v1/payment_intents"""
    amount, currency = need_int(call.asked, "amount"), need_text(call.asked, "currency").lower()
    check_money(moment, amount, currency)
    intent_id = open_intent(tx, moment, call.merchant_id, amount, call.asked)
    if call.asked.get("confirm") == "true":
        return _confirm(tx, moment, call, need_intent(tx, moment, call, intent_id))
    return show_intent(tx, need_intent(tx, moment, call, intent_id), expand_of(call.asked))


def retrieve_intent(tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/payment_intents/{intent}"""
    intent = need_intent(tx, moment, call, call.request.path_params["intent"])
    if intent["session_id"] is not None and intent["trade_state"] != "paid":
        raise missing("payment_intent", intent["intent_id"], param="intent")  # made when its page is paid
    return show_intent(tx, intent, expand_of(call.asked))


def confirm_intent(tx: Tx, moment: Moment, call: Call) -> Json | Answer:
    """POST /v1/payment_intents/{intent}/confirm"""
    return _confirm(tx, moment, call, need_intent(tx, moment, call, call.request.path_params["intent"]))


def _confirm(tx: Tx, moment: Moment, call: Call, intent: Row) -> Json | Answer:
    if intent_status(intent) != "requires_payment_method":
        raise wrong_state(intent, "confirm")
    method = need_text(call.asked, "payment_method")
    if method in DECLINES:
        return decline(tx, moment, intent, DECLINES[method])
    reason = present(tx, moment, intent, account_of(tx, method))
    intent = need_intent(tx, moment, call, intent["intent_id"])
    if reason is not None:
        return decline(tx, moment, intent, reason)
    return show_intent(tx, intent, expand_of(call.asked))


def account_of(tx: Tx, method: str) -> str:
    """Whose card a payment method is: `pm_acc_...` a payer's of /app, any other the house's test card."""
    if method.startswith("pm_acc_"):
        account = one(tx, "SELECT account_id FROM accounts WHERE account_id = ?", method.removeprefix("pm_"))
        if account is None:
            raise missing("PaymentMethod", method, status=400, param="payment_method")
        return str(account["account_id"])
    row = one(tx, "SELECT value FROM meta WHERE name = 'house_account'")
    if row is not None:
        return str(row["value"])
    opened = payers.open_account(tx, NewAccount(name="4242 4242 4242 4242", balance_minor=10**13))
    tx.execute("INSERT INTO meta (name, value) VALUES ('house_account', ?)", (opened["account_id"],))
    return str(opened["account_id"])


def present(tx: Tx, moment: Moment, intent: Row, account_id: str) -> str | None:
    """A card is presented for an open intent: paid, authorized or under way; else why it is declined."""
    reason = intent["decline_reason"] or funds.shortfall(tx, moment, account_id, intent["total_minor"])
    if reason is not None:
        return {"insufficient_balance": "insufficient_funds", "risk": "fraudulent"}.get(
            reason, "generic_decline"
        )
    trade = _trade(tx, intent)
    account = one(tx, "SELECT * FROM accounts WHERE account_id = ?", account_id)
    late_at = None if intent["late_s"] is None else moment.at + intent["late_s"]
    tx.execute("UPDATE stripe_intents SET last_error = NULL WHERE intent_id = ?", (intent["intent_id"],))
    if late_at is not None or intent["capture_method"] == "manual" or _must_confirm(account):
        tx.execute(
            "UPDATE trades SET account_id = ?, late_at = ? WHERE trade_id = ?",
            (account_id, late_at, trade["trade_id"]),
        )
        if intent["capture_method"] == "manual" and late_at is None:
            tx.execute("UPDATE stripe_intents SET authorized = 1 WHERE intent_id = ?", (intent["intent_id"],))
        return None
    trades.settle_trade(tx, moment, trade, account_id)
    return None


def _must_confirm(account: Row | None) -> bool:
    return account is not None and account["confirm_mode"] == "ask"


def decline(tx: Tx, moment: Moment, intent: Row, reason: str) -> Answer:
    """402 card_error; the intent goes back to requires_payment_method and says why."""
    error: Json = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": reason,
        "message": "Your card was declined.",
    }
    note_decline(tx, moment, intent, error)
    fresh = find_intent(tx, intent["merchant_id"], intent["intent_id"])
    shown = {} if fresh is None else show_intent(tx, fresh)
    return json_answer({"error": error | {"payment_intent": shown}}, 402)


def note_decline(tx: Tx, moment: Moment, intent: Row, error: Json) -> None:
    """Keep the error with the intent and tell it (payment_intent.payment_failed)."""
    tx.execute(
        "UPDATE stripe_intents SET last_error = ? WHERE intent_id = ?",
        (json.dumps(error), intent["intent_id"]),
    )
    fresh = find_intent(tx, intent["merchant_id"], intent["intent_id"])
    if fresh is not None:
        tell(tx, moment, "payment_intent.payment_failed", intent["merchant_id"], show_intent(tx, fresh))


def tell(tx: Tx, moment: Moment, type_: str, merchant_id: str, resource: Json, copies: int = 1) -> None:
    """Queue an event; the dial's `send_notices.paying` switches those that are told beside the core's own."""
    if moment.rules.paying:
        notices.queue_notice(tx, moment, type_, merchant_id, resource, copies, None)


def capture_intent(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/payment_intents/{intent}/capture: all of it (partial capture is not simulated)."""
    intent = need_intent(tx, moment, call, call.request.path_params["intent"])
    if intent_status(intent) != "requires_capture":
        raise wrong_state(intent, "capture")
    if int_of(call.asked, "amount_to_capture") not in (None, intent["total_minor"]):
        raise refuse(400, "Partial capture is not simulated.", param="amount_to_capture")
    trades.settle_trade(tx, moment, _trade(tx, intent), intent["account_id"])
    return show_intent(tx, need_intent(tx, moment, call, intent["intent_id"]))


def cancel_intent(tx: Tx, moment: Moment, call: Call) -> Json | Answer:
    """POST /v1/payment_intents/{intent}/cancel"""
    intent = need_intent(tx, moment, call, call.request.path_params["intent"])
    reason = text_of(call.asked, "cancellation_reason")
    if reason not in (None, *REASONS):
        raise refuse(400, f"Invalid cancellation_reason: {reason}", param="cancellation_reason")
    late_s, waits = moment.effect.late_s, intent["account_id"] is not None
    if intent["trade_state"] == "paying" and waits and late_s is not None:
        # The race that registers fear: the card is through between the last question and this call.
        tx.execute(
            "UPDATE trades SET late_at = ? WHERE trade_id = ?", (moment.at + late_s, intent["trade_id"])
        )
        intent = need_intent(tx, moment, call, intent["intent_id"])
        return call.provider.refuse(wrong_state(intent, "cancel"), call)
    if intent_status(intent) not in ("requires_payment_method", "requires_capture"):
        raise wrong_state(intent, "cancel")
    tx.execute("UPDATE trades SET account_id = NULL WHERE trade_id = ?", (intent["trade_id"],))
    tx.execute(
        "UPDATE stripe_intents SET cancel_reason = ?, authorized = 0 WHERE intent_id = ?",
        (reason, intent["intent_id"]),
    )
    trades.reverse_trade(tx, moment, call.merchant_id, intent["intent_id"])
    return show_intent(tx, need_intent(tx, moment, call, intent["intent_id"]), expand_of(call.asked))


def list_intents(tx: Tx, _moment: Moment, call: Call) -> Json:
    """GET /v1/payment_intents"""
    rows, has_more = list_newest(
        tx,
        call,
        INTENT,
        "i.merchant_id = ? AND (i.session_id IS NULL OR t.trade_state = 'paid')",
        [call.merchant_id],
        created="i.created",
        id_="i.rowid",
    )
    expand = under(expand_of(call.asked), "data")
    return show_list([show_intent(tx, row, expand) for row in rows], "/v1/payment_intents", has_more)


def search_intents(tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/payment_intents/search: by one metadata value (the real one lags behind by up to a minute)."""
    found = _SEARCHED.fullmatch(need_text(call.asked, "query").strip())
    if found is None:
        raise refuse(400, "Only metadata['key']:'value' can be searched here.", param="query")
    call.asked.setdefault("limit", "100")
    listed = list_intents(tx, moment, call)
    matching = [one for one in listed["data"] if one["metadata"].get(found[1]) == found[2]]
    return {
        "object": "search_result",
        "data": matching,
        "has_more": False,
        "next_page": None,
        "url": "/v1/payment_intents/search",
    }


def create_refund(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/refunds: of a PaymentIntent or its charge; without an amount all that is left."""
    named = text_of(call.asked, "payment_intent")
    if named is None:
        named = "pi_" + need_text(call.asked, "charge").removeprefix("ch_")
    intent = need_intent(tx, moment, call, named, param="payment_intent")
    left = intent["total_minor"] - intent["refunded_minor"]
    amount = int_of(call.asked, "amount")
    if amount is not None and amount <= 0:
        raise refuse(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if intent["trade_state"] != "paid":
        message = f"This PaymentIntent ({named}) does not have a successful charge to refund."
        raise refuse(400, message, param="payment_intent", was_begun=True)
    if left == 0:
        raise refuse(
            400, "The charge has already been refunded.", code="charge_already_refunded", was_begun=True
        )
    amount = left if amount is None else amount
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise refuse(400, message, param="amount", was_begun=True)
    refund_id = new_id("re")
    insert(
        tx,
        "stripe_refunds",
        refund_id=refund_id,
        merchant_id=call.merchant_id,
        intent_id=named,
        metadata=metadata_of(call.asked),
        reason=text_of(call.asked, "reason"),
    )
    order = RefundOrder(out_refund_no=refund_id, out_trade_no=named, amount=Amount(total=amount))
    refunds.refund_trade(tx, moment, call.merchant_id, order)
    if moment.rules.refund:
        charge = show_charge(tx, need_intent(tx, moment, call, named))
        notices.queue_notice(
            tx, moment, "charge.refunded", call.merchant_id, charge, moment.effect.notice_copies, None
        )
    return show_refund(_need_refund(tx, moment, call, refund_id))


def retrieve_refund(tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/refunds/{refund}"""
    return show_refund(_need_refund(tx, moment, call, call.request.path_params["refund"]))


def list_refunds(tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/refunds?payment_intent="""
    where, values = "s.merchant_id = ?", [call.merchant_id]
    if (named := text_of(call.asked, "payment_intent")) is not None:
        need_intent(tx, moment, call, named, param="payment_intent")
        where, values = f"{where} AND s.intent_id = ?", [*values, named]
    rows, has_more = list_newest(tx, call, REFUND, where, values, created="r.created_at", id_="r.rowid")
    return show_list([show_refund(row) for row in rows], "/v1/refunds", has_more)


def _need_refund(tx: Tx, moment: Moment, call: Call, refund_id: str) -> Row:
    refunds.find_refund(tx, moment, call.merchant_id, refund_id)
    refund = one(tx, f"{REFUND} WHERE s.merchant_id = ? AND s.refund_id = ?", call.merchant_id, refund_id)
    if refund is None:
        raise missing("refund", refund_id)
    return refund


def _trade(tx: Tx, intent: Row) -> Row:
    trade = one(tx, "SELECT * FROM trades WHERE trade_id = ?", intent["trade_id"])
    if trade is None:
        raise LookupError(f"{intent['intent_id']} has lost its trade")
    return trade


def refund_or_reverse(call: Call) -> Operation:
    """On the dial, giving everything back without naming an amount is a reversal."""
    return "refund" if "amount" in call.asked else "reverse"


def routes() -> list[Route]:
    """The routes of PaymentIntents and refunds."""
    intent = "/v1/payment_intents/{intent}"
    return [
        Route("/v1/payment_intents", asked("pay", act(create_intent)), methods=["POST"]),
        Route("/v1/payment_intents", asked("query", act(list_intents)), methods=["GET"]),
        Route("/v1/payment_intents/search", asked("query", act(search_intents)), methods=["GET"]),
        Route(intent, asked("query", act(retrieve_intent)), methods=["GET"]),
        Route(f"{intent}/confirm", asked("pay", act(confirm_intent)), methods=["POST"]),
        Route(f"{intent}/capture", asked("pay", act(capture_intent)), methods=["POST"]),
        Route(f"{intent}/cancel", asked("reverse", act(cancel_intent)), methods=["POST"]),
        Route("/v1/refunds", asked(refund_or_reverse, act(create_refund)), methods=["POST"]),
        Route("/v1/refunds", asked("query", act(list_refunds)), methods=["GET"]),
        Route("/v1/refunds/{refund}", asked("query", act(retrieve_refund)), methods=["GET"]),
    ]
