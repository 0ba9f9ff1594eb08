"""The ground of the first map: one small drawing of the whole town, sent within the page itself.

A page over a slow line can be used long before the real map's program is there. Colours are the page's (map.css);
coordinates are pixels of the web's map at zoom 15.
"""

import gzip
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asinh, pi, radians, tan
from typing import Any

import mapbox_vector_tile

from highstreet.fronts.shop.tiles import TownMap

ZOOM = 15
TILE_PX = 512
_FROM_ZOOM = 14  # its tiles have all that can be seen at ZOOM, and fewer points
_STREETS = ("service", "foot", "minor", "major")
_AREAS = ("green", "water", "ground", "buildings")
_SPECK = 20  # pixels, width and height together
_MARGIN = 20  # pixels beyond the town's own rim

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ground:
    """The drawing (an SVG element), and where its left upper corner and size lie, in pixels of the world at ZOOM."""

    svg: str
    left_px: float
    top_px: float
    width_px: float
    height_px: float


def world_px(lat: float, lon: float, zoom: float = ZOOM) -> tuple[float, float]:
    """Web Mercator, with tiles of 512 px."""
    size = TILE_PX * 2.0**zoom
    return (lon + 180) / 360 * size, (1 - asinh(tan(radians(lat))) / pi) / 2 * size


@lru_cache(maxsize=4)
def ground_of(town: TownMap) -> Ground:
    """Draw it, once for each map."""
    head = town.header
    left, top = world_px(head["max_lat_e7"] / 1e7, head["min_lon_e7"] / 1e7)
    right, bottom = world_px(head["min_lat_e7"] / 1e7, head["max_lon_e7"] / 1e7)
    left, top = left - _MARGIN, top - _MARGIN
    width, height = right - left + _MARGIN, bottom - top + _MARGIN
    shapes = _shapes(town, left, top, (width, height))
    parts = [_path(f"g-{name}", shapes[name], is_area=True) for name in _AREAS]
    there = [name for name in _STREETS if shapes[name]]
    parts.append(f"<defs>{''.join(_path('', shapes[name], f'g-{name}') for name in there)}</defs>")
    parts += [
        f'<use href="#g-{name}" class="g-{look} g-{name}"/>'
        for look in ("casing", "street")
        for name in there
    ]
    box = f"0 0 {round(width)} {round(height)}"
    svg = f'<svg class="ground" viewBox="{box}" aria-hidden="true">{"".join(parts)}</svg>'
    return Ground(svg, left, top, width, height)


def _shapes(
    town: TownMap, left: float, top: float, size: tuple[float, float]
) -> dict[str, list[list[Point]]]:
    """By class: the lines and rings of every tile, in pixels of the drawing."""
    head = town.header
    found: dict[str, list[list[Point]]] = defaultdict(list)
    tile_px = TILE_PX * 2 ** (ZOOM - _FROM_ZOOM)
    first = world_px(head["max_lat_e7"] / 1e7, head["min_lon_e7"] / 1e7)
    last = world_px(head["min_lat_e7"] / 1e7, head["max_lon_e7"] / 1e7)
    for x in range(int(first[0] // tile_px), int(last[0] // tile_px) + 1):
        for y in range(int(first[1] // tile_px), int(last[1] // tile_px) + 1):
            packed = town.tile(_FROM_ZOOM, x, y)
            if packed is None:
                continue
            layers = mapbox_vector_tile.decode(
                gzip.decompress(packed), default_options={"y_coord_down": True}
            )
            for name, layer in layers.items():
                scale = tile_px / layer["extent"]
                offset = (x * tile_px - left, y * tile_px - top)
                for feature in layer["features"]:
                    kind = feature["properties"].get("rank", "") if name == "streets" else name
                    if kind in _STREETS or kind in _AREAS:
                        for line in _lines(feature["geometry"]):
                            points = _placed(line, scale, offset)
                            if len(points) > 1 and _is_seen(points, size) and not _is_speck(kind, points):
                                found[kind].append(points)
    return found


def _lines(geometry: dict[str, Any]) -> Iterable[Sequence[Sequence[float]]]:
    kind, at = geometry["type"], geometry["coordinates"]
    if kind == "LineString":
        return [at]
    if kind in {"MultiLineString", "Polygon"}:
        return list(at)
    if kind == "MultiPolygon":
        return [ring for polygon in at for ring in polygon]
    return []


def _placed(line: Sequence[Sequence[float]], scale: float, offset: tuple[float, float]) -> list[Point]:
    points: list[Point] = []
    for x, y in line:
        point = round(x * scale + offset[0]), round(y * scale + offset[1])
        if not points or point != points[-1]:
            points.append(point)
    return points


def _is_seen(points: list[Point], size: tuple[float, float]) -> bool:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return max(xs) >= 0 and max(ys) >= 0 and min(xs) <= size[0] and min(ys) <= size[1]


def _is_speck(kind: str, points: list[Point]) -> bool:
    """Sheds and lawns that are not missed for a second."""
    if kind not in _AREAS:
        return False
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return max(xs) - min(xs) + max(ys) - min(ys) < _SPECK


def _path(name: str, lines: list[list[Point]], id_: str = "", *, is_area: bool = False) -> str:
    """One path for all of a class, in steps from point to point."""
    drawn = []
    for points in lines:
        if is_area and len(points) < 3:
            continue
        x, y = points[0]
        steps = [f"M{x} {y}l"]
        for next_x, next_y in points[1:]:
            across, down = next_x - x, next_y - y
            steps.append(f"{across}{'' if down < 0 else ' '}{down} ")
            x, y = next_x, next_y
        drawn.append("".join(steps).strip() + ("z" if is_area else ""))
    named = f'id="{id_}"' if id_ else f'class="{name}"'
    return f'<path {named} d="{"".join(drawn)}"/>' if drawn else ""
