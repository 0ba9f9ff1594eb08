"""Alipay's signatures, and its answers in our words. Pure: no network, no clock.

Sources, the pages of opendocs.alipay.com by their ids as public copies and SDKs' comments quote them: common/02km9f
(codes), open/00f7ns and 00f7nv (face to face: 10000 to a payment is no proof, what is unknown), 02ekfp (pay), 05osv9
(precreate), 02ekfq (query), 02ekfr (cancel), 02ekfs (refund), 02ekft (refund query), 200/106120 (what an answer's
signature is over). What they leave open stands in highstreet_simulator/alipay/PROTOCOL.md.

An answer that does not hold in every part is `unknown`, never guessed. Evidence is picked member by member.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.model import RailAnswer

CURRENCY = "CNY"
_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
_REF = re.compile(r"[0-9A-Za-z]{1,64}")
_JSON = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")

# The payment was not made and never will be by this request (02ekfp). What is not here is unknown: a query tells.
DECLINED = frozenset(
    f"ACQ.{name}"
    for name in (
        "PAYMENT_AUTH_CODE_INVALID",
        "BUYER_BALANCE_NOT_ENOUGH",
        "BUYER_BANKCARD_BALANCE_NOT_ENOUGH",
        "ERROR_BALANCE_PAYMENT_DISABLE",
        "BUYER_SELLER_EQUAL",
        "BUYER_ENABLE_STATUS_FORBID",
        "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
        "BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR",
        "BEYOND_PAY_RESTRICTION",
        "BEYOND_PER_RECEIPT_RESTRICTION",
        "PAYMENT_REQUEST_HAS_RISK",
        "NO_PAYMENT_INSTRUMENTS_AVAILABLE",
        "USER_FACE_PAYMENT_SWITCH_OFF",
        "MOBILE_PAYMENT_SWITCH_OFF",
        "ERROR_BUYER_CERTIFY_LEVEL_LIMIT",
        "TRADE_HAS_CLOSE",
    )
)
# This request was not fit to be a payment, which says nothing of an earlier one with the same number.
REFUSED = frozenset(
    f"ACQ.{name}"
    for name in (
        "INVALID_PARAMETER",
        "ACCESS_FORBIDDEN",
        "PARTNER_ERROR",
        "SELLER_BEEN_BLOCKED",
        "TOTAL_FEE_EXCEED",
        "EXIST_FORBIDDEN_WORD",
        "NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
    )
)
# Final noes to a refund (02ekfs). That the seller's balance is too low is not among them: it passes.
REFUND_REFUSED = frozenset(
    f"ACQ.{name}"
    for name in (
        "INVALID_PARAMETER",
        "TRADE_NOT_EXIST",
        "TRADE_STATUS_ERROR",
        "TRADE_HAS_FINISHED",
        "TRADE_NOT_ALLOW_REFUND",
        "REASON_TRADE_REFUND_FEE_ERR",
        "REFUND_AMT_NOT_EQUAL_TOTAL",
        "REFUND_FEE_ERROR",
    )
)
# A cancel that comes too late, or after a refund: "use the refund interface" (02ekfr).
CANCEL_REFUSED = frozenset(
    {"ACQ.TRADE_CANCEL_TIME_OUT", "ACQ.CANCEL_NOT_ALLOWED", "ACQ.REASON_TRADE_REFUND_FEE_ERR"}
)
NOT_FOUND = frozenset({"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"})

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """The response node of an answer. `is_signed`: Alipay's signature over its exact text holds."""

    content: Json
    is_signed: bool


# Keys and signatures ---------------------------------------------------------------------------------


