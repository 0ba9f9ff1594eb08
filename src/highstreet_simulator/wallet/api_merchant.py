"""/v1: what merchants call, signed both ways. PROTOCOL.md says what each means."""

from typing import Protocol, TypeVar, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider import refunds, trades
from highstreet_simulator.provider.answers import Endpoint, asked, json_answer, provider_of
from highstreet_simulator.provider.clock import show_time
from highstreet_simulator.provider.core import Answer, Call
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Effect
from highstreet_simulator.provider.orders import CodeOrder, QrOrder, RefundOrder, read_body
from highstreet_simulator.provider.store import Row
from highstreet_simulator.provider.views import show_refund, show_trade
from highstreet_simulator.wallet import bills

Order = TypeVar("Order", CodeOrder, QrOrder, RefundOrder)


def pay_code(call: Call, effect: Effect) -> Answer:
    """POST /v1/pay/code"""
    order = _read_order(CodeOrder, call)
    trade = _need(
        call.provider.in_transaction(
            lambda tx, moment: trades.pay_by_code(tx, moment, call.merchant_id, order), effect
        )
    )
    return json_answer(show_trade(trade))


def pay_qr(call: Call, effect: Effect) -> Answer:
    """POST /v1/pay/qr"""
    order = _read_order(QrOrder, call)
    trade = _need(
        call.provider.in_transaction(
            lambda tx, moment: trades.open_qr(tx, moment, call.merchant_id, order), effect
        )
    )
    return json_answer(
        show_trade(trade) | {"code_url": trade["code_url"], "expires_at": show_time(trade["close_at"])}
    )


def query_trade(call: Call, effect: Effect) -> Answer:
    """GET /v1/trades/{out_trade_no}"""
    number = call.request.path_params["out_trade_no"]
    trade = call.provider.in_transaction(
        lambda tx, moment: trades.find_trade(tx, moment, call.merchant_id, number), effect
    )
    if trade is None:
        raise ProviderRefusal(
            404, "trade_not_found", "no such trade", out_trade_no=number, trade_state="not_found"
        )
    return json_answer(show_trade(trade))


def reverse_trade(call: Call, effect: Effect) -> Answer:
    """POST /v1/trades/{out_trade_no}/reverse"""
    number = call.request.path_params["out_trade_no"]
    trade = _need(
        call.provider.in_transaction(
            lambda tx, moment: trades.reverse_trade(tx, moment, call.merchant_id, number), effect
        )
    )
    return json_answer(show_trade(trade) | {"action": trade["reverse_action"] or "close", "retry_flag": "N"})


def refund(call: Call, effect: Effect) -> Answer:
    """POST /v1/refunds"""
    order = _read_order(RefundOrder, call)
    row = _need(
        call.provider.in_transaction(
            lambda tx, moment: refunds.refund_trade(tx, moment, call.merchant_id, order), effect
        )
    )
    return json_answer(show_refund(row))


def query_refund(call: Call, effect: Effect) -> Answer:
    """GET /v1/refunds/{out_refund_no}"""
    number = call.request.path_params["out_refund_no"]
    row = call.provider.in_transaction(
        lambda tx, moment: refunds.find_refund(tx, moment, call.merchant_id, number), effect
    )
    if row is None:
        raise ProviderRefusal(
            404, "refund_not_found", "no such refund", out_refund_no=number, refund_state="not_found"
        )
    return json_answer(show_refund(row))


def bill(call: Call, effect: Effect) -> Answer:
    """GET /v1/bills/{day}"""
    is_forced = call.request.query_params.get("force") == "1"
    text = bills.write_bill(
        call.provider.store.connection,
        call.provider.moment(effect),
        call.merchant_id,
        call.request.path_params["day"],
        is_forced,
    )
    return Answer(text, media_type="text/csv; charset=utf-8")


async def platform_key(request: Request) -> Response:
    """GET /v1/platform-key: unsigned request, signed answer."""
    return cast(KeyHolder, provider_of(request)).tell_key()


class KeyHolder(Protocol):
    """Who can tell the platform's key."""

    def tell_key(self) -> Response:
        """Signed with it."""
        ...


def _read_order(model: type[Order], call: Call) -> Order:
    order = read_body(model, call.body)
    held = call.provider.settings.currency
    if order.amount.currency not in (None, held):
        raise ProviderRefusal(400, "invalid_request", f"amount.currency: this wallet holds {held}")
    return order


def _need(row: Row | None) -> Row:
    if row is None:
        raise LookupError("an effect gave nothing back")
    return row


def routes() -> list[Route]:
    """The routes under /v1."""
    listed: list[tuple[str, str, Endpoint]] = [
        ("POST", "/v1/pay/code", asked("pay", pay_code)),
        ("POST", "/v1/pay/qr", asked("pay", pay_qr)),
        ("GET", "/v1/trades/{out_trade_no}", asked("query", query_trade)),
        ("POST", "/v1/trades/{out_trade_no}/reverse", asked("reverse", reverse_trade)),
        ("POST", "/v1/refunds", asked("refund", refund)),
        ("GET", "/v1/refunds/{out_refund_no}", asked("query", query_refund)),
        ("GET", "/v1/bills/{day}", asked("bill", bill)),
        ("GET", "/v1/platform-key", platform_key),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in listed]
