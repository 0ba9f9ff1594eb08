"""What merchants ask for at /gateway.do, method by method. PROTOCOL.md says what each means and who says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.alipay import bills, requests, views
from highstreet_simulator.provider import refunds, trades
from highstreet_simulator.provider.answers import asked, provider_of
from highstreet_simulator.provider.core import Answer, Call
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.moment import Effect, Moment
from highstreet_simulator.provider.orders import Body, CodeOrder, QrOrder, RefundOrder, read_body
from highstreet_simulator.provider.store import Row, Tx, one

CODE_PATIENCE_S = 3 * 3600  # 当面付 default of timeout_express: 3h
QR_PATIENCE_S = 2 * 3600  # a qr_code is good for 2 hours
B = TypeVar("B", bound=Body)
T = TypeVar("T")
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose bill a download address stands for, and until when (machine time, epoch seconds)."""

    content: bytes
    expires_at: float


class TicketOffice(Protocol):
    """Who hands out download addresses and can tell the platform's key."""

    tickets: dict[str, Ticket]

    def give_ticket(self, content: bytes) -> str:
        """A new address's secret."""
        ...

    def tell_key(self) -> dict[str, str]:
        """The platform's public key."""
        ...


def pay(call: Call, effect: Effect) -> Node:
    """alipay.trade.pay, scene bar_code (opendocs 02ekfp)."""
    content = _content(call)
    if content.get("scene", "bar_code") not in ("bar_code", "wave_code"):
        raise requests.business_refusal("scene: bar_code is wanted")
    patience_s = requests.read_patience(content, call.provider.clock.now(), CODE_PATIENCE_S)
    order = _read(
        CodeOrder,
        auth_code=content.get("auth_code"),
        expires_in_s=patience_s,
        **_ordered(call, content),
    )

    def perform(tx: Tx, moment: Moment) -> tuple[Row | None, Row]:
        known = trades.find_trade(tx, moment, call.merchant_id, order.out_trade_no)
        return known, trades.pay_by_code(tx, moment, call.merchant_id, order)

    known, trade = _in_transaction(call, perform, effect)
    if trade["trade_state"] == "declined" and not trade["has_waited"]:
        raise ProviderRefusal(200, "declined", "declined", reason=trade["reason"])
    if known is not None and trade["trade_state"] != "paying":
        raise _ended(trade)
    return views.show_payment(trade)


def precreate(call: Call, effect: Effect) -> Node:
    """alipay.trade.precreate: a QR code; the trade itself begins when it is scanned (opendocs 05osv9, 05osuz)."""
    content = _content(call)
    patience_s = min(
        requests.read_patience(content, call.provider.clock.now(), QR_PATIENCE_S),
        requests.read_span(content, "qr_code_timeout_express", QR_PATIENCE_S),
        QR_PATIENCE_S,
    )
    order = _read(QrOrder, expires_in_s=max(patience_s, 10), **_ordered(call, content))

    def perform(tx: Tx, moment: Moment) -> Row:
        trade = trades.open_qr(tx, moment, call.merchant_id, order)
        # The core's address in Alipay's form; the phone finds the trade by it.
        tx.execute(
            "UPDATE trades SET code_url = replace(code_url, 'wallet://pay/', 'https://qr.alipay.com/') WHERE trade_id = ?",
            (trade["trade_id"],),
        )
        return _need(trades.find_trade(tx, moment, call.merchant_id, order.out_trade_no))

    trade = _in_transaction(call, perform, effect)
    if trade["trade_state"] != "paying":
        raise _ended(trade)
    return views.SUCCESS | {"out_trade_no": trade["out_trade_no"], "qr_code": trade["code_url"]}


def query(call: Call, effect: Effect) -> Node:
    """alipay.trade.query (opendocs 02ekfq)."""
    return views.show_query(
        _existing(_in_transaction(call, lambda tx, moment: _find(call, tx, moment), effect))
    )


def cancel(call: Call, effect: Effect) -> Node:
    """alipay.trade.cancel: closes what is unpaid, gives back what was paid (opendocs 02ekfr).

    A number it does not know is answered as a success without `action`; the number is burnt then, as it is seen
    to be after a close: see PROTOCOL.md.
    """

    def perform(tx: Tx, moment: Moment) -> Row:
        number = _number(call, _find(call, tx, moment))
        return trades.reverse_trade(tx, moment, call.merchant_id, number)

    trade = _in_transaction(call, perform, effect)
    node = views.SUCCESS | {"out_trade_no": trade["out_trade_no"], "retry_flag": "N"}
    if views.exists(trade):
        node |= {"trade_no": views.trade_no(trade), "action": trade["reverse_action"] or "close"}
    return node


