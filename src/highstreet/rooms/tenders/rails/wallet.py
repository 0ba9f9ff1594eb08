"""The connector to the Wallet provider: a stateless translator, written from the provider's protocol.

The tender's id is our merchant order number. Whatever is unclear is `unknown`: a timeout, a server error, a
body or a signature that does not hold, another amount. Only a payment for which no connection was ever made
is `declined` (reason rail_down). Nothing is logged here: auth codes and keys pass through.
"""

import base64
import secrets
import time
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from highstreet.kernel.time import parse_utc
from highstreet.rooms.tenders.errors import (
    BILL_MALFORMED,
    BILL_NOT_READY,
    NOTICE_FORGED,
    NOTICE_MALFORMED,
    RAIL_DOWN,
)
from highstreet.rooms.tenders.model import BillLine, Notice, QrShown, RailAnswer, parse_wallet_bill
from highstreet.rooms.tenders.rails import wallet_wire as wire
from highstreet.rooms.tenders.rails.heard import Heard, Silence, number_of, read_object, readable
from highstreet.rooms.tenders.rails.http import Client, target_of
from highstreet.rooms.tenders.rails.port import NoticeAnswer, PayOrder, RailTiming, RefundOrder

__all__ = ["Notice", "QrShown", "WalletRail"]

PAY_TIMEOUT_S = 5.0
QUERY_TIMEOUT_S = 3.0
BILL_TIMEOUT_S = 60.0
MAX_AGE_S = 300
MAX_ANSWER_BYTES = 64 * 1024
MAX_BILL_BYTES = 64 * 1024 * 1024
MAX_CODE_URL = 512


