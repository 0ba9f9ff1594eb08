"""What the map needs to know of a place, kept in memory: position, names, compiled opening hours.

Nothing kept is older than the reader's own snapshot: each search learns the newest event's number with its
stock, and if that has grown, asks the outbox what was announced about places since and forgets that. Joining
site and place to every stock row costs 3 µs a row instead.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from highstreet.flows import lists
from highstreet.kernel.geo import Point
from highstreet.kernel.tx import Reader
from highstreet.rooms.places import Hours, hours_of

CARDS_LIMIT = 200_000
"""When more are known, all are forgotten. About 700 bytes each."""


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """One active place. x, y, z: its direction from the earth's centre, for comparing distances cheaply."""

    place_id: str
    point: Point
    x: float
    y: float
    z: float
    name_en: str
    name_zh: str
    hours: Hours | None


class PlaceCards:
    """The cards of one database, shared by its reader threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._brands: dict[str, dict[str, PlaceCard | None]] = {}
        self._count = 0
        self._seen = -1  # the newest event whose consequences were drawn

    def catch_up(self, reader: Reader, newest: int) -> None:
        """Forget what changed before this snapshot, whose newest event is `newest`."""
        if newest > self._seen:
            with self._lock:
                if self._seen >= 0:
                    self._forget(lists.places_touched(reader, self._seen, newest))
                self._seen = max(self._seen, newest)

    def cards(
        self, reader: Reader, newest: int, brand_id: str, place_ids: Collection[str]
    ) -> Mapping[str, PlaceCard | None]:
        """The cards of at least these places; None for one that is not active or has no site.

        `newest` is the number of the newest event in the reader's snapshot.
        """
        self.catch_up(reader, newest)
        known = self._brands.get(brand_id, {})
        wanted = set(place_ids)
        if wanted <= known.keys():
            return known
        missing = wanted - known.keys()
        loaded: dict[str, PlaceCard | None] = dict.fromkeys(missing)
        loaded |= {card.place_id: card for card in _load(reader, brand_id, missing)}
        with self._lock:
            # A reader of an older snapshot than others have seen must not bring back what they forgot.
            if newest == self._seen:
                if self._count + len(loaded) > CARDS_LIMIT:
                    self._brands, self._count = {}, 0
                kept = self._brands.setdefault(brand_id, {})
                before = len(kept)
                kept.update(loaded)
                self._count += len(kept) - before
        return {**{place_id: known[place_id] for place_id in wanted - missing}, **loaded}

    def _forget(self, touched: Collection[tuple[str | None, str | None]]) -> None:
        for brand_id, place_id in touched:
            if brand_id is None:
                self._brands, self._count = {}, 0
            elif place_id is None:
                self._count -= len(self._brands.pop(brand_id, {}))
            elif place_id in (known := self._brands.get(brand_id, {})):
                del known[place_id]
                self._count -= 1


_of_engine: WeakKeyDictionary[Engine, PlaceCards] = WeakKeyDictionary()
_lock = Lock()


def cards_of(reader: Reader) -> PlaceCards:
    """The cards of the reader's database in this process."""
    engine = reader.connection.engine
    found = _of_engine.get(engine)
    if found is None:
        with _lock:
            found = _of_engine.setdefault(engine, PlaceCards())
    return found


def direction(point: Point) -> tuple[float, float, float]:
    """The unit vector from the earth's centre: the nearer two points, the shorter the chord between theirs."""
    lat, lon = radians(point.lat), radians(point.lon)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _load(reader: Reader, brand_id: str, place_ids: Collection[str]) -> list[PlaceCard]:
    cards = []
    for place_id, lat, lon, zone, country, hours, name_en, name_zh in lists.place_facts(
        reader, brand_id, place_ids
    ):
        point = Point(lat, lon)
        compiled = hours_of(hours, zone, country, point)
        cards.append(PlaceCard(place_id, point, *direction(point), name_en, name_zh, compiled))
    return cards
