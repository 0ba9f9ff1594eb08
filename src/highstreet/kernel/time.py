"""Time: aware datetimes in UTC, whole microseconds in the database, RFC 3339 text outside.

A naive datetime is a ValueError everywhere. Nothing here passes through floats.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)


class Clock(Protocol):
    """Where "now" comes from. Fronts and jobs ask it; actions get the time with their command."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return utc_now()


class MovableClock:
    """A clock that stands still until moved: for tests and the simulator."""

    def __init__(self, start: datetime) -> None:
        self._now = _as_utc(start)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Moves forward and returns the new time. Errors: ValueError when `by` is negative."""
        if by < timedelta(0):
            raise ValueError("a clock advances forwards; use set() to go back")
        self._now += by
        return self._now

    def set(self, at: datetime) -> None:
        """Moves to `at`, which may lie in the past."""
        self._now = _as_utc(at)


async def pause(wake: asyncio.Event, at_most_s: float) -> None:
    """Wait until `wake` is set, or this many real seconds; it is clear afterwards.

    Not by `asyncio.wait_for`: before Python 3.12 that one swallows a cancellation that comes with the event.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await wake.wait()
    wake.clear()


def utc_now() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


def to_micros(at: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z; negative before. Errors: ValueError when naive."""
    if at.utcoffset() is None:
        raise ValueError(f"a datetime without a time zone: {at!r}")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The inverse of `to_micros`, in UTC. Errors: OverflowError beyond the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=micros)


def parse_utc(text: str) -> datetime:
    """RFC 3339 text with its offset, as UTC; digits beyond microseconds are cut off.

    Errors: ValueError when it is not RFC 3339, has no offset, or names no real time (leap seconds included).
    """
    if not _RFC_3339.fullmatch(text):
        raise ValueError(f"not an RFC 3339 time with an offset: {text!r}")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"outside of the years 1 to 9999 in UTC: {text!r}") from error


def format_utc(at: datetime) -> str:
    """RFC 3339 in UTC with Z; six decimals, or none when all are zero. Errors: ValueError when naive."""
    return _as_utc(at).replace(tzinfo=None).isoformat() + "Z"


def business_day(at: datetime, tz_name: str, starts_hour: int = 4) -> date:
    """The trading day of `at`: a new one starts at `starts_hour` (0 to 23) by the wall clock in `tz_name`.

    Errors: ValueError when naive, the IANA zone is unknown, or the hour is out of range.
    """
    if not 0 <= starts_hour <= 23:
        raise ValueError(f"starts_hour is 0 to 23, not {starts_hour}")
    local = _as_utc(at).astimezone(_zone(tz_name))
    return local.date() - timedelta(days=local.hour < starts_hour)


@lru_cache(maxsize=64)
def _zone(tz_name: str) -> ZoneInfo:
    try:
        return ZoneInfo(tz_name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone: {tz_name!r}") from error


def _as_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"a datetime without a time zone: {at!r}")
    return at.astimezone(UTC)
