"""The connector to WeChat Pay v3, for direct merchants: payment codes and native QR codes.

The tender's id is our out_trade_no or out_refund_no. Whatever is unclear is `unknown`; a refusal of WeChat Pay is
believed once a query shows that nothing stands behind it, because its errors name no order and an earlier request
with the same number may have gone through. Nothing is logged here: codes and keys pass through. Where each rule is
from stands in highstreet_simulator/wechat/PROTOCOL.md.
"""

import asyncio
import hashlib
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from highstreet.rooms.tenders.errors import (
    BILL_NOT_READY,
    NOTICE_FORGED,
    NOTICE_MALFORMED,
    RAIL_DOWN,
)
from highstreet.rooms.tenders.model import BillLine, Notice, QrShown, RailAnswer
from highstreet.rooms.tenders.rails import wechat_bill as bill
from highstreet.rooms.tenders.rails import wechat_wire as wire
from highstreet.rooms.tenders.rails.heard import Heard, Silence, number_of, read_object, readable
from highstreet.rooms.tenders.rails.http import Client, target_of
from highstreet.rooms.tenders.rails.port import NoticeAnswer, PayOrder, RailTiming, RefundOrder

PAY_TIMEOUT_S = 5.0
QUERY_TIMEOUT_S = 3.0
BILL_TIMEOUT_S = 60.0
MAX_AGE_S = 300
MAX_ANSWER_BYTES = 64 * 1024
MAX_CODE_URL = 512
QR_LIFE = timedelta(minutes=5)
# WeChat Pay puts a new certificate in force a day before the old one ends and wants it fetched in time.
CERTIFICATES_LIFE_S = 12 * 3600.0
TRANSACTIONS = "/v3/pay/transactions"
REFUNDS = "/v3/refund/domestic/refunds"


