"""How fast "the 20 nearest places that are open and have X" is found, on both databases.

100,000 places of 20 brands in 300 towns of very different size; 20 stock rows each, 2,000,000 in all. Beside
it the plain way: the site's latitude and longitude indexed, a bounding box of 5 km, joined to stock and place,
sorted by distance in SQL, opening hours afterwards. `.venv/bin/python -m benchmarks.nearest`, about 3 minutes.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import accumulate, cycle
from math import cos, radians
from pathlib import Path
from typing import Any

import highstreet.rooms
from highstreet.flows.find_nearest import FindNearest, find_nearest
from highstreet.kernel import geo
from highstreet.kernel.db import Database
from highstreet.kernel.geo import Point
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tables import metadata
from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Reader
from highstreet.rooms.places import is_open

PLACES = 100_000
ROWS_EACH = 20
BRANDS = 20
VARIANTS = 400
TOWNS = 300
MEASURE_S = 4.0
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
HOURS = (
    "Mo-Fr 09:00-20:00; Sa 10:00-18:00",
    "Mo-Su 10:00-21:00",
    "24/7",
    "Mo-Sa 08:00-22:00; PH off",
    "Mo-Fr 16:00-23:00",
    None,
)


@dataclass
class Country:
    """What was generated: rows by table, and where and what people ask."""

    sites: list[tuple[Any, ...]]
    places: list[tuple[Any, ...]]
    stock: list[tuple[Any, ...]]
    mixed: list[FindNearest]
    many: list[FindNearest]


def make_country(seed: int = 7) -> Country:
    """Towns by a power law, people asking where places are, goods by popularity."""
    rng = random.Random(seed)
    towns = [(rng.uniform(60, 64), rng.uniform(22, 29), 1 / (n + 2)) for n in range(TOWNS)]
    town_weights = list(accumulate(weight for _, _, weight in towns))
    # The first brand is a chain of convenience stores with a third of all places.
    brand_weights = list(accumulate([BRANDS / 2, *[1.0] * (BRANDS - 1)]))
    brands = [stable_id("brd", str(n)) for n in range(BRANDS)]
    owners = [stable_id("pty", str(n)) for n in range(BRANDS)]
    variants = [[stable_id("var", str(b), str(n)) for n in range(VARIANTS)] for b in range(BRANDS)]
    popularity = list(accumulate(1 / (n + 1) for n in range(VARIANTS)))
    counted_at = to_micros(AT) - 86_400_000_000
    country = Country([], [], [], [], [])

    def point_in(town: tuple[float, float, float]) -> Point:
        spread_km = 1.0 + 25 * town[2]
        lat = town[0] + rng.gauss(0, spread_km / 111)
        return Point(lat, town[1] + rng.gauss(0, spread_km / 111 / cos(radians(lat))))

    for n in range(PLACES):
        (b,) = rng.choices(range(BRANDS), cum_weights=brand_weights)
        (town,) = rng.choices(towns, cum_weights=town_weights)
        point, place_id = point_in(town), stable_id("plc", str(n))
        cell = geo.cell(point)
        row = (brands[b], place_id, point.lat, point.lon, point.lat, point.lon, "wgs84", cell)
        country.sites.append((*row, "Europe/Helsinki", "FI", rng.choice(HOURS), None))
        country.places.append((brands[b], place_id, owners[b], None, f"Place {n}", f"门店 {n}", None, True))
        held: set[int] = set()
        while len(held) < ROWS_EACH:
            held.update(rng.choices(range(VARIANTS), cum_weights=popularity, k=ROWS_EACH - len(held)))
        country.stock += [
            # reserved, display, safety, in transit, sold, missed
            (brands[b], variants[b][v], cell, place_id, owners[b], rng.randrange(12), *[0] * 6, counted_at)
            for v in held
        ]
    country.stock.sort()
    for _ in range(2000):
        (b,) = rng.choices(range(BRANDS), cum_weights=brand_weights)
        (v,) = rng.choices(range(VARIANTS), cum_weights=popularity)
        (town,) = rng.choices(towns, cum_weights=town_weights)
        country.mixed.append(FindNearest(point_in(town), AT, brand_id=brands[b], variant_id=variants[b][v]))
        town, v = rng.choice(towns[:3]), rng.randrange(4)
        country.many.append(FindNearest(point_in(town), AT, brand_id=brands[0], variant_id=variants[0][v]))
    return country


def fill(db: Database, country: Country) -> None:
    """Write the rows in bulk, past the rooms: this measures searching, not writing."""
    for folder in Path(highstreet.rooms.__path__[0]).iterdir():
        if (folder / "tables.py").exists():
            import_module(f"highstreet.rooms.{folder.name}.tables")
    metadata.create_all(db.engine)
    tables = {"place": country.places, "site": country.sites, "stock_item": country.stock}
    with db.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if db.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("PRAGMA synchronous=OFF")
            raw.execute("BEGIN")
            raw.execute("DROP INDEX ix_stock_item_brand_id_place_id")
            for name, rows in tables.items():
                raw.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            raw.execute("CREATE INDEX ix_stock_item_brand_id_place_id ON stock_item (brand_id, place_id)")
            raw.execute("CREATE INDEX bench_site_lat_lon ON site (brand_id, lat, lon)")
            raw.execute("COMMIT")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        raw.rollback()
        cursor = raw.cursor()
        cursor.execute("SET session_replication_role = replica")  # no foreign keys
        cursor.execute("DROP INDEX ix_stock_item_brand_id_place_id")
        for name, rows in tables.items():
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.execute("CREATE INDEX ix_stock_item_brand_id_place_id ON stock_item (brand_id, place_id)")
        cursor.execute("CREATE INDEX bench_site_lat_lon ON site (brand_id, lat, lon)")
        raw.commit()
        raw.autocommit = True
        cursor.execute("VACUUM ANALYZE place, site, stock_item")


BOX = """
SELECT s.place_id, s.lat, s.lon, s.time_zone, s.country, s.opening_hours, p.name_en, p.name_zh,
       sum(i.on_hand - i.reserved - i.display - i.safety - i.missed_since), min(i.counted_at)
