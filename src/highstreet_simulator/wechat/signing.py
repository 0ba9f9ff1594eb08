"""Signatures and sealed members of WeChat Pay v3: pure functions.

Requests: SHA256 with RSA over ``METHOD\\nTARGET\\nTIMESTAMP\\nNONCE\\nBODY\\n`` in the Authorization header;
answers and notices over ``TIMESTAMP\\nNONCE\\nBODY\\n`` in Wechatpay-* headers. Notices' resources and platform
certificates are AES-256-GCM under the merchant's APIv3 key. Source: pay.weixin.qq.com/doc/v3/merchant
(签名认证) and wechatpayv3 2.0.4, core.py and utils.py.
"""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_FIELD = re.compile(r'\s*([a-z_]+)="([^"]*)"\s*(?:,|$)')


class SignatureWrong(Exception):
    """A signature is missing, malformed or does not fit."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What stands in an Authorization header; `timestamp` is epoch seconds."""

    mchid: str
    nonce: str
    timestamp: int
    serial_no: str
    signature: bytes


def request_message(method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """The bytes that a merchant signs; `target` is the path with its query exactly as sent."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: int, nonce: str, body: bytes) -> bytes:
    """The bytes that WeChat Pay signs, in answers and notices alike."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """Base64 of the signature."""
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, signature: bytes, message: bytes) -> None:
    """Raises SignatureWrong."""
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature as exc:
        raise SignatureWrong("the signature does not fit") from exc


def parse_authorization(header: str) -> Credentials:
    """Take an Authorization header apart; raises SignatureWrong when it is not ours or incomplete."""
    scheme, _, rest = header.partition(" ")
    fields = dict(_FIELD.findall(rest))
    if scheme != SCHEME:
        raise SignatureWrong(f"the Authorization scheme must be {SCHEME}")
    try:
        return Credentials(
            fields["mchid"],
            fields["nonce_str"],
            int(fields["timestamp"]),
            fields["serial_no"].upper(),
            base64.b64decode(fields["signature"], validate=True),
        )
    except (KeyError, ValueError, binascii.Error) as exc:
        raise SignatureWrong("the Authorization header is incomplete or malformed") from exc


def answer_headers(
    key: RSAPrivateKey, serial: str, timestamp: int, body: bytes, *, is_wrong: bool = False
) -> dict[str, str]:
    """The Wechatpay-* headers; `is_wrong` signs something else."""
    nonce = secrets.token_hex(16)
    message = answer_message(timestamp, nonce, body + b"!" if is_wrong else body)
    return {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": sign(key, message),
        "Wechatpay-Signature-Type": SCHEME,
    }


def seal_member(apiv3_key: bytes, content: bytes, associated_data: str) -> dict[str, str]:
    """A member that only who holds the APIv3 key (32 bytes) can read or make."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key).encrypt(nonce.encode(), content, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(sealed).decode(),
    }
