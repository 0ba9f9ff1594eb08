"""The connector to the Wallet provider: a stateless translator, written from the provider's protocol.

The tender's id is our merchant order number. Whatever is unclear is `unknown`: a timeout, a server error, a
body or a signature that does not hold, another amount. Only a payment for which no connection was ever made
is `declined` (reason rail_down). Nothing is logged here: auth codes and keys pass through.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from highstreet.kernel.time import parse_utc
from highstreet.rooms.tenders.errors import BILL_NOT_READY, NOTICE_FORGED, NOTICE_MALFORMED, RAIL_DOWN
from highstreet.rooms.tenders.model import Notice, QrShown, RailAnswer
from highstreet.rooms.tenders.rails import wallet_wire as wire

__all__ = ["Notice", "QrShown", "WalletRail"]

PAY_TIMEOUT_S = 5.0
QUERY_TIMEOUT_S = 3.0
BILL_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 2.0
MAX_AGE_S = 300
MAX_ANSWER_BYTES = 64 * 1024
MAX_BILL_BYTES = 64 * 1024 * 1024
MAX_CODE_URL = 512


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer whose signature holds."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Silence:
    """No answer that can be believed. `was_sent` is False only when no connection was made."""

    reason: str
    failure: str
    was_sent: bool = True


class WalletRail:
    """One merchant's way to the Wallet provider; keeps a pool of connections and nothing else."""

    def __init__(
        self,
        base_url: str,
        merchant_id: str,
        private_key: Ed25519PrivateKey,
        platform_key: bytes | None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.merchant_id = merchant_id
        self.platform_key = platform_key
        self._base_url = base_url.rstrip("/")
        self._private_key = private_key
        self._public = None if platform_key is None else Ed25519PublicKey.from_public_bytes(platform_key)
        self._client = client or httpx.AsyncClient(
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
            trust_env=False,
            # Without TLS there are no certificates to load, which takes a tenth of a second of every start.
            verify=not base_url.startswith("http://"),
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def pay_by_code(
        self, tender_id: str, auth_code: str, amount_minor: int, currency: str, subject: str
    ) -> RailAnswer:
        """Charge the code on the payer's phone. Asking again with the same tender id charges nothing twice."""
        order = _order(tender_id, amount_minor, currency, subject) | {"auth_code": auth_code}
        heard = await self._send("POST", "/v1/pay/code", order, PAY_TIMEOUT_S)
        return self._trade("pay_code", heard, tender_id, (amount_minor, currency))

    async def show_qr(
        self, tender_id: str, amount_minor: int, currency: str, subject: str
    ) -> QrShown | RailAnswer:
        """A code for the payer to scan; asked again, the same one. An answer when there is nothing to show."""
        order = _order(tender_id, amount_minor, currency, subject)
        heard = await self._send("POST", "/v1/pay/qr", order, PAY_TIMEOUT_S)
        answer = self._trade("pay_qr", heard, tender_id, (amount_minor, currency))
        if answer.outcome != "paying" or isinstance(heard, _Silence):
            return answer
        content = wire.read_object(heard.body) or {}
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

    async def query(self, tender_id: str) -> RailAnswer:
        """What became of a payment. `not_found` is no proof that it will never be paid."""
        heard = await self._send("GET", f"/v1/trades/{quote(tender_id, safe='')}", None, QUERY_TIMEOUT_S)
        return self._trade("query", heard, tender_id, None)

    async def reverse(self, tender_id: str) -> RailAnswer:
        """Make sure that a payment takes no money. Unknown means: ask again until it is confirmed."""
        target = f"/v1/trades/{quote(tender_id, safe='')}/reverse"
        heard = await self._send("POST", target, None, PAY_TIMEOUT_S)
        return self._trade("reverse", heard, tender_id, None)

    async def refund(
        self, refund_tender_id: str, tender_id: str, amount_minor: int, currency: str
    ) -> RailAnswer:
        """Give back part of a payment or all of it. Asking again with the same refund id gives once.

        Unknown, also when the rail is down, means: ask again. Declined is the provider's own no.
        """
        order = {
            "out_refund_no": refund_tender_id,
            "out_trade_no": tender_id,
            "amount": {"total": amount_minor, "currency": currency},
        }
        heard = await self._send("POST", "/v1/refunds", order, PAY_TIMEOUT_S)
        return self._refund("refund", heard, refund_tender_id, tender_id, (amount_minor, currency))

    async def query_refund(self, refund_tender_id: str) -> RailAnswer:
        """What became of a refund."""
        target = f"/v1/refunds/{quote(refund_tender_id, safe='')}"
        heard = await self._send("GET", target, None, QUERY_TIMEOUT_S)
        return self._refund("query_refund", heard, refund_tender_id, None, None)

    async def fetch_bill(self, day: date, *, is_early: bool = False) -> str:
        """The bill of a wallet day. `is_early` asks before its time, which only a simulated wallet grants.

        Errors: Refusal tenders.bill_not_ready; tenders.rail_down when no believable answer came.
        """
        target = f"/v1/bills/{day.isoformat()}" + ("?force=1" if is_early else "")
        heard = await self._send("GET", target, None, BILL_TIMEOUT_S, MAX_BILL_BYTES)
        if isinstance(heard, _Silence):
            raise RAIL_DOWN()
        if heard.status == 409 and (wire.read_object(heard.body) or {}).get("code") == "bill_not_ready":
            raise BILL_NOT_READY(day=day.isoformat())
        try:
            text = heard.body.decode()
        except ValueError:
            raise RAIL_DOWN() from None
        if heard.status != 200:
            raise RAIL_DOWN()
        return text

    async def fetch_platform_key(self) -> bytes:
        """The provider's key; trusted on first use, and pinned from then on. For demonstrations only.

        Errors: Refusal tenders.rail_down.
        """
        if self.platform_key is not None:
            return self.platform_key
        try:
            answer = await self._client.get(f"{self._base_url}/v1/platform-key", timeout=QUERY_TIMEOUT_S)
            content = wire.read_object(answer.content) or {}
            raw = base64.b64decode(str(content.get("public_key")), validate=True)
            public = Ed25519PublicKey.from_public_bytes(raw)
        except (httpx.HTTPError, ValueError):
            raise RAIL_DOWN() from None
        if wire.signed_at(public, answer.headers, answer.content) is None:
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
        content = wire.read_object(body) or {}
        kind, _, _ = str(content.get("type")).partition(".")
        resource = content.get("resource")
        tender_id = wire.number_of(resource, "out_refund_no" if kind == "refund" else "out_trade_no")
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
        self, call: str, heard: _Heard | _Silence, tender_id: str, asked: tuple[int, str] | None
    ) -> RailAnswer:
        content = _readable(call, heard)
        if isinstance(content, RailAnswer):
            return content
        status, answer = content
        return wire.trade_answer(
            call, status, answer, merchant_id=self.merchant_id, tender_id=tender_id, asked=asked
        )

    def _refund(
        self,
        call: str,
        heard: _Heard | _Silence,
        refund_tender_id: str,
        tender_id: str | None,
        asked: tuple[int, str] | None,
    ) -> RailAnswer:
        content = _readable(call, heard)
        if isinstance(content, RailAnswer):
            return content
        status, answer = content
        return wire.refund_answer(
            call,
            status,
            answer,
            merchant_id=self.merchant_id,
            refund_tender_id=refund_tender_id,
            tender_id=tender_id,
            asked=asked,
        )

    async def _send(
        self,
        method: str,
        target: str,
        order: dict[str, Any] | None,
        timeout_s: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> _Heard | _Silence:
        if self._public is None:
            return _Silence("rail_down", "no_platform_key", was_sent=False)
        body = b"" if order is None else orjson.dumps(order)
        request = self._client.build_request(
            method,
            f"{self._base_url}{target}",
            content=body,
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
        )
        request.headers["Authorization"] = wire.authorization(
            self._private_key,
            self.merchant_id,
            method,
            request.url.raw_path.decode(),
            int(time.time()),
            secrets.token_hex(16),
            body,
        )
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._client.send(request, stream=True)
                try:
                    content = await _read(answer, max_bytes)
                finally:
                    await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            return _Silence("rail_down", type(problem).__name__, was_sent=False)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as problem:
            return _Silence("no_answer", type(problem).__name__)
        if content is None:
            return _Silence("answer_too_large", "")
        stamp = wire.signed_at(self._public, answer.headers, content)
        if stamp is None or abs(time.time() - stamp) > MAX_AGE_S:
            return _Silence("signature_wrong", str(answer.status_code))
        return _Heard(answer.status_code, content)


async def _read(answer: httpx.Response, max_bytes: int) -> bytes | None:
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > max_bytes:
            return None
    return bytes(content)


def _order(tender_id: str, amount_minor: int, currency: str, subject: str) -> dict[str, Any]:
    return {
        "out_trade_no": tender_id,
        "amount": {"total": amount_minor, "currency": currency},
        "subject": subject.strip()[:127] or "-",
    }


def _readable(call: str, heard: _Heard | _Silence) -> RailAnswer | tuple[int, dict[str, Any]]:
    """The status and content of an answer, or what its absence means for this call."""
    if isinstance(heard, _Silence):
        evidence = {"call": call, "failure": heard.failure}
        # A refund is owed: it is asked for again. A payment can be made another way.
        is_undone = not heard.was_sent and call in ("pay_code", "pay_qr")
        return RailAnswer("declined" if is_undone else "unknown", None, heard.reason, evidence)
    content = wire.read_object(heard.body)
    if heard.status >= 500:
        return RailAnswer("unknown", None, "provider_error", {"call": call, "status": heard.status})
    if content is None:
        return RailAnswer("unknown", None, "answer_malformed", {"call": call, "status": heard.status})
    return heard.status, content
