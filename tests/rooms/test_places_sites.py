"""Sites keep what was given, stand in WGS-84, and tell who moved."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from highstreet.flows.place_sites import place_sites
from highstreet.kernel import geo
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.geo import Datum, Point
from highstreet.kernel.tables import outbox
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties.tables import place
from highstreet.rooms.places import MovedSite, PutSites, SiteRow, put_sites, sites_for, sites_near
from highstreet.rooms.places.tables import site
from highstreet.rooms.stock import stock_at_place
from tests.seeds import NOW, Seed

HOURS = "Mo-Su 10:00-22:00"
NEW = SiteRow("plc_new", 31.2304, 121.4737, Datum.GCJ02, "Asia/Shanghai", "CN", HOURS, "南京路 1")


@pytest.fixture
def brand(db: Database, seed: Seed) -> Seed:
    """The seeded brand with a second place that has no site yet."""

    def add(tx: Tx, place_id: str) -> None:
        row = {"brand_id": seed.brand_id, "id": place_id, "operator_party_id": seed.dealer, "is_active": True}
        tx.insert_many(place, [row | {"name_en": "New", "name_zh": "新店"}])

    db.write_now(add, "plc_new")
    return seed


def rows(db: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.read_now(Reader.rows, select(site).order_by(site.c.place_id))]


def test_put_converts_and_keeps(db: Database, brand: Seed) -> None:
    """The position as given stays; the one used is WGS-84 and in the right cell."""
    moved = db.write_now(put_sites, PutSites(brand.brand_id, NOW, [NEW]))
    point = geo.to_wgs84(31.2304, 121.4737, Datum.GCJ02)
    assert 300 < geo.distance_m(point, Point(31.2304, 121.4737)) < 700
    assert moved == [MovedSite(brand.brand_id, "plc_new", 0, geo.cell(point))]
    found = db.read_now(sites_for, [(brand.brand_id, "plc_new"), (brand.brand_id, "plc_none")])
    one = found.pop((brand.brand_id, "plc_new"))
    assert found == {}
    assert (one.point, one.cell) == (point, geo.cell(point))
    assert (one.time_zone, one.country) == ("Asia/Shanghai", "CN")
    assert (one.opening_hours, one.address) == (HOURS, "南京路 1")
    kept = db.read_now(
        Reader.first,
        select(site.c.given_lat, site.c.given_lon, site.c.datum).where(site.c.place_id == "plc_new"),
    )
    assert tuple(kept) == (31.2304, 121.4737, "gcj02")


def test_put_again_tells_only_who_moved(db: Database, brand: Seed) -> None:
    """New hours move nobody; a corrected datum moves the pin, but not out of its cell here."""
    db.write_now(put_sites, PutSites(brand.brand_id, NOW, [NEW]))
    assert db.write_now(put_sites, PutSites(brand.brand_id, NOW, [replace(NEW, opening_hours=None)])) == []
    far = replace(NEW, lat=31.30)
    (moved,) = db.write_now(put_sites, PutSites(brand.brand_id, NOW, [far]))
    assert moved.cell_before != moved.cell != 0
    found = db.read_now(sites_for, [(brand.brand_id, "plc_new")])[brand.brand_id, "plc_new"]
    assert (found.opening_hours, found.cell) == (HOURS, moved.cell)
    announced = db.read_now(Reader.rows, select(outbox.c.name, outbox.c.place_id, outbox.c.body))
    assert [(row.name, row.place_id, row.body["moved"]) for row in announced] == [
        ("places.sites_put.v1", "plc_new", moved) for moved in (1, 0, 1)
    ]


@pytest.mark.parametrize(
    ("row", "code", "status"),
    [
        (replace(NEW, opening_hours="late"), "places.hours_malformed", 422),
        (replace(NEW, time_zone="Mars/Base"), "places.time_zone_unknown", 422),
        (replace(NEW, country="cn"), "places.country_malformed", 422),
        (replace(NEW, lat=91.0), "geo.out_of_range", 422),
        (replace(NEW, place_id="plc_none"), "places.place_unknown", 404),
        (NEW, "places.put_twice", 422),
    ],
)
def test_refusals_write_nothing(db: Database, brand: Seed, row: SiteRow, code: str, status: int) -> None:
    before = rows(db)
    with pytest.raises(Refusal) as refused:
        db.write_now(put_sites, PutSites(brand.brand_id, NOW, [NEW, row]))
    assert (refused.value.code, refused.value.status) == (code, status)
    assert rows(db) == before
    assert db.read_now(Reader.rows, select(outbox.c.seq)) == []


def test_sites_near(db: Database, brand: Seed) -> None:
    """Nearest first, none beyond the radius, no more than asked."""
    here = Point(60.1699, 24.9384)
    assert db.read_now(sites_near, here, 100, 5)[0].distance_m == 0
    db.write_now(put_sites, PutSites(brand.brand_id, NOW, [replace(NEW, lat=60.19, lon=24.95)]))
    near = db.read_now(sites_near, here, 5000, 5)
    assert [n.site.place_id for n in near] == [brand.place_id, "plc_new"]
    assert 2200 < near[1].distance_m < 2500
    assert near[1].distance_m == geo.distance_m(here, near[1].site.point)
    assert len(db.read_now(sites_near, here, 5000, 1)) == 1
    assert len(db.read_now(sites_near, here, 2200, 5)) == 1
    assert db.read_now(sites_near, Point(-60.0, -120.0), 5000, 5) == []


def test_stock_follows_the_place(db: Database, brand: Seed) -> None:
    """The flow that moves a place moves its stock into the new cell, in the same transaction."""
    far = SiteRow(brand.place_id, 60.45, 22.27, Datum.WGS84, "Europe/Helsinki", "FI")
    (moved,) = db.write_now(place_sites, PutSites(brand.brand_id, NOW, [far]))
    assert moved == MovedSite(brand.brand_id, brand.place_id, brand.cell, geo.cell(Point(60.45, 22.27)))
    stock = db.read_now(stock_at_place, brand.brand_id, brand.place_id)
    assert len(stock) == 3
    assert {(one.cell, one.on_hand) for one in stock} == {(moved.cell, 10)}
