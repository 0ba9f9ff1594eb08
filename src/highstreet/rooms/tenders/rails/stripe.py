"""The connector to Stripe: Checkout pages (`qr`, `link`), card readers (`reader`), refunds, webhooks, the report.

A tender is one Checkout Session or one PaymentIntent with the tender's id in its metadata, made under an
Idempotency-Key that the id gives: asked again, it is the same one. `provider_ref` is cs_... while a page is open and
pi_... from then on; without it the object is looked for among those made since the tender was. Money that was taken
goes back by a refund of all of it, whose metadata says `reverses`. A reversal is confirmed by that refund's
`succeeded`, by an expired page or by a cancelled intent. stripe_wire says where each rule comes from.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from highstreet.rooms.tenders.errors import NOTICE_FORGED, NOTICE_MALFORMED
from highstreet.rooms.tenders.model import BillLine, Notice, QrShown, RailAnswer
from highstreet.rooms.tenders.rails import stripe_wire as wire
from highstreet.rooms.tenders.rails.heard import Json, read_object
from highstreet.rooms.tenders.rails.http import Client
from highstreet.rooms.tenders.rails.port import NoticeAnswer, PayOrder, RailTiming, RefundOrder
from highstreet.rooms.tenders.rails.stripe_bill import fetch_report
from highstreet.rooms.tenders.rails.stripe_calls import Got, StripeCalls
from highstreet.rooms.tenders.rails.stripe_report import parse_report

__all__ = ["StripeRail"]

MAX_AGE_S = 300
MAX_PAGE_URL = 1500
PAGE_S = 3600
"""How long a page can be paid: Stripe's least is half an hour from its making."""
# Most objects are made within seconds of their tender: look there first. The clocks may differ.
SOON_S = 60
_HEADER = re.compile(r"[!-~]{1,255}")
SHOW_ALL = {"expand": ["latest_charge.refunds"]}
SHOW_PAGE = {"expand": ["payment_intent.latest_charge.refunds"]}


