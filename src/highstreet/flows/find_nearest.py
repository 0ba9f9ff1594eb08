"""The nearest places that are open and have something.

Outward over H3 cells: the cells around the shopper in order of how near any point of theirs can be, a few
with each statement. A place found is final once no cell still unread can hold a nearer one. Exact:
tests/flows/test_find_nearest.py proves it against brute force.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import inf, pi, sin, sqrt
from typing import NamedTuple

import h3.api.basic_int as h3

from highstreet.flows import lists
from highstreet.flows.place_cards import PlaceCard, cards_of, direction
from highstreet.kernel import geo
from highstreet.kernel.geo import Point
from highstreet.kernel.time import from_micros
from highstreet.kernel.tx import Reader
from highstreet.rooms.stock import StockWords, confidence_words

LIMIT_MOST = 1000
RADIUS_MOST_M = 50_000

# In a town centre 250 m reach into one to three cells, which is often enough. A statement to PostgreSQL costs
# as much as some hundred rows more.
FIRST_REACH_M = {"sqlite": 250.0, "postgresql": 700.0}
# As many candidates as wanted, and as many again for those that are closed or where the town is thinner.
_SAFELY = 2
_CELL_AREA_M2 = 5.16e6  # the average at resolution 7
_LAST_CELL = 1 << 63
_MARGIN_M = 1.0  # far above the rounding of any distance here


@dataclass(frozen=True, slots=True)
class FindNearest:
    """What is near `point`, at `at`: any place, or those that have a variant or a GTIN.

    Without `brand_id` a GTIN is looked for with all brands. Errors: ValueError when limit is not 1 to 1,000,
    radius_m not 1 to 50,000, a variant comes without its brand or with a GTIN, `at` is naive.
    """

    point: Point
    at: datetime
    limit: int = 20
    radius_m: float = 5000
    brand_id: str | None = None
    gtin: str | None = None
    variant_id: str | None = None
    must_be_open: bool = True

    def __post_init__(self) -> None:
        if not (1 <= self.limit <= LIMIT_MOST and 1 <= self.radius_m <= RADIUS_MOST_M):
            raise ValueError(f"limit is 1 to {LIMIT_MOST}, radius_m 1 to {RADIUS_MOST_M}")
        if self.variant_id and (self.gtin or not self.brand_id):
            raise ValueError("a variant needs its brand, and no GTIN")
        if self.at.utcoffset() is None:
            raise ValueError(f"a datetime without a time zone: {self.at!r}")


@dataclass(frozen=True, slots=True)
class NearPlace:
    """A place found. `is_open` None: nobody knows; `time_zone` is its hours'.

    The last three are None when no goods were asked for.
    `counted_at` is the oldest count of the pieces available, so that `stock_words` never says too much.
    """

    brand_id: str
    place_id: str
    name_en: str
    name_zh: str
    point: Point
    distance_m: float
    walking_minutes: int
    is_open: bool | None
    next_change_at: datetime | None
    time_zone: str | None
    available: int | None
    stock_words: StockWords | None
    counted_at: datetime | None


# (squared chord, brand_id, place_id, available, counted_at in microseconds, since then missed and sold, card), the four
# before the card None when no goods were asked for. It sorts as distance does, and a place's owners stand side by side.
_Candidate = tuple[float, str, str, int | None, int | None, int | None, int | None, PlaceCard]
# (place_id, available, counted_at in microseconds, missed, sold, newest event of the snapshot)
_Held = tuple[str, int | None, int | None, int | None, int | None, int | None]
_Goods = list[tuple[str, str]] | None


class _Lying(NamedTuple):
    """What lies at a place, of all owners met so far; None when no goods were asked for."""

    available: int | None
    counted: int | None
    missed: int | None
    sold: int | None

    def with_others(
        self, available: int | None, counted: int | None, missed: int | None, sold: int | None
    ) -> "_Lying":
        if self.available is None or self.counted is None or available is None or counted is None:
            return self
        return _Lying(
            self.available + available,
            min(self.counted, counted),
            (self.missed or 0) + (missed or 0),
            (self.sold or 0) + (sold or 0),
        )


def find_nearest(reader: Reader, ask: FindNearest) -> list[NearPlace]:
    """The nearest places, nearest first; those equally far in the same order each time."""
    cards = cards_of(reader)
    goods = _goods(reader, ask)
    if goods == []:
        return []
    x, y, z = direction(ask.point)
    outward = _Outward(ask.point, ask.radius_m)
    waiting: list[_Candidate] = []
    met: set[str] = set()
    answer: list[NearPlace] = []
    reach_m, cells_read = FIRST_REACH_M[reader.dialect.name], 0
    while outward.next_m <= ask.radius_m:
        cells = outward.take(reach_m)
        cells_read += len(cells)
        for brand_id, held in _held(reader, ask.brand_id, goods, cells):
            if not held:
                continue
            known = cards.cards(reader, held[0][5] or 0, brand_id, [row[0] for row in held])
            for place_id, available, counted_at, missed, sold, _ in held:
                card = known[place_id]
                if card is not None:
                    dx, dy, dz = card.x - x, card.y - y, card.z - z
                    chord = dx * dx + dy * dy + dz * dz
                    waiting.append((chord, brand_id, place_id, available, counted_at, missed, sold, card))
        waiting.sort()
        final = _answer_final(ask, waiting, _chord(outward.next_m), met, answer)
        if len(answer) == ask.limit:
            break
        reach_m = _next_reach(reach_m, cells_read, len(waiting) + len(met), ask.limit)
        del waiting[:final]
    return answer


def _answer_final(
    ask: FindNearest,
    waiting: list[_Candidate],
    clear_chord: float,
    met: set[str],
    answer: list[NearPlace],
) -> int:
    """Tell of the candidates nearer than anything unread, until there are enough; how many were looked at."""
    final, end = 0, len(waiting)
    while final < end and waiting[final][0] < clear_chord and len(answer) < ask.limit:
        _, brand_id, place_id, *first, card = waiting[final]
        lying = _Lying(*first)
        final += 1
        while final < end and waiting[final][2] == place_id:  # another owner's pieces
            lying = lying.with_others(*waiting[final][3:7])
            final += 1
        if place_id not in met:
            met.add(place_id)
            found = _near_place(ask, brand_id, card, lying)
            if found is not None:
                answer.append(found)
    return final


def _next_reach(reach_m: float, cells_read: int, found: int, limit: int) -> float:
    """How far to read next, by the density met so far: each statement has its price, as each row has."""
    if found == 0:
        return inf
    wanted_m = sqrt(_SAFELY * limit / found * cells_read * _CELL_AREA_M2 / pi)
    return max(wanted_m, 2 * reach_m)


def _goods(reader: Reader, ask: FindNearest) -> _Goods:
    if ask.variant_id and ask.brand_id:
        return [(ask.brand_id, ask.variant_id)]
    if ask.gtin:
        return lists.variants_of_gtin(reader, ask.brand_id, ask.gtin.zfill(14))
    return None


def _held(
    reader: Reader, brand_id: str | None, goods: _Goods, cells: list[int]
) -> Iterator[tuple[str, Sequence[_Held]]]:
    """By brand: what each owner has available at each place in these cells."""
    if goods is not None:
        for brand, variant_id in goods:
            yield brand, lists.stock_in_cells(reader, brand, variant_id, cells)
        return
    newest = lists.newest_event(reader)
    places: dict[str, list[_Held]] = {}
    for brand, place_id in lists.places_in_cells(reader, brand_id, cells):
        places.setdefault(brand, []).append((place_id, None, None, None, None, newest))
    yield from places.items()


def _near_place(ask: FindNearest, brand_id: str, card: PlaceCard, lying: "_Lying") -> NearPlace | None:
    """What to tell of a place; None when it is closed or too far."""
    is_open, changes_at = card.hours.at(ask.at) if card.hours else (None, None)
    if ask.must_be_open and not is_open:
        return None
    distance_m = geo.distance_m(ask.point, card.point)
    if distance_m > ask.radius_m:
        return None
    words, counted_at = None, None
    if lying.available is not None and lying.counted is not None:
        counted_at = from_micros(lying.counted)
        words = confidence_words(lying.available, ask.at - counted_at, lying.missed or 0, lying.sold or 0)
    return NearPlace(
        brand_id,
        card.place_id,
        card.name_en,
        card.name_zh,
        card.point,
        distance_m,
        geo.walking_minutes(distance_m),
        is_open,
        changes_at,
        card.hours.zone.key if card.hours else None,
        lying.available,
        words,
        counted_at,
    )


def _chord(distance_m: float) -> float:
    """The squared chord, in earth radii, of a distance on the surface."""
    return inf if distance_m == inf else (2 * sin(distance_m / geo.EARTH_RADIUS_M / 2)) ** 2


class _Outward:
    """The cells around a point by how near any point of theirs can be, as far as the radius."""

    def __init__(self, point: Point, radius_m: float) -> None:
        self.radius_m = radius_m
        self.next_m = (
            0.0  # no point of a cell not yet taken is nearer; inf when all within the radius are taken
        )
        self._x, self._y, self._z = direction(point)
        self._origin = geo.cell(point)
        self._rings = 0
        self._clear_m = 0.0  # no point beyond the rings opened so far is nearer
        self._waiting: list[tuple[float, int]] = []

    def take(self, reach_m: float) -> list[int]:
        """The next cells that may reach within `reach_m`, at least one."""
        reach_m = min(max(reach_m, self.next_m), self.radius_m)
        while self._clear_m <= reach_m:
            self._open_rings()
        self._waiting.sort()
        taken = bisect_right(self._waiting, (reach_m, _LAST_CELL))
        if taken == 0:
            taken = 1
        cells = [cell for _, cell in self._waiting[:taken]]
        del self._waiting[:taken]
        self.next_m = min(self._waiting[0][0], self._clear_m) if self._waiting else self._clear_m
        if self.next_m > self.radius_m:
            self.next_m = inf
        return cells

    def _open_rings(self) -> None:
        x, y, z, at_least_m, radius_m = self._x, self._y, self._z, self._clear_m, self.radius_m
        waiting = self._waiting
        for cell, cell_x, cell_y, cell_z, cell_radius_m in _ring(self._origin, self._rings):
            dx, dy, dz = cell_x - x, cell_y - y, cell_z - z
            # The chord is never longer than the way along the surface: a bound without trigonometry.
            bound_m = sqrt(dx * dx + dy * dy + dz * dz) * geo.EARTH_RADIUS_M - cell_radius_m
            if bound_m <= radius_m:
                waiting.append((bound_m if bound_m > at_least_m else at_least_m, cell))
        self._clear_m = geo.ring_clear_distance_m(geo.CELL_RESOLUTION, self._rings)
        self._rings += 1


_Disc = tuple[int, float, float, float, float]


# Anybody may ask about any point on earth: what is remembered of it is little, some 20 KB for each of 1,000 cells.
_NEAR_RINGS = 6
_FAR_CELL_RADIUS_M = 2_000.0  # no cell is that large: 1,548 m was the most of 40,000


def _ring(origin: int, k: int) -> Iterable[_Disc]:
    """The cells k steps from this one, each with a disc that covers it."""
    if k < _NEAR_RINGS:
        return _near_ring(origin, k)
    centres = ((cell, Point(*h3.cell_to_latlng(cell))) for cell in h3.grid_ring(origin, k))
    return ((cell, *direction(centre), _FAR_CELL_RADIUS_M) for cell, centre in centres)


@lru_cache(maxsize=1_000 * _NEAR_RINGS)
def _near_ring(origin: int, k: int) -> tuple[_Disc, ...]:
    return tuple(_disc(cell) for cell in h3.grid_ring(origin, k))


@lru_cache(maxsize=16_384)
def _disc(cell: int) -> _Disc:
    """(cell, direction of its centre, metres to its farthest corner)."""
    centre = Point(*h3.cell_to_latlng(cell))
    radius_m = max(geo.distance_m(centre, Point(*corner)) for corner in h3.cell_to_boundary(cell))
    return cell, *direction(centre), radius_m + _MARGIN_M


__all__ = ["FindNearest", "NearPlace", "find_nearest"]
