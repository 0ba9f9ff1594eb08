"""A journal's entries hold on to each other; what a device's clock says is made into our time. No database here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SALE, RETURN, NOTE = "sale", "return", "note"
KINDS = (SALE, RETURN, NOTE)
DONE, DIFFERED, REFUSED = "done", "done_with_difference", "refused"

CLOCK_TOLERANCE = timedelta(minutes=2)
"""So far a device's clock may be off before somebody is told."""

TAKEN_AT_ITS_WORD = timedelta(days=1)
"""So long after it was written an entry's own time counts where time lets money out, or says whose drawer's day it is."""

# Why somebody should look.
STORAGE_LOST = "storage_lost"
CLOCK_BACK = "clock_back"
CLOCK_AHEAD = "clock_ahead"
CLOCK_JUMP = "clock_jump"
CLOCK_OFF = "clock_off"
GAP = "gap"
FORKED = "forked"
HEARD_LATE = "heard_late"
ALERTS = (STORAGE_LOST, CLOCK_BACK, CLOCK_AHEAD, CLOCK_JUMP, CLOCK_OFF, GAP, FORKED, HEARD_LATE)


def canonical(entry: Mapping[str, Any]) -> bytes:
    """An entry as it is hashed: JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_of(entry: Mapping[str, Any]) -> str:
    """What the next entry has as its `prev_hash`: SHA-256, in hexadecimal, of the whole entry as it was sent."""
    return hashlib.sha256(canonical(entry)).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the device wrote it. `device_at` is its clock; `sent` the whole as it came, `hash` of that."""

    seq: int
    device_at: datetime
    prev_hash: str
    kind: str
    sent: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Journal:
    """How far a device's journal was heard.

    `sent_at` is the device's clock when it sent last, `heard_at` ours then; `last_at` our time of its last entry.
    """

    brand_id: str
    id: str
    register_id: str
    place_id: str
    opened_at: datetime
    acknowledged_seq: int
    tail_hash: str
    last_device_at: datetime | None
    last_at: datetime | None
    sent_at: datetime | None
    heard_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry and what came of it; `seen_at`: somebody at the office dealt with it."""

    brand_id: str
    journal_id: str
    seq: int
    register_id: str
    hash: str
    kind: str
    device_at: datetime
    at: datetime
    heard_at: datetime
    sent: dict[str, Any]
    state: str
    answer: dict[str, Any] | None
    problem: dict[str, Any] | None
    seen_at: datetime | None = None
    seen_by: str | None = None
    note: str | None = None

    @property
    def result(self) -> dict[str, Any]:
        """What the register is told of it; the problem is still without its words."""
        return {"seq": self.seq, "state": self.state, "answer": self.answer, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about a journal that a person should know. `seq`: the entry it is about, 0 for the whole journal."""

    brand_id: str
    journal_id: str
    kind: str
    seq: int
    register_id: str
    place_id: str
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    seen_at: datetime | None = None
    seen_by: str | None = None


def step_of(journal: Journal, entry: Entry) -> str:
    """What this entry is to the journal: "next", "known" (a number that was taken), "gap" or "forked".

    Whether a known one has the content that was taken is for who has its hash.
    """
    if entry.seq <= journal.acknowledged_seq:
        return "known"
    if entry.seq > journal.acknowledged_seq + 1:
        return GAP
    return "next" if entry.prev_hash == journal.tail_hash else FORKED


def our_time(device_at: datetime, offset: timedelta, now: datetime, not_before: datetime | None) -> datetime:
    """A device's time made ours: by the offset measured at sending, never in the future or before its predecessor."""
    at = min(device_at + offset, now)
    return at if not_before is None else max(at, not_before)


def is_young(at: datetime, now: datetime) -> bool:
    """Whether an entry of `at`, our time, is heard soon enough to be taken at its word."""
    return now - at <= TAKEN_AT_ITS_WORD


def clock_findings(journal: Journal, sent_at: datetime, now: datetime) -> list[tuple[str, dict[str, Any]]]:
    """What a sending says about the device's clock: off from ours, or set anew since it sent last."""
    found: list[tuple[str, dict[str, Any]]] = []
    off = sent_at - now
    if abs(off) > CLOCK_TOLERANCE:
        found.append((CLOCK_OFF, {"off_s": round(off.total_seconds())}))
    if journal.sent_at is not None:
        jump = (sent_at - journal.sent_at) - (now - journal.heard_at)
        if abs(jump) > CLOCK_TOLERANCE:
            found.append((CLOCK_JUMP, {"jump_s": round(jump.total_seconds())}))
    return found


def entry_findings(
    journal: Journal, device_at: datetime, sent_at: datetime
) -> list[tuple[str, dict[str, Any]]]:
    """What an entry's own time says: before its predecessor, or after the moment it was sent."""
    found: list[tuple[str, dict[str, Any]]] = []
    if journal.last_device_at is not None and device_at < journal.last_device_at:
        back = journal.last_device_at - device_at
        found.append((CLOCK_BACK, {"back_s": round(back.total_seconds())}))
    if device_at > sent_at + CLOCK_TOLERANCE:
        found.append((CLOCK_AHEAD, {"ahead_s": round((device_at - sent_at).total_seconds())}))
    return found


APPROVAL_VALID = timedelta(minutes=15)
"""So long an approval can be used."""
RETURN_ACT, GIVE_UP, ALLOWANCE, PRICE_ACT = "return", "give_up", "allowance", "price"
ACTS = (RETURN_ACT, GIVE_UP, ALLOWANCE, PRICE_ACT)
"""What can be approved: goods that come back, a sale paid in parts that is given up, money back while goods stay."""


@dataclass(frozen=True, slots=True)
class ClerkAct:
    """`staff_id` was signed in at the register when it did `subject_id`."""

    brand_id: str
    subject_id: str
    register_id: str
    staff_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """From what amount on, in minor units, an act needs an approval; None: never."""

    brand_id: str
    return_from_minor: int | None = None
    no_receipt_from_minor: int | None = None
    give_up_from_minor: int | None = None

    def is_needed(self, act: str, amount_minor: int, *, has_receipt: bool = True) -> bool:
        """Whether the act needs one; money back while the goods stay and a price set by hand always do."""
        if act in (ALLOWANCE, PRICE_ACT):
            return True
        limits = [self.give_up_from_minor] if act == GIVE_UP else [self.return_from_minor]
        if act == RETURN_ACT and not has_receipt:
            limits.append(self.no_receipt_from_minor)
        return any(limit is not None and amount_minor >= limit for limit in limits)


@dataclass(frozen=True, slots=True)
class Approval:
    """Staff let one act of this amount be done with this sale at this register, once, until `valid_until`."""

    brand_id: str
    id: str
    register_id: str
    place_id: str
    staff_id: str
    act: str
    sale_id: str
    amount_minor: int
    currency: str
    approved_at: datetime
    valid_until: datetime
    used_for: str | None = None
    used_at: datetime | None = None
