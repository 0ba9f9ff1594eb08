"""Stripe's face: a secret key in, JSON objects out, signed webhooks. PROTOCOL.md beside this file says what it has.

Stripe does not sign its answers: TLS says whose they are. So the fault `bad_signature` is somebody else's answer, such as
the page of a network that wants a sign-in; and `clock_skew` dates the answer's object wrongly, which nobody should mind.
"""

import base64
import binascii
import hashlib
import hmac
import math
import re
import secrets
from dataclasses import replace
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider.answers import json_answer
from highstreet_simulator.provider.core import Answer, Call, Letter, Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.orders import NewMerchant
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Row, one
from highstreet_simulator.stripe import api_checkout, api_payments, api_terminal, reports
from highstreet_simulator.stripe.acts import keep_failure, key_of
from highstreet_simulator.stripe.forms import Json, read_form, refuse
from highstreet_simulator.stripe.tables import INTENT, REFUND, SCHEMA
from highstreet_simulator.stripe.views import show_intent, show_refund, show_session

API_VERSION = "2026-10-28.endive"
"""The version of stripe-python 16.1 (`_api_version.py`)."""
_SECRET_KEY = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9]{8,200}")
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{8,200}")
PORTAL = b"<!doctype html><title>Guest network</title><p>Please sign in.</p>"


