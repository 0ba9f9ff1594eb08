"""Where a place stands and when it is open: OSM opening_hours in the place's time zone and holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The library's type stubs leave its exceptions out.
from opening_hours import OpeningHours, ParserError, State, UnknownCountryError  # type: ignore[attr-defined]

from highstreet.kernel.geo import Datum, Point
from highstreet.rooms.places.errors import COUNTRY_MALFORMED, HOURS_MALFORMED, TIME_ZONE_UNKNOWN

HOURS_CACHED = 16_384
"""Compiled opening hours kept; a chain's places share few texts. About 2 kB each."""

_NEVER_WITHIN_DAYS = 366
_SUN_WORDS = ("sun", "dawn", "dusk")  # sunrise and sunset; Sunday is Su
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A position as it was given, in its own datum, and what is known of the place's hours and address."""

    place_id: str
    lat: float
    lon: float
    datum: Datum
    time_zone: str
    country: str
    opening_hours: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class PutSites:
    """Write these sites of a brand, new or known."""

    brand_id: str
    at: datetime
    rows: Sequence[SiteRow]


@dataclass(frozen=True, slots=True)
class MovedSite:
    """A place that now stands in another cell; `cell_before` is 0 when it had no site yet."""

    brand_id: str
    place_id: str
    cell_before: int
    cell: int


@dataclass(frozen=True, slots=True)
class Site:
    """Where a place stands (WGS-84) and when it is open."""

    brand_id: str
    place_id: str
    point: Point
    cell: int
    time_zone: str
    country: str
    opening_hours: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class NearSite:
    """A site and how far it is, in a straight line."""

    site: Site
    distance_m: float


@dataclass(frozen=True, slots=True)
class HoursSpan:
    """Open from one local time to another, which may be tomorrow's; not `is_sure`: open by arrangement."""

    opens_at: datetime
    closes_at: datetime
    is_sure: bool
    comment: str


@dataclass(frozen=True, slots=True)
class DayHours:
    """The spans that begin on this local day; none means closed."""

    day: date
    spans: tuple[HoursSpan, ...]


class Hours:
    """Compiled opening hours of one text, time zone, country and (for sunrise) position."""

    __slots__ = ("_known", "_rules", "zone")

    def __init__(self, text: str, time_zone: str, country: str, coords: tuple[float, float] | None) -> None:
        self.zone = zone_of(time_zone)
        self._rules = _parse(text, self.zone, country, coords)
        # (from, until, answer) of the last asked: most questions are about now.
        self._known: tuple[datetime, datetime, tuple[bool | None, datetime | None]] | None = None

    def at(self, at: datetime) -> tuple[bool | None, datetime | None]:
        """(is it open, when does that change): None for unknown and for not within a year. In UTC.

        Errors: ValueError when `at` is naive.
        """
        known = self._known
        if known is not None and known[0] <= at < known[1]:
            return known[2]
        if at.utcoffset() is None:
            raise ValueError(f"a datetime without a time zone: {at!r}")
        local = at.astimezone(self.zone)
        state = self._rules.state(local)[0]
        changes_at = self._rules.next_change(local)
        is_open = None if state is State.UNKNOWN else state is State.OPEN
        answer = is_open, changes_at.astimezone(UTC) if changes_at else None
        until = answer[1] or at + _DAY
        # Rules are about wall clocks: what holds before the clocks are changed may not hold after.
        if until.astimezone(self.zone).utcoffset() == local.utcoffset():
            self._known = at, until, answer
        return answer

    def week(self, first_day: date) -> list[DayHours]:
        """Seven days; what is open past midnight stands on the day it began, a longer stretch on each day."""
        days = [first_day + timedelta(days=n) for n in range(7)]
        spans: dict[date, list[HoursSpan]] = {day: [] for day in days}
        start, end = (datetime.combine(days[n], time(), self.zone) for n in (0, 6))
        for opens_at, closes_at, state, comment in self._rules.intervals(start - _DAY, end + 2 * _DAY):
            if state is State.CLOSED or opens_at is None or closes_at is None:
                continue
            for piece in _by_day(opens_at, closes_at):
                if piece[0].date() in spans:
                    spans[piece[0].date()].append(HoursSpan(*piece, state is State.OPEN, comment))
        return [DayHours(day, tuple(spans[day])) for day in days]


