"""The town's map as vector tiles: one PMTiles file, made from the pack.

    python -m highstreet_simulator.town.tiles town.pmtiles

Layers: ground, green, water, rails, streets, buildings, stops, labels. Shops are not in it: what is where comes from
the program. Names are `name` (as on the spot), `name_en` and `name_zh` where the pack has them.
"""

import gzip
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mapbox_vector_tile
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from shapely import LineString, Point, Polygon, box, make_valid
from shapely.geometry.base import BaseGeometry

from highstreet_simulator.town.pack import Names, Pack, load_pack

LEAST_ZOOM, MOST_ZOOM = 12, 16
EXTENT = 4096
EDGE = 0.03  # of a tile, drawn beyond its rim so that lines have no gaps
WORLD_M = 40_075_016.685578488

AREA_LAYERS = {
    "sea": "water", "water": "water",
    "park": "green", "grass": "green", "scrub": "green", "pitch": "green", "playground": "green", "wetland": "green",
    "pedestrian": "ground", "square": "ground", "pier": "ground", "platform": "ground", "bridge": "ground",
}  # fmt: skip
STREET_RANKS = {
    "motorway": "major", "trunk": "major", "primary": "major", "secondary": "major", "tertiary": "major",
    "residential": "minor", "unclassified": "minor", "living_street": "minor", "road": "minor",
    "pedestrian": "foot", "footway": "path", "path": "path", "steps": "steps", "cycleway": "path", "service": "service",
}  # fmt: skip
# The least zoom at which each is drawn: from afar only what one finds the way by.
ZOOMS = {
    "major": 12, "minor": 13, "foot": 14, "service": 15, "path": 15, "steps": 16,
    "buildings": 14, "ground": 14, "rails": 13, "stops": 14, "labels": 13,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing of a layer, in metres of the web's projection."""

    layer: str
    shape: BaseGeometry
    least_zoom: int
    tags: dict[str, str | int]


def metres(lon: float, lat: float) -> tuple[float, float]:
    """Web Mercator."""
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
    return lon / 360 * WORLD_M, y * WORLD_M


def names_of(names: Names) -> dict[str, str | int]:
    """What a label may be written from."""
    told = {"name": names.name, "name_en": names.en, "name_zh": names.zh}
    return {key: text for key, text in told.items() if text}


def features(pack: Pack) -> Iterator[Feature]:
    """Everything that is drawn, each layer in the order of drawing."""
    for area in pack.areas:
        layer = AREA_LAYERS.get(area.kind)
        if layer:
            yield Feature(layer, _polygon(area.rings), ZOOMS.get(layer, LEAST_ZOOM), {"kind": area.kind})
    for rail in pack.rails:
        if not rail.is_tunnel:
            yield Feature("rails", _line(rail.line), ZOOMS["rails"], {"kind": rail.kind})
    for street in pack.streets:
        rank = STREET_RANKS.get(street.kind)
        is_below = street.tags.get("tunnel") or street.tags.get("indoor") or street.tags.get("level")
        if rank is None or is_below:
            continue
        if street.is_area:
            yield Feature("ground", _polygon((street.line,)), ZOOMS["ground"], {"kind": street.kind})
        else:
            tags = {"rank": rank, "kind": street.kind, **names_of(street.names)}
            yield Feature("streets", _line(street.line), ZOOMS[rank], tags)
    for building in pack.buildings:
        tags = {"height": round(building.height_m)} if building.height_m else {}
        if building.house_number:
            tags["number"] = building.house_number
        yield Feature("buildings", _polygon(building.rings), ZOOMS["buildings"], dict(tags))
    for stop in pack.stops:
        if stop.kind != "bus_stop":
            tags = {"kind": stop.kind, **names_of(stop.names)}
            yield Feature("stops", Point(metres(stop.lon, stop.lat)), ZOOMS["stops"], dict(tags))
    for label in pack.labels:
        tags = {"kind": label.kind, **names_of(label.names)}
        yield Feature("labels", Point(metres(label.lon, label.lat)), ZOOMS["labels"], dict(tags))


def _line(line: Any) -> BaseGeometry:
    return LineString([metres(*point) for point in line])


def _polygon(rings: Any) -> BaseGeometry:
    outer, *holes = [[metres(*point) for point in ring] for ring in rings]
    return make_valid(Polygon(outer, holes))


def tile_bounds(zoom: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in metres."""
    size = WORLD_M / 2**zoom
    west, north = -WORLD_M / 2 + x * size, WORLD_M / 2 - y * size
    return west, north - size, west + size, north


def make_tiles(pack: Pack) -> dict[tuple[int, int, int], bytes]:
    """Every tile that has something in it, by (zoom, x, y), not packed."""
    tiles: dict[tuple[int, int, int], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for feature in features(pack):
        for zoom in range(max(LEAST_ZOOM, feature.least_zoom), MOST_ZOOM + 1):
            size = WORLD_M / 2**zoom
            shape = feature.shape.simplify(size / EXTENT)
            for x, y in _touched(shape, zoom):
                west, south, east, north = tile_bounds(zoom, x, y)
                edge = size * EDGE
                part = shape.intersection(box(west - edge, south - edge, east + edge, north + edge))
                if not part.is_empty:
                    tiles[zoom, x, y][feature.layer].append({"geometry": part, "properties": feature.tags})
    return {place: _encode(place, layers) for place, layers in sorted(tiles.items())}


def _touched(shape: BaseGeometry, zoom: int) -> Iterator[tuple[int, int]]:
    size = WORLD_M / 2**zoom
    west, south, east, north = shape.bounds
    for x in range(int((west + WORLD_M / 2) // size), int((east + WORLD_M / 2) // size) + 1):
        for y in range(int((WORLD_M / 2 - north) // size), int((WORLD_M / 2 - south) // size) + 1):
            yield x, y


def _encode(place: tuple[int, int, int], layers: dict[str, list[Any]]) -> bytes:
    bounds = tile_bounds(*place)
    content = [{"name": name, "features": rows} for name, rows in sorted(layers.items())]
    made: bytes = mapbox_vector_tile.encode(
        content, default_options={"quantize_bounds": bounds, "extents": EXTENT}
    )
    return made


def write_tiles(path: Path) -> int:
    """Write the town's tiles to a PMTiles file, whole or not at all; how many there are."""
    pack = load_pack()
    tiles = make_tiles(pack)
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        writer = Writer(file)
        for place in sorted(tiles, key=lambda place: zxy_to_tileid(*place)):
            # The time is left out: the same pack gives the same file.
            writer.write_tile(zxy_to_tileid(*place), gzip.compress(tiles[place], 9, mtime=0))
        west, south, east, north = (round(degrees * 1e7) for degrees in pack.bbox)
        header = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "min_zoom": LEAST_ZOOM,
            "max_zoom": MOST_ZOOM,
            "min_lon_e7": west,
            "min_lat_e7": south,
            "max_lon_e7": east,
            "max_lat_e7": north,
            "center_zoom": 15,
            "center_lon_e7": (west + east) // 2,
            "center_lat_e7": (south + north) // 2,
        }
        writer.finalize(header, {"attribution": pack.license, "name": "town"})
    fresh.replace(path)
    return len(tiles)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m highstreet_simulator.town.tiles FILE.pmtiles")
    print(f"{write_tiles(Path(sys.argv[1]))} tiles")
