"""The connector to Alipay's open gateway (RSA2 with a public key): payment codes, order QR codes, refunds, bills.

The tender's id is `out_trade_no`, a refund's `out_request_no`. Sources stand in alipay_wire.py. Code 10000 to a
payment says that the request went well; "the trade's state of a query or a notice decides" (opendocs open/00f7ns):
it is asked for at once, and only then the payment is `paid`. Nothing is logged here: payment codes and keys pass through.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from highstreet.rooms.tenders.errors import BILL_NOT_READY, NOTICE_FORGED, NOTICE_MALFORMED, RAIL_DOWN
from highstreet.rooms.tenders.model import BillLine, Notice, QrShown, RailAnswer
from highstreet.rooms.tenders.rails import alipay_wire as wire
from highstreet.rooms.tenders.rails.alipay_bill import EMPTY_BILL, parse_alipay_bill
from highstreet.rooms.tenders.rails.heard import Heard, Silence, unheard
from highstreet.rooms.tenders.rails.http import Client
from highstreet.rooms.tenders.rails.port import NoticeAnswer, PayOrder, RailTiming, RefundOrder

PAY_TIMEOUT_S = 5.0
QUERY_TIMEOUT_S = 3.0
BILL_TIMEOUT_S = 60.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_BILL_BYTES = 64 * 1024 * 1024
MAX_NOTICE_BYTES = 64 * 1024
MAX_CODE_URL = 512
# Alipay sends a notice for up to 25 hours (4m, 10m, 10m, 1h, 2h, 6h, 15h); whether it is dated anew is not written.
MAX_NOTICE_AGE = timedelta(hours=26)
QR_LIFE = timedelta(minutes=5)
TIME, LOCAL = "%Y-%m-%d %H:%M:%S", timezone(timedelta(hours=8))
# Where Alipay keeps bills: dwbillcenter.alipay.com, and the sandbox's.
HOST = re.compile(r"[a-z0-9.\-]{1,253}")
BILL_HOSTS = (".alipay.com", ".alipaydev.com")
NO_BILL = frozenset({"BILL_NOT_EXIST", "isp.bill_not_exist"})


class AlipayRail:
    """One application (app_id) of a merchant; keeps a pool of connections and nothing else."""

    name = "alipay"
    ways = frozenset({"code", "qr"})
    currencies: frozenset[str] | None = frozenset({wire.CURRENCY})
    # opendocs open/00f7nv and support/01rfnt: wait 5 s, ask every 3-6 s for about 60 s, then cancel at once;
    # timeout_express of 5 minutes or more.
    timing = RailTiming(
        first_query_s=5.0, query_every_s=5.0, call_back_s=60.0, gives_up_s=300.0, call_back_qr_s=120.0
    )
    notice_answer = NoticeAnswer(200, b"success", "text/plain")

    def __init__(
        self,
        base_url: str,
        app_id: str,
        private_key: RSAPrivateKey,
        platform_public_key: RSAPublicKey,
        notify_url: str | None = None,
        *,
        qr_product_code: str = "QR_CODE_OFFLINE",
        client: Client | None = None,
    ) -> None:
        """`base_url` is https://openapi.alipay.com; `qr_product_code` as the contract says: QR_CODE_OFFLINE for
        订单码支付, FACE_TO_FACE_PAYMENT for 当面付."""
        self.app_id = app_id
        self.notify_url = notify_url
        self._base_url = base_url.rstrip("/")
        self._key, self._public = private_key, platform_public_key
        self._qr_product_code = qr_product_code
        self._client = client or Client()

    async def open(self) -> None:
        """Nothing to fetch: Alipay's key is given."""

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def pay_by_code(self, order: PayOrder, auth_code: str) -> RailAnswer:
        """Charge the code on the payer's phone, and ask what became of it when Alipay says that it went well."""
        sent = _sent(order) | {
            "scene": "bar_code",
            "auth_code": auth_code,
            "product_code": "FACE_TO_FACE_PAYMENT",
            "timeout_express": f"{int(self.timing.gives_up_s) // 60}m",
        }
        heard = await self._call("alipay.trade.pay", sent, PAY_TIMEOUT_S, notify=True)
        content = _believed("pay_code", heard)
        if isinstance(content, RailAnswer):
            return content
        answer = wire.trade_answer(
            "pay_code", content, tender_id=order.tender_id, asked_minor=order.amount_minor
        )
        if content.get("code") != "10000" or answer.reason in ("answer_differs", "amount_differs"):
            return answer
        asked = await self.query(order)
        # It was just said to be there: a query that does not find it yet proves nothing.
        if asked.outcome == "not_found":
            return RailAnswer("unknown", None, "payment_unconfirmed", asked.evidence)
        return asked

    async def show_qr(self, order: PayOrder) -> QrShown | RailAnswer:
        """A code for the payer to scan, good for five minutes from the order's time. Until it is scanned a query
        says not_found: the trade begins with the scan."""
        expires_at = (order.created_at + QR_LIFE).replace(microsecond=0)
        sent = _sent(order) | {
            "product_code": self._qr_product_code,
            "time_expire": expires_at.astimezone(LOCAL).strftime(TIME),
            "qr_code_timeout_express": f"{int(QR_LIFE.total_seconds()) // 60}m",
        }
        heard = await self._call("alipay.trade.precreate", sent, PAY_TIMEOUT_S, notify=True)
        content = _believed("pay_qr", heard)
        if isinstance(content, RailAnswer):
            return content
        if content.get("code") != "10000":
            return wire.trade_answer("pay_qr", content, tender_id=order.tender_id)
        evidence = wire.evidence_of("pay_qr", content)
        if content.get("out_trade_no") != order.tender_id:
            return RailAnswer("unknown", None, "answer_differs", evidence)
        code_url = content.get("qr_code")
        if not isinstance(code_url, str) or not 0 < len(code_url) <= MAX_CODE_URL:
            return RailAnswer("unknown", None, "answer_malformed", evidence)
        return QrShown(code_url, expires_at.astimezone(UTC))

    async def query(self, order: PayOrder) -> RailAnswer:
        """What became of a payment. `not_found` is no proof that it will never be paid."""
        heard = await self._call("alipay.trade.query", {"out_trade_no": order.tender_id}, QUERY_TIMEOUT_S)
        return self._trade("query", heard, order)

    async def reverse(self, order: PayOrder) -> RailAnswer:
        """Cancel: what is unpaid is closed, what was paid goes back. Unknown means: ask again.

        A cancel is possible for 24 hours, and a bill that shows a late success comes later than that: then all is
        refunded, under the order's own number, which is how a bill shows a cancel too.
        """
        heard = await self._call("alipay.trade.cancel", {"out_trade_no": order.tender_id}, PAY_TIMEOUT_S)
        answer = self._trade("reverse", heard, order)
        if answer.outcome != "unknown" or answer.reason not in wire.CANCEL_REFUSED:
            return answer
        refunded = await self.refund(RefundOrder(order.tender_id, order.amount_minor, order))
        if refunded.outcome != "refunded":
            return RailAnswer("unknown", None, answer.reason, answer.evidence | {"refund": refunded.evidence})
        ref = (refunded.provider_ref or "").partition("/")[0]
        return RailAnswer("reversed", ref, "refund", answer.evidence | {"refund": refunded.evidence})

    async def refund(self, order: RefundOrder) -> RailAnswer:
        """Give back; the same number again gives once. Declined is Alipay's own no.

        When Alipay says that this request moved no money (`fund_change` N), a refund query tells whether an
        earlier one did.
        """
        sent = {
            "out_trade_no": order.payment.tender_id,
            "out_request_no": order.refund_tender_id,
            "refund_amount": wire.to_yuan(order.amount_minor),
        }
        heard = await self._call("alipay.trade.refund", sent, PAY_TIMEOUT_S)
        content = _believed("refund", heard)
        if isinstance(content, RailAnswer):
            return content
        answer = wire.refund_answer(
            "refund", content, tender_id=order.payment.tender_id, refund_tender_id=order.refund_tender_id
        )
        if answer is not None:
            return answer
        asked = await self.query_refund(order)
        if asked.outcome == "not_found":
            return RailAnswer("unknown", None, "fund_change_n", asked.evidence)
        return asked

    async def query_refund(self, order: RefundOrder) -> RailAnswer:
        """What became of a refund. Alipay wants ten seconds between a refund and this (02ekft)."""
        sent = {"out_trade_no": order.payment.tender_id, "out_request_no": order.refund_tender_id}
        heard = await self._call("alipay.trade.fastpay.refund.query", sent, QUERY_TIMEOUT_S)
        content = _believed("query_refund", heard)
        if isinstance(content, RailAnswer):
            return content
        return wire.refund_query_answer(
            "query_refund",
            content,
            tender_id=order.payment.tender_id,
            refund_tender_id=order.refund_tender_id,
            asked_minor=order.amount_minor,
        )

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """A notice, once its signature, its age and its app_id hold; None for one that is not of a trade's state.

        Errors: Refusal tenders.notice_forged (401); tenders.notice_malformed (422), so that it is sent again.
        """
        values = _form(body)
        if not wire.holds(self._public, wire.text_to_sign(values, "sign", "sign_type"), values.get("sign")):
            raise NOTICE_FORGED()
        if values.get("sign_type") != "RSA2" or values.get("app_id") != self.app_id:
            raise NOTICE_FORGED()
        try:
            sent_at = datetime.strptime(values.get("notify_time", ""), TIME).replace(tzinfo=LOCAL)
        except ValueError:
            raise NOTICE_MALFORMED() from None
        if abs(now - sent_at) > MAX_NOTICE_AGE:
            raise NOTICE_FORGED()
        tender_id, refund_id = values.get("out_trade_no"), values.get("out_biz_no")
        if values.get("notify_type") != "trade_status_sync" or tender_id is None:
            return None
        if refund_id is not None and refund_id != tender_id and values.get("gmt_refund"):
            ref = wire.read_ref(values.get("trade_no"))
            if ref is None:
                raise NOTICE_MALFORMED()
            evidence = wire.evidence_of(
                "notice", {"trade_status": values.get("trade_status")}, "trade_status"
            )
            return Notice(
                refund_id,
                "refund",
                RailAnswer("refunded", wire.refund_ref(ref, refund_id), None, evidence),
                paid_tender_id=tender_id,
                back_minor=wire.to_minor(values.get("refund_fee")),
            )
        answer = wire.trade_answer("notice", {**values, "code": "10000"}, tender_id=tender_id)
        if answer.outcome == "unknown":
            raise NOTICE_MALFORMED()
        return Notice(tender_id, "trade", answer)

    async def fetch_bill(self, day: date, *, is_early: bool = False) -> bytes:
        """The zip of a day; it is ready at about 9:00 of the next. Alipay has no early one: `is_early` changes nothing.

        Errors: tenders.bill_not_ready (409), tenders.rail_down (503).
        """
        sent = {"bill_type": "trade", "bill_date": day.isoformat()}
        method = "alipay.data.dataservice.bill.downloadurl.query"
        node = await self._call(method, sent, PAY_TIMEOUT_S)
        if isinstance(node, Silence) or not node.is_signed:
            raise RAIL_DOWN()
        sub_code = node.content.get("sub_code")
        if sub_code in NO_BILL:
            raise BILL_NOT_READY(day=day.isoformat())
        if sub_code == "NO_BILL_DATA":  # no business on that day
            return EMPTY_BILL
        url = node.content.get("bill_download_url")
        if node.content.get("code") != "10000" or not isinstance(url, str) or not self._may_fetch(url):
            raise RAIL_DOWN()
        # Good for 30 seconds and not signed: the file is what the signed answer points to.
        heard = await self._client.ask("GET", url, timeout_s=BILL_TIMEOUT_S, max_bytes=MAX_BILL_BYTES)
        if isinstance(heard, Silence) or heard.status != 200:
            raise RAIL_DOWN()
        return heard.body

    def _may_fetch(self, url: str) -> bool:
        """Only from Alipay's own hosts, or from where the gateway is."""
        try:
            parts, own = urlsplit(url), urlsplit(self._base_url)
            is_own = (parts.hostname, parts.port) == (own.hostname, own.port)
        except ValueError:
            return False
        host = parts.hostname or ""
        is_alipays = (
            bool(HOST.fullmatch(host)) and host.endswith(BILL_HOSTS) and parts.port in (None, 80, 443)
        )
        return parts.scheme in ("http", "https") and (is_own or is_alipays)

    def parse_bill(self, content: bytes) -> list[BillLine]:
        """The zip's rows. Errors: tenders.bill_malformed with the line."""
        return parse_alipay_bill(content)

    def _trade(self, call: str, heard: wire.Node | Silence, order: PayOrder) -> RailAnswer:
        content = _believed(call, heard)
        if isinstance(content, RailAnswer):
            return content
        return wire.trade_answer(call, content, tender_id=order.tender_id, asked_minor=order.amount_minor)

    async def _call(
        self, method: str, content: dict[str, Any], timeout_s: float, *, notify: bool = False
    ) -> wire.Node | Silence:
        """Ask the gateway: public parameters in the query, biz_content in the body, as Alipay's own SDKs do."""
        public = {
            "app_id": self.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": datetime.now(LOCAL).strftime(TIME),
            "version": "1.0",
        }
        if notify and self.notify_url is not None:
            public["notify_url"] = self.notify_url
        biz = orjson.dumps(content).decode()
        public["sign"] = wire.sign(self._key, wire.text_to_sign({**public, "biz_content": biz}))
        heard = await self._client.ask(
            "POST",
            f"{self._base_url}/gateway.do?{urlencode(public)}",
            content=urlencode({"biz_content": biz}).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            timeout_s=timeout_s,
            max_bytes=MAX_ANSWER_BYTES,
        )
        return heard if isinstance(heard, Silence) else _read(self._public, method, heard)


