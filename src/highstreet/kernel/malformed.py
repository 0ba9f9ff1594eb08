"""What is wrong with a malformed request, field by field: the `errors` of its problem (RFC 9457, 3.1.2 and its example).

Never what was sent: it may be a secret. At most TOLD_AT_MOST of them: a body may be wrong in every place.
"""

import re
from ast import literal_eval
from collections.abc import Mapping, Sequence
from typing import Any

from highstreet.kernel.i18n import text

TOLD_AT_MOST = 20
_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


def told_errors(locale: str, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each of Pydantic's errors as where (`in`, `pointer`), `reason`, words, and the values allowed, if they are few."""
    return [_told(locale, error) for error in found[:TOLD_AT_MOST]]


def _told(locale: str, error: Mapping[str, Any]) -> dict[str, Any]:
    where, *path = error["loc"]
    if error["type"] == "json_invalid":  # its place is a column of the text
        path = []
    told: dict[str, Any] = {
        "in": where,
        "pointer": "#" + "".join(f"/{_escaped(str(part))}" for part in path)[:200],
        "reason": error["type"],
    }
    allowed = _allowed(error)
    if allowed:
        told["allowed"] = allowed
        told["detail"] = text(locale, "malformed-allowed", allowed=", ".join(map(str, allowed)))
        return told
    limits = [(name, value) for name, value in error.get("ctx", {}).items() if name in _LIMITS]
    if limits:
        [(name, value), *_] = limits
        told["detail"] = text(locale, f"malformed-{name}", limit=str(value))
    elif error["type"] in ("missing", "extra_forbidden"):
        told["detail"] = text(locale, f"malformed-{error['type']}")
    else:
        told["detail"] = text(locale, "malformed-form")
    return told


def _allowed(error: Mapping[str, Any]) -> list[Any]:
    """The values of an enumeration; Pydantic tells them in words: `'a', 'b' or 'c'`."""
    if error["type"] not in ("literal_error", "enum"):
        return []
    return [literal_eval(part) for part in re.split(r", | or ", str(error["ctx"]["expected"]))]


def _escaped(part: str) -> str:
    """A part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")