def is_open(hours_text: str | None, time_zone: str, country: str, point: Point, at: datetime) -> bool | None:
    """Whether a place is open; None when nobody knows. Errors: as `hours_of`; ValueError when naive."""
    hours = hours_of(hours_text, time_zone, country, point)
    return hours.at(at)[0] if hours else None


def next_change(
    hours_text: str | None, time_zone: str, country: str, point: Point, at: datetime
) -> datetime | None:
    """When it opens or closes next, in UTC; None when unknown or not within a year. Errors: as `hours_of`."""
    hours = hours_of(hours_text, time_zone, country, point)
    return hours.at(at)[1] if hours else None


def week(
    hours_text: str | None, time_zone: str, country: str, point: Point, first_day: date
) -> list[DayHours] | None:
    """Seven days of local opening times for display; None when unknown. Errors: as `hours_of`."""
    hours = hours_of(hours_text, time_zone, country, point)
    return hours.week(first_day) if hours else None


def hours_of(hours_text: str | None, time_zone: str, country: str, point: Point) -> Hours | None:
    """The compiled hours, from a bounded cache; None without a text.

    Errors: Refusal places.hours_malformed, places.time_zone_unknown (422).
    """
    if hours_text is None:
        return None
    # The sun needs a position; a hundredth of a degree is a second or two, and lets a street share its hours.
    is_of_sun = any(word in hours_text for word in _SUN_WORDS)
    coords = (round(point.lat, 2), round(point.lon, 2)) if is_of_sun else None
    return _compiled(hours_text, time_zone, country, coords)


def check_site(row: SiteRow, point: Point) -> None:
    """Errors: Refusal places.hours_malformed, places.time_zone_unknown, places.country_malformed (422)."""
    if not (len(row.country) == 2 and row.country.isascii() and row.country.isupper()):
        raise COUNTRY_MALFORMED(place_id=row.place_id)
    zone_of(row.time_zone)
    hours_of(row.opening_hours, row.time_zone, row.country, point)


@lru_cache(maxsize=512)
def zone_of(time_zone: str) -> ZoneInfo:
    """The IANA time zone. Errors: Refusal places.time_zone_unknown (422)."""
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TIME_ZONE_UNKNOWN(time_zone=time_zone) from error


_compiled = lru_cache(maxsize=HOURS_CACHED)(Hours)


def _parse(
    text: str, zone: ZoneInfo, country: str | None, coords: tuple[float, float] | None
) -> OpeningHours:
    try:
        return OpeningHours(
            text,
            timezone=zone,
            country=country,
            coords=coords,
            auto_country=False,
            # The library places the sun by the coordinates only when it may; the time zone given still holds.
            auto_timezone=coords is not None,
            max_interval_days=_NEVER_WITHIN_DAYS,
        )
    except ParserError as error:
        raise HOURS_MALFORMED() from error
    except UnknownCountryError:
        # A country whose holidays the library does not know still has shops.
        return _parse(text, zone, None, coords)


def _by_day(opens_at: datetime, closes_at: datetime) -> list[tuple[datetime, datetime]]:
    """The span itself, or cut at each midnight when it lasts a whole day or longer."""
    if closes_at - opens_at < _DAY:
        return [(opens_at, closes_at)]
    pieces = []
    while opens_at < closes_at:
        midnight = datetime.combine(opens_at.date() + _DAY, time(), opens_at.tzinfo)
        pieces.append((opens_at, min(midnight, closes_at)))
        opens_at = midnight
    return pieces
