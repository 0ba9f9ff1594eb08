"""/v3: what merchants call. PROTOCOL.md says where each answer is from."""

import gzip
import hashlib
import math
import secrets
from collections.abc import Callable
from typing import Protocol, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider import refunds, trades
from highstreet_simulator.provider.answers import Perform, asked, json_answer, provider_of
from highstreet_simulator.provider.core import Answer, Call
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.moment import Effect, Moment
from highstreet_simulator.provider.orders import Amount, CodeOrder, QrOrder, RefundOrder, read_body
from highstreet_simulator.provider.store import Row, Tx, changed, one
from highstreet_simulator.wechat import bills, views
from highstreet_simulator.wechat.orders import (
    CodePay,
    NativePay,
    OrderAmount,
    RefundAmount,
    RefundAsked,
    Undo,
)

TRANSACTIONS = "/v3/pay/transactions"
BY_NUMBER = f"{TRANSACTIONS}/out-trade-no/{{out_trade_no}}"
REFUNDS = "/v3/refund/domestic/refunds"
FILE_LIFE_S = 300.0
"""How long a bill's address is good (申请交易账单, /doc/v3/merchant/4012556654: 5 min)."""


class Shop(Protocol):
    """What this face keeps beside the shared core."""

    files: dict[str, tuple[str, float, bytes]]
    """Bills that can be fetched, by token: whose, until when (machine's time), what."""

    def appid(self, mchid: str) -> str:
        """The app that a merchant named last."""
        ...

    def use_appid(self, mchid: str, appid: str) -> None:
        """Remember it."""
        ...

    def ending_of(self, refund_id: str) -> str | None:
        """ABNORMAL or CLOSED, for a refund that did not succeed."""
        ...

    def check_limit(self) -> None:
        """Raises `FREQUENCY_LIMITED` (429) for as many calls as were asked for."""
        ...


def pay_code(call: Call, effect: Effect) -> Answer:
    """POST /v3/pay/transactions/codepay (付款码支付)"""
    sent = read_body(CodePay, call.body)
    _check(call, sent.mchid, sent.amount)
    _shop(call).use_appid(call.merchant_id, sent.appid)
    order = CodeOrder.model_validate(
        {
            "out_trade_no": sent.out_trade_no,
            "auth_code": sent.payer.auth_code,
            "amount": {"total": sent.amount.total, "currency": sent.amount.currency},
            "subject": sent.description,
        }
    )
    known = _find(call, sent.out_trade_no)
    trade = _done(call, lambda tx, moment: trades.pay_by_code(tx, moment, call.merchant_id, order), effect)
    if known is not None and known["trade_state"] == "paid":
        raise ProviderRefusal(400, "ORDER_PAID", "订单已支付")
    match trade["trade_state"]:
        case "paid":
            return json_answer(views.show_transaction(trade, sent.appid))
        case "paying":
            return json_answer({"trade_state": "USERPAYING"}, 202)
        case "declined":
            raise ProviderRefusal(400, trade["reason"], f"支付失败: {trade['reason']}")
    raise ProviderRefusal(400, "ORDER_REVERSED", "订单已撤销")


def pay_native(call: Call, effect: Effect) -> Answer:
    """POST /v3/pay/transactions/native (Native下单)"""
    sent = read_body(NativePay, call.body)
    _check(call, sent.mchid, sent.amount)
    _shop(call).use_appid(call.merchant_id, sent.appid)
    order = QrOrder.model_validate(
        {
            "out_trade_no": sent.out_trade_no,
            "amount": {"total": sent.amount.total, "currency": sent.amount.currency},
            "subject": sent.description,
            "notify_url": sent.notify_url,
            "expires_in_s": _life_s(call, sent),
        }
    )
    trade = _done(call, lambda tx, moment: trades.open_qr(tx, moment, call.merchant_id, order), effect)
    if trade["trade_state"] == "paid":
        raise ProviderRefusal(400, "ORDER_PAID", "订单已支付")
    if trade["trade_state"] != "paying":
        raise ProviderRefusal(400, "ORDER_CLOSED", "订单已关闭")
    return json_answer({"code_url": trade["code_url"]})


def query_by_number(call: Call, _effect: Effect) -> Answer:
    """GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid="""
    return _show_queried(call, _find(call, call.request.path_params["out_trade_no"]))


def query_by_id(call: Call, _effect: Effect) -> Answer:
    """GET /v3/pay/transactions/id/{transaction_id}?mchid="""
    return _show_queried(call, _find_by_id(call, call.request.path_params["transaction_id"]))


