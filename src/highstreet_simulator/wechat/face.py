"""WeChat Pay's face: RSA signatures both ways, platform certificates and public key, sealed notices."""

from dataclasses import replace
from datetime import datetime

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider.answers import json_answer
from highstreet_simulator.provider.clock import WALLET_ZONE
from highstreet_simulator.provider.core import Answer, Call, Letter, Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.orders import NewMerchant
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Row, one
from highstreet_simulator.wechat import api_merchant, api_platform, signing, views
from highstreet_simulator.wechat.keys import (
    PlatformKeys,
    certificate_text,
    public_text,
    serial_of,
    validity_of,
)
from highstreet_simulator.wechat.orders import say_refusal

# Payment codes send no notice at all, and an order that closes sends none either: only money that came tells.
SILENT = frozenset({"code:trade.paid", "code:trade.closed", "qr:trade.closed", "none:trade.closed"})
_EVENTS = {
    "trade.paid": ("TRANSACTION.SUCCESS", "支付成功"),
    "refund.done": ("REFUND.SUCCESS", "退款成功"),
    "refund.abnormal": ("REFUND.ABNORMAL", "退款异常"),
    "refund.closed": ("REFUND.CLOSED", "退款关闭"),
}
JSON = "application/json; charset=utf-8"


class WeChatPay(Provider):
    """WeChat Pay v3 for direct merchants."""

    def __init__(self, settings: ProviderSettings) -> None:
        # Payment codes of mainland users begin with 10 to 14 (ImportantParameters.shtml, auth_code).
        super().__init__(
            replace(
                settings,
                code_prefix="13",
                code_url_prefix="weixin://wxpay/bizpayurl?pr=",
                silent_notices=SILENT,
            )
        )
        self.platform = PlatformKeys(self.store)
        self.files: dict[str, tuple[str, float, bytes]] = {}
        self.limited = 0
        self._keys: dict[str, tuple[RSAPublicKey, str | None]] = {}  # by their text

    def routes(self) -> list[Route]:
        """The routes under /v3, and the platform's keys for whoever runs the simulation."""
        return [*api_merchant.routes(), *api_platform.routes()]

    def check_credentials(self, merchant: NewMerchant) -> None:
        """`public_key`: the merchant's certificate or bare public key, PEM; `secret`: the APIv3 key, 32 bytes."""
        _read_key(merchant.public_key)
        if len(merchant.secret.encode()) != 32:
            raise ProviderRefusal(400, "invalid_request", "secret: an APIv3 key of 32 bytes is wanted")

    def authenticate(self, request: Request, body: bytes) -> Call:
        """Who signed a request. Raises `SIGN_ERROR` (401) for whatever does not fit."""
        if not request.headers.get("user-agent") or not request.headers.get("accept"):
            raise ProviderRefusal(400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent")
        try:
            credentials = signing.parse_authorization(request.headers.get("authorization", ""))
        except signing.SignatureWrong as exc:
            raise ProviderRefusal(401, "signature_wrong", str(exc)) from exc
        key, serial = self._key_of(credentials.mchid)
        if serial not in (None, credentials.serial_no):
            raise ProviderRefusal(401, "signature_wrong", "商户证书序列号有误")
        # As with the wallet: a moved clock must not lock out a merchant whose own was not moved with it.
        machine_now = self.clock.machine_now()
        offset_s = min(
            (self.clock.offset_s, 0.0), key=lambda offset: abs(machine_now + offset - credentials.timestamp)
        )
        if abs(machine_now + offset_s - credentials.timestamp) > self.settings.clock_skew_s:
            raise ProviderRefusal(
                401, "clock_skew", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
            )
        query = request.scope["query_string"].decode("latin-1")
        target = request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        message = signing.request_message(
            request.method, target, credentials.timestamp, credentials.nonce, body
        )
        try:
            signing.verify(key, credentials.signature, message)
        except signing.SignatureWrong as exc:
            raise ProviderRefusal(401, "signature_wrong", "签名错误") from exc
        named = request.headers.get("wechatpay-serial")
        self._remember(f"serial:{credentials.mchid}", named or "")
        return Call(self, request, credentials.mchid, body, {"serial": named}, clock_offset_s=offset_s)

    def refuse(self, refusal: ProviderRefusal, call: Call | None) -> Answer:
        """`{code, message, detail?}`: an error names no order."""
        status, body = say_refusal(refusal)
        return Answer(orjson.dumps(body), status)

    def say_unknown(self, call: Call, operation: Operation) -> Answer:
        """WeChat Pay's way of not knowing is a server error."""
        return self.refuse(ProviderRefusal(500, "system_error", "系统繁忙，请稍后重试"), call)

    def seal(self, answer: Answer, call: Call | None, *, is_wrong: bool = False) -> Response:
        """The body with the Wechatpay-* headers. A bill's file goes without them, and spoilt if `is_wrong`; so do
        401 and server errors."""
        if answer.media_type == "application/octet-stream":
            body = answer.body[:-1] + b"?" if is_wrong else answer.body
            return Response(body, answer.status, media_type=answer.media_type)
        offset_s = self.clock.offset_s
        serial = None
        if call is not None:
            offset_s = offset_s if call.clock_offset_s is None else call.clock_offset_s
            serial = call.asked.get("serial")
        is_signed = answer.status != 401 and answer.status < 500
        headers = self._sign(answer.body, serial, offset_s, is_wrong=is_wrong) if is_signed else {}
        media_type = JSON if answer.media_type == "application/json" else answer.media_type
        return Response(answer.body, answer.status, headers, None if answer.status == 204 else media_type)

    def write_notice(self, notice: Row, *, is_cut: bool = False, is_wrong: bool = False) -> Letter:
        """TRANSACTION.SUCCESS or what became of a refund, its resource sealed with the merchant's APIv3 key."""
        kept = orjson.loads(notice["body"])
        mchid, resource = notice["merchant_id"], kept["resource"]
        event, summary = _EVENTS[kept["type"]]
        if event.startswith("REFUND."):
            kind, total = "refund", self._total(mchid, resource["out_trade_no"])
            told = views.show_noticed_refund(resource, total, event.partition(".")[2])
        else:
            kind, told = "transaction", views.show_noticed_trade(resource, self.appid(mchid))
        secret = str(self.merchant(mchid)["secret"]).encode()
        sealed = signing.seal_member(secret, orjson.dumps(told), kind)
        body = orjson.dumps(
            {
                "id": kept["id"],
                "create_time": kept["create_time"],
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": summary,
                "resource": {"original_type": kind, **sealed},
            }
        )
        body = body[: len(body) // 2] if is_cut else body
        # Notices are signed the way in which the merchant asked last.
        serial = self.store.read_meta(f"serial:{mchid}") or None
        headers = self._sign(body, serial, self.clock.offset_s, is_wrong=is_wrong)
        return Letter(body, {"Content-Type": "application/json"} | headers)

    def appid(self, mchid: str) -> str:
        """The app that a merchant named last."""
        return self.store.read_meta(f"appid:{mchid}") or ""

    def use_appid(self, mchid: str, appid: str) -> None:
        """Remember it, also over a restart."""
        self._remember(f"appid:{mchid}", appid)

    def ending_of(self, refund_id: str) -> str | None:
        """ABNORMAL or CLOSED, for a refund that did not succeed."""
        return self.store.read_meta(f"refund_ended:{refund_id}")

    def check_limit(self) -> None:
        """Raises `FREQUENCY_LIMITED` (429) for as many calls as were asked for."""
        if self.limited > 0:
            self.limited -= 1
            raise ProviderRefusal(429, "FREQUENCY_LIMITED", "频率超限")

    def tell_certificates(self, call: Call) -> Answer:
        """All platform certificates that may sign now, sealed with the APIv3 key of who asks."""
        secret = str(self.merchant(call.merchant_id)["secret"]).encode()
        told = []
        for certificate, _ in self.platform.certificates:
            begin, end = validity_of(certificate)
            told.append(
                {
                    "serial_no": serial_of(certificate),
                    "effective_time": begin,
                    "expire_time": end,
                    "encrypt_certificate": signing.seal_member(
                        secret, certificate_text(certificate).encode(), "certificate"
                    ),
                }
            )
        return json_answer({"data": told})

    def rotate(self) -> dict[str, str]:
        """Put a new platform certificate in force at once."""
        return {"serial_no": self.platform.rotate(), "at": datetime.now(WALLET_ZONE).isoformat()}

    def tell_platform(self) -> dict[str, str]:
        """What a merchant copies from the merchant platform."""
        return {
            "public_key_id": self.platform.public_key_id,
            "public_key": public_text(self.platform.public_key),
            "certificate_serial_no": serial_of(self.platform.certificates[-1][0]),
        }

    def _sign(self, body: bytes, serial: str | None, offset_s: float, *, is_wrong: bool) -> dict[str, str]:
        key, own_serial = self.platform.signer(serial)
        now = int(self.clock.machine_now() + offset_s)
        return signing.answer_headers(key, own_serial, now, body, is_wrong=is_wrong)

    def _key_of(self, mchid: str) -> tuple[RSAPublicKey, str | None]:
        text = str(self.merchant(mchid)["public_key"])
        if text not in self._keys:
            self._keys[text] = _read_key(text)
        return self._keys[text]

    def _total(self, mchid: str, number: str) -> int:
        row = one(
            self.store.connection,
            "SELECT total_minor FROM trades WHERE merchant_id = ? AND out_trade_no = ?",
            mchid,
            number,
        )
        return 0 if row is None else int(row["total_minor"])

    def _remember(self, name: str, value: str) -> None:
        if self.store.read_meta(name) != value:
            self.store.write_meta(name, value)


def _read_key(text: str) -> tuple[RSAPublicKey, str | None]:
    """A merchant's key and, of a certificate, its serial number; raises `invalid_request` (400)."""
    serial = None
    try:
        if "CERTIFICATE" in text:
            certificate = x509.load_pem_x509_certificate(text.encode())
            serial = serial_of(certificate)
            key: object = certificate.public_key()
        else:
            key = serialization.load_pem_public_key(text.encode())
    except ValueError as exc:
        raise ProviderRefusal(
            400, "invalid_request", "public_key: a PEM certificate or key is wanted"
        ) from exc
    if not isinstance(key, RSAPublicKey):
        raise ProviderRefusal(400, "invalid_request", "public_key: RSA is wanted")
    return key, serial
