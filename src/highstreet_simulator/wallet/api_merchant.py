"""/v1: what merchants call, signed both ways. PROTOCOL.md says what each means."""

from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.wallet import bills, refunds, signing, trades
from highstreet_simulator.wallet.answers import Answer, Call, Endpoint, json_answer, signed, wallet_of
from highstreet_simulator.wallet.clock import show_time
from highstreet_simulator.wallet.errors import WalletRefusal
from highstreet_simulator.wallet.moment import Effect
from highstreet_simulator.wallet.orders import CodeOrder, QrOrder, RefundOrder, read_body
from highstreet_simulator.wallet.store import Row
from highstreet_simulator.wallet.views import show_refund, show_trade

Order = TypeVar("Order", CodeOrder, QrOrder, RefundOrder)


def pay_code(call: Call, effect: Effect) -> Answer:
    """POST /v1/pay/code"""
    order = _read_order(CodeOrder, call)
    trade = _need(
        call.wallet.in_transaction(
            lambda tx, moment: trades.pay_by_code(tx, moment, call.merchant_id, order), effect
        )
    )
    return json_answer(show_trade(trade))


def pay_qr(call: Call, effect: Effect) -> Answer:
    """POST /v1/pay/qr"""
    order = _read_order(QrOrder, call)
    trade = _need(
        call.wallet.in_transaction(
            lambda tx, moment: trades.open_qr(tx, moment, call.merchant_id, order), effect
        )
    )
    return json_answer(
        show_trade(trade) | {"code_url": trade["code_url"], "expires_at": show_time(trade["close_at"])}
    )


def query_trade(call: Call, effect: Effect) -> Answer:
    """GET /v1/trades/{out_trade_no}"""
    number = call.request.path_params["out_trade_no"]
    trade = call.wallet.in_transaction(
        lambda tx, moment: trades.find_trade(tx, moment, call.merchant_id, number), effect
    )
    if trade is None:
        raise WalletRefusal(
            404, "trade_not_found", "no such trade", out_trade_no=number, trade_state="not_found"
        )
    return json_answer(show_trade(trade))


def reverse_trade(call: Call, effect: Effect) -> Answer:
    """POST /v1/trades/{out_trade_no}/reverse"""
    number = call.request.path_params["out_trade_no"]
    trade = _need(
        call.wallet.in_transaction(
            lambda tx, moment: trades.reverse_trade(tx, moment, call.merchant_id, number), effect
        )
    )
    return json_answer(show_trade(trade) | {"action": trade["reverse_action"] or "close", "retry_flag": "N"})


def refund(call: Call, effect: Effect) -> Answer:
    """POST /v1/refunds"""
    order = _read_order(RefundOrder, call)
    row = _need(
        call.wallet.in_transaction(
            lambda tx, moment: refunds.refund_trade(tx, moment, call.merchant_id, order), effect
        )
    )
    return json_answer(show_refund(row))


def query_refund(call: Call, effect: Effect) -> Answer:
    """GET /v1/refunds/{out_refund_no}"""
    number = call.request.path_params["out_refund_no"]
    row = call.wallet.in_transaction(
        lambda tx, moment: refunds.find_refund(tx, moment, call.merchant_id, number), effect
    )
    if row is None:
        raise WalletRefusal(
            404, "refund_not_found", "no such refund", out_refund_no=number, refund_state="not_found"
        )
    return json_answer(show_refund(row))


def bill(call: Call, _effect: Effect) -> Answer:
    """GET /v1/bills/{day}"""
    is_forced = call.request.query_params.get("force") == "1"
    text = bills.write_bill(
        call.wallet.store.connection,
        call.wallet.moment(),
        call.merchant_id,
        call.request.path_params["day"],
        is_forced,
    )
    return Answer(text, media_type="text/csv; charset=utf-8")


async def platform_key(request: Request) -> Response:
    """GET /v1/platform-key: unsigned request, signed answer."""
    wallet = wallet_of(request)
    body = orjson.dumps(
        {
            "key_id": wallet.key_id,
            "algorithm": "Ed25519",
            "public_key": signing.public_key_text(wallet.key.public_key()),
        }
    )
    return Response(body, headers=wallet.sign(body), media_type="application/json")


def _read_order(model: type[Order], call: Call) -> Order:
    order = read_body(model, call.body)
    held = call.wallet.settings.currency
    if order.amount.currency not in (None, held):
        raise WalletRefusal(400, "invalid_request", f"amount.currency: this wallet holds {held}")
    return order


def _need(row: Row | None) -> Row:
    if row is None:
        raise LookupError("an effect gave nothing back")
    return row


def _unknown(operation: str) -> dict[str, object]:
    body: dict[str, object] = {"code": "system_error", "message": "the outcome is not known; query"}
    match operation:
        case "refund":
            return body | {"refund_state": "unknown"}
        case "reverse":
            return body | {"trade_state": "unknown", "action": None, "retry_flag": "Y"}
        case _:
            return body | {"trade_state": "unknown"}


def routes() -> list[Route]:
    """The routes under /v1."""
    listed: list[tuple[str, str, Endpoint]] = [
        ("POST", "/v1/pay/code", signed("pay", pay_code, _unknown("pay"))),
        ("POST", "/v1/pay/qr", signed("pay", pay_qr, _unknown("pay"))),
        ("GET", "/v1/trades/{out_trade_no}", signed("query", query_trade, _unknown("query"))),
        ("POST", "/v1/trades/{out_trade_no}/reverse", signed("reverse", reverse_trade, _unknown("reverse"))),
        ("POST", "/v1/refunds", signed("refund", refund, _unknown("refund"))),
        ("GET", "/v1/refunds/{out_refund_no}", signed("query", query_refund, _unknown("refund"))),
        ("GET", "/v1/bills/{day}", signed("bill", bill, _unknown("bill"))),
        ("GET", "/v1/platform-key", platform_key),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in listed]
