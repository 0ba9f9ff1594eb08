"""Stripe's objects in our words, and its webhooks' signatures. Pure: no network, no clock.

An answer that does not hold in every part is `unknown`, never guessed. What is kept as evidence is picked member by
member: nothing of the payer's, nothing that a provider could make arbitrarily large.

Sources: docs.stripe.com/api (objects), /payments/paymentintents/lifecycle (statuses), /error-codes,
/webhooks#verify-manually (signatures), /currencies#zero-decimal (amounts); stripe-python 16.1 (`_webhook.py`).
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from highstreet.kernel.money import MAX_AMOUNT_MINOR, exponent
from highstreet.rooms.tenders.model import Notice, RailAnswer
from highstreet.rooms.tenders.rails.heard import EPOCH_S, Json

_REF = re.compile(r"[!-~]{1,80}")
_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
# Stripe counts these otherwise than ISO 4217 does (docs.stripe.com/currencies#special-cases): not taken.
_ODD_CURRENCIES = frozenset({"ISK", "UGX", "MGA"})
# Final noes to a refund. That the balance is too low, or the object locked, passes and is not among them.
_REFUND_REFUSED = frozenset({"charge_already_refunded", "charge_disputed", "resource_missing"})


def takes(currency: str) -> bool:
    """Whether our minor units are Stripe's too."""
    return currency not in _ODD_CURRENCIES and exponent(currency) in (0, 2)


def encode(params: Mapping[str, Any]) -> bytes:
    """A form with nested brackets: `{"a": {"b": [{"c": 1}]}}` is `a[b][0][c]=1`. None is left out."""
    return urlencode(list(_flat("", params))).encode()


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list | tuple):
        pairs = enumerate(value)
    else:
        if value is not None:
            yield name, str(value)
        return
    for part, inner in pairs:
        yield from _flat(f"{name}[{part}]" if name else str(part), inner)


