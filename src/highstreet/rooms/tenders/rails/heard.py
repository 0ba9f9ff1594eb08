"""What came back from a provider, before a connector knows what it means. Pure: no network, no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from highstreet.rooms.tenders.model import RailAnswer

Json = dict[str, Any]
FIRST_CALLS = ("pay_code", "pay_qr", "pay_reader")
"""Calls that have surely done nothing when nothing was sent: the payment can be made another way."""
EPOCH_S = re.compile(r"[0-9]{1,12}")
_REF = re.compile(r"[!-~]{1,80}")
_WORD = re.compile(r"[A-Za-z0-9_]{1,40}")
_NUMBER = re.compile(r"[A-Za-z0-9_\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, not yet believed: its signature is for the connector to check."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer that can be believed. `was_sent` is False only when no connection was made."""

    reason: str
    failure: str
    was_sent: bool = True


def unheard(call: str, silence: Silence) -> RailAnswer:
    """What silence means for a call. A refund or a reversal is owed: it is asked for again."""
    is_undone = not silence.was_sent and call in FIRST_CALLS
    evidence = {"call": call, "failure": silence.failure}
    return RailAnswer("declined" if is_undone else "unknown", None, silence.reason, evidence)


def readable(call: str, heard: Heard | Silence) -> RailAnswer | tuple[int, Json]:
    """The status and JSON object of an answer, or what their absence means for this call."""
    if isinstance(heard, Silence):
        return unheard(call, heard)
    evidence = {"call": call, "status": heard.status}
    if heard.status >= 500:
        return RailAnswer("unknown", None, "provider_error", evidence)
    content = read_object(heard.body)
    if content is None:
        return RailAnswer("unknown", None, "answer_malformed", evidence)
    return heard.status, content


def read_object(body: bytes) -> Json | None:
    """A JSON object, or None."""
    try:
        content = orjson.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def number_of(content: Any, name: str) -> str | None:
    """A business number of ours in an answer, or None."""
    value = content.get(name) if isinstance(content, dict) else None
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def plain_word(value: Any) -> str | None:
    """A short word that may be kept as evidence, or None."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def plain_ref(value: Any) -> str | None:
    """A provider's number, or None."""
    return value if isinstance(value, str) and _REF.fullmatch(value) else None