def reverse(call: Call, effect: Effect) -> Answer:
    """POST .../reverse (撤销): closes what is unpaid, gives back what is paid; its answer names the order alone."""
    sent = read_body(Undo, call.body)
    _check(call, sent.mchid)
    number = call.request.path_params["out_trade_no"]
    known = _find(call, number)
    if known is None:
        raise ProviderRefusal(404, "ORDER_NOT_EXIST", "订单不存在")
    if known["method"] != "code":
        raise ProviderRefusal(400, "INVALID_REQUEST", "订单的支付场景不支持该请求")
    _done(call, lambda tx, moment: trades.reverse_trade(tx, moment, call.merchant_id, number), effect)
    return json_answer({"appid": sent.appid, "mchid": call.merchant_id, "out_trade_no": number})


def close(call: Call, effect: Effect) -> Answer:
    """POST .../close (关闭订单): 204, for an unknown number too (as merchants have met it)."""
    sent = read_body(Undo, call.body)
    _check(call, sent.mchid)
    call.provider.in_transaction(lambda tx, moment: _close(tx, moment, call), effect)
    return Answer(b"", 204)


def _close(tx: Tx, moment: Moment, call: Call) -> Row | None:
    trade = trades.find_trade(tx, moment, call.merchant_id, call.request.path_params["out_trade_no"])
    if trade is None:
        return None
    if trade["method"] != "qr":
        raise ProviderRefusal(400, "INVALID_REQUEST", "付款码支付的订单请调用撤销")
    if trade["trade_state"] == "paid":
        raise ProviderRefusal(400, "ORDER_PAID", "订单已支付")
    changed(
        tx,
        """UPDATE trades SET trade_state = 'closed', reason = 'merchant', ended_at = ?
           WHERE trade_id = ? AND trade_state IN ('paying', 'closed')""",
        moment.at,
        trade["trade_id"],
    )
    return trade


def refund(call: Call, effect: Effect) -> Answer:
    """POST /v3/refund/domestic/refunds (申请退款)"""
    sent = read_body(RefundAsked, call.body)
    _check(call, call.merchant_id, sent.amount)
    trade = (
        _find(call, sent.out_trade_no or "")
        if sent.transaction_id is None
        else _find_by_id(call, sent.transaction_id)
    )
    if trade is None:
        raise ProviderRefusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    if sent.amount.total != trade["total_minor"]:
        raise ProviderRefusal(400, "INVALID_REQUEST", "订单金额不一致")
    order = RefundOrder.model_construct(
        out_refund_no=sent.out_refund_no,
        out_trade_no=trade["out_trade_no"],
        amount=Amount(total=sent.amount.refund),
        reason=sent.reason,
    )
    row = _done(call, lambda tx, moment: refunds.refund_trade(tx, moment, call.merchant_id, order), effect)
    ended = _shop(call).ending_of(row["refund_id"])
    return json_answer(views.show_refund(row, trade["total_minor"], ended))


def query_refund(call: Call, effect: Effect) -> Answer:
    """GET /v3/refund/domestic/refunds/{out_refund_no}"""
    number = call.request.path_params["out_refund_no"]
    row = call.provider.in_transaction(
        lambda tx, moment: refunds.find_refund(tx, moment, call.merchant_id, number), effect
    )
    if row is None:
        raise ProviderRefusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    trade = _find(call, row["out_trade_no"])
    total = 0 if trade is None else trade["total_minor"]
    return json_answer(views.show_refund(row, total, _shop(call).ending_of(row["refund_id"])))


def trade_bill(call: Call, effect: Effect) -> Answer:
    """GET /v3/bill/tradebill (申请交易账单): an address for the file, and its SHA-1 before compression."""
    query = call.request.query_params
    if query.get("bill_type", "ALL") != "ALL" or query.get("tar_type", "GZIP") != "GZIP":
        raise ProviderRefusal(400, "PARAM_ERROR", "bill_type: only ALL is simulated")
    content = bills.write_bill(
        call.provider.store.connection,
        call.provider.moment(effect),
        call.merchant_id,
        query.get("bill_date", ""),
        _shop(call).appid(call.merchant_id),
        is_forced=query.get("force") == "1",
    )
    now = call.provider.clock.machine_now()
    files = _shop(call).files
    for old in [token for token, (_, until, _) in files.items() if until < now]:
        del files[old]
    token = secrets.token_urlsafe(24)
    is_packed = "tar_type" in query
    files[token] = (call.merchant_id, now + FILE_LIFE_S, gzip.compress(content) if is_packed else content)
    packing = "&tartype=gzip" if is_packed else ""
    return json_answer(
        {
            "download_url": f"{call.request.base_url}v3/billdownload/file?token={token}{packing}",
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        }
    )