def close(call: Call, effect: Effect) -> Node:
    """alipay.trade.close: only what waits for its payer (opendocs 02o6e8).

    Unknown, or not scanned yet: ACQ.TRADE_NOT_EXIST, and it cannot be paid any more (news.fishai.com.cn 4471614).
    """

    def perform(tx: Tx, moment: Moment) -> tuple[Row | None, Row]:
        known = _find(call, tx, moment)
        if known is not None and known["trade_state"] != "paying":
            return known, known
        return known, trades.reverse_trade(tx, moment, call.merchant_id, _number(call, known))

    known, trade = _in_transaction(call, perform, effect)
    if not views.exists(trade):
        raise ProviderRefusal(404, "trade_not_found", "unknown")
    if known is not None and known["trade_state"] != "paying":
        raise ProviderRefusal(409, "trade_status_error", "not waiting")
    return views.SUCCESS | views.name_trade(trade)


def refund(call: Call, effect: Effect) -> Node:
    """alipay.trade.refund; the same out_request_no again changes nothing: fund_change N (opendocs 02ekfs)."""
    content = _content(call)
    amount = {"total": requests.read_amount(content, "refund_amount")}

    def perform(tx: Tx, moment: Moment) -> tuple[bool, Row]:
        number = _number(call, _find(call, tx, moment))
        order = _read(
            RefundOrder,
            out_refund_no=content.get("out_request_no") or number,
            out_trade_no=number,
            amount=amount,
            reason=str(content.get("refund_reason") or "")[:80],
        )
        known = refunds.find_refund(tx, moment, call.merchant_id, order.out_refund_no)
        done = refunds.refund_trade(tx, moment, call.merchant_id, order)
        trade = _need(trades.find_trade(tx, moment, call.merchant_id, number))
        return known is None and done["refund_state"] == "done", trade

    is_new, trade = _in_transaction(call, perform, effect)
    return views.show_refund(trade, is_new=is_new)


def query_refund(call: Call, effect: Effect) -> Node:
    """alipay.trade.fastpay.refund.query: 10000 says that it was asked, refund_status that it was done (02ekft)."""
    number = str(_content(call).get("out_request_no") or "")

    def perform(tx: Tx, moment: Moment) -> tuple[Row | None, Row | None]:
        found = refunds.find_refund(tx, moment, call.merchant_id, number)
        return _find(call, tx, moment), found

    found, done = _in_transaction(call, perform, effect)
    trade = _existing(found)
    if done is None or done["trade_id"] != trade["trade_id"] or done["refund_state"] != "done":
        return views.SUCCESS | views.name_trade(trade) | {"out_request_no": number}
    return views.show_refund_query(trade, done)


def bill(call: Call, effect: Effect) -> Node:
    """alipay.data.dataservice.bill.downloadurl.query: an address that is good for 30 seconds."""
    content = _content(call)
    if content.get("bill_type") != "trade":
        raise requests.business_refusal("bill_type: only trade is made here")
    provider, day = call.provider, bills.read_day(content.get("bill_date"))
    moment = provider.moment(effect)
    bills.check_ready(moment, day)
    moved = one(
        provider.store.connection,
        "SELECT count(*) AS n FROM movements WHERE merchant_id = ? AND day = ?",
        call.merchant_id,
        day.isoformat(),
    )
    if effect.bill_fault is None and (moved is None or not moved["n"]):
        raise ProviderRefusal(404, "no_bill_data", "nothing that day")
    archive = bills.write_bill(provider.store.connection, moment, call.merchant_id, day, effect.bill_fault)
    ticket = cast(TicketOffice, provider).give_ticket(archive)
    name = f"{call.merchant_id}_{day:%Y%m%d}.csv.zip"
    address = (
        f"{call.request.base_url}downloadBillFile.resource?bizType=trade&userId={call.merchant_id}&fileType=csv.zip"
        f"&bizDates={day:%Y%m%d}&downloadFileName={name}&fileId={ticket}"
    )
    return views.SUCCESS | {"bill_download_url": address}


