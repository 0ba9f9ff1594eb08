"""The map of the town: shops, streets, buildings, areas, names; read from one compressed file.

Positions are WGS-84 degrees, always (lon, lat) as in GeoJSON. Two street lines meet exactly where they share
an equal point, so the walking graph is the set of points and the segments between them.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Point = tuple[float, float]
Line = tuple[Point, ...]
Rings = tuple[Line, ...]  # the outer ring, then holes; each closed: the last point equals the first

NOT_WALKABLE_KINDS = frozenset({"motorway", "trunk", "elevator"})


@dataclass(frozen=True, slots=True)
class Names:
    name: str
    sv: str = ""
    en: str = ""
    zh: str = ""

    def __bool__(self) -> bool:
        return bool(self.name)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop (`key` "shop"), or another place of use (`key` "amenity": café, pharmacy, bank...)."""

    osm_id: str  # n = node, w = way, r = relation
    key: str
    kind: str
    names: Names
    lon: float
    lat: float
    opening_hours: str
    street: str
    house_number: str
    postcode: str
    house_name: str
    level: str
    brand: str


@dataclass(frozen=True, slots=True)
class Street:
    osm_id: str
    kind: str  # the OSM highway class
    names: Names
    line: Line
    is_area: bool  # the rim of a square one may cross freely
    is_walkable: bool
    tags: dict[str, str]  # layer, level, tunnel, bridge, foot, access, indoor, surface, oneway...


@dataclass(frozen=True, slots=True)
class Rail:
    osm_id: str
    kind: str  # tram, rail, subway
    names: Names
    line: Line
    is_tunnel: bool


@dataclass(frozen=True, slots=True)
class Building:
    osm_id: str
    kind: str
    names: Names
    rings: Rings
    house_number: str
    street: str
    height_m: float


@dataclass(frozen=True, slots=True)
class Area:
    osm_id: str
    kind: str  # sea, water, park, grass, square, pedestrian, pier, platform...
    names: Names
    rings: Rings


@dataclass(frozen=True, slots=True)
class Label:
    kind: str  # suburb, neighbourhood, square, park, water, landmark, building
    names: Names
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Stop:
    osm_id: str
    kind: str  # bus_stop, tram_stop, bus_station, subway_station, rail_station
    names: Names
    ref: str
    has_poster: bool
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Spot:
    kind: str  # tree, entrance, crossing, subway_entrance, elevator, fountain, artwork...
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Pack:
    source: str
    license: str
    bbox: tuple[float, float, float, float]  # west, south, east, north
    shops: tuple[Shop, ...]
    pois: tuple[Shop, ...]
    streets: tuple[Street, ...]
    rails: tuple[Rail, ...]
    buildings: tuple[Building, ...]
    areas: tuple[Area, ...]
    labels: tuple[Label, ...]
    stops: tuple[Stop, ...]
    spots: tuple[Spot, ...]


def unpack_line(flat: Sequence[int]) -> Line:
    lon = lat = 0
    points = []
    for step in range(0, len(flat), 2):
        lon += flat[step]
        lat += flat[step + 1]
        points.append((lon / 1e6, lat / 1e6))
    return tuple(points)


def unpack_rings(row: dict[str, Any]) -> Rings:
    return tuple(unpack_line(ring) for ring in row["rings"])


def names_of(row: dict[str, Any]) -> Names:
    return Names(row.get("name", ""), row.get("sv", ""), row.get("en", ""), row.get("zh", ""))


def degrees(row: dict[str, Any]) -> tuple[float, float]:
    return row["at"][0] / 1e6, row["at"][1] / 1e6


def unpack_shop(row: dict[str, Any]) -> Shop:
    lon, lat = degrees(row)
    return Shop(
        osm_id=row["id"],
        key=row["key"],
        kind=row["kind"],
        names=names_of(row),
        lon=lon,
        lat=lat,
        opening_hours=row.get("hours", ""),
        street=row.get("street", ""),
        house_number=row.get("number", ""),
        postcode=row.get("postcode", ""),
        house_name=row.get("house", ""),
        level=row.get("level", ""),
        brand=row.get("brand", ""),
    )


STREET_FIELDS = frozenset({"id", "kind", "line", "area", "name", "sv", "en", "zh"})


def unpack_street(row: dict[str, Any]) -> Street:
    tags = {key: value for key, value in row.items() if key not in STREET_FIELDS}
    is_closed = tags.get("foot") == "no" or (tags.get("access") == "no" and tags.get("foot") is None)
    is_walkable = row["kind"] not in NOT_WALKABLE_KINDS and not is_closed
    is_area = bool(row.get("area"))
    return Street(row["id"], row["kind"], names_of(row), unpack_line(row["line"]), is_area, is_walkable, tags)


def height_m(row: dict[str, Any]) -> float:
    """The height, or 3.4 m a storey, or 0 when nobody said."""
    for key, factor in (("height", 1.0), ("levels", 3.4)):
        try:
            return float(row[key].removesuffix("m")) * factor
        except (KeyError, ValueError):
            continue
    return 0.0


def unpack_building(row: dict[str, Any]) -> Building:
    number, street = row.get("number", ""), row.get("street", "")
    return Building(row["id"], row["kind"], names_of(row), unpack_rings(row), number, street, height_m(row))


def unpack_stop(row: dict[str, Any]) -> Stop:
    return Stop(row["id"], row["kind"], names_of(row), row.get("ref", ""), row["poster"], *degrees(row))


@cache
def load_pack() -> Pack:
    raw = files(__package__).joinpath("helsinki.json.gz").read_bytes()
    rows = json.loads(gzip.decompress(raw))
    west, south, east, north = (value / 1e6 for value in rows["bbox"])
    return Pack(
        source=rows["source"],
        license=rows["license"],
        bbox=(west, south, east, north),
        shops=tuple(unpack_shop(row) for row in rows["shops"]),
        pois=tuple(unpack_shop(row) for row in rows["pois"]),
        streets=tuple(unpack_street(row) for row in rows["streets"]),
        rails=tuple(
            Rail(row["id"], row["kind"], names_of(row), unpack_line(row["line"]), "tunnel" in row)
            for row in rows["rails"]
        ),
        buildings=tuple(unpack_building(row) for row in rows["buildings"]),
        areas=tuple(Area(row["id"], row["kind"], names_of(row), unpack_rings(row)) for row in rows["areas"]),
        labels=tuple(Label(row["kind"], names_of(row), *degrees(row)) for row in rows["labels"]),
        stops=tuple(unpack_stop(row) for row in rows["stops"]),
        spots=tuple(Spot(kind, lon / 1e6, lat / 1e6) for kind, lon, lat in rows["points"]),
    )