class WalletRail:
    """One merchant's way to the Wallet provider; keeps a pool of connections and nothing else."""

    name = "wallet"
    ways = frozenset({"code", "qr"})
    currencies: frozenset[str] | None = None
    timing = RailTiming()
    notice_answer = NoticeAnswer()

    def __init__(
        self,
        base_url: str,
        merchant_id: str,
        private_key: Ed25519PrivateKey,
        platform_key: bytes | None,
        client: Client | None = None,
    ) -> None:
        self.merchant_id = merchant_id
        self.platform_key = platform_key
        self._base_url = base_url.rstrip("/")
        self._private_key = private_key
        self._public = None if platform_key is None else Ed25519PublicKey.from_public_bytes(platform_key)
        self._client = client or Client()

    async def open(self) -> None:
        """Ask for the provider's key when none was given: trusted on first use, for demonstrations only."""
        if self.platform_key is None:
            await self.fetch_platform_key()

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def pay_by_code(self, order: PayOrder, auth_code: str) -> RailAnswer:
        """Charge the code on the payer's phone. Asking again with the same tender id charges nothing twice."""
        heard = await self._send(
            "POST", "/v1/pay/code", _sent(order) | {"auth_code": auth_code}, PAY_TIMEOUT_S
        )
        return self._trade("pay_code", heard, order.tender_id, (order.amount_minor, order.currency))

    async def show_qr(self, order: PayOrder) -> QrShown | RailAnswer:
        """A code for the payer to scan; asked again, the same one. An answer when there is nothing to show."""
        heard = await self._send("POST", "/v1/pay/qr", _sent(order), PAY_TIMEOUT_S)
        answer = self._trade("pay_qr", heard, order.tender_id, (order.amount_minor, order.currency))
        if answer.outcome != "paying" or isinstance(heard, Silence):
            return answer
        content = read_object(heard.body) or {}
        code_url, expires_at = content.get("code_url"), content.get("expires_at")
        try:
            if (
                isinstance(code_url, str)
                and 0 < len(code_url) <= MAX_CODE_URL
                and isinstance(expires_at, str)
            ):
                return QrShown(code_url, parse_utc(expires_at))
        except ValueError:
            pass
        return RailAnswer("unknown", None, "answer_malformed", answer.evidence)

    async def query(self, order: PayOrder) -> RailAnswer:
        """What became of a payment. `not_found` is no proof that it will never be paid."""
        heard = await self._send(
            "GET", f"/v1/trades/{quote(order.tender_id, safe='')}", None, QUERY_TIMEOUT_S
        )
        return self._trade("query", heard, order.tender_id, None)

    async def reverse(self, order: PayOrder) -> RailAnswer:
        """Make sure that a payment takes no money. Unknown means: ask again until it is confirmed."""
        target = f"/v1/trades/{quote(order.tender_id, safe='')}/reverse"
        heard = await self._send("POST", target, None, PAY_TIMEOUT_S)
        return self._trade("reverse", heard, order.tender_id, None)

    async def refund(self, order: RefundOrder) -> RailAnswer:
        """Give back part of a payment or all of it. Asking again with the same refund id gives once.

        Unknown, also when the rail is down, means: ask again. Declined is the provider's own no.
        """
        sent = {
            "out_refund_no": order.refund_tender_id,
            "out_trade_no": order.payment.tender_id,
            "amount": {"total": order.amount_minor, "currency": order.payment.currency},
        }
        heard = await self._send("POST", "/v1/refunds", sent, PAY_TIMEOUT_S)
        return self._refund("refund", heard, order, (order.amount_minor, order.payment.currency))

    async def query_refund(self, order: RefundOrder) -> RailAnswer:
        """What became of a refund."""
        target = f"/v1/refunds/{quote(order.refund_tender_id, safe='')}"
        heard = await self._send("GET", target, None, QUERY_TIMEOUT_S)
        return self._refund("query_refund", heard, order, None)

    async def fetch_bill(self, day: date, *, is_early: bool = False) -> bytes:
        """The bill of a wallet day. `is_early` asks before its time, which only a simulated wallet grants.

        Errors: Refusal tenders.bill_not_ready; tenders.rail_down when no believable answer came.
        """
        target = f"/v1/bills/{day.isoformat()}" + ("?force=1" if is_early else "")
        heard = await self._send("GET", target, None, BILL_TIMEOUT_S, MAX_BILL_BYTES)
        if isinstance(heard, Silence):
            raise RAIL_DOWN()
        if heard.status == 409 and (read_object(heard.body) or {}).get("code") == "bill_not_ready":
            raise BILL_NOT_READY(day=day.isoformat())
        if heard.status != 200:
            raise RAIL_DOWN()
        return heard.body

    def parse_bill(self, content: bytes) -> list[BillLine]:
        """Read a wallet day's bill. Errors: Refusal tenders.bill_malformed."""
        try:
            return parse_wallet_bill(content)
        except UnicodeDecodeError:
            raise BILL_MALFORMED(line=1) from None

    async def fetch_platform_key(self) -> bytes:
        """The provider's key; trusted on first use, and pinned from then on. For demonstrations only.

        Errors: Refusal tenders.rail_down.
        """
        if self.platform_key is not None:
            return self.platform_key
        heard = await self._client.ask(
            "GET",
            f"{self._base_url}/v1/platform-key",
            timeout_s=QUERY_TIMEOUT_S,
            max_bytes=MAX_ANSWER_BYTES,
        )
        if isinstance(heard, Silence):
            raise RAIL_DOWN()
        try:
            content = read_object(heard.body) or {}
            raw = base64.b64decode(str(content.get("public_key")), validate=True)
            public = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError:
            raise RAIL_DOWN() from None
        if wire.signed_at(public, heard.headers, heard.body) is None:
            raise RAIL_DOWN()
        self.platform_key, self._public = raw, public
        return raw

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """A notice, once its signature, its age (at most 300 s) and its merchant hold.

        Errors: Refusal tenders.notice_forged (401); tenders.notice_malformed (422), so that it is sent again.
        """
        stamp = None if self._public is None else wire.signed_at(self._public, headers, body)
        if stamp is None or abs(now.timestamp() - stamp) > MAX_AGE_S:
            raise NOTICE_FORGED()
        content = read_object(body) or {}
        kind, _, _ = str(content.get("type")).partition(".")
        resource = content.get("resource")
        tender_id = number_of(resource, "out_refund_no" if kind == "refund" else "out_trade_no")
        if kind not in ("trade", "refund") or tender_id is None or not isinstance(resource, dict):
            raise NOTICE_MALFORMED()
        if resource.get("merchant_id") != self.merchant_id:
            raise NOTICE_FORGED()
        if kind == "trade":
            answer = wire.trade_answer(
                "notice", 200, resource, merchant_id=self.merchant_id, tender_id=tender_id
            )
        else:
            answer = wire.refund_answer(
                "notice", 200, resource, merchant_id=self.merchant_id, refund_tender_id=tender_id
            )
        if answer.outcome == "unknown":
            raise NOTICE_MALFORMED()
        return Notice(tender_id, kind, answer)

    def _trade(
        self, call: str, heard: Heard | Silence, tender_id: str, asked: tuple[int, str] | None
    ) -> RailAnswer:
        content = readable(call, heard)
        if isinstance(content, RailAnswer):
            return content
        status, answer = content
        return wire.trade_answer(
            call, status, answer, merchant_id=self.merchant_id, tender_id=tender_id, asked=asked
        )

    def _refund(
        self, call: str, heard: Heard | Silence, order: RefundOrder, asked: tuple[int, str] | None
    ) -> RailAnswer:
        content = readable(call, heard)
        if isinstance(content, RailAnswer):
            return content
        status, answer = content
        return wire.refund_answer(
            call,
            status,
            answer,
            merchant_id=self.merchant_id,
            refund_tender_id=order.refund_tender_id,
            tender_id=None if asked is None else order.payment.tender_id,
            asked=asked,
        )

    async def _send(
        self,
        method: str,
        target: str,
        order: dict[str, Any] | None,
        timeout_s: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Heard | Silence:
        if self._public is None:
            return Silence("rail_down", "no_platform_key", was_sent=False)
        body = b"" if order is None else orjson.dumps(order)
        url = f"{self._base_url}{target}"
        signature = wire.authorization(
            self._private_key,
            self.merchant_id,
            method,
            target_of(url),
            int(time.time()),
            secrets.token_hex(16),
            body,
        )
        heard = await self._client.ask(
            method,
            url,
            headers={"Content-Type": "application/json", "Authorization": signature},
            content=body,
            timeout_s=timeout_s,
            max_bytes=max_bytes,
        )
        if isinstance(heard, Silence):
            return heard
        stamp = wire.signed_at(self._public, heard.headers, heard.body)
        if stamp is None or abs(time.time() - stamp) > MAX_AGE_S:
            return Silence("signature_wrong", str(heard.status))
        return heard


def _sent(order: PayOrder) -> dict[str, Any]:
    return {
        "out_trade_no": order.tender_id,
        "amount": {"total": order.amount_minor, "currency": order.currency},
        "subject": order.subject.strip()[:127] or "-",
    }
