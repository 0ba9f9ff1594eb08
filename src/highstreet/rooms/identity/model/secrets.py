"""Codes, passwords and tokens: made, hashed, sealed and checked."""

import base64
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from highstreet.kernel.time import from_micros, to_micros
from highstreet.rooms.identity.errors import (
    PASSWORD_WEAK,
    PIN_MALFORMED,
)
from highstreet.rooms.identity.model.records import StaffRecord

SEND_CODE = "identity.send_code"
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 200
PEPPER_SHORTEST = 16
TOKEN_BYTES = 32
PAIRING_BYTES = 5
_PAIRING_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PASSWORDS = PasswordHasher()
# Of a password nobody knows: an unknown login takes as long to refuse as a known one.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$JoTgO8FzYWWrxqArYdJY+w$5bUd07iqppcv+jdhTSFkQZNW+JdEOkfDpxkmR0+dRqQ"
)
_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_TOKEN = re.compile(r"hs_[sr]_[A-Za-z0-9_-]{43}")


def code_hash(pepper: bytes, phone: str, code: str) -> str:
    """HMAC-SHA256 of a code, bound to its phone: worth nothing without the app's secret."""
    return hmac.new(_derived(pepper, b"code hash", 32), f"{phone} {code}".encode(), sha256).hexdigest()


def phone_key(pepper: bytes, phone: str) -> str:
    """HMAC-SHA256 of a phone, under a key of its own: what limits are kept by when the phone is forgotten."""
    return hmac.new(_derived(pepper, b"phone limits", 32), phone.encode(), sha256).hexdigest()


def address_key(pepper: bytes, phone: str, address: str) -> str:
    """HMAC-SHA256 of an address, another for each phone; empty for no address."""
    if not address:
        return ""
    return hmac.new(
        _derived(pepper, b"address limits", 32), f"{phone} {address}".encode(), sha256
    ).hexdigest()


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """What the sender is to send, and until when it is worth sending."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    locale: str
    expires_at: datetime


def seal_code(pepper: bytes, message: CodeMessage) -> str:
    """Encrypt a message for the jobs table: AES-SIV, which needs no randomness, so that actions may use it."""
    content = [message.phone, message.code, message.locale, to_micros(message.expires_at)]
    return _urlsafe(_sealer(pepper).encrypt(json.dumps(content).encode(), [SEND_CODE.encode()]))


def unseal_code(pepper: bytes, sealed: str) -> CodeMessage:
    """The inverse. Errors: ValueError when changed, or sealed with another secret."""
    try:
        content = _sealer(pepper).decrypt(base64.urlsafe_b64decode(sealed + "=="), [SEND_CODE.encode()])
    except InvalidTag:
        raise ValueError("sealed with another secret, or changed") from None
    phone, code, locale, expires_micros = json.loads(content)
    return CodeMessage(phone, code, locale, from_micros(expires_micros))


def hash_password(password: str) -> str:
    """Argon2id, about 50 ms and 64 MiB: never inside of a transaction.

    Errors: Refusal identity.password_weak (shortest) when too short or too long.
    """
    if not PASSWORD_SHORTEST <= len(password) <= PASSWORD_LONGEST:
        raise PASSWORD_WEAK(shortest=PASSWORD_SHORTEST)
    return _PASSWORDS.hash(password)


def verify_password(record: StaffRecord | None, password: str) -> bool:
    """Whether this is the password of active staff. As slow as `hash_password`, also when nobody was found."""
    stored = _NOBODYS_HASH if record is None else record.password_hash
    try:
        is_right = len(password) <= PASSWORD_LONGEST and _PASSWORDS.verify(stored, password)
    except (VerificationError, InvalidHashError):
        is_right = False
    return is_right and record is not None and record.is_active


def hash_pin(pepper: bytes, brand_id: str, staff_id: str, pin: str) -> str:
    """Argon2id of a PIN under the app's secret: four digits alone would be guessed from a stolen database.

    As slow as `hash_password`. Errors: Refusal identity.pin_malformed unless it is 4 to 8 digits.
    """
    if not _PIN.fullmatch(pin):
        raise PIN_MALFORMED()
    return _PASSWORDS.hash(_peppered_pin(pepper, brand_id, staff_id, pin))


def verify_pin(pepper: bytes, brand_id: str, staff_id: str, pin: str, pin_hash: str | None) -> bool:
    """Whether this is the PIN. As slow as `hash_pin`, also when there is none."""
    try:
        is_right = _PASSWORDS.verify(
            pin_hash or _NOBODYS_HASH, _peppered_pin(pepper, brand_id, staff_id, pin)
        )
    except (VerificationError, InvalidHashError):
        return False
    return is_right and pin_hash is not None


def _peppered_pin(pepper: bytes, brand_id: str, staff_id: str, pin: str) -> bytes:
    named = f"{brand_id} {staff_id} {pin}".encode()
    return hmac.digest(_derived(pepper, b"staff pin", 32), named, "sha256")


def pairing_code(random: bytes) -> str:
    """Eight characters from five random bytes, without those that are mistaken for others: `7KQ2-M9XB` without the dash.

    Errors: ValueError for fewer or more bytes.
    """
    if len(random) != PAIRING_BYTES:
        raise ValueError(f"a pairing code is made of {PAIRING_BYTES} bytes")
    bits = int.from_bytes(random, "big")
    return "".join(_PAIRING_LETTERS[bits >> shift & 31] for shift in range(35, -1, -5))


def pairing_hash(pepper: bytes, code: str) -> str:
    """HMAC-SHA256 of a pairing code as typed: small letters, dashes and spaces do no harm."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return hmac.new(_derived(pepper, b"pairing hash", 32), plain.encode(), sha256).hexdigest()


class TokenKind(StrEnum):
    """What a token opens; its value is the token's prefix."""

    SESSION = "hs_s_"
    REGISTER_KEY = "hs_r_"


def make_token(kind: TokenKind, random: bytes) -> str:
    """A token from 32 random bytes. Only its hash is stored. Errors: ValueError for fewer or more bytes."""
    if len(random) != TOKEN_BYTES:
        raise ValueError(f"a token is made of {TOKEN_BYTES} bytes")
    return f"{kind.value}{_urlsafe(random)}"


def token_kind(token: str) -> TokenKind | None:
    """What a text claims to be by its form; None when it is no token of ours."""
    return TokenKind(token[:5]) if _TOKEN.fullmatch(token) else None


def token_hash(token: str) -> str:
    """SHA-256 in hex. A token has 256 random bits: a slow hash would add nothing."""
    return sha256(token.encode()).hexdigest()


def _sealer(pepper: bytes) -> AESSIV:
    return AESSIV(_derived(pepper, b"code message", 64))


@lru_cache(maxsize=8)
def _derived(pepper: bytes, use: bytes, length: int) -> bytes:
    """One key for each use of the app's secret. Errors: ValueError when the secret is under 16 bytes."""
    if len(pepper) < PEPPER_SHORTEST:
        raise ValueError(f"the app's secret needs {PEPPER_SHORTEST} bytes or more")
    return HKDF(hashes.SHA256(), length, salt=None, info=b"highstreet identity " + use).derive(pepper)


def _urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
