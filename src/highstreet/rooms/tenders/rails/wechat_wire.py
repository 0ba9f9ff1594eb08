"""WeChat Pay v3: its signatures, its sealed members, and its answers in our words. Pure: no network, no clock.

An answer that does not hold in every part is `unknown`, never guessed. Evidence is picked member by member:
nothing of the payer, nothing that a provider could make arbitrarily large. Where each rule is from stands in
highstreet_simulator/wechat/PROTOCOL.md.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.tenders.model import RailAnswer
from highstreet.rooms.tenders.rails.heard import EPOCH_S, Json, plain_ref, plain_word

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_NOT_FOUND = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS")
# Why a payment by code failed: "支付确认失败" in the table of /doc/v2/merchant/4011937125, v2 and v3 spelling.
_DECLINED = {
    "NOT_ENOUGH": "insufficient_balance",
    "NOTENOUGH": "insufficient_balance",
    "AUTH_CODE_EXPIRE": "code_expired",
    "AUTHCODEEXPIRE": "code_expired",
    "AUTH_CODE_INVALID": "code_invalid",
    "AUTH_CODE_ERROR": "code_invalid",
    "RULE_LIMIT": "limit_exceeded",
    "TRADE_ERROR": "risk",
    "ACCOUNT_ERROR": "risk",
    "ORDER_CLOSED": "closed",
    "ORDERCLOSED": "closed",
    "ORDER_REVERSED": "reversed",
    "ORDERREVERSED": "reversed",
}
REFUND_REFUSED = ("INVALID_REQUEST", "PARAM_ERROR", "TRADE_OVERDUE", "USER_ACCOUNT_ABNORMAL")
"""Final noes to a refund. RESOURCE_NOT_EXISTS is not one: it comes for payments that exist, and passes."""


def authorization(
    key: RSAPrivateKey,
    mchid: str,
    serial_no: str,
    method: str,
    target: str,
    epoch_s: int,
    nonce: str,
    body: bytes,
) -> str:
    """The Authorization header of a request; `serial_no` is that of the merchant's certificate."""
    message = f"{method}\n{target}\n{epoch_s}\n{nonce}\n".encode() + body + b"\n"
    signature = base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{epoch_s}",serial_no="{serial_no}"'
    )


def serial_named(headers: Mapping[str, str]) -> str:
    """Which of the platform's keys an answer or notice says that it was signed with."""
    named = next((value for name, value in headers.items() if name.lower() == "wechatpay-serial"), "")
    return _plain_serial(named)


