"""The way to a place on foot, over the streets of a file; a straight line where it knows none.

The file is GeoJSON: LineStrings in WGS-84 that meet where they share an equal point. It is read once, by a thread.
"""

import asyncio
import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, cos, hypot, radians
from pathlib import Path

from highstreet.flows.program import Program
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.geo import Point, distance_m, walking_minutes
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import place_by_id
from highstreet.rooms.places import sites_for

WALKING_M_PER_MIN = 80
# Who is farther than this from every street is not among these streets.
SNAP_M = 250.0
# Other streets so much farther than the nearest are tried too, over a yard that counts as so much longer.
SPREAD_M = 40.0
YARD = 1.5
# Long segments get points between, so that the nearest point is near.
SEGMENT_M = 25.0
_M_PER_DEGREE = 111_195.0
_CELL_M = 100.0
_Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Way:
    """From here to the door."""

    points: tuple[Point, ...]
    distance_m: float
    minutes: int
    is_straight: bool


class WalkNet:
    """Streets as a graph of points. Distances in metres on a plane that touches the earth at its first point."""

    def __init__(self, lines: Sequence[Sequence[tuple[float, float]]]) -> None:
        """`lines`: (longitude, latitude) as in GeoJSON. What hangs together with little else is left out."""
        self._at: list[tuple[float, float]] = []
        self._near: list[list[tuple[int, float]]] = []
        self._scale = cos(radians(lines[0][0][1])) if lines else 1.0
        known: dict[tuple[float, float], int] = {}
        for line in lines:
            for a, b in pairwise(_denser([self._metres(Point(lat, lon)) for lon, lat in line])):
                self._join(known, a, b)
        self._cells: dict[_Cell, list[int]] = {}
        for node in self._largest():
            self._cells.setdefault(_cell(self._at[node]), []).append(node)

    def _metres(self, point: Point) -> tuple[float, float]:
        return (
            round(point.lon * self._scale * _M_PER_DEGREE, 2),
            round(point.lat * _M_PER_DEGREE, 2),
        )

    def _point(self, node: int) -> Point:
        x, y = self._at[node]
        return Point(y / _M_PER_DEGREE, x / self._scale / _M_PER_DEGREE)

    def _join(
        self, known: dict[tuple[float, float], int], a: tuple[float, float], b: tuple[float, float]
    ) -> None:
        nodes = []
        for at in (a, b):
            if at not in known:
                known[at] = len(self._at)
                self._at.append(at)
                self._near.append([])
            nodes.append(known[at])
        length = hypot(a[0] - b[0], a[1] - b[1])
        self._near[nodes[0]].append((nodes[1], length))
        self._near[nodes[1]].append((nodes[0], length))

    def _largest(self) -> set[int]:
        seen, best = set[int](), set[int]()
        for start in range(len(self._at)):
            if start in seen:
                continue
            part, waiting = {start}, [start]
            while waiting:
                for node, _ in self._near[waiting.pop()]:
                    if node not in part:
                        part.add(node)
                        waiting.append(node)
            seen |= part
            best = max(best, part, key=len)
        return best

    def _around(self, point: Point) -> dict[int, float]:
        """Points of streets within SNAP_M that are hardly farther than the nearest, each with how far it is.

        More than the nearest: it may lie in a tunnel below, which the street above does not meet.
        """
        at = self._metres(point)
        reach = ceil(SNAP_M / _CELL_M)
        x, y = _cell(at)
        found: dict[int, float] = {}
        for cell_x in range(x - reach, x + reach + 1):
            for cell_y in range(y - reach, y + reach + 1):
                for node in self._cells.get((cell_x, cell_y), ()):
                    far = hypot(self._at[node][0] - at[0], self._at[node][1] - at[1])
                    if far < SNAP_M:
                        found[node] = far
        nearest = min(found.values(), default=0.0)
        return {node: far for node, far in found.items() if far <= nearest + SPREAD_M}

    def find(self, start: Point, end: Point) -> Way | None:
        """The shortest way (A*), None when one of the points is not among these streets."""
        first, last = self._around(start), self._around(end)
        if not first or not last:
            return None
        goal = self._metres(end)
        came: dict[int, int] = {}
        # Across a yard takes longer than along a street.
        cost = {node: far * YARD for node, far in first.items()}
        left = {node: hypot(self._at[node][0] - goal[0], self._at[node][1] - goal[1]) for node in first}
        waiting = [(cost[node] + left[node], node) for node in first]
        heapq.heapify(waiting)
        best, best_m = -1, float("inf")
        while waiting:
            least, node = heapq.heappop(waiting)
            if least >= best_m:
                break
            if node in last and cost[node] + last[node] * YARD < best_m:
                best, best_m = node, cost[node] + last[node] * YARD
            for other, length in self._near[node]:
                far = cost[node] + length
                if far < cost.get(other, float("inf")):
                    cost[other], came[other] = far, node
                    ahead = hypot(self._at[other][0] - goal[0], self._at[other][1] - goal[1])
                    heapq.heappush(waiting, (far + ahead, other))
        nodes = [best]
        while nodes[-1] in came:
            nodes.append(came[nodes[-1]])
        points = (start, *(self._point(node) for node in reversed(nodes)), end)
        return Way(points, best_m, ceil(best_m / WALKING_M_PER_MIN), is_straight=False)


def _cell(at: tuple[float, float]) -> _Cell:
    return int(at[0] // _CELL_M), int(at[1] // _CELL_M)


def _denser(line: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    for a, b in pairwise(line):
        parts = max(1, ceil(hypot(a[0] - b[0], a[1] - b[1]) / SEGMENT_M))
        for part in range(parts):
            share = part / parts
            yield round(a[0] + (b[0] - a[0]) * share, 2), round(a[1] + (b[1] - a[1]) * share, 2)
    yield line[-1]


@lru_cache(maxsize=4)
def walk_net(path: str) -> WalkNet:
    """The streets of a file. Errors: OSError, ValueError when it is not there or no GeoJSON of lines."""
    document = json.loads(Path(path).read_text())
    shapes = (feature["geometry"] for feature in document["features"])
    return WalkNet([[(x, y) for x, y, *_ in g["coordinates"]] for g in shapes if g["type"] == "LineString"])


def straight_way(start: Point, end: Point) -> Way:
    """As the crow flies; the minutes allow for streets."""
    far = distance_m(start, end)
    return Way((start, end), far, walking_minutes(far), is_straight=True)


async def way_to_place(program: Program, brand_id: str, place_id: str, start: Point) -> Way:
    """The way to an active place that is on the map. Errors: Refusal request.not_found."""
    end = await program.db.read(_door, brand_id, place_id)
    way = None
    if program.settings.streets_path:
        way = await asyncio.to_thread(_along_streets, program.settings.streets_path, start, end)
    return way or straight_way(start, end)


def _along_streets(path: str, start: Point, end: Point) -> Way | None:
    return walk_net(path).find(start, end)


def _door(reader: Reader, brand_id: str, place_id: str) -> Point:
    place = place_by_id(reader, brand_id, place_id)
    site = sites_for(reader, {(brand_id, place_id)}).get((brand_id, place_id))
    if place is None or not place.is_active or site is None:
        raise REQUEST_NOT_FOUND()
    return site.point