def _read(key: RSAPublicKey, method: str, heard: Heard) -> wire.Node | Silence:
    if heard.status != 200:
        return Silence("provider_error", str(heard.status))
    node = wire.read_node(key, method, heard.body)
    return Silence("answer_malformed", "") if node is None else node


def _believed(call: str, heard: wire.Node | Silence) -> RailAnswer | dict[str, Any]:
    """The content of a signed answer, or what its absence means for this call.

    Refusals of the gateway itself (wrong key, unknown app) come unsigned: they are told, and not believed.
    """
    if isinstance(heard, Silence):
        return unheard(call, heard)
    if not heard.is_signed:
        return RailAnswer("unknown", None, "signature_wrong", wire.evidence_of(call, heard.content))
    return heard.content


def _sent(order: PayOrder) -> dict[str, Any]:
    # A title holds no / = & (open/02ekfp).
    subject = order.subject.translate(str.maketrans("/=&", "   ")).strip()[:127]
    return {
        "out_trade_no": order.tender_id,
        "total_amount": wire.to_yuan(order.amount_minor),
        "subject": subject or "-",
    }


def _form(body: bytes) -> dict[str, str]:
    """The fields of a notice in its charset; none twice. Errors: tenders.notice_forged."""
    if len(body) > MAX_NOTICE_BYTES:
        raise NOTICE_FORGED()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=100,
        )
    except ValueError:
        raise NOTICE_FORGED() from None
    if len(dict(pairs)) != len(pairs):
        raise NOTICE_FORGED()
    return dict(pairs)
