"""Signatures of the wallet protocol: pure functions, Ed25519, base64.

Merchants sign ``METHOD\\nTARGET\\nTIMESTAMP\\nNONCE\\nBODY\\n``, the wallet
``TIMESTAMP\\nNONCE\\nBODY\\n``.
TARGET is the path with its query exactly as sent, BODY the bytes exactly as sent.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SCHEME = "WALLET-ED25519"
_FIELD = re.compile(r'\s*([a-z_]+)="([^"]*)"\s*(?:,|$)')
_NONCE = re.compile(r"[A-Za-z0-9_\-]{8,64}")


class SignatureWrong(Exception):
    """A signature is missing, malformed, stale or does not fit."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What stands in an Authorization header; `timestamp` is epoch seconds."""

    merchant_id: str
    nonce: str
    timestamp: int
    signature: bytes


def request_message(method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """The bytes that a merchant signs."""
    return f"{method.upper()}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: int, nonce: str, body: bytes) -> bytes:
    """The bytes that the wallet signs, in answers and notices alike."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def sign_request(
    key: Ed25519PrivateKey,
    merchant_id: str,
    method: str,
    target: str,
    timestamp: int,
    nonce: str,
    body: bytes = b"",
) -> str:
    """The value of the Authorization header for a request."""
    signature = base64.b64encode(key.sign(request_message(method, target, timestamp, nonce, body))).decode()
    who_and_when = f'merchant_id="{merchant_id}",nonce="{nonce}",timestamp="{timestamp}"'
    return f'{SCHEME} {who_and_when},signature="{signature}"'


def parse_authorization(header: str) -> Credentials:
    """Take an Authorization header apart; raises SignatureWrong when it is not ours or incomplete."""
    scheme, _, rest = header.partition(" ")
    if scheme != SCHEME:
        raise SignatureWrong(f"the Authorization scheme must be {SCHEME}")
    fields = dict(_FIELD.findall(rest))
    try:
        timestamp = int(fields["timestamp"])
        signature = base64.b64decode(fields["signature"], validate=True)
        merchant_id, nonce = fields["merchant_id"], fields["nonce"]
    except (KeyError, ValueError, binascii.Error) as exc:
        raise SignatureWrong("the Authorization header is incomplete or malformed") from exc
    if not _NONCE.fullmatch(nonce):
        raise SignatureWrong("the nonce must be 8 to 64 letters, digits, '-' or '_'")
    return Credentials(merchant_id, nonce, timestamp, signature)


def verify_request(
    key: Ed25519PublicKey, credentials: Credentials, method: str, target: str, body: bytes = b""
) -> None:
    """Check a merchant's signature; raises SignatureWrong. Freshness and replay are the caller's part."""
    message = request_message(method, target, credentials.timestamp, credentials.nonce, body)
    try:
        key.verify(credentials.signature, message)
    except InvalidSignature as exc:
        raise SignatureWrong("the signature does not fit the request") from exc


def sign_answer(
    key: Ed25519PrivateKey, key_id: str, timestamp: int, nonce: str, body: bytes
) -> dict[str, str]:
    """The four Wallet-* headers for an answer or a notice."""
    return {
        "Wallet-Timestamp": str(timestamp),
        "Wallet-Nonce": nonce,
        "Wallet-Signature": base64.b64encode(key.sign(answer_message(timestamp, nonce, body))).decode(),
        "Wallet-Key-Id": key_id,
    }


def verify_answer(
    key: Ed25519PublicKey,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    skew_s: float = 300.0,
) -> None:
    """Check the wallet's signature over an answer or a notice; raises SignatureWrong.

    With `now` (epoch seconds) the timestamp must also lie within `skew_s` of it.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        timestamp = int(named["wallet-timestamp"])
        nonce = named["wallet-nonce"]
        signature = base64.b64decode(named["wallet-signature"], validate=True)
    except (KeyError, ValueError, binascii.Error) as exc:
        raise SignatureWrong("the Wallet-* headers are missing or malformed") from exc
    if now is not None and abs(now - timestamp) > skew_s:
        raise SignatureWrong("the wallet's timestamp is too far from now")
    try:
        key.verify(signature, answer_message(timestamp, nonce, body))
    except InvalidSignature as exc:
        raise SignatureWrong("the wallet's signature does not fit the body") from exc


def public_key_text(key: Ed25519PublicKey) -> str:
    """A public key as base64 of its 32 raw bytes."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def read_public_key(text: str) -> Ed25519PublicKey:
    """A public key from base64 of its 32 raw bytes; raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