class WechatRail:
    """One merchant's way to WeChat Pay; keeps connections and the platform's keys, nothing else.

    `serial_no` is that of the merchant's certificate, whose key is `private_key`; `apiv3_key` (32 bytes) opens what is
    sealed. With `platform_key` and its id (PUB_KEY_ID_…) answers are asked for in the public-key way, without them
    the platform's certificates are fetched. `notify_url` must hold no query. `clock` gives seconds, for the
    age of certificates.
    """

    name = "wechat"
    ways = frozenset({"code", "qr"})
    currencies: frozenset[str] | None = frozenset({"CNY"})
    timing = RailTiming(first_query_s=4.0, query_every_s=4.0, call_back_s=30.0, gives_up_s=45.0)
    notice_answer = NoticeAnswer()

    def __init__(
        self,
        base_url: str,
        mchid: str,
        appid: str,
        serial_no: str,
        private_key: RSAPrivateKey,
        apiv3_key: bytes,
        notify_url: str,
        platform_key: tuple[str, RSAPublicKey] | None = None,
        *,
        store_id: str = "highstreet",
        certificates_every_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        client: Client | None = None,
    ) -> None:
        if len(apiv3_key) != 32:
            raise ValueError("an APIv3 key has 32 bytes")
        self.mchid, self._appid, self._serial_no = mchid, appid, serial_no
        self._base_url = base_url.rstrip("/")
        self._private_key, self._apiv3_key = private_key, apiv3_key
        self._notify_url, self._store_id = notify_url, store_id
        self._platform_id = None if platform_key is None else platform_key[0]
        self._pinned = {} if platform_key is None else {platform_key[0]: platform_key[1]}
        self._keys: dict[str, RSAPublicKey] = dict(self._pinned)
        self._every_s, self._clock = certificates_every_s, clock
        self._fetched_at: float | None = None
        self._met_unknown = False
        self._aside: asyncio.Task[None] | None = None
        self._fetching = asyncio.Lock()
        self._client = client or Client()

    async def open(self) -> None:
        """Fetch the platform's certificates, unless its public key was given. Errors: Refusal tenders.rail_down."""
        await self._refresh_keys()
        if not self._keys:
            raise RAIL_DOWN()

    async def aclose(self) -> None:
        """Close the pool."""
        if self._aside is not None:
            self._aside.cancel()
        await self._client.aclose()

    async def pay_by_code(self, order: PayOrder, auth_code: str) -> RailAnswer:
        """Charge the code on the payer's phone."""
        sent = self._order(order) | {
            "payer": {"auth_code": auth_code},
            "scene_info": {"store_info": {"out_id": self._store_id}},
        }
        heard = await self._send("POST", f"{TRANSACTIONS}/codepay", sent, PAY_TIMEOUT_S)
        answer = self._trade("pay_code", heard, order, is_amount_known=True)
        return await self._after_refusal(order, answer) if _is_refused(heard) else answer

    async def show_qr(self, order: PayOrder) -> QrShown | RailAnswer:
        """A code for the payer to scan, the same for the same order: everything sent follows from it."""
        return await self._show(order, order.created_at.astimezone(UTC) + QR_LIFE)

    async def query(self, order: PayOrder) -> RailAnswer:
        """What became of a payment; one that went back by our own refund is reversed."""
        target = f"{TRANSACTIONS}/out-trade-no/{quote(order.tender_id, safe='')}?mchid={self.mchid}"
        heard = await self._send("GET", target, None, QUERY_TIMEOUT_S)
        answer = self._trade("query", heard, order)
        if answer.outcome != "paid" or answer.evidence.get("trade_state") != "REFUND":
            return answer
        back = await self.query_refund(_all_back(order))
        match back.outcome:
            case "refunded":
                return RailAnswer("reversed", answer.provider_ref, "refund", answer.evidence)
            case "not_found" | "declined":
                return answer
        return RailAnswer("unknown", answer.provider_ref, "reversal_unconfirmed", answer.evidence)

    async def reverse(self, order: PayOrder) -> RailAnswer:
        """Make sure that a payment takes no money. Unknown means: ask again until it is confirmed.

        Only payments by code can be reversed; QR orders are closed, or refunded in full when they were paid.
        """
        target = f"{TRANSACTIONS}/out-trade-no/{quote(order.tender_id, safe='')}/reverse"
        heard = await self._send("POST", target, self._who(), PAY_TIMEOUT_S)
        content = readable("reverse", heard)
        if isinstance(content, RailAnswer):
            return content
        status, said = content
        evidence: dict[str, Any] = {"call": "reverse", "status": status}
        if code := wire.code_of(said):
            evidence["code"] = code
        is_ours = said.get("mchid") == self.mchid and said.get("out_trade_no") == order.tender_id
        if status == 200 and is_ours:
            return RailAnswer("reversed", order.provider_ref, "reverse", evidence)
        if status == 404:
            return await self._use_up(order)
        if wire.is_refusal(status) and status != 429:
            return await self._take_back(order)
        return RailAnswer("unknown", None, "reversal_unconfirmed", evidence)

    async def refund(self, order: RefundOrder) -> RailAnswer:
        """Give back part of a payment or all of it; the same refund number again gives once."""
        sent = {
            "out_trade_no": order.payment.tender_id,
            "out_refund_no": order.refund_tender_id,
            "notify_url": self._notify_url,
            "amount": {
                "refund": order.amount_minor,
                "total": order.payment.amount_minor,
                "currency": order.payment.currency,
            },
        }
        heard = await self._send("POST", REFUNDS, sent, PAY_TIMEOUT_S)
        answer = self._refund("refund", heard, order)
        if not _is_refused(heard) or answer.evidence.get("code") not in wire.REFUND_REFUSED:
            return answer
        found = await self.query_refund(order)
        if found.outcome != "not_found":
            return found
        return RailAnswer("declined", None, answer.reason, answer.evidence)

    async def query_refund(self, order: RefundOrder) -> RailAnswer:
        """What became of a refund."""
        target = f"{REFUNDS}/{quote(order.refund_tender_id, safe='')}"
        heard = await self._send("GET", target, None, QUERY_TIMEOUT_S)
        return self._refund("query_refund", heard, order)

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """A notice, once its signature, its age (at most 300 s), its seal and its merchant hold.

        One signed with a certificate that we have not fetched yet is refused and makes us fetch; it comes again.
        Errors: Refusal tenders.notice_forged (401), tenders.notice_malformed (422).
        """
        self._met_unknown |= wire.serial_named(headers) not in self._keys
        stamp = wire.signed_at(self._keys, headers, body)
        if stamp is None or abs(now.timestamp() - stamp) > MAX_AGE_S:
            raise NOTICE_FORGED()
        content = read_object(body)
        if content is None:
            raise NOTICE_MALFORMED()
        kind, _, _ = str(content.get("event_type")).partition(".")
        if kind not in ("TRANSACTION", "REFUND"):
            return None
        opened = wire.open_sealed(self._apiv3_key, content.get("resource"))
        if opened is None:
            raise NOTICE_FORGED()
        told = read_object(opened) or {}
        if told.get("mchid") != self.mchid:
            raise NOTICE_FORGED()
        number = number_of(told, "out_trade_no")
        if number is None:
            raise NOTICE_MALFORMED()
        return self._noticed_trade(told, number) if kind == "TRANSACTION" else _noticed_refund(told, number)

    async def fetch_bill(self, day: date, *, is_early: bool = False) -> bytes:
        """The bill of a day in UTC+8, unpacked and held against its SHA-1.

        Of a day without movements there is none: ours has its columns and zeros. `is_early` asks before 10:00 of the
        next day, which only a simulator grants.
        Errors: Refusal tenders.bill_not_ready; tenders.rail_down when no believable answer came;
        tenders.bill_malformed for a file that unpacks to more than 64 MiB.
        """
        target = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL&tar_type=GZIP"
        heard = await self._send("GET", target + ("&force=1" if is_early else ""), None, BILL_TIMEOUT_S)
        content = readable("bill", heard)
        if isinstance(content, RailAnswer):
            raise RAIL_DOWN()
        status, said = content
        code = wire.code_of(said) if wire.is_refusal(status) else ""
        is_time = is_early or datetime.now(UTC) >= _bill_ready_at(day)
        if code == "STATEMENT_CREATING" or (code == "NO_STATEMENT_EXIST" and not is_time):
            raise BILL_NOT_READY(day=day.isoformat())
        if code == "NO_STATEMENT_EXIST":
            return bill.EMPTY
        # The file is fetched from where we asked: an address elsewhere would get our signature.
        address = urlsplit(str(said.get("download_url")))
        if (
            status != 200
            or said.get("hash_type") != "SHA1"
            or not address.path.startswith("/v3/billdownload/")
        ):
            raise RAIL_DOWN()
        path = f"{address.path}?{address.query}"
        file = await self._send_unchecked("GET", path, b"", BILL_TIMEOUT_S, bill.MAX_BILL_BYTES)
        if isinstance(file, Silence) or file.status != 200:
            raise RAIL_DOWN()
        plain = bill.unpack(file.body)
        if hashlib.sha1(plain, usedforsecurity=False).hexdigest() != str(said.get("hash_value")).lower():
            raise RAIL_DOWN()
        return plain

    def parse_bill(self, content: bytes) -> Sequence[BillLine]:
        """Read a day's bill, packed or not. Errors: Refusal tenders.bill_malformed with the line."""
        return bill.parse(content, self.mchid)

    # What a refusal or a reversal takes more than one request for.

    async def _show(self, order: PayOrder, expires_at: datetime) -> QrShown | RailAnswer:
        sent = self._order(order) | {
            "notify_url": self._notify_url,
            "time_expire": expires_at.astimezone(bill.BILL_ZONE).isoformat(timespec="seconds"),
        }
        heard = await self._send("POST", f"{TRANSACTIONS}/native", sent, PAY_TIMEOUT_S)
        content = readable("pay_qr", heard)
        if isinstance(content, RailAnswer):
            return content
        status, said = content
        code_url = said.get("code_url")
        if status == 200 and isinstance(code_url, str) and 0 < len(code_url) <= MAX_CODE_URL:
            return QrShown(code_url, expires_at)
        if status == 200:
            return RailAnswer("unknown", None, "answer_malformed", {"call": "pay_qr", "status": status})
        answer = self._trade("pay_qr", heard, order)
        return await self._after_refusal(order, answer) if _is_refused(heard) else answer

    async def _after_refusal(self, order: PayOrder, refusal: RailAnswer) -> RailAnswer:
        """A refused payment is declined if no order is open or paid under its number; else what the order says."""
        found = await self.query(order)
        reason = wire.reason_of(refusal.evidence.get("code", ""))
        is_idle = found.evidence.get("trade_state") == "NOTPAY" and reason is not None
        if found.outcome == "declined":
            return RailAnswer("declined", None, reason or found.reason, refusal.evidence)
        if found.outcome == "not_found" or is_idle:
            return RailAnswer("declined", None, reason or "rail_refused", refusal.evidence)
        return found

    async def _take_back(self, order: PayOrder) -> RailAnswer:
        """Undo an order that WeChat Pay does not reverse: a QR's, or one too old."""
        found = await self.query(order)
        match found.evidence.get("trade_state"):
            case "NOTPAY":
                return await self._close(order)
            case "SUCCESS" | "REFUND" if found.outcome == "paid":
                back = await self.refund(_all_back(order))
                if back.outcome == "refunded":
                    return RailAnswer("reversed", found.provider_ref, "refund", back.evidence)
                return RailAnswer("unknown", found.provider_ref, "reversal_unconfirmed", back.evidence)
            case "CLOSED":
                return found
        if found.outcome == "reversed":
            return found
        return RailAnswer("unknown", found.provider_ref, "reversal_unconfirmed", found.evidence)

    async def _close(self, order: PayOrder) -> RailAnswer:
        """Close an unpaid order. 204 comes for numbers that do not exist too, so a query must confirm it."""
        target = f"{TRANSACTIONS}/out-trade-no/{quote(order.tender_id, safe='')}/close"
        heard = await self._send("POST", target, {"mchid": self.mchid}, PAY_TIMEOUT_S)
        if isinstance(heard, Heard) and heard.status == 204:
            found = await self.query(order)
            if found.evidence.get("trade_state") == "CLOSED":
                return RailAnswer("reversed", None, "close", found.evidence)
        failure = heard.failure if isinstance(heard, Silence) else str(heard.status)
        evidence = {"call": "close", "failure": failure}
        return RailAnswer("unknown", None, "reversal_unconfirmed", evidence)

    async def _use_up(self, order: PayOrder) -> RailAnswer:
        """A number that WeChat Pay has never seen: an order opened and closed under it, so that a payment request
        still under way with it comes to nothing (numbers are unique over all ways of paying)."""
        shown = await self._show(order, datetime.now(UTC) + QR_LIFE)
        if isinstance(shown, QrShown):
            return await self._close(order)
        return RailAnswer("unknown", None, "reversal_unconfirmed", shown.evidence)

    # Requests and answers.

    def _who(self) -> dict[str, Any]:
        return {"appid": self._appid, "mchid": self.mchid}

    def _order(self, order: PayOrder) -> dict[str, Any]:
        return self._who() | {
            "description": order.subject.strip()[:127] or "-",
            "out_trade_no": order.tender_id,
            "amount": {"total": order.amount_minor, "currency": order.currency},
        }

    def _noticed_trade(self, told: dict[str, Any], number: str) -> Notice:
        answer = wire.trade_answer("notice", 200, told, mchid=self.mchid, tender_id=number)
        if answer.outcome == "unknown":
            raise NOTICE_MALFORMED()
        return Notice(number, "trade", answer)

    def _trade(
        self, call: str, heard: Heard | Silence, order: PayOrder, *, is_amount_known: bool = False
    ) -> RailAnswer:
        content = readable(call, heard)
        if isinstance(content, RailAnswer):
            return content
        asked = (order.amount_minor, order.currency) if is_amount_known else None
        return wire.trade_answer(call, *content, mchid=self.mchid, tender_id=order.tender_id, asked=asked)

    def _refund(self, call: str, heard: Heard | Silence, order: RefundOrder) -> RailAnswer:
        content = readable(call, heard)
        if isinstance(content, RailAnswer):
            return content
        asked = (order.amount_minor, order.payment.currency) if call == "refund" else None
        return wire.refund_answer(
            call,
            *content,
            refund_tender_id=order.refund_tender_id,
            tender_id=order.payment.tender_id,
            asked=asked,
        )

    async def _send(
        self, method: str, target: str, content: dict[str, Any] | None, timeout_s: float
    ) -> Heard | Silence:
        """Ask; an answer that WeChat Pay did not sign now with a key that we know is none.

        401 and server errors come unsigned; they are passed on, and nobody takes them for more than unknown.
        """
        if self._keys and not self._are_old():
            self._refresh_aside()
        else:
            await self._refresh_keys()
        if not self._keys:
            return Silence("rail_down", "no_platform_key", was_sent=False)
        body = b"" if content is None else orjson.dumps(content)
        heard = await self._send_unchecked(method, target, body, timeout_s, MAX_ANSWER_BYTES)
        if isinstance(heard, Silence) or heard.status == 401 or heard.status >= 500:
            return heard
        if wire.serial_named(heard.headers) not in self._keys:
            self._met_unknown = True
            await self._refresh_keys()
        stamp = wire.signed_at(self._keys, heard.headers, heard.body)
        if stamp is None or abs(time.time() - stamp) > MAX_AGE_S:
            return Silence("signature_wrong", str(heard.status))
        return heard

    async def _send_unchecked(
        self, method: str, target: str, body: bytes, timeout_s: float, max_bytes: int
    ) -> Heard | Silence:
        """A signed request, and what came back whoever it is from."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        if self._platform_id is not None:
            headers["Wechatpay-Serial"] = self._platform_id
        url = f"{self._base_url}{target}"
        headers["Authorization"] = wire.authorization(
            self._private_key,
            self.mchid,
            self._serial_no,
            method,
            target_of(url),
            int(time.time()),
            secrets.token_hex(16),
            body,
        )
        return await self._client.ask(
            method, url, headers=headers, content=body, timeout_s=timeout_s, max_bytes=max_bytes
        )

    def _age_s(self) -> float:
        return math.inf if self._fetched_at is None else self._clock() - self._fetched_at

    def _are_old(self) -> bool:
        return self._platform_id is None and self._age_s() >= CERTIFICATES_LIFE_S

    def _refresh_aside(self) -> None:
        """No payment waits because somebody's notice named a certificate that we do not know."""
        if self._met_unknown and (self._aside is None or self._aside.done()):
            self._aside = asyncio.create_task(self._refresh_keys())

    async def _refresh_keys(self) -> None:
        """Fetch certificates when there are none, one was unknown or all are old, but not too often.

        Whoever comes while they are being fetched waits for them.
        """
        async with self._fetching:
            if self._age_s() >= self._every_s and (self._met_unknown or not self._keys or self._are_old()):
                await self._fetch_certificates()

    async def _fetch_certificates(self) -> None:
        """Ask for the certificates; those that we have stay when no better answer comes.

        Their seal proves that they are WeChat Pay's, and one of them must have signed the answer.
        """
        self._fetched_at, self._met_unknown = self._clock(), False
        heard = await self._send_unchecked("GET", "/v3/certificates", b"", QUERY_TIMEOUT_S, MAX_ANSWER_BYTES)
        content = read_object(heard.body) if isinstance(heard, Heard) and heard.status == 200 else None
        if content is None or isinstance(heard, Silence):
            return
        keys = self._pinned | wire.read_certificates(self._apiv3_key, content, datetime.now(UTC))
        stamp = wire.signed_at(keys, heard.headers, heard.body)
        if stamp is not None and abs(time.time() - stamp) <= MAX_AGE_S:
            self._keys = keys


def _all_back(order: PayOrder) -> RefundOrder:
    return RefundOrder(wire.reversal_no(order.tender_id), order.amount_minor, order)


def _noticed_refund(told: dict[str, Any], number: str) -> Notice:
    """A refund's notice; of a refund by which we took a payment back, it is about the payment."""
    refund_no = number_of(told, "out_refund_no")
    if refund_no is None:
        raise NOTICE_MALFORMED()
    answer = wire.refund_answer("notice", 200, told, refund_tender_id=refund_no)
    if answer.outcome == "unknown" and answer.reason != "refund_abnormal":
        raise NOTICE_MALFORMED()
    if refund_no != wire.reversal_no(number):
        return Notice(refund_no, "refund", answer)
    if answer.outcome == "refunded":
        return Notice(number, "trade", RailAnswer("reversed", None, "refund", answer.evidence))
    return Notice(number, "trade", RailAnswer("unknown", None, "reversal_unconfirmed", answer.evidence))


def _is_refused(heard: Heard | Silence) -> bool:
    return isinstance(heard, Heard) and wire.is_refusal(heard.status)


def _bill_ready_at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=bill.BILL_ZONE) + timedelta(days=1)
