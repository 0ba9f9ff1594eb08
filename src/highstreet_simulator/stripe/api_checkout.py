"""Checkout Sessions in payment mode, and the page behind their URL: docs.stripe.com/api/checkout/sessions."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from highstreet_simulator.provider import trades
from highstreet_simulator.provider.answers import asked, provider_of
from highstreet_simulator.provider.core import Call
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.stripe.acts import act
from highstreet_simulator.stripe.api_payments import check_money, need_intent, open_intent
from highstreet_simulator.stripe.forms import (
    Json,
    dict_of,
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
from highstreet_simulator.stripe.tables import find_intent, insert, new_id
from highstreet_simulator.stripe.views import show_list, show_session

SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600
_SELECT = (
    "SELECT s.* FROM stripe_sessions s JOIN stripe_intents i USING (intent_id) JOIN trades t USING (trade_id)"
)


def create_session(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/checkout/sessions"""
    params = call.asked
    if need_text(params, "mode") != "payment":
        raise refuse(400, "Only the mode payment is simulated.", param="mode")
    amount, name = _amount(moment, params)
    expires_at = int_of(params, "expires_at") or int(moment.at) + LONGEST_S
    # A few seconds are forgiven: the request took its time.
    if not SHORTEST_S - 10 <= expires_at - moment.at <= LONGEST_S + 10:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise refuse(400, message, param="expires_at")
    session_id = new_id("cs_test")
    of_intent: Json = {"description": name} | dict_of(params, "payment_intent_data")
    intent_id = open_intent(tx, moment, call.merchant_id, amount, of_intent, session_id=session_id)
    url = f"{str(call.request.base_url).rstrip('/')}/c/pay/{session_id}"
    insert(
        tx,
        "stripe_sessions",
        session_id=session_id,
        merchant_id=call.merchant_id,
        intent_id=intent_id,
        url=url,
        metadata=metadata_of(params),
        client_reference_id=text_of(params, "client_reference_id", max_length=200),
        success_url=need_text(params, "success_url"),
        created=int(moment.at),
        expires_at=expires_at,
    )
    tx.execute(
        "UPDATE trades SET code_url = ?, close_at = ? WHERE out_trade_no = ? AND merchant_id = ?",
        (url, expires_at, intent_id, call.merchant_id),
    )
    return _show(tx, moment, call, session_id)


def _amount(moment: Moment, params: Json) -> tuple[int, str]:
    """The sum of the line items, and what the first is called."""
    total, names = 0, []
    for item in list_of(params, "line_items"):
        price = dict_of(item if isinstance(item, dict) else {}, "price_data")
        check_money(moment, 99_999, need_text(price, "currency").lower())
        total += need_int(price, "unit_amount") * (int_of(item, "quantity") or 1)
        names.append(need_text(dict_of(price, "product_data"), "name"))
    if not names:
        raise refuse(400, "Missing required param: line_items.", code="parameter_missing", param="line_items")
    check_money(moment, total, moment.settings.currency.lower(), "line_items")
    return total, names[0]


def retrieve_session(tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/checkout/sessions/{session}"""
    return _show(tx, moment, call, call.request.path_params["session"])


def expire_session(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/checkout/sessions/{session}/expire: nobody can pay it from now on."""
    session_id = call.request.path_params["session"]
    shown = _show(tx, moment, call, session_id)
    if shown["status"] != "open":
        message = (
            f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {shown["status"]}.'
        )
        raise refuse(400, message, was_begun=True)
    session = _session(tx, call, session_id)
    trades.reverse_trade(tx, moment, call.merchant_id, session["intent_id"])
    return _show(tx, moment, call, session_id)


def list_sessions(tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/checkout/sessions"""
    where, values = "s.merchant_id = ?", [call.merchant_id]
    if (named := text_of(call.asked, "payment_intent")) is not None:
        where, values = f"{where} AND s.intent_id = ? AND t.trade_state = 'paid'", [*values, named]
    rows, has_more = list_newest(tx, call, _SELECT, where, values, created="s.created", id_="s.rowid")
    expand = under(expand_of(call.asked), "data")
    data = [_show(tx, moment, call, row["session_id"], expand) for row in rows]
    return show_list(data, "/v1/checkout/sessions", has_more)


def _session(tx: Tx, call: Call, session_id: str) -> Row:
    session = one(tx, f"{_SELECT} WHERE s.merchant_id = ? AND s.session_id = ?", call.merchant_id, session_id)
    if session is None:
        raise missing("checkout.session", session_id, param="session")
    return session


def _show(tx: Tx, moment: Moment, call: Call, session_id: str, expand: frozenset[str] | None = None) -> Json:
    session = _session(tx, call, session_id)
    intent = need_intent(tx, moment, call, session["intent_id"])
    return show_session(tx, session, intent, expand_of(call.asked) if expand is None else expand)


async def show_page(request: Request) -> Response:
    """GET /c/pay/{session}: what the payer sees; a phone pays it with `POST /app/accounts/{id}/scan`."""
    provider = provider_of(request)
    tx = provider.store.connection
    session = one(tx, f"{_SELECT} WHERE s.session_id = ?", request.path_params["session"])
    intent = None if session is None else find_intent(tx, session["merchant_id"], session["intent_id"])
    if session is None or intent is None:
        return HTMLResponse("<p>Something went wrong: no such page.</p>", 404)
    shown = show_session(tx, session, intent)
    words = html.escape(
        f"{intent['description']}: {shown['amount_total']} {shown['currency']}, {shown['status']}"
    )
    return HTMLResponse(f'<!doctype html><title>Checkout</title><p id="state">{words}</p>')


def routes() -> list[Route]:
    """The routes of Checkout, the page's included."""
    session = "/v1/checkout/sessions/{session}"
    return [
        Route("/v1/checkout/sessions", asked("pay", act(create_session)), methods=["POST"]),
        Route("/v1/checkout/sessions", asked("query", act(list_sessions)), methods=["GET"]),
        Route(session, asked("query", act(retrieve_session)), methods=["GET"]),
        Route(f"{session}/expire", asked("reverse", act(expire_session)), methods=["POST"]),
        Route("/c/pay/{session}", show_page, methods=["GET"]),
    ]
