"""How entries of an offline journal hold on to each other."""

import hashlib
import json
from typing import Any


def canonical(entry: dict[str, Any]) -> bytes:
    """An entry as it is hashed: JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(
        entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def hash_of(entry: dict[str, Any]) -> str:
    """What the next entry has as its `prev_hash`: SHA-256 in hexadecimal of the whole entry, its own `prev_hash` too."""
    return hashlib.sha256(canonical(entry)).hexdigest()
