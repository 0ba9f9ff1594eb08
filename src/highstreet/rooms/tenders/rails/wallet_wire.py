"""The Wallet protocol's signatures, and its answers in our words. Pure: no network, no clock.

An answer that does not hold in every part is `unknown`, never guessed. What is kept as evidence is picked
member by member: nothing of the payer, nothing that a provider could make arbitrarily large.
"""

import base64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.tenders.model import RailAnswer
from highstreet.rooms.tenders.rails.heard import EPOCH_S, Json, plain_ref, plain_word

SCHEME = "WALLET-ED25519"
# Final noes to a refund. That our balance there is too low is not among them: it passes.
_REFUND_REFUSED = {
    (400, "invalid_request"),
    (404, "trade_not_found"),
    (409, "refund_exceeds_paid"),
    (409, "refund_window_passed"),
    (409, "trade_not_paid"),
}


def authorization(
    key: Ed25519PrivateKey, merchant_id: str, method: str, target: str, epoch_s: int, nonce: str, body: bytes
) -> str:
    """The Authorization header of a request."""
    message = f"{method}\n{target}\n{epoch_s}\n{nonce}\n".encode() + body + b"\n"
    signature = base64.b64encode(key.sign(message)).decode()
    return (
        f'{SCHEME} merchant_id="{merchant_id}",nonce="{nonce}",timestamp="{epoch_s}",signature="{signature}"'
    )


def signed_at(key: Ed25519PublicKey, headers: Mapping[str, str], body: bytes) -> int | None:
    """Epoch seconds at which the wallet signed this answer or notice; None when it did not."""
    named = {name.lower(): value for name, value in headers.items()}
    stamp, nonce = named.get("wallet-timestamp", ""), named.get("wallet-nonce", "")
    if not EPOCH_S.fullmatch(stamp):
        return None
    try:
        signature = base64.b64decode(named.get("wallet-signature", ""), validate=True)
        key.verify(signature, f"{stamp}\n{nonce}\n".encode() + body + b"\n")
    except (InvalidSignature, ValueError):
        return None
    return int(stamp)


def trade_answer(
    call: str,
    status: int,
    content: Json,
    *,
    merchant_id: str,
    tender_id: str,
    asked: tuple[int, str] | None = None,
) -> RailAnswer:
    """What an answer about a trade means. `asked`: the amount and currency it must be about."""
    evidence = _evidence(call, status, content, "trade_state", "action", "retry_flag")
    is_ours = content.get("merchant_id") == merchant_id and content.get("out_trade_no") == tender_id
    if status != 200:
        return _refused(call, status, content, evidence, is_ours)
    state = content.get("trade_state")
    if state == "unknown":
        return RailAnswer("unknown", None, "provider_unknown", evidence)
    if not is_ours:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref, reason = plain_ref(content.get("transaction_id")), plain_word(content.get("reason"))
    if state in ("paid", "paying"):
        if "amount_minor" not in evidence or (state == "paid" and ref is None):
            return RailAnswer("unknown", None, "answer_malformed", evidence)
        if asked is not None and asked != (evidence["amount_minor"], evidence["currency"]):
            return RailAnswer("unknown", ref, "amount_differs", evidence)
    # A reversal is confirmed by retry_flag N and an ended trade, and by nothing else.
    is_confirmed = content.get("retry_flag") == "N" and state in ("reversed", "declined", "closed")
    if call == "reverse" and not is_confirmed:
        return RailAnswer("unknown", ref, "reversal_unconfirmed", evidence)
    match state:
        case "paid":
            return RailAnswer("paid", ref, None, evidence)
        case "paying":
            return RailAnswer("paying", None, None, evidence)
        case "declined" | "closed":
            return RailAnswer("declined", ref, reason or state, evidence)
        case "reversed":
            return RailAnswer("reversed", ref, plain_word(content.get("action")), evidence)
    return RailAnswer("unknown", None, "answer_malformed", evidence)


def refund_answer(
    call: str,
    status: int,
    content: Json,
    *,
    merchant_id: str,
    refund_tender_id: str,
    tender_id: str | None = None,
    asked: tuple[int, str] | None = None,
) -> RailAnswer:
    """What an answer about a refund means; `tender_id` is the payment it must give back."""
    evidence = _evidence(call, status, content, "refund_state")
    is_ours = content.get("merchant_id") == merchant_id and content.get("out_refund_no") == refund_tender_id
    if status != 200:
        return _refused(call, status, content, evidence, is_ours)
    state = content.get("refund_state")
    if state == "unknown":
        return RailAnswer("unknown", None, "provider_unknown", evidence)
    if not is_ours:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    if tender_id is not None and content.get("out_trade_no") != tender_id:
        return RailAnswer("unknown", None, "answer_differs", evidence)
    ref = plain_ref(content.get("refund_id"))
    if ref is None or "amount_minor" not in evidence or state not in ("done", "processing"):
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    if asked is not None and asked != (evidence["amount_minor"], evidence["currency"]):
        return RailAnswer("unknown", ref, "amount_differs", evidence)
    return RailAnswer("refunded" if state == "done" else "paying", ref, None, evidence)


def _refused(call: str, status: int, content: Json, evidence: Json, is_ours: bool) -> RailAnswer:
    code = plain_word(content.get("code")) or "provider_error"
    if not is_ours:  # an error signed for somebody else's request says nothing about ours
        return RailAnswer("unknown", None, code, evidence)
    if (
        status == 404
        and call in ("query", "query_refund")
        and code in ("trade_not_found", "refund_not_found")
    ):
        return RailAnswer("not_found", None, code, evidence)
    if status == 400 and call in ("pay_code", "pay_qr"):
        return RailAnswer("declined", None, "rail_refused", evidence)
    if call == "refund" and (status, code) in _REFUND_REFUSED:
        return RailAnswer("declined", None, code, evidence)
    return RailAnswer("unknown", None, code, evidence)


def _evidence(call: str, status: int, content: Json, *words: str) -> Json:
    evidence: Json = {"call": call, "status": status}
    for name in ("code", *words):
        if (word := plain_word(content.get(name))) is not None:
            evidence[name] = word
    amount = content.get("amount")
    if isinstance(amount, dict):
        total, currency = amount.get("total"), plain_word(amount.get("currency"))
        if type(total) is int and 0 <= total <= MAX_AMOUNT_MINOR and currency is not None:
            evidence["amount_minor"], evidence["currency"] = total, currency
    return evidence