METHODS: dict[str, tuple[Operation, Callable[[Call, Effect], Node]]] = {
    "alipay.trade.pay": ("pay", pay),
    "alipay.trade.precreate": ("pay", precreate),
    "alipay.trade.query": ("query", query),
    "alipay.trade.cancel": ("reverse", cancel),
    "alipay.trade.close": ("reverse", close),
    "alipay.trade.refund": ("refund", refund),
    "alipay.trade.fastpay.refund.query": ("query", query_refund),
    "alipay.data.dataservice.bill.downloadurl.query": ("bill", bill),
}


def _operation(call: Call) -> Operation:
    return METHODS[call.asked["method"]][0]


def _perform(call: Call, effect: Effect) -> Answer:
    return Answer(orjson.dumps(METHODS[call.asked["method"]][1](call, effect)))


async def download(request: Request) -> Response:
    """GET /downloadBillFile.resource: needs no signature, the address is the secret."""
    provider = provider_of(request)
    ticket = cast(TicketOffice, provider).tickets.get(request.query_params.get("fileId", ""))
    if ticket is None or ticket.expires_at < provider.clock.machine_now():
        return Response("<html>expired</html>", 403, media_type="text/html")
    return Response(ticket.content, media_type="application/zip")


async def tell_key(request: Request) -> Response:
    """GET /sim/platform-key: what the real one shows in its console."""
    told = cast(TicketOffice, provider_of(request)).tell_key()
    return Response(orjson.dumps(told), media_type="application/json")


def routes() -> list[Route]:
    """The gateway, the download address, and the key."""
    return [
        Route("/gateway.do", asked(_operation, _perform), methods=["GET", "POST"]),
        Route("/downloadBillFile.resource", download, methods=["GET"]),
        Route("/sim/platform-key", tell_key, methods=["GET"]),
    ]


def _content(call: Call) -> Node:
    return cast(Node, call.asked["content"])


def _ordered(call: Call, content: Node) -> Node:
    subject = content.get("subject")
    if not isinstance(subject, str) or not subject or any(sign in subject for sign in "/=&"):
        raise requests.business_refusal("subject: a text without / = & is wanted")
    return {
        "out_trade_no": content.get("out_trade_no"),
        "amount": {"total": requests.read_amount(content, "total_amount")},
        "subject": subject[:127],
        "notify_url": call.asked["notify_url"] or None,
    }


def _read(model: type[B], **members: Any) -> B:
    return read_body(model, orjson.dumps(members))


def _find(call: Call, tx: Tx, moment: Moment) -> Row | None:
    """The trade by trade_no, else by out_trade_no. A trade_no that is not there: ACQ.TRADE_NOT_EXIST."""
    content = _content(call)
    number, ours = content.get("trade_no"), content.get("out_trade_no")
    if not number and not ours:
        raise requests.business_refusal("trade_no or out_trade_no is wanted")
    if number:
        trade_id = views.trade_id(str(number))
        found = one(
            tx, "SELECT * FROM trades WHERE trade_id = ? AND merchant_id = ?", trade_id, call.merchant_id
        )
        if found is None or views.trade_no(found) != number:
            raise ProviderRefusal(404, "trade_not_found", "unknown")
        ours = found["out_trade_no"]
    return trades.find_trade(tx, moment, call.merchant_id, str(ours))


def _number(call: Call, trade: Row | None) -> str:
    return str(_content(call)["out_trade_no"] if trade is None else trade["out_trade_no"])


def _existing(trade: Row | None) -> Row:
    if trade is None or not views.exists(trade):
        raise ProviderRefusal(404, "trade_not_found", "unknown")
    return trade


def _ended(trade: Row) -> ProviderRefusal:
    is_paid = views.trade_status(trade) == "TRADE_SUCCESS"
    return ProviderRefusal(409, "trade_has_success" if is_paid else "trade_has_close", "ended")


def _need(row: Row | None) -> Row:
    if row is None:
        raise LookupError("an effect gave nothing back")
    return row


def _in_transaction(call: Call, perform: Callable[[Tx, Moment], T], effect: Effect) -> T:
    with call.provider.store.transaction() as tx:
        result = perform(tx, call.provider.moment(effect))
    call.provider.wake.set()
    return result
