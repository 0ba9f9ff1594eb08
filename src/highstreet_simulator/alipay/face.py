"""Alipay's face: RSA2 signatures over the text of the response node, errors as nodes, notices as forms."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.alipay import gateway, requests, signing, views
from highstreet_simulator.provider.core import Answer, Call, Letter, Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.orders import NewMerchant
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Row, one

CANCEL_WINDOW_S = 86_400.0  # a cancel is possible for 24 hours (opendocs support/01rfnt)
TICKET_S = 30.0


class Alipay(Provider):
    """The open gateway; a merchant is an application, its id the app_id."""

    def __init__(self, settings: ProviderSettings) -> None:
        super().__init__(replace(settings, reverse_window_s=min(settings.reverse_window_s, CANCEL_WINDOW_S)))
        kept = self.store.read_meta("platform_key")
        if kept is None:
            kept = signing.key_to_pem(signing.new_key())
            self.store.write_meta("platform_key", kept)
        self.key = signing.key_from_pem(kept)
        self.tickets: dict[str, gateway.Ticket] = {}
        self._keys: dict[str, RSAPublicKey] = {}  # by their text

    def routes(self) -> list[Route]:
        """One address for everything, and that of the bills."""
        return gateway.routes()

    def tell_key(self) -> dict[str, str]:
        """The key that answers and notices are signed with (支付宝公钥)."""
        return {"public_key": signing.public_key_text(self.key.public_key())}

    def give_ticket(self, content: bytes) -> str:
        """Remember a bill for 30 seconds under a secret name."""
        now = self.clock.machine_now()
        self.tickets = {name: old for name, old in self.tickets.items() if old.expires_at >= now}
        name = secrets.token_urlsafe(24)
        self.tickets[name] = gateway.Ticket(content, now + TICKET_S)
        return name

    def check_credentials(self, merchant: NewMerchant) -> None:
        """The application's RSA public key (应用公钥)."""
        try:
            signing.read_public_key(merchant.public_key)
        except ValueError as exc:
            raise ProviderRefusal(
                400, "invalid_request", "public_key: base64 of an RSA key in DER is wanted"
            ) from exc

    def authenticate(self, request: Request, body: bytes) -> Call:
        """Who asks for what. First the method and the app_id are looked at, then the signature.

        Raises what the gateway refuses with, unsigned: 40001 and 40002 with isv.*.
        """
        query = request.scope["query_string"].decode("latin-1")
        values = requests.read_parameters(query, body, request.headers.get("content-type", ""))
        method = values.get("method", "")
        if not method:
            raise requests.gateway_refusal("40001", "isv.missing-method", "缺少方法名参数")
        if method not in gateway.METHODS:
            raise requests.gateway_refusal("40002", "isv.invalid-method", "不存在的方法名")
        node = f"{method.replace('.', '_')}_response"
        if not values.get("app_id"):
            raise requests.gateway_refusal("40001", "isv.missing-app-id", "缺少AppID参数", node)
        key = self._key_of(values["app_id"])
        if key is None:
            raise requests.gateway_refusal("40002", "isv.invalid-app-id", "无效的AppID参数", node)
        requests.check_parameters(values, node)
        requests.check_signature(values, key, node)
        asked = {
            "method": method,
            "node": node,
            "charset": values.get("charset") or "utf-8",
            "sign_type": values["sign_type"],
            "notify_url": values.get("notify_url"),
            "content": requests.read_content(values, node),
        }
        return Call(self, request, values["app_id"], body, asked)

    def _key_of(self, app_id: str) -> RSAPublicKey | None:
        row = one(self.store.connection, "SELECT public_key FROM merchants WHERE merchant_id = ?", app_id)
        if row is None:
            return None
        text = str(row["public_key"])
        if text not in self._keys:
            self._keys[text] = signing.read_public_key(text)
        return self._keys[text]

    def refuse(self, refusal: ProviderRefusal, call: Call | None) -> Answer:
        """A node with code and sub_code, HTTP 200; without a call the whole unsigned body.

        Only the fault `error_500` has another status: it stands for a broken gateway.
        """
        if call is None:
            if "gateway" in refusal.facts:
                codes = {"code": refusal.facts["gateway"], "msg": "Invalid Arguments"}
                node = codes | {"sub_code": refusal.code, "sub_msg": refusal.message}
            else:
                node = views.UNKNOWN | {"sub_code": "aop.unknow-error"}
            body = orjson.dumps({str(refusal.facts.get("node", "error_response")): node})
            return Answer(body, 500 if refusal.status >= 500 else 200)
        if refusal.code == "declined":
            sub_code, sub_msg = views.DECLINES[str(refusal.facts["reason"])]
        elif refusal.code == "no_bill_data":
            sub_code, sub_msg = "NO_BILL_DATA", "无账单数据"
        else:
            sub_code, sub_msg = views.REFUSALS.get(refusal.code, views.REFUSALS["system_error"])
        codes = {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_msg}
        return Answer(orjson.dumps(codes | _about(call)))

    def say_unknown(self, call: Call, operation: Operation) -> Answer:
        """Code 20000; of a cancel also retry_flag Y."""
        node = views.UNKNOWN | _about(call)
        if call.asked["method"] == "alipay.trade.cancel":
            node["retry_flag"] = "Y"
        return Answer(orjson.dumps(node))

    def seal(self, answer: Answer, call: Call | None, *, is_wrong: bool = False) -> Response:
        """`{"<method>_response":<node>,"sign":"..."}`, signed over the node's very text, slashes escaped as there.

        Answers carry no date that is signed: the fault `clock_skew` changes nothing here.
        """
        if call is None:
            return Response(answer.body, answer.status, media_type="text/html;charset=utf-8")
        charset = call.asked["charset"]
        node = answer.body.decode(errors="replace").replace("/", "\\/").encode(charset)
        signature = signing.sign(self.key, node + b" " if is_wrong else node, call.asked["sign_type"])
        body = b'{"%s":%s,"sign":"%s"}' % (call.asked["node"].encode(), node, signature.encode())
        return Response(body, answer.status, media_type=f"text/html;charset={charset}")

    def write_notice(self, notice: Row, *, is_cut: bool = False, is_wrong: bool = False) -> Letter:
        """An asynchronous notice: a form whose sorted pairs are signed, without sign and sign_type."""
        values = self._tell(orjson.loads(notice["body"]), notice)
        message = signing.text_to_sign(values).encode()
        values["sign_type"] = "RSA2"
        values["sign"] = signing.sign(self.key, message + b" " if is_wrong else message)
        body = urlencode(values).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Letter(body[: len(body) // 2] if is_cut else body, headers)

    def _tell(self, kept: dict[str, Any], notice: Row) -> dict[str, str]:
        resource = kept["resource"]
        trade = one(
            self.store.connection,
            "SELECT * FROM trades WHERE merchant_id = ? AND out_trade_no = ?",
            notice["merchant_id"],
            resource["out_trade_no"],
        )
        if trade is None:
            raise LookupError("a notice of a trade that is not there")
        happened_at = _local(kept["create_time"])
        total, status = views.show_yuan(trade["total_minor"]), "TRADE_SUCCESS"
        more: dict[str, str] = {}
        if kept["type"] == "trade.closed":
            status, more = "TRADE_CLOSED", {"gmt_close": happened_at}
            if resource["action"] == "refund":
                more |= {"gmt_refund": happened_at, "refund_fee": total}
        elif kept["type"] == "refund.done":
            status = views.trade_status(trade)
            more = {
                "gmt_refund": happened_at,
                "refund_fee": views.show_yuan(trade["refunded_minor"]),
                "out_biz_no": resource["out_refund_no"],
            }
        if trade["paid_at"] is not None:
            more |= {"gmt_payment": views.show_time(trade["paid_at"]), "receipt_amount": total}
        return {
            "notify_time": views.show_time(self.clock.now()),
            "notify_type": "trade_status_sync",
            "notify_id": kept["id"],
            "app_id": notice["merchant_id"],
            "charset": "utf-8",
            "version": "1.0",
            **views.name_trade(trade),
            **views.show_payer(trade),
            "trade_status": status,
            "total_amount": total,
            "subject": trade["subject"],
            "gmt_create": views.show_time(trade["created_at"]),
            **more,
        }

    def took_notice(self, answer: httpx.Response) -> bool:
        """Only the seven letters `success` are an answer."""
        return answer.is_success and answer.text.strip() == "success"


def _about(call: Call) -> dict[str, Any]:
    number = call.asked["content"].get("out_trade_no")
    return {"out_trade_no": number} if isinstance(number, str) and len(number) <= 64 else {}


def _local(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