class StripeRail:
    """One account's way to Stripe in one currency; `account` is a connected account's id, if it is not the key's own.

    `methods` are the payment method types of a page: those that are paid at once (a card includes the phones' wallets).
    `done_url` is the page a payer sees after paying. Raises ValueError for a currency whose minor units are not Stripe's,
    and for a key or account that could not stand in a header.
    """

    name = "stripe"
    ways = frozenset({"qr", "link", "reader"})
    timing = RailTiming(
        first_query_s=3.0, query_every_s=3.0, call_back_s=90.0, gives_up_s=PAGE_S, call_back_qr_s=180.0
    )
    notice_answer = NoticeAnswer(200)

    def __init__(
        self,
        base_url: str,
        secret_key: str,
        webhook_secret: str,
        account: str | None,
        currency: str,
        *,
        methods: Sequence[str] = ("card",),
        done_url: str = "https://stripe.com/",
        client: Client | None = None,
    ) -> None:
        if not wire.takes(currency):
            raise ValueError(f"Stripe counts {currency} in other units than we do")
        if any(not _HEADER.fullmatch(text) for text in (secret_key, account or "-")):
            raise ValueError("the secret key or the account is malformed")  # and is not said
        self.currencies: frozenset[str] | None = frozenset({currency})
        self._base_url = base_url.rstrip("/")
        self._webhook_secret = webhook_secret
        self._account = account
        self._methods = list(methods)
        self._done_url = done_url
        self._calls = StripeCalls(secret_key, account, base_url, client)

    async def open(self) -> None:
        """Nothing is needed before the first call."""

    async def aclose(self) -> None:
        """Close the pool."""
        await self._calls.aclose()

    async def pay_by_code(self, order: PayOrder, auth_code: str) -> RailAnswer:
        """Stripe has no codes that a register scans."""
        return RailAnswer("declined", None, "rail_refused", {"call": "pay_code"})

    async def show_qr(self, order: PayOrder) -> QrShown | RailAnswer:
        """A page to pay on, as a QR or a link; asked again, the same one. An answer when there is none to show."""
        got = await self._make_page("pay_qr", order)
        if isinstance(got, RailAnswer):
            return got
        if got.status != 200:
            return wire.refused("pay_qr", got.status, got.content)
        page, asked = got.content, (order.amount_minor, order.currency)
        answer = wire.session_answer("pay_qr", page, order.tender_id, asked)
        if answer.outcome != "paying" or page.get("status") != "open":
            return answer
        url, expires_at = page.get("url"), page.get("expires_at")
        if not isinstance(url, str) or not 0 < len(url) <= MAX_PAGE_URL or type(expires_at) is not int:
            return RailAnswer("unknown", answer.provider_ref, "answer_malformed", answer.evidence)
        try:
            return QrShown(url, datetime.fromtimestamp(expires_at, UTC))
        except (ValueError, OverflowError, OSError):
            return RailAnswer("unknown", answer.provider_ref, "answer_malformed", answer.evidence)

    async def pay_on_reader(self, order: PayOrder, reader_id: str) -> RailAnswer:
        """Let a reader ask for a card; `paying` once it does. A reader that cannot is declined, the intent ended."""
        asked = {
            "amount": order.amount_minor,
            "currency": order.currency.lower(),
            "payment_method_types": ["card_present"],
            "capture_method": "automatic",
            "description": _subject(order),
            "metadata": _words(order) | {"reader": reader_id},
        }
        key = f"{order.tender_id}-reader"
        got = await self._calls.post("pay_reader", self._url("payment_intents"), asked, key=key)
        if isinstance(got, Got) and got.status == 200 and got.is_replayed:
            got = await self._fresh("query_reader", got.content, SHOW_ALL)
        if isinstance(got, RailAnswer):
            return got
        if got.status != 200:
            return wire.refused("pay_reader", got.status, got.content)
        intent = got.content
        answer = wire.intent_answer(
            "pay_reader", intent, order.tender_id, (order.amount_minor, order.currency)
        )
        if answer.outcome != "paying" or answer.provider_ref is None:
            return answer
        stopped = await self._stopped(intent)
        if stopped is not None:
            return await self._end(answer, stopped)
        return await self._process(answer, answer.provider_ref, reader_id)

    async def _process(self, answer: RailAnswer, ref: str, reader_id: str) -> RailAnswer:
        reader = self._url("terminal/readers", reader_id)
        asked = {"payment_intent": ref}
        got = await self._calls.post("process_reader", f"{reader}/process_payment_intent", asked)
        if isinstance(got, RailAnswer):
            return replace(got, provider_ref=ref)
        if got.status == 200:
            is_ours = _works_on(got.content) == ref
            return answer if is_ours else RailAnswer("unknown", ref, "answer_differs", answer.evidence)
        said = wire.refused("process_reader", got.status, got.content)
        if said.reason == "terminal_reader_busy":
            shown = await self._calls.get("query_reader", reader)
            if isinstance(shown, RailAnswer):
                return replace(shown, provider_ref=ref)
            if _works_on(shown.content) == ref:  # an earlier call of ours, whose answer was lost
                return answer
        if said.reason in ("terminal_reader_busy", "terminal_reader_offline", "resource_missing"):
            return await self._end(answer, said.reason)
        return replace(said, outcome="unknown", provider_ref=ref)

    async def _end(self, answer: RailAnswer, reason: str) -> RailAnswer:
        """Declined, once the intent can take no money any more; what it was, while that is not sure."""
        ref = answer.provider_ref or ""
        got = await self._calls.post("cancel", self._url("payment_intents", ref, "cancel"))
        is_ended = isinstance(got, Got) and got.status == 200 and got.content.get("status") == "canceled"
        return RailAnswer("declined" if is_ended else "paying", ref, reason, answer.evidence)

    async def query(self, order: PayOrder) -> RailAnswer:
        """What became of a payment; a card that a reader declined ends it. `not_found` is no proof of anything."""
        found = await self._find("query", order)
        if isinstance(found, RailAnswer):
            return found
        if found is None:
            return RailAnswer("not_found", None, "resource_missing", {"call": "query"})
        answer = _answer("query", found, order.tender_id, (order.amount_minor, order.currency))
        stopped = await self._stopped(found) if answer.outcome == "paying" else None
        return answer if stopped is None else await self._end(answer, stopped)

    async def _stopped(self, intent: Json) -> str | None:
        """Why its reader has given this payment up; None while it may go on, such as with the PIN that the bank wants."""
        reader_id = wire.said(intent, "reader")
        if reader_id is None or intent.get("status") != "requires_payment_method":
            return None
        shown = await self._calls.get("query_reader", self._url("terminal/readers", reader_id))
        if isinstance(shown, RailAnswer) or shown.status != 200:
            return None
        on_ref, status, failure = wire.reader_action(shown.content)
        if on_ref == wire.ref_of(intent):
            return (wire.decline_of(intent) or failure or "declined") if status == "failed" else None
        return wire.decline_of(intent)  # it does something else by now

    async def reverse(self, order: PayOrder) -> RailAnswer:
        """Make sure that a payment takes no money: close the page, cancel the intent, or give everything back."""
        found = await self._find("reverse", order)
        if found is None:
            found = await self._burn(order)
        for _ in range(3):
            if isinstance(found, RailAnswer):
                return found
            if found is None:
                return RailAnswer("unknown", None, "resource_missing", {"call": "reverse"})
            answer = _answer("reverse", found, order.tender_id)
            if answer.outcome == "paid":
                return await self._give_all_back(found, order)
            status = found.get("status")
            if answer.outcome != "paying" or status in ("processing", "complete"):
                is_over = answer.outcome in ("reversed", "declined", "unknown")
                return (
                    answer if is_over else replace(answer, outcome="unknown", reason="reversal_unconfirmed")
                )
            got = await self._call_off(found)
            if isinstance(got, RailAnswer):
                return got
            # Refused: it was paid, or ended, since we looked.
            again = replace(order, provider_ref=wire.ref_of(found))
            found = got.content if got.status == 200 else await self._find("reverse", again)
        return RailAnswer("unknown", None, "reversal_unconfirmed", {"call": "reverse"})

    async def _call_off(self, found: Json) -> Got | RailAnswer:
        ref = wire.ref_of(found) or ""
        if found.get("object") == "checkout.session":
            return await self._calls.post("reverse", self._url("checkout/sessions", ref, "expire"))
        if (reader_id := wire.said(found, "reader")) is not None:
            reader = self._url("terminal/readers", reader_id)
            shown = await self._calls.get("reverse", reader)
            if isinstance(shown, Got) and _works_on(shown.content) == ref:
                # Its screen must not go on asking; whether it heard us does not matter for the money.
                await self._calls.post("reverse", f"{reader}/cancel_action")
        return await self._calls.post("reverse", self._url("payment_intents", ref, "cancel"))

    async def _burn(self, order: PayOrder) -> Json | RailAnswer:
        """Use the page's key up, so that a request still under way makes nothing new; its page is then closed."""
        got = await self._make_page("reverse", order)
        if isinstance(got, RailAnswer):
            return got
        if got.status == 200:
            return got.content
        said = wire.refused("reverse", got.status, got.content)
        if got.status == 400 and said.evidence.get("type") == "invalid_request_error":
            # Refused for what it is (such as its age): so would be the one under way.
            return replace(said, outcome="declined", reason="not_found")
        return said

    async def _give_all_back(self, found: Json, order: PayOrder) -> RailAnswer:
        intent = found if found.get("object") == "payment_intent" else found["payment_intent"]
        ref = wire.ref_of(intent)
        failed = [
            one
            for one in wire.reversals(intent, order.tender_id)
            if one.get("status") in ("failed", "canceled")
        ]
        asked = {"payment_intent": ref, "metadata": {"reverses": order.tender_id}}
        key = f"{order.tender_id}-reverse-{len(failed)}"
        got = await self._calls.post("reverse", self._url("refunds"), asked, key=key)
        if isinstance(got, RailAnswer):
            return replace(got, provider_ref=ref)
        fresh = await self._find("reverse", replace(order, provider_ref=ref))
        if not isinstance(fresh, dict):
            return fresh or RailAnswer("unknown", ref, "resource_missing", {"call": "reverse"})
        answer = _answer("reverse", fresh, order.tender_id)
        if answer.outcome != "paid":
            return answer
        reason = "reversal_unconfirmed"
        if got.status != 200:
            reason = wire.refused("reverse", got.status, got.content).reason or reason
        return replace(answer, outcome="unknown", reason=reason)

    async def refund(self, order: RefundOrder) -> RailAnswer:
        """Give back part of a payment or all of it; looks first whether it was, for a key is forgotten after a day."""
        intent_id = await self._intent_of("refund", order)
        if isinstance(intent_id, RailAnswer):
            return intent_id
        asked = (order.amount_minor, order.payment.currency)
        found = await self._find_refund("refund", order, intent_id)
        if isinstance(found, RailAnswer):
            return found
        if found is None:
            sent = {
                "payment_intent": intent_id,
                "amount": order.amount_minor,
                "metadata": {"tender_id": order.refund_tender_id},
            }
            key = f"{order.refund_tender_id}-refund"
            got = await self._calls.post("refund", self._url("refunds"), sent, key=key)
            if isinstance(got, Got) and got.status == 200 and got.is_replayed:
                got = await self._fresh("refund", got.content, {})
            if isinstance(got, RailAnswer):
                return got
            if got.status != 200:
                return wire.refused("refund", got.status, got.content)
            found = got.content
        return wire.refund_answer("refund", found, order.refund_tender_id, asked)

    async def query_refund(self, order: RefundOrder) -> RailAnswer:
        """What became of a refund."""
        intent_id = await self._intent_of("query_refund", order)
        if isinstance(intent_id, RailAnswer):
            return intent_id
        found = await self._find_refund("query_refund", order, intent_id)
        if isinstance(found, RailAnswer):
            return found
        if found is None:
            return RailAnswer("not_found", None, "resource_missing", {"call": "query_refund"})
        return wire.refund_answer("query_refund", found, order.refund_tender_id)

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """An event, once its signature and its age (at most 300 s) hold; None for another account's.

        Errors: Refusal tenders.notice_forged (401); tenders.notice_malformed (422), so that it is sent again.
        """
        stamp = wire.signed_at(self._webhook_secret, headers, body)
        if stamp is None or abs(now.timestamp() - stamp) > MAX_AGE_S:
            raise NOTICE_FORGED()
        event = read_object(body) or {}
        if event.get("account") != self._account:
            return None  # an endpoint hears of all connected accounts
        data = event.get("data")
        found = data.get("object") if isinstance(data, dict) else None
        if (
            event.get("object") != "event"
            or not isinstance(event.get("type"), str)
            or not isinstance(found, dict)
        ):
            raise NOTICE_MALFORMED()
        notice = wire.event_notice(event["type"], found)
        if notice is not None and notice.answer.outcome == "unknown":
            raise NOTICE_MALFORMED()
        return notice

    async def fetch_bill(self, day: date, *, is_early: bool = False) -> bytes:
        """The report of what changed the balance on a day of ours; early: of as much of it as there is.

        Errors: Refusal tenders.bill_not_ready while Stripe has not all of it, or is still writing;
        tenders.rail_down when no believable answer came.
        """
        return await fetch_report(self._calls, self._base_url, day, is_early=is_early)

    def parse_bill(self, content: bytes) -> list[BillLine]:
        """Read a report with our columns. Errors: Refusal tenders.bill_malformed."""
        return parse_report(content)

    async def _make_page(self, call: str, order: PayOrder) -> Got | RailAnswer:
        """The order's page as it is now: made, or found by its key."""
        words = _words(order)
        price = {
            "currency": order.currency.lower(),
            "unit_amount": order.amount_minor,
            "product_data": {"name": _subject(order)},
        }
        asked = {
            "mode": "payment",
            "client_reference_id": order.tender_id,
            "expires_at": int(order.created_at.timestamp()) + PAGE_S,
            "line_items": [{"price_data": price, "quantity": 1}],
            "metadata": words,
            "payment_intent_data": {"metadata": words, "description": _subject(order)},
            "payment_method_types": self._methods,
            "success_url": self._done_url,
        }
        key = f"{order.tender_id}-qr"
        got = await self._calls.post(call, self._url("checkout/sessions"), asked, key=key)
        if isinstance(got, Got) and got.status == 200 and got.is_replayed:
            return await self._fresh(f"{call}_again", got.content, SHOW_PAGE)
        return got

    async def _fresh(self, call: str, stale: Json, show: Mapping[str, Any]) -> Got | RailAnswer:
        """An object as it is now, where a replayed answer said what it was."""
        paths = {
            "checkout.session": "checkout/sessions",
            "payment_intent": "payment_intents",
            "refund": "refunds",
        }
        ref, path = wire.ref_of(stale), paths.get(str(stale.get("object")))
        if ref is None or path is None:
            return RailAnswer("unknown", None, "answer_malformed", {"call": call})
        return await self._calls.get(call, self._url(path, ref), show)

    async def _find(self, call: str, order: PayOrder) -> Json | RailAnswer | None:
        """The order's page or intent, whole; None when there is none."""
        ref = order.provider_ref or await self._look_for(call, order)
        if ref is None or isinstance(ref, RailAnswer):
            return ref
        is_page = ref.startswith("cs_")
        path, show = ("checkout/sessions", SHOW_PAGE) if is_page else ("payment_intents", SHOW_ALL)
        got = await self._calls.get(call, self._url(path, ref), show)
        if isinstance(got, RailAnswer) or got.status == 200:
            return got if isinstance(got, RailAnswer) else got.content
        said = wire.refused("query", got.status, got.content)
        return None if said.outcome == "not_found" else replace(said, provider_ref=ref)

    async def _look_for(self, call: str, order: PayOrder) -> str | RailAnswer | None:
        made = int(order.created_at.timestamp())
        for created in ((made - SOON_S, made + SOON_S), (made - PAGE_S, made + PAGE_S)):
            for path, is_it in (
                ("checkout/sessions", lambda one: one.get("client_reference_id") == order.tender_id),
                ("payment_intents", lambda one: wire.said(one, "tender_id") == order.tender_id),
            ):
                found = await self._calls.find(call, self._url(path), created, is_it)
                if found is not None:
                    return found if isinstance(found, RailAnswer) else wire.ref_of(found)
        return None

    async def _intent_of(self, call: str, order: RefundOrder) -> str | RailAnswer:
        """The payment that is given back."""
        payment = order.payment
        if payment.provider_ref is not None and payment.provider_ref.startswith("pi_"):
            return payment.provider_ref
        found = await self._find(call, payment)
        if isinstance(found, RailAnswer):
            return found
        intent = found.get("payment_intent", found) if found is not None else None
        ref = wire.ref_of(intent)
        if ref is None or not ref.startswith("pi_"):
            return RailAnswer("unknown", None, "payment_not_found", {"call": call})
        return ref

    async def _find_refund(self, call: str, order: RefundOrder, intent_id: str) -> Json | RailAnswer | None:
        if order.provider_ref is not None:
            got = await self._calls.get(call, self._url("refunds", order.provider_ref))
        else:
            asked = {"payment_intent": intent_id, "limit": 100}
            got = await self._calls.get(call, self._url("refunds"), asked)
        if isinstance(got, RailAnswer):
            return got
        if got.status != 200:
            said = wire.refused("query_refund", got.status, got.content)
            return None if said.outcome == "not_found" else said
        if order.provider_ref is not None:
            return got.content
        if got.content.get("object") != "list" or got.content.get("has_more") is not False:
            return RailAnswer("unknown", None, "answer_malformed", {"call": call, "status": got.status})
        refunds = wire.listed(got.content)
        return next((one for one in refunds if wire.said(one, "tender_id") == order.refund_tender_id), None)

    def _url(self, *parts: str) -> str:
        first, *rest = parts
        return "/".join((f"{self._base_url}/v1/{first}", *(quote(part, safe="") for part in rest)))


def _answer(call: str, found: Json, tender_id: str, asked: tuple[int, str] | None = None) -> RailAnswer:
    read = wire.session_answer if found.get("object") == "checkout.session" else wire.intent_answer
    return read(call, found, tender_id, asked)


def _subject(order: PayOrder) -> str:
    return order.subject.strip()[:127] or "-"


def _words(order: PayOrder) -> dict[str, str]:
    return {"tender_id": order.tender_id, "sale": _subject(order)}


def _works_on(reader: Json) -> str | None:
    """The intent that a reader asks for a card for."""
    ref, status, _ = wire.reader_action(reader)
    return ref if status == "in_progress" else None