def signed_at(secret: str, headers: Mapping[str, str], body: bytes) -> int | None:
    """Epoch seconds at which Stripe signed this notice with the endpoint's secret; None when it did not.

    While a secret is being rolled there are several v1; any may hold.
    """
    named = {name.lower(): value for name, value in headers.items()}
    parts = [part.strip().partition("=") for part in named.get("stripe-signature", "")[:2000].split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not EPOCH_S.fullmatch(stamps[0]):
        return None
    expected = hmac.new(secret.encode(), stamps[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    held = [
        hmac.compare_digest(expected.encode(), value.encode()) for name, _, value in parts if name == "v1"
    ]
    return int(stamps[0]) if any(held) else None


def ref_of(content: Any) -> str | None:
    """An object's id, or the id itself where the object is not expanded."""
    value = content.get("id") if isinstance(content, dict) else content
    return value if isinstance(value, str) and _REF.fullmatch(value) else None


def said(content: Any, name: str) -> str | None:
    """A value of the metadata, or None."""
    metadata = content.get("metadata") if isinstance(content, dict) else None
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) and _REF.fullmatch(value) else None


def session_answer(
    call: str, session: Json, tender_id: str, asked: tuple[int, str] | None = None
) -> RailAnswer:
    """What a Checkout Session says of the payment behind it; `asked` are the amount and currency it must have."""
    evidence = _evidence(call, session, "amount_total") | _words(session, "payment_status")
    if session.get("object") != "checkout.session" or session.get("client_reference_id") != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref = ref_of(session)
    if ref is None or "amount_minor" not in evidence:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    if differs(asked, evidence):
        return RailAnswer("unknown", ref, "amount_differs", evidence)
    match session.get("status"):
        case "open":
            return RailAnswer("paying", ref, None, evidence)
        case "expired":
            # An expired page takes no money any more, whoever ended it.
            return RailAnswer("reversed" if call == "reverse" else "declined", ref, "expired", evidence)
        case "complete":
            intent = session.get("payment_intent")
            if isinstance(intent, dict):
                return intent_answer(call, intent, tender_id, asked)
            # Complete and unpaid: a way of paying that takes days (docs.stripe.com/api/checkout/sessions/object).
            return RailAnswer("paying", ref_of(intent) or ref, None, evidence)
    return RailAnswer("unknown", ref, "answer_malformed", evidence)


def intent_answer(
    call: str, intent: Json, tender_id: str, asked: tuple[int, str] | None = None
) -> RailAnswer:
    """What a PaymentIntent says; a paid one with `latest_charge.refunds` expanded tells of a reversal, too."""
    evidence = _evidence(call, intent, "amount") | _error(intent)
    if intent.get("object") != "payment_intent" or said(intent, "tender_id") != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref, status = ref_of(intent), intent.get("status")
    if ref is None or "amount_minor" not in evidence:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    if differs(asked, evidence):
        return RailAnswer("unknown", ref, "amount_differs", evidence)
    if status == "succeeded":
        if intent.get("amount_received") != evidence["amount_minor"]:
            return RailAnswer("unknown", ref, "amount_differs", evidence)
        return _paid(ref, tender_id, intent, evidence)
    if status == "canceled":
        ended = "reversed" if call == "reverse" else "declined"
        return RailAnswer(ended, ref, evidence.get("cancellation_reason") or "canceled", evidence)
    if status in ("requires_payment_method", "requires_confirmation", "requires_action", "processing"):
        return RailAnswer("paying", ref, None, evidence)
    if status == "requires_capture":
        # We never ask for it: somebody set the account up so. Nothing is ours until it is captured.
        return RailAnswer("paying", ref, "requires_capture", evidence)
    return RailAnswer("unknown", ref, "answer_malformed", evidence)


def _paid(ref: str, tender_id: str, intent: Json, evidence: Json) -> RailAnswer:
    states = {refund.get("status") for refund in reversals(intent, tender_id)}
    if "succeeded" in states:
        return RailAnswer("reversed", ref, "refund", evidence)
    if states & {"pending", "requires_action"}:
        return RailAnswer("unknown", ref, "reversal_unconfirmed", evidence)
    return RailAnswer("paid", ref, None, evidence)


def reversals(intent: Json, tender_id: str) -> list[Json]:
    """The refunds by which we took this payment back, as far as they are shown."""
    charge = intent.get("latest_charge")
    refunds = charge.get("refunds") if isinstance(charge, dict) else None
    return [refund for refund in listed(refunds) if said(refund, "reverses") == tender_id]


def decline_of(intent: Json) -> str | None:
    """Why the latest card was declined, if one was and none is under way."""
    if intent.get("status") != "requires_payment_method" or not isinstance(
        intent.get("last_payment_error"), dict
    ):
        return None
    said = _error(intent)
    return said.get("decline_code") or said.get("code") or "declined"


def reader_action(reader: Json) -> tuple[str | None, str | None, str | None]:
    """What a reader does or did last: the intent, its status, and why it failed.

    docs.stripe.com/terminal/payments/collect-card-payment#handle-errors: after a failure nothing goes on by itself;
    a new payment instead must cancel the old one first.
    """
    action = reader.get("action")
    asked = action.get("process_payment_intent") if isinstance(action, dict) else None
    if not isinstance(action, dict) or not isinstance(asked, dict):
        return None, None, None
    words = _words(action, "status", "failure_code")
    return ref_of(asked.get("payment_intent")), words.get("status"), words.get("failure_code")


def refund_answer(
    call: str, refund: Json, refund_tender_id: str, asked: tuple[int, str] | None = None
) -> RailAnswer:
    """What a refund says (docs.stripe.com/api/refunds/object#refund_object-status)."""
    evidence = _evidence(call, refund, "amount") | _words(refund, "failure_reason")
    if refund.get("object") != "refund" or said(refund, "tender_id") != refund_tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref = ref_of(refund)
    if ref is None or "amount_minor" not in evidence:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    if differs(asked, evidence):
        return RailAnswer("unknown", ref, "amount_differs", evidence)
    match refund.get("status"):
        case "succeeded":
            return RailAnswer("refunded", ref, None, evidence)
        case "pending" | "requires_action":
            return RailAnswer("paying", ref, None, evidence)
        case "failed" | "canceled":
            return RailAnswer("declined", ref, evidence.get("failure_reason") or "refund_failed", evidence)
    return RailAnswer("unknown", ref, "answer_malformed", evidence)


def refused(call: str, status: int, content: Json) -> RailAnswer:
    """What an error says (docs.stripe.com/api/errors). Only a no that is surely final is `declined`."""
    found = content.get("error")
    error = found if isinstance(found, dict) else {}
    evidence: Json = {"call": call, "status": status}
    evidence |= _words(error, "type", "code", "decline_code", "param")
    code = evidence.get("code") or "provider_error"
    is_invalid = evidence.get("type") == "invalid_request_error"
    if status == 404 and code == "resource_missing" and call in ("query", "query_refund"):
        return RailAnswer("not_found", None, code, evidence)
    # Not 409 and 429, and not an idempotency_error: then an earlier request may be at work.
    if call in ("pay_qr", "pay_reader") and is_invalid and status in (400, 401, 403, 404):
        return RailAnswer("declined", None, "rail_refused", evidence)
    if call == "refund" and is_invalid and status in (400, 404):
        is_too_much = "code" not in evidence and evidence.get("param") in ("amount", "payment_intent")
        if code in _REFUND_REFUSED or is_too_much:
            return RailAnswer("declined", None, code if "code" in evidence else "refund_refused", evidence)
    return RailAnswer("unknown", None, code, evidence)


def listed(content: Any) -> list[Json]:
    """The objects of a list."""
    data = content.get("data") if isinstance(content, dict) else None
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def differs(asked: tuple[int, str] | None, evidence: Json) -> bool:
    """Whether an object is about another amount or currency than was asked about."""
    return asked is not None and asked != (evidence.get("amount_minor"), evidence.get("currency"))


def _evidence(call: str, content: Json, amount: str) -> Json:
    evidence: Json = {"call": call} | _words(content, "object", "status", "cancellation_reason")
    total, currency = content.get(amount), content.get("currency")
    is_amount = type(total) is int and 0 <= total <= MAX_AMOUNT_MINOR
    if is_amount and isinstance(currency, str) and re.fullmatch("[a-z]{3}", currency):
        evidence["amount_minor"], evidence["currency"] = total, currency.upper()
    return evidence


def _error(intent: Json) -> Json:
    error = intent.get("last_payment_error")
    return _words(error, "code", "decline_code") if isinstance(error, dict) else {}


def _words(content: Json, *names: str) -> Json:
    pairs = ((name, content.get(name)) for name in names)
    return {name: value for name, value in pairs if isinstance(value, str) and _WORD.fullmatch(value)}


def event_notice(type_: str, found: Json) -> Notice | None:
    """What an event tells of a tender; None for one that tells nothing (docs.stripe.com/api/events/types)."""
    tender_id = said(found, "tender_id")
    if type_ in ("payment_intent.succeeded", "payment_intent.canceled", "payment_intent.payment_failed"):
        if tender_id is None:
            return None
        return Notice(tender_id, "trade", intent_answer("notice", found, tender_id))
    if type_ in ("checkout.session.expired", "checkout.session.completed"):
        if tender_id is None:
            return None
        return Notice(tender_id, "trade", session_answer("notice", found, tender_id))
    if type_ in ("refund.created", "refund.updated", "refund.failed"):
        if tender_id is not None:
            return Notice(tender_id, "refund", refund_answer("notice", found, tender_id))
        reversed_id = said(found, "reverses")
        if reversed_id is not None and found.get("status") == "succeeded":
            evidence = _evidence("notice", found, "amount") | {"amount_minor": found.get("amount")}
            return Notice(
                reversed_id,
                "trade",
                RailAnswer("reversed", ref_of(found.get("payment_intent")), "refund", evidence),
            )
    return None