def download(call: Call, _effect: Effect) -> Answer:
    """GET /v3/billdownload/file?token= (下载账单): the request is signed, the answer is not."""
    found = _shop(call).files.get(call.request.query_params.get("token", ""))
    if found is None or found[1] < call.provider.clock.machine_now():
        raise ProviderRefusal(400, "INVALID_REQUEST", "请重新获取账单地址")
    if found[0] != call.merchant_id:
        raise ProviderRefusal(403, "NO_AUTH", "权限异常")
    return Answer(found[2], media_type="application/octet-stream")


def _check(call: Call, mchid: str, amount: OrderAmount | RefundAmount | None = None) -> None:
    if mchid != call.merchant_id:
        raise ProviderRefusal(400, "invalid_request", "mchid: not the one that signed")
    if amount is not None and amount.currency != call.provider.settings.currency:
        raise ProviderRefusal(400, "invalid_request", "amount.currency: not this provider's")


def _life_s(call: Call, sent: NativePay) -> int:
    """How long the order can be paid, by the clock that the merchant goes by; two hours at most."""
    if sent.time_expire is None:
        return 7200
    now = call.provider.clock.machine_now() + (call.clock_offset_s or 0.0)
    life_s = math.ceil(sent.time_expire.timestamp() - now)
    if life_s <= 0:
        raise ProviderRefusal(400, "PARAM_ERROR", "time_expire: 交易结束时间已过")
    return max(10, min(7200, life_s))


def _find(call: Call, number: str) -> Row | None:
    return call.provider.in_transaction(
        lambda tx, moment: trades.find_trade(tx, moment, call.merchant_id, number)
    )


def _find_by_id(call: Call, transaction_id: str) -> Row | None:
    return one(
        call.provider.store.connection,
        "SELECT * FROM trades WHERE merchant_id = ? AND transaction_id = ?",
        call.merchant_id,
        transaction_id,
    )


def _show_queried(call: Call, trade: Row | None) -> Answer:
    _check(call, call.request.query_params.get("mchid", ""))
    if trade is None:
        raise ProviderRefusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return json_answer(views.show_transaction(trade, _shop(call).appid(call.merchant_id)))


def _done(call: Call, perform: Callable[[Tx, Moment], Row | None], effect: Effect) -> Row:
    row = call.provider.in_transaction(perform, effect)
    if row is None:
        raise LookupError("an effect gave nothing back")
    return row


def _shop(call: Call) -> Shop:
    return cast(Shop, call.provider)


def _limited(perform: Perform) -> Perform:
    """An operation that a limit of calls may refuse."""

    def checked(call: Call, effect: Effect) -> Answer:
        _shop(call).check_limit()
        return perform(call, effect)

    return checked


class KeyTeller(Protocol):
    """Who tells the platform's keys."""

    def tell_certificates(self, call: Call) -> Answer:
        """Sealed for the merchant that asks."""
        ...


async def certificates(request: Request) -> Response:
    """GET /v3/certificates (下载平台证书)"""
    provider = provider_of(request)
    try:
        call = provider.authenticate(request, await request.body())
    except ProviderRefusal as refusal:
        return provider.seal(provider.refuse(refusal, None), None)
    return provider.seal(cast(KeyTeller, provider).tell_certificates(call), call)


def routes() -> list[Route]:
    """The routes under /v3."""
    listed: list[tuple[str, str, Operation, Perform]] = [
        ("POST", f"{TRANSACTIONS}/codepay", "pay", pay_code),
        ("POST", f"{TRANSACTIONS}/native", "pay", pay_native),
        ("GET", BY_NUMBER, "query", query_by_number),
        ("GET", f"{TRANSACTIONS}/id/{{transaction_id}}", "query", query_by_id),
        ("POST", f"{BY_NUMBER}/reverse", "reverse", reverse),
        ("POST", f"{BY_NUMBER}/close", "reverse", close),
        ("POST", REFUNDS, "refund", refund),
        ("GET", f"{REFUNDS}/{{out_refund_no}}", "query", query_refund),
        ("GET", "/v3/bill/tradebill", "bill", trade_bill),
        ("GET", "/v3/billdownload/file", "bill", download),
    ]
    return [
        Route("/v3/certificates", certificates, methods=["GET"]),
        *(
            Route(path, asked(operation, _limited(perform)), methods=[method])
            for method, path, operation, perform in listed
        ),
    ]
