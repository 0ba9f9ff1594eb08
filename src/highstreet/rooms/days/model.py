"""Moves of cash, counts, and which day they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.days.errors import COUNT_DIFFERS, REASON_UNKNOWN

REASONS = {
    "in": ("float", "change", "other"),
    "out": ("pickup", "bank", "change", "expense", "other"),
}
"""Why cash may go in or out without a sale."""
ENTRY_KINDS = ("closed", "reopened")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerMove:
    """Cash put in ("in") or taken out ("out"). `by_id`: whose key asked; `day` the drawer's day, ISO."""

    brand_id: str
    id: str
    place_id: str
    register_id: str
    day: str
    direction: str
    reason: str
    note: str
    currency: str
    amount_minor: int
    at: datetime
    by_id: str

    @property
    def signed_minor(self) -> int:
        """What the drawer has more by it."""
        return self.amount_minor if self.direction == "in" else -self.amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntry:
    """A day of a register or a place (`subject_id`) was closed or reopened; `no` counts its entries from 1.

    Amounts are of cash. `expected_minor` should have been there; `seen_minor` is what this count has taken into
    account of the days before it (`OVERLAP`), so that what is written down late is counted once, and by the next.
    `slips_…`: the same of the card terminal's own total; `slips_counted_minor` None: no slip was taken. `carried`: what
    was under way when a place's day was closed, as `Carried`.
    """

    brand_id: str
    subject_id: str
    day: str
    no: int
    id: str
    place_id: str
    kind: str
    currency: str
    counted_minor: int
    expected_minor: int
    seen_minor: int
    slips_counted_minor: int | None = None
    slips_expected_minor: int = 0
    slips_seen_minor: int = 0
    carried: list[dict[str, Any]] | None = None
    pieces: dict[str, int] | None
    note: str
    by_id: str
    at: datetime

    @property
    def slips_over_minor(self) -> int:
        """What the terminal has taken more than the slips that were noted; below zero: less."""
        return 0 if self.slips_counted_minor is None else self.slips_counted_minor - self.slips_expected_minor

    @property
    def over_minor(self) -> int:
        """Over; below zero: short."""
        return self.counted_minor - self.expected_minor


@dataclass(frozen=True, slots=True)
class Carried:
    """Money of a place that was on its way in or out when its day was closed: no day's, and not forgotten."""

    rail: str
    direction: str
    currency: str
    tenders: int
    amount_minor: int


OVERLAP = timedelta(days=7)
"""How long before a count its window begins: a register that was offline for less loses nothing."""


def check_reason(direction: str, reason: str) -> None:
    """Errors: Refusal days.reason_unknown (reasons)."""
    if reason not in REASONS[direction]:
        raise REASON_UNKNOWN(reasons=", ".join(REASONS[direction]))


def counted(total_minor: int | None, pieces: Mapping[str, int] | None) -> int:
    """The sum that was counted, given as one, or as pieces by face value in minor units, or as both.

    Errors: Refusal days.count_differs (pieces_minor) when there is neither, or they disagree.
    """
    if pieces is None:
        if total_minor is None:
            raise COUNT_DIFFERS(pieces_minor=0)
        return total_minor
    of_pieces = sum(int(face) * number for face, number in pieces.items())
    if total_minor not in (None, of_pieces) or of_pieces > MAX_AMOUNT_MINOR:
        raise COUNT_DIFFERS(pieces_minor=of_pieces)
    return of_pieces


def expected_minor(before: DayEntry | None, window_minor: int) -> int:
    """What should be in the drawer: what was counted last, and what has come since, early or late.

    `window_minor` is all that moved since `OVERLAP` before that count; without a count, since the day began.
    """
    return window_minor if before is None else before.counted_minor + window_minor - before.seen_minor


def slips_expected_minor(before: DayEntry | None, window_minor: int) -> int:
    """What the card terminal should show since its last total: it begins anew with each, a drawer does not."""
    return window_minor if before is None else window_minor - before.slips_seen_minor


def open_day(today: date, first_business: date | None, closed_through: str | None) -> date:
    """The day that a register's business belongs to now: of its first business since the count, never a closed one."""
    day = min(first_business or today, today)
    return day if closed_through is None else max(day, date.fromisoformat(closed_through) + timedelta(days=1))
