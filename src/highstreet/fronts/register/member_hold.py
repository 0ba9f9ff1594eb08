"""A member who was scanned stays with the basket, though the code on their phone turns every half minute.

The quote seals who it was, for this register and a quarter of an hour: `HB1`, the two ids, the minute it ends,
72 bits of HMAC-SHA256 over it and the register. The register sends it in place of the member's code.
"""

import hmac
from datetime import datetime

from highstreet.kernel.time import to_micros
from highstreet.rooms.members import CODE_STALE, claimed_member, code_head, read_member_code

VALID_MINUTES = 15
_MINUTE = 60 * 1_000_000
_PREFIX = "HB1"
_ENDS_AT, _MAC_AT, _LENGTH = 55, 63, 81


def seal_member(secret: bytes, register_id: str, brand_id: str, member_id: str, at: datetime) -> str:
    """The seal that a register may send as the member's code until it ends."""
    ends = to_micros(at) // _MINUTE + VALID_MINUTES
    body = f"{_PREFIX}{code_head(brand_id, member_id)[3:]}{ends:08X}"
    return body + _mac(secret, register_id, body)


def read_member(secret: bytes, register_id: str, text: str, at: datetime) -> tuple[str, str]:
    """(brand_id, member_id) of a member's code, or of this register's seal.

    Errors: Refusal members.code_malformed (422), members.code_stale (409; also another register's seal).
    """
    if not is_seal(text):
        return read_member_code(secret, text, at)
    named = claimed(text)
    body = text[:_MAC_AT]
    is_ours = hmac.compare_digest(text[_MAC_AT:].encode(), _mac(secret, register_id, body).encode())
    if not is_ours or to_micros(at) // _MINUTE > int(text[_ENDS_AT:_MAC_AT], 16):
        raise CODE_STALE()
    return named


def claimed(text: str) -> tuple[str, str]:
    """Whom a code or seal names, unproven: only for "was this asked before?". Errors: members.code_malformed."""
    if not is_seal(text):
        return claimed_member(text)
    # The ids lie where a member's code has them; what follows them there is only checked for its alphabet.
    return claimed_member(f"HM1{text[3:_ENDS_AT]}{'0' * 16}")


def is_seal(text: str) -> bool:
    """Whether it has a seal's form."""
    return len(text) == _LENGTH and text.startswith(_PREFIX)


def _mac(secret: bytes, register_id: str, body: str) -> str:
    return hmac.digest(secret, f"{body} at {register_id}".encode(), "sha256")[:9].hex().upper()