FROM site s
JOIN stock_item i ON i.brand_id = s.brand_id AND i.variant_id = {m} AND i.cell = s.cell AND i.place_id = s.place_id
JOIN place p ON p.brand_id = s.brand_id AND p.id = s.place_id AND p.is_active
WHERE s.brand_id = {m} AND s.lat BETWEEN {m} AND {m} AND s.lon BETWEEN {m} AND {m}
  AND i.on_hand > i.reserved + i.display + i.safety + i.missed_since
GROUP BY s.place_id, s.lat, s.lon, s.time_zone, s.country, s.opening_hours, p.name_en, p.name_zh
ORDER BY (s.lat - {m}) * (s.lat - {m}) + (s.lon - {m}) * (s.lon - {m}) * {m}
"""


def find_in_box(reader: Reader, ask: FindNearest) -> list[str]:
    """The peer: a bounding box, all that is in it sorted by distance, then opening hours until there are 20."""
    at, flat = ask.point, cos(radians(ask.point.lat))
    up = ask.radius_m / 111_195
    box = (at.lat - up, at.lat + up, at.lon - up / flat, at.lon + up / flat)
    params = (ask.variant_id, ask.brand_id, *box, at.lat, at.lat, at.lon, at.lon, flat * flat)
    sql = BOX.format(m="?" if reader.dialect.name == "sqlite" else "%s")
    found: list[str] = []
    for place_id, lat, lon, zone, land, hours, *_ in reader.connection.exec_driver_sql(sql, params):
        point = Point(lat, lon)
        if geo.distance_m(at, point) <= ask.radius_m and is_open(hours, zone, land, point, ask.at):
            found.append(place_id)
            if len(found) == ask.limit:
                break
    return found


def per_second(db: Database, query: Callable[[Reader, FindNearest], Any], asks: list[FindNearest]) -> float:
    """Queries a second on one thread, each in its own snapshot, after a warm run of one second."""
    for ask in until(1.0, asks):
        db.read_now(query, ask)
    count, started = 0, time.perf_counter()
    for ask in until(MEASURE_S, asks):
        db.read_now(query, ask)
        count += 1
    return count / (time.perf_counter() - started)


def until(seconds: float, asks: list[FindNearest]) -> Iterator[FindNearest]:
    """Asks in turn until the time is over."""
    end = time.perf_counter() + seconds
    for ask in cycle(asks):
        if time.perf_counter() > end:
            return
        yield ask


def measure(db: Database, country: Country) -> list[dict[str, Any]]:
    """One row for mixed questions and one for those with many matches."""
    rows = []
    for kind, asks in (("mixed", country.mixed), ("many matches", country.many)):
        for ask in asks[:20]:
            ours = [near.place_id for near in db.read_now(find_nearest, ask)]
            assert set(ours) == set(db.read_now(find_in_box, ask)), "the peer finds other places"
        for ask in asks:  # what a running process knows already
            db.read_now(find_nearest, ask)
        figure = per_second(db, find_nearest, asks)
        beside = per_second(db, find_in_box, asks)
        database = "SQLite" if db.is_sqlite else "PostgreSQL"
        rows.append(
            {
                "name": f"20 nearest open with X in stock, {kind}, {database}",
                "figure": round(figure),
                "unit": "queries/s",
                "beside": round(beside),
                "ratio": round(figure / beside, 1),
            }
        )
    return rows


def run() -> list[dict[str, Any]]:
    """Build, measure on SQLite and on PostgreSQL, leave nothing behind."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    databases = import_module("databases")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="highstreet-nearest-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        started = time.perf_counter()
        country = make_country()
        print(f"made in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        try:
            server = databases.postgres_server(home, owner_pid=os.getpid())
            for url in (databases.sqlite_url(home), databases.fresh_postgres_database(server)):
                db = Database(url)
                started = time.perf_counter()
                fill(db, country)
                print(f"filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)
                rows += measure(db, country)
                db.close()
        finally:
            databases.stop_servers(home)
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
