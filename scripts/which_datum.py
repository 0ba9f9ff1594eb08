"""Which datum are the positions of cn_starbucks.json in? Compare them with buildings whose WGS-84 position is known.

    .venv/bin/python scripts/which_datum.py cn_starbucks.json [--airports airports.csv]

Each store is turned into WGS-84 as if its position were WGS-84, GCJ-02 or BD-09; what remains to the building
should be the size of a building. `--airports` (PyPI: airportsdata, the file airports.csv inside) adds a test
without towers: stores at an airport lie around its reference point, which pilots get in WGS-84, in all
directions, so that their mean offset must vanish under the right datum.
"""

import argparse
import csv
import json
from collections import defaultdict
from math import cos, hypot, radians, sqrt
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any, NamedTuple

from highstreet.kernel.geo import Datum, Point, distance_m, to_wgs84


class Landmark(NamedTuple):
    """A building, its WGS-84 position, where that is from, and the stores whose address names it."""

    name: str
    point: Point
    source: str
    stores: tuple[str, ...]


LANDMARKS = [
    Landmark("Shanghai Tower", Point(31.2355, 121.501), "simple.wikipedia", ("62980", "25868")),
    Landmark("Jin Mao Tower", Point(31.23722, 121.50139), "sco.wikipedia", ("1257",)),
    Landmark("Shanghai World Financial Center", Point(31.23667, 121.50278), "en.wikipedia", ("32700",)),
    Landmark("Oriental Pearl Tower", Point(31.2420, 121.49508), "a GPS reading, waymarking.com", ("49779",)),
    Landmark(
        "Guangzhou Int. Finance Center", Point(23.120347, 113.318075), "en.wikipedia", ("55421", "47009")
    ),
    Landmark("Canton Tower", Point(23.10889, 113.31889), "en.wikipedia", ("24703",)),
    Landmark("Ping An Finance Centre, Shenzhen", Point(22.536399, 114.050446), "en.wikipedia", ("58907",)),
    Landmark("CITIC Tower (China Zun), Beijing", Point(39.91167, 116.46028), "en.wikipedia", ("58795",)),
]
# Farther from its airport's reference point a store is in another part of the town.
AIRPORT_RADIUS_M = 4_000
METRES_PER_DEGREE = 111_195


def main() -> None:
    """Print both tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("--airports", type=Path)
    args = asked.parse_args()
    stores = json.loads(args.file.read_text(encoding="utf-8"))["data"]
    show_landmarks({store["id"]: store for store in stores})
    if args.airports:
        show_airports(stores, args.airports)


def as_if(store: dict[str, Any], datum: Datum) -> Point:
    """The store's point if its position is in this datum."""
    at = store["coordinates"]
    return to_wgs84(at["latitude"], at["longitude"], datum)


def show_landmarks(stores: dict[str, Any]) -> None:
    """Metres from each store to its building, under each hypothesis."""
    print(f"{'metres to the building, if the file is in':52}{'WGS-84':>8}{'GCJ-02':>8}{'BD-09':>8}")
    left: dict[Datum, list[float]] = defaultdict(list)
    for landmark in LANDMARKS:
        for store_id in landmark.stores:
            store = stores[store_id]
            for datum in Datum:
                left[datum].append(distance_m(as_if(store, datum), landmark.point))
            name = f"{landmark.name}, store {store_id}"
            print(f"{name:52}" + "".join(f"{left[datum][-1]:8.0f}" for datum in Datum))
    print(f"{'median':52}" + "".join(f"{median(left[datum]):8.0f}" for datum in Datum))
    print(f"{'largest':52}" + "".join(f"{max(left[datum]):8.0f}" for datum in Datum))


def show_airports(stores: list[dict[str, Any]], path: Path) -> None:
    """The mean offset of stores from their airport's reference point, one vote for each airport."""
    with path.open(encoding="utf-8") as stream:
        airports = [
            Point(float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(stream)
            if row["country"] == "CN" and row["iata"]
        ]
    at_airports = [s for s in stores if any(word in text_of(s) for word in ("航站楼", "国际机场", "登机口"))]
    print(
        f"\n{'offset from the airport reference point':30}{'airports':>10}{'east m':>16}{'north m':>16}{'size':>8}"
    )
    for datum in Datum:
        offsets: dict[Point, list[tuple[float, float]]] = defaultdict(list)
        for store in at_airports:
            # The same stores for each hypothesis: near under one of them is near enough.
            nearest, metres = nearest_of(as_if(store, Datum.GCJ02), airports)
            if metres <= AIRPORT_RADIUS_M:
                offsets[nearest].append(offset_m(nearest, as_if(store, datum)))
        means = [(fmean(e for e, _ in each), fmean(n for _, n in each)) for each in offsets.values()]
        east, north = [e for e, _ in means], [n for _, n in means]
        sizes = [
            f"{fmean(values):8.0f} ± {stdev(values) / sqrt(len(values)):<4.0f}" for values in (east, north)
        ]
        print(f"{'if ' + datum.value:30}{len(means):>10}" + "".join(f"{size:>16}" for size in sizes), end="")
        print(f"{hypot(fmean(east), fmean(north)):8.0f}")


def text_of(store: dict[str, Any]) -> str:
    """Name and address."""
    return f"{store['name']} {store['address']['streetAddressLine3']}"


def nearest_of(point: Point, others: list[Point]) -> tuple[Point, float]:
    """The nearest of the others, and how far it is."""
    near = [one for one in others if abs(one.lat - point.lat) < 0.5]
    return min(((one, distance_m(one, point)) for one in near), key=lambda pair: pair[1])


def offset_m(origin: Point, point: Point) -> tuple[float, float]:
    """Metres east and north of the origin."""
    east = (point.lon - origin.lon) * METRES_PER_DEGREE * cos(radians(origin.lat))
    return east, (point.lat - origin.lat) * METRES_PER_DEGREE


if __name__ == "__main__":
    main()