def signed_at(keys: Mapping[str, RSAPublicKey], headers: Mapping[str, str], body: bytes) -> int | None:
    """Epoch seconds at which WeChat Pay signed this answer or notice; None when it did not.

    Signatures that begin with WECHATPAY/SIGNTEST/ are sent on purpose to see whether we check: they fail.
    """
    named = {name.lower(): value for name, value in headers.items()}
    stamp, nonce = named.get("wechatpay-timestamp", ""), named.get("wechatpay-nonce", "")
    key = keys.get(_plain_serial(named.get("wechatpay-serial", "")))
    if key is None or not EPOCH_S.fullmatch(stamp):
        return None
    try:
        signature = base64.b64decode(named.get("wechatpay-signature", ""), validate=True)
        key.verify(signature, f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return None
    return int(stamp)


def open_sealed(apiv3_key: bytes, member: Any) -> bytes | None:
    """What stands in a member sealed with our APIv3 key; None for anybody else's or a broken one."""
    if not isinstance(member, dict) or member.get("algorithm") != "AEAD_AES_256_GCM":
        return None
    nonce, sealed = member.get("nonce"), member.get("ciphertext")
    beside = member.get("associated_data") or ""
    if not isinstance(nonce, str) or not isinstance(sealed, str) or not isinstance(beside, str):
        return None
    try:
        content = base64.b64decode(sealed, validate=True)
        return AESGCM(apiv3_key).decrypt(nonce.encode(), content, beside.encode())
    except (InvalidTag, ValueError):
        return None


def read_certificates(apiv3_key: bytes, content: Json, now: datetime) -> dict[str, RSAPublicKey]:
    """The platform's keys by serial number: of every certificate that we can open and that is good now."""
    keys: dict[str, RSAPublicKey] = {}
    listed = content.get("data")
    for entry in listed if isinstance(listed, list) else []:
        pem = open_sealed(apiv3_key, entry.get("encrypt_certificate")) if isinstance(entry, dict) else None
        try:
            certificate = x509.load_pem_x509_certificate(pem or b"")
        except ValueError:
            continue
        key = certificate.public_key()
        is_good = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if is_good and isinstance(key, RSAPublicKey):
            keys[f"{certificate.serial_number:X}"] = key
    return keys


def code_of(content: Json) -> str:
    """The error code of an answer, or nothing."""
    return plain_word(content.get("code")) or ""


def is_refusal(status: int) -> bool:
    """Whether a status says that the request was understood and refused: nothing was done by this call."""
    return 400 <= status < 500 and status != 401


def reason_of(code: str) -> str | None:
    """Our word for a failed payment; None for a code that says only that this request was no good."""
    return _DECLINED.get(code)


def reversal_no(tender_id: str) -> str:
    """The number of the refund by which we take back a payment that cannot be reversed."""
    return f"{tender_id}-reversed"


def trade_answer(
    call: str, status: int, content: Json, *, mchid: str, tender_id: str, asked: tuple[int, str] | None = None
) -> RailAnswer:
    """What an answer about an order means. `asked`: the amount and currency it must be about."""
    evidence = _evidence(call, status, content, "total", "trade_state", "trade_type")
    code = code_of(content)
    if status not in (200, 202):
        if status == 404 and call == "query" and code in _NOT_FOUND:
            return RailAnswer("not_found", None, code.lower(), evidence)
        return RailAnswer("unknown", None, code.lower() or "provider_error", evidence)
    state = content.get("trade_state")
    if call == "pay_code" and "USERPAYING" in (state, code):
        # This answer alone names no order (developers.weixin.qq.com/community/develop/doc/000ee0c62d8e48ca12f24bdcf6b400).
        return RailAnswer("paying", None, None, evidence)
    if content.get("mchid") != mchid or content.get("out_trade_no") != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref = plain_ref(content.get("transaction_id"))
    match state:
        case "SUCCESS" | "REFUND":
            if ref is None or "amount_minor" not in evidence or "currency" not in evidence:
                return RailAnswer("unknown", None, "answer_malformed", evidence)
            if asked is not None and asked != (evidence["amount_minor"], evidence["currency"]):
                return RailAnswer("unknown", ref, "amount_differs", evidence)
            return RailAnswer("paid", ref, None, evidence)
        case "NOTPAY" | "USERPAYING" | "ACCEPT":
            return RailAnswer("paying", None, None, evidence)
        case "CLOSED":
            return RailAnswer("declined", ref, "closed", evidence)
        case "PAYERROR":
            return RailAnswer("declined", ref, "failed", evidence)
        case "REVOKED":
            return RailAnswer("reversed", ref, None, evidence)
    return RailAnswer("unknown", None, "answer_malformed", evidence)


def refund_answer(
    call: str,
    status: int,
    content: Json,
    *,
    refund_tender_id: str,
    tender_id: str | None = None,
    asked: tuple[int, str] | None = None,
) -> RailAnswer:
    """What an answer about a refund means; `tender_id` is the payment it must give back."""
    evidence = _evidence(call, status, content, "refund", "status", "refund_status")
    code = code_of(content)
    if status != 200:
        if status == 404 and call == "query_refund" and code in _NOT_FOUND:
            return RailAnswer("not_found", None, code.lower(), evidence)
        return RailAnswer("unknown", None, code.lower() or "provider_error", evidence)
    is_ours = content.get("out_refund_no") == refund_tender_id
    if not is_ours or (tender_id is not None and content.get("out_trade_no") != tender_id):
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref, state = (
        plain_ref(content.get("refund_id")),
        content.get("refund_status" if call == "notice" else "status"),
    )
    if ref is None or "amount_minor" not in evidence:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    # A refund's notice names no currency.
    if asked is not None and asked != (evidence["amount_minor"], evidence.get("currency")):
        return RailAnswer("unknown", ref, "amount_differs", evidence)
    match state:
        case "SUCCESS":
            return RailAnswer("refunded", ref, None, evidence)
        case "PROCESSING":
            return RailAnswer("paying", ref, None, evidence)
        case "CLOSED":
            return RailAnswer("declined", ref, "refund_closed", evidence)
        case "ABNORMAL":
            # The payer's card took no money: a person must send it another way, on the merchant platform.
            return RailAnswer("unknown", ref, "refund_abnormal", evidence)
    return RailAnswer("unknown", None, "answer_malformed", evidence)


def _evidence(call: str, status: int, content: Json, amount_name: str, *words: str) -> Json:
    evidence: Json = {"call": call, "status": status}
    for name in ("code", *words):
        if (word := plain_word(content.get(name))) is not None:
            evidence[name] = word
    amount = content.get("amount")
    if isinstance(amount, dict):
        size, currency = amount.get(amount_name), plain_word(amount.get("currency"))
        if type(size) is int and 0 <= size <= MAX_AMOUNT_MINOR:
            evidence["amount_minor"] = size
            if currency is not None:
                evidence["currency"] = currency
    return evidence


def _plain_serial(text: str) -> str:
    """Serial numbers are written with leading zeros or without, in capitals or not; ids of keys stay as they are."""
    return text if text.startswith("PUB_KEY_ID_") else text.upper().lstrip("0")
