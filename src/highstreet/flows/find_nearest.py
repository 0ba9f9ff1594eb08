"""The nearest places that are open and have something.

Outward over H3 cells: the cells around the shopper in order of how near any point of theirs can be, a few
with each statement. A place found is final once no cell still unread can hold a nearer one. Exact:
tests/flows/test_find_nearest.py proves it against brute force.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from heapq import heappop, heappush
from itertools import islice
from math import asin, cos, inf, radians, sin, sqrt

import h3.api.basic_int as h3

from highstreet.flows import lists
from highstreet.flows.place_cards import PlaceCard, cards_of, direction
from highstreet.kernel import geo
from highstreet.kernel.geo import Point
from highstreet.kernel.time import from_micros
from highstreet.kernel.tx import Reader
from highstreet.rooms.stock import StockWords, confidence_words

LIMIT_MOST = 100
RADIUS_MOST_M = 50_000

_FIRST_REACH_M = 250.0
_MARGIN_M = 1.0  # far above the rounding of any distance here


@dataclass(frozen=True, slots=True)
class FindNearest:
    """What is near `point`, at `at`: any place, or those that have a variant or a GTIN.

    Without `brand_id` a GTIN is looked for with all brands. Errors: ValueError when limit is not 1 to 100,
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
    """A place found. `is_open` None: nobody knows. The last three are None when no goods were asked for.

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
    available: int | None
    stock_words: StockWords | None
    counted_at: datetime | None


# (available, counted_at in microseconds), None when no goods were asked for
_Held = tuple[int, int] | None
_Goods = list[tuple[str, str]] | None


def find_nearest(reader: Reader, ask: FindNearest) -> list[NearPlace]:
    """The nearest places, nearest first (then by brand and place id)."""
    goods = _goods(reader, ask)
    if goods == []:
        return []
    cards = cards_of(reader)
    snapshot = cards.catch_up(reader)
    x, y, z = direction(ask.point)
    # Candidates by squared chord, which orders as distance does and costs a third of it.
    waiting: list[tuple[float, str, str, PlaceCard, _Held]] = []
    met: set[str] = set()
    answer: list[NearPlace] = []
    for cells, clear_m in _steps(ask.point, ask.radius_m):
        for brand_id, held_at in _held(reader, ask.brand_id, goods, cells).items():
            known = cards.cards(reader, snapshot, brand_id, held_at)
            for place_id, held in held_at.items():
                card = known.get(place_id)
                if card is not None and place_id not in met:
                    met.add(place_id)
                    dx, dy, dz = card.x - x, card.y - y, card.z - z
                    waiting.append((dx * dx + dy * dy + dz * dz, brand_id, place_id, card, held))
        waiting.sort(key=_nearest_first)
        final, clear_chord = 0, _chord(clear_m)
        for chord, brand_id, _, card, held in waiting:
            if chord >= clear_chord:
                break
            final += 1
            found = _near_place(ask, brand_id, card, held)
            if found is not None:
                answer.append(found)
                if len(answer) == ask.limit:
                    return answer
        del waiting[:final]
    return answer


def _nearest_first(candidate: tuple[float, str, str, PlaceCard, _Held]) -> tuple[float, str, str]:
    return candidate[:3]


def _goods(reader: Reader, ask: FindNearest) -> _Goods:
    if ask.variant_id and ask.brand_id:
        return [(ask.brand_id, ask.variant_id)]
    if ask.gtin:
        return lists.variants_of_gtin(reader, ask.brand_id, ask.gtin.zfill(14))
    return None


def _held(
    reader: Reader, brand_id: str | None, goods: _Goods, cells: list[int]
) -> dict[str, dict[str, _Held]]:
    """What each place in these cells has available, by brand and place."""
    if goods is None:
        places: dict[str, dict[str, _Held]] = {}
        for brand, place_id in lists.places_in_cells(reader, brand_id, cells):
            places.setdefault(brand, {})[place_id] = None
        return places
    stock: dict[str, dict[str, _Held]] = {}
    for brand, variant_id in goods:
        held = stock.setdefault(brand, {})
        for place_id, available, counted_at in lists.stock_in_cells(reader, brand, variant_id, cells):
            other = held.get(place_id)
            if other is not None:  # another owner's pieces
                available, counted_at = available + other[0], min(counted_at, other[1])
            held[place_id] = available, counted_at
    return stock


def _near_place(ask: FindNearest, brand_id: str, card: PlaceCard, held: _Held) -> NearPlace | None:
    """What to tell of a place; None when it is closed or too far."""
    is_open, changes_at = card.hours.at(ask.at) if card.hours else (None, None)
    if ask.must_be_open and not is_open:
        return None
    distance_m = geo.distance_m(ask.point, card.point)
    if distance_m > ask.radius_m:
        return None
    available, words, counted_at = None, None, None
    if held is not None:
        available, counted_at = held[0], from_micros(held[1])
        words = confidence_words(available, ask.at - counted_at)
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
        available,
        words,
        counted_at,
    )


def _chord(distance_m: float) -> float:
    """The squared chord, in earth radii, of a distance on the surface."""
    return inf if distance_m == inf else (2 * sin(distance_m / geo.EARTH_RADIUS_M / 2)) ** 2


def _steps(point: Point, radius_m: float) -> Iterator[tuple[list[int], float]]:
    """Cells to read together, nearest first, with the distance that all cells after them keep (inf: no more).

    The first step reaches 250 m: in a town centre that is one to three cells and often enough. Each further
    step reaches four times as far, so that where little is near, three statements read all.
    """
    cells: list[int] = []
    reach_m = _FIRST_REACH_M
    for bound_m, cell in _cells_outward(point, radius_m):
        if bound_m > reach_m and cells:
            yield cells, bound_m
            cells = []
            while bound_m > reach_m:
                reach_m *= 4
        cells.append(cell)
    yield cells, inf


def _cells_outward(point: Point, radius_m: float) -> Iterator[tuple[float, int]]:
    """(lower bound of the distance to any point of the cell, cell), nearest first, until the radius."""
    lat, lon = radians(point.lat), radians(point.lon)
    cos_lat = cos(lat)
    origin = geo.cell(point)
    waiting: list[tuple[float, int]] = []
    clear_m = 0.0
    for k in range(10_000):
        for cell, disc_lat, disc_lon, disc_cos, disc_radius_m in _ring(origin, k):
            half = sin((disc_lat - lat) / 2) ** 2 + cos_lat * disc_cos * sin((disc_lon - lon) / 2) ** 2
            to_centre_m = 2 * geo.EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))
            bound_m = max(clear_m, to_centre_m - disc_radius_m)
            if bound_m <= radius_m:
                heappush(waiting, (bound_m, cell))
        clear_m = geo.ring_clear_distance_m(geo.CELL_RESOLUTION, k)
        while waiting and waiting[0][0] <= clear_m:
            yield heappop(waiting)
        if clear_m > radius_m:
            return


_Disc = tuple[int, float, float, float, float]


@lru_cache(maxsize=65_536)
def _ring(origin: int, k: int) -> tuple[_Disc, ...]:
    """The cells k steps from this one, each with a disc that covers it."""
    ring = next(islice(geo.rings(origin), k, None), [])
    return tuple(_disc(cell) for cell in ring)


@lru_cache(maxsize=65_536)
def _disc(cell: int) -> _Disc:
    """(cell, latitude and longitude of its centre in radians, cosine, metres to its farthest corner)."""
    centre = Point(*h3.cell_to_latlng(cell))
    radius_m = max(geo.distance_m(centre, Point(*corner)) for corner in h3.cell_to_boundary(cell))
    lat = radians(centre.lat)
    return cell, lat, radians(centre.lon), cos(lat), radius_m + _MARGIN_M


__all__ = ["FindNearest", "NearPlace", "find_nearest"]
