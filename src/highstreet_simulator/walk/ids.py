"""Ids as Highstreet's API wants them (TypeID: prefix, underscore, a UUID in base32), made by phones and registers."""

import hashlib

import uuid_utils

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A new one (UUIDv7)."""
    return _typed(prefix, uuid_utils.uuid7().int)


def fixed_id(prefix: str, text: str) -> str:
    """The same for the same text (UUIDv8)."""
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return _typed(prefix, bits & ~(0xF << 76) & ~(0b11 << 62) | 8 << 76 | 0b10 << 62)


def _typed(prefix: str, bits: int) -> str:
    return f"{prefix}_{''.join(ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))}"
