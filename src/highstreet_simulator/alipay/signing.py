"""Alipay's signatures (RSA2: SHA256withRSA, PKCS #1 v1.5) over requests, answers and notices.

Requests: all parameters that have a value, sorted by name, `name=value` joined by `&`, without `sign`, not URL-encoded
(opendocs common/057k53; alipay-sdk-python-all SignatureUtils.get_sign_content). Notices: the same, also without
`sign_type`. Answers: the exact text of the response node (opendocs 200/106120).
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

HASHES = {"RSA2": SHA256, "RSA": SHA1}
"""What `sign_type` may be; RSA (SHA-1) is for old applications only."""


def new_key() -> rsa.RSAPrivateKey:
    """A key pair of the size that Alipay's key tool makes."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_to_pem(key: rsa.RSAPrivateKey) -> str:
    """A private key to keep."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_from_pem(text: str) -> rsa.RSAPrivateKey:
    """A kept private key."""
    key = load_pem_private_key(text.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("an RSA key is wanted")
    return key


def public_key_text(key: rsa.RSAPublicKey) -> str:
    """A public key as the console shows it: base64 of DER, without PEM's lines."""
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def read_public_key(text: str) -> rsa.RSAPublicKey:
    """A public key from such a text; raises ValueError."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except binascii.Error as exc:
        raise ValueError("base64 is wanted") from exc
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("an RSA key is wanted")
    return key


def text_to_sign(values: dict[str, str], *left_out: str) -> str:
    """Sorted pairs joined by `&`; parameters without a value do not count."""
    return "&".join(
        f"{name}={values[name]}" for name in sorted(values) if values[name] and name not in left_out
    )


def sign(key: rsa.RSAPrivateKey, message: bytes, sign_type: str = "RSA2") -> str:
    """A signature in base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), HASHES[sign_type]())).decode()


def holds(key: rsa.RSAPublicKey, message: bytes, signature: str, sign_type: str = "RSA2") -> bool:
    """Whether a signature in base64 fits."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, padding.PKCS1v15(), HASHES[sign_type]())
    except (InvalidSignature, binascii.Error):
        return False
    return True
