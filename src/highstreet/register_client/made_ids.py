"""Ids that a register makes before it asks: a TypeID, prefix and UUIDv7 (github.com/jetify-com/typeid, RFC 9562)."""

import hashlib
import secrets
import time

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_VERSION, _VARIANT = 7 << 76, 0b10 << 62


def new_id(prefix: str) -> str:
    """A new id: `sal` for a sale, `tnd` tender, `rtn` return, `jrn` journal. Sorts by the millisecond it was made in."""
    bits = (time.time_ns() // 1_000_000) << 80
    bits |= _VERSION | secrets.randbits(12) << 64 | _VARIANT | secrets.randbits(62)
    return _spelled(prefix, bits)


def stable_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, always (a UUIDv8 of their SHA-256): for what has a number of its own already."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    bits = int.from_bytes(digest[:16], "big")
    bits = bits & ~(0xF << 76 | 0b11 << 62) | 8 << 76 | _VARIANT
    return _spelled(prefix, bits)


def _spelled(prefix: str, bits: int) -> str:
    return prefix + "_" + "".join(_BASE32[bits >> shift & 31] for shift in range(125, -1, -5))