def read_private_key(text: str) -> RSAPrivateKey:
    """The application's key, as PEM or as the base64 that Alipay's key tool writes. Errors: ValueError."""
    try:
        if "-----BEGIN" in text:
            key = load_pem_private_key(text.encode(), None)
        else:
            key = load_der_private_key(base64.b64decode("".join(text.split()), validate=True), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("the application's private key cannot be read") from None  # says nothing of the key
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the application's private key must be RSA")
    return key


def read_public_key(text: str) -> RSAPublicKey:
    """Alipay's key (支付宝公钥), as PEM or as the base64 that the console shows. Errors: ValueError."""
    try:
        if "-----BEGIN" in text:
            key = load_pem_public_key(text.encode())
        else:
            key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("Alipay's public key cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("Alipay's public key must be RSA")
    return key


def text_to_sign(values: dict[str, str], *left_out: str) -> bytes:
    """Sorted pairs joined by `&`, those without a value left out, not URL-encoded."""
    names = sorted(name for name in values if values[name] and name not in left_out)
    return "&".join(f"{name}={values[name]}" for name in names).encode()


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA2 in base64."""
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def holds(key: RSAPublicKey, message: bytes, signature: Any) -> bool:
    """Whether an RSA2 signature in base64 fits."""
    if not isinstance(signature, str):
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_node(key: RSAPublicKey, method: str, body: bytes) -> Node | None:
    """The node that answers a method, and whether its signature holds; None when there is none to read.

    The signature is over the node's text as it came: escapes, spaces and all.
    """
    members = _spans(body)
    if members is None:
        return None
    name = f"{method.replace('.', '_')}_response"
    node, signature = members.get(name) or members.get("error_response"), members.get("sign")
    if node is None or not isinstance(node[0], dict):
        return None
    is_signed = signature is not None and holds(key, node[1].encode(), signature[0])
    return Node(node[0], is_signed)


def _spans(body: bytes) -> dict[str, tuple[Any, str]] | None:
    """The members of a JSON object, each with its very text; None when it is not well formed."""
    members: dict[str, tuple[Any, str]] = {}
    try:
        text = body.decode()
        at = _skip(text, 0, "{")
        while True:
            name, at = _JSON.raw_decode(text, at)
            at = _skip(text, at, ":")
            value, end = _JSON.raw_decode(text, at)
            if not isinstance(name, str) or name in members:
                return None
            members[name] = value, text[at:end]
            at = _SPACE.match(text, end).end()  # type: ignore[union-attr]  # it matches everywhere
            if text[at : at + 1] == "}":
                return members if not text[at + 1 :].strip() else None
            at = _skip(text, at, ",")
    except (ValueError, RecursionError):
        return None


def _skip(text: str, at: int, sign: str) -> int:
    begin = _SPACE.match(text, at).end()  # type: ignore[union-attr]
    if text[begin : begin + 1] != sign:
        raise ValueError(sign)
    return _SPACE.match(text, begin + 1).end()  # type: ignore[union-attr]


# Amounts ---------------------------------------------------------------------------------------------


def to_yuan(amount_minor: int) -> str:
    """Fen as yuan with two decimals: 1230 → 12.30."""
    return Money(amount_minor, CURRENCY).to_decimal_text()


def to_minor(text: Any) -> int | None:
    """Yuan in a text as fen; None for anything else, also for a JSON number, which may be a rounded float."""
    if not isinstance(text, str):
        return None
    try:
        minor = Money.from_decimal_text(text, CURRENCY).amount_minor
    except Refusal:
        return None
    return minor if minor >= 0 else None


# Answers ---------------------------------------------------------------------------------------------


def trade_answer(call: str, content: Json, *, tender_id: str, asked_minor: int | None = None) -> RailAnswer:
    """What a signed answer to pay, query or cancel, or a notice, means. `asked_minor`: the amount it must be about."""
    evidence = evidence_of(call, content, "trade_status", "action", "retry_flag")
    code, sub_code = content.get("code"), _sub_code(content)
    if content.get("out_trade_no", tender_id) != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    if code not in ("10000", "10003"):
        return _refused(call, code, sub_code, evidence)
    if content.get("out_trade_no") is None:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref = read_ref(content.get("trade_no"))
    if call == "reverse":
        return _reversed(content, ref, evidence)
    status = "WAIT_BUYER_PAY" if code == "10003" else content.get("trade_status")
    return _in_status(content, status, ref, evidence, asked_minor)


def _in_status(
    content: Json, status: Any, ref: str | None, evidence: Json, asked_minor: int | None
) -> RailAnswer:
    minor = evidence.get("amount_minor")
    if asked_minor is not None and minor not in (None, asked_minor):
        return RailAnswer("unknown", ref, "amount_differs", evidence)
    match status:
        case "TRADE_SUCCESS" | "TRADE_FINISHED" if ref is not None and minor is not None:
            return RailAnswer("paid", ref, None, evidence)
        case "WAIT_BUYER_PAY":
            return RailAnswer("paying", None, None, evidence)
        case "TRADE_CLOSED":
            # Closed without ever being paid, or wholly given back (02ekfq); either way no money stays.
            was_paid = any(content.get(name) for name in ("send_pay_date", "gmt_payment"))
            return RailAnswer("reversed" if was_paid else "declined", ref, "closed", evidence)
    return RailAnswer("unknown", None, "answer_malformed", evidence)


def _reversed(content: Json, ref: str | None, evidence: Json) -> RailAnswer:
    """A cancel is confirmed by retry_flag N alone; `action` is missing when there was no trade (02ekfr)."""
    if content.get("retry_flag") != "N":
        return RailAnswer("unknown", ref, "reversal_unconfirmed", evidence)
    return RailAnswer("reversed", ref, _word(content.get("action")) or "no_trade", evidence)


def _refused(call: str, code: Any, sub_code: str | None, evidence: Json) -> RailAnswer:
    reason = sub_code or "provider_error"
    if call == "query" and code == "40004" and sub_code in NOT_FOUND:
        return RailAnswer("not_found", None, reason, evidence)
    if call in ("pay_code", "pay_qr"):
        if code == "40004" and sub_code in DECLINED:
            return RailAnswer("declined", None, reason, evidence)
        # The gateway itself would not have it: no business was done (common/02km9f).
        if code in ("40001", "40002", "40003", "40006") or (code == "40004" and sub_code in REFUSED):
            return RailAnswer("declined", None, "rail_refused", evidence)
    return RailAnswer("unknown", None, reason, evidence)


def refund_answer(call: str, content: Json, *, tender_id: str, refund_tender_id: str) -> RailAnswer | None:
    """What a signed answer to a refund means; None: Alipay wants to be asked again, by a refund query.

    `fund_change` Y: money went back. N: not by this request, perhaps by an earlier one with the same number.
    """
    evidence = evidence_of(call, content, "fund_change")
    code, sub_code = content.get("code"), _sub_code(content)
    if content.get("out_trade_no", tender_id) != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    if code == "40004" and sub_code in REFUND_REFUSED:
        return RailAnswer("declined", None, sub_code, evidence)
    if code != "10000":
        return RailAnswer("unknown", None, sub_code or "provider_error", evidence)
    ref = read_ref(content.get("trade_no"))
    if ref is None or content.get("out_trade_no") is None:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    if content.get("fund_change") != "Y":
        return None
    return RailAnswer("refunded", refund_ref(ref, refund_tender_id), None, evidence)


def refund_query_answer(
    call: str, content: Json, *, tender_id: str, refund_tender_id: str, asked_minor: int
) -> RailAnswer:
    """What a signed answer to a refund query means: refund_status REFUND_SUCCESS, and nothing else, is success."""
    evidence = evidence_of(call, content, "refund_status")
    code, sub_code = content.get("code"), _sub_code(content)
    if content.get("out_trade_no", tender_id) != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    if code == "40004" and sub_code in NOT_FOUND:
        return RailAnswer("not_found", None, sub_code, evidence)
    if code != "10000":
        return RailAnswer("unknown", None, sub_code or "provider_error", evidence)
    status = content.get("refund_status")
    if status is None:
        return RailAnswer("not_found", None, "no_refund", evidence)
    if content.get("out_request_no") != refund_tender_id or content.get("out_trade_no") is None:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref, minor = read_ref(content.get("trade_no")), to_minor(content.get("refund_amount"))
    if status != "REFUND_SUCCESS":
        return RailAnswer("unknown", None, _word(status) or "answer_malformed", evidence)
    if ref is None or minor is None:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    evidence |= {"amount_minor": minor, "currency": CURRENCY}
    if minor != asked_minor:
        return RailAnswer("unknown", refund_ref(ref, refund_tender_id), "amount_differs", evidence)
    return RailAnswer("refunded", refund_ref(ref, refund_tender_id), None, evidence)


def refund_ref(trade_no: str, request_no: str) -> str:
    """Alipay has no number of its own for a refund: the trade's and the request's, at most 80 characters."""
    return f"{trade_no}/{request_no}"[-80:]


def evidence_of(call: str, content: Json, *words: str) -> Json:
    """What is kept: codes, states and the amount; nothing of the payer, nothing long."""
    evidence: Json = {"call": call}
    for name in ("code", "sub_code", *words):
        if (word := _word(content.get(name))) is not None:
            evidence[name] = word
    if (minor := to_minor(content.get("total_amount"))) is not None:
        evidence["amount_minor"], evidence["currency"] = minor, CURRENCY
    return evidence


def _sub_code(content: Json) -> str | None:
    """Some of Alipay's answers have `aop.` before the code that its pages list (00f7nv)."""
    word = _word(content.get("sub_code"))
    return None if word is None else word.removeprefix("aop.")


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def read_ref(value: Any) -> str | None:
    """A trade_no, or None."""
    return value if isinstance(value, str) and _REF.fullmatch(value) else None