class Stripe(Provider):
    """A provider in the manner of Stripe. A merchant's `secret` is its key, its `public_key` the webhooks' secret."""

    def __init__(self, settings: ProviderSettings) -> None:
        # Stripe gives back at any time (docs.stripe.com/refunds), as far as the card is there.
        super().__init__(replace(settings, refund_window_s=math.inf))
        self.store.connection.executescript(SCHEMA)

    def routes(self) -> list[Route]:
        """Everything under /v1, the pages of Checkout and the card holder's tap."""
        return [
            *api_payments.routes(),
            *api_checkout.routes(),
            *api_terminal.routes(),
            *reports.routes(),
        ]

    def check_credentials(self, merchant: NewMerchant) -> None:
        """`secret`: sk_test_...; `public_key`: whsec_..."""
        if not _SECRET_KEY.fullmatch(merchant.secret) or not _WEBHOOK_SECRET.fullmatch(merchant.public_key):
            raise ProviderRefusal(
                400, "invalid_request", "secret: sk_test_... and public_key: whsec_... are wanted"
            )

    def authenticate(self, request: Request, body: bytes) -> Call:
        """The key as a Bearer token or as Basic's user name (docs.stripe.com/api/authentication)."""
        key = _key(request.headers.get("authorization", ""))
        if not key:
            raise refuse(401, "You did not provide an API key.")
        row = one(self.store.connection, "SELECT * FROM merchants WHERE secret = ?", key)
        if row is None:
            shown = f"{key[:8]}***{key[-4:]}" if len(key) > 16 else "***"
            raise refuse(401, f"Invalid API Key provided: {shown}")
        account = request.headers.get("stripe-account")
        if account not in (None, row["merchant_id"]):
            message = f"The provided key does not have access to account '{account}'."
            raise refuse(403, message, code="account_invalid")
        sent = request.scope["query_string"] if request.method == "GET" else body
        try:
            asked = read_form(sent.decode())
        except UnicodeDecodeError as exc:
            raise refuse(400, "Invalid request: not UTF-8") from exc
        except ValueError as exc:
            raise refuse(400, "Invalid request: too many parameters") from exc
        return Call(self, request, str(row["merchant_id"]), body, asked)

    def refuse(self, refusal: ProviderRefusal, call: Call | None) -> Answer:
        """`{"error": {...}}` (docs.stripe.com/api/errors)."""
        facts = {name: value for name, value in refusal.facts.items() if name != "was_begun"}
        is_ours = refusal.status >= 500
        error: Json = {
            "type": "api_error" if is_ours else "invalid_request_error",
            "message": refusal.message,
        }
        if refusal.code and not is_ours:
            error |= {"code": refusal.code, "doc_url": f"https://docs.stripe.com/error-codes/{refusal.code}"}
        return json_answer({"error": error | facts}, refusal.status)

    def say_unknown(self, call: Call, operation: Operation) -> Answer:
        """It may have happened or not: the reader did not confirm that it heard (docs: "on rare occasions a false
        negative"), the key is in use by the same request (409), or the object is locked (429).
        """
        if call.request.url.path.endswith("/process_payment_intent"):
            message = "There was a timeout when sending this command to the reader."
            error = {"type": "invalid_request_error", "code": "terminal_reader_timeout", "message": message}
            return json_answer({"error": error}, 400)
        if key_of(call) is not None:
            message = "There is currently another in-progress request using this Idempotent Key."
            error = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": message}
            return json_answer({"error": error}, 409)
        error = {"type": "invalid_request_error", "code": "lock_timeout", "message": "This object is locked."}
        return json_answer({"error": error}, 429)

    def seal(self, answer: Answer, call: Call | None, *, is_wrong: bool = False) -> Response:
        """With Request-Id and Stripe-Version; see the head of this file for what `is_wrong` does here."""
        headers = {
            "Request-Id": f"req_{secrets.token_hex(7)}",
            "Stripe-Version": API_VERSION,
            **answer.headers,
        }
        if call is not None:
            if (version := call.request.headers.get("stripe-version")) is not None:
                headers["Stripe-Version"] = version
            if (key := key_of(call)) is not None:
                headers["Idempotency-Key"] = key
            if answer.status >= 500:
                with self.store.transaction() as tx:
                    keep_failure(tx, call, answer.body)
        if is_wrong:
            return Response(PORTAL, 200, media_type="text/html")
        body = answer.body
        if call is not None and call.clock_offset_s:
            body = _redated(body, call.clock_offset_s)
        return Response(body, answer.status, headers, answer.media_type)

    def tell_more(self, trade: Row) -> dict[str, object]:
        """The merchant's metadata, and `tender_id` of it, by which payments are found again."""
        intent = one(
            self.store.connection, "SELECT * FROM stripe_intents WHERE trade_id = ?", trade["trade_id"]
        )
        if intent is None:
            return {}
        metadata = orjson.loads(intent["metadata"])
        return {"metadata": metadata, "tender_id": metadata.get("tender_id")}

    def write_notice(self, notice: Row, *, is_cut: bool = False, is_wrong: bool = False) -> Letter:
        """An event and its Stripe-Signature (docs.stripe.com/webhooks#verify-manually)."""
        kept = orjson.loads(notice["body"])
        type_, resource = self._event(kept["type"], kept["resource"])
        event = {
            "id": f"evt_{kept['id'].removeprefix('ntc_')}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(datetime.fromisoformat(kept["create_time"]).timestamp()),
            "data": {"object": resource},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type_,
        }
        body = orjson.dumps(event)
        body = body[: len(body) // 2] if is_cut else body
        secret = str(self.merchant(notice["merchant_id"])["public_key"])
        signature = sign(secret, int(self.clock.now()), body + b"!" if is_wrong else body)
        return Letter(
            body, {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        )

    def _event(self, type_: str, resource: Json) -> tuple[str, Json]:
        """A notice of the core's as an event of Stripe's; events of this folder are kept as they will go."""
        tx = self.store.connection
        if type_ == "refund.done":
            refund = one(tx, f"{REFUND} WHERE s.refund_id = ?", resource["out_refund_no"])
            return "refund.updated", {} if refund is None else show_refund(refund)
        if not type_.startswith("trade."):
            return type_, resource
        intent = one(tx, f"{INTENT} WHERE i.intent_id = ?", resource["out_trade_no"])
        if intent is None:
            return type_, resource
        if type_ == "trade.paid":
            return "payment_intent.succeeded", show_intent(tx, intent)
        session = one(tx, "SELECT * FROM stripe_sessions WHERE intent_id = ?", intent["intent_id"])
        if session is not None:
            return "checkout.session.expired", show_session(tx, session, intent)
        return "payment_intent.canceled", show_intent(tx, intent)


def sign(secret: str, at: int, body: bytes) -> str:
    """The Stripe-Signature header: HMAC-SHA256 of `{t}.{body}` with the endpoint's secret."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _key(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _redated(body: bytes, by_s: float) -> bytes:
    try:
        content = orjson.loads(body)
    except ValueError:
        return body
    if not isinstance(content, dict) or not isinstance(content.get("created"), int):
        return body
    return orjson.dumps(content | {"created": content["created"] + int(by_s)})
