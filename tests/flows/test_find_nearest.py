"""The nearest places are the nearest places: against brute force, and with what changed a moment ago."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import h3.api.basic_int as h3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

import highstreet.rooms
from highstreet.flows import lists
from highstreet.flows.find_nearest import FindNearest, NearPlace, _disc, _near_ring, _Outward, find_nearest
from highstreet.flows.place_cards import cards_of
from highstreet.flows.place_sites import place_sites
from highstreet.kernel import geo
from highstreet.kernel.db import Database
from highstreet.kernel.geo import Datum, Point
from highstreet.kernel.tables import metadata
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties.events import PlaceChanged
from highstreet.rooms.parties.tables import place
from highstreet.rooms.places import PutSites, SiteRow, is_open
from highstreet.rooms.places.tables import site
from highstreet.rooms.stock import StockWords, TakeStock, confidence_words, take_stock
from highstreet.rooms.stock.tables import stock_item
from tests.seeds import NOW, Seed, seed_brand

for folder in Path(highstreet.rooms.__path__[0]).iterdir():
    if (folder / "tables.py").exists():
        import_module(f"highstreet.rooms.{folder.name}.tables")

HOURS = (None, "24/7", "Mo-Fr 09:00-20:00; PH off", "Mo-Su 22:00-04:00", "24/7 off")
ZONE = ("Europe/Helsinki", "FI")
HERE = Point(60.1699, 24.9384)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def seeds(db: Database) -> tuple[Seed, Seed]:
    """Two brands that sell the same GTINs."""
    return db.write_now(seed_brand, "nordlys"), db.write_now(seed_brand, "aurora")


# A grid of 1e-4 degrees (11 m) around a point; towns of 0.2 degrees so that several rings count.
offsets = st.one_of(st.integers(-60, 60), st.integers(-1000, 1000))
one_place = st.tuples(
    offsets,
    offsets,
    st.sampled_from(HOURS),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=2),
    st.integers(0, 1),
)


def big_town(random: Random) -> list[Any]:
    """Some hundred places, dense in the middle and thin outside, more than Hypothesis would draw."""
    spread = random.choice([20, 100, 400])
    return [
        (
            round(random.gauss(0, spread)),
            round(random.gauss(0, spread)),
            random.choice(HOURS),
            random.random() < 0.9,
            [(random.randrange(7), random.randrange(4)) for _ in range(random.randrange(3))],
            random.randrange(2),
        )
        for _ in range(random.randrange(100, 500))
    ]


made_places = st.one_of(
    st.lists(one_place, max_size=40),
    st.integers(0, 1 << 32).map(lambda seed: big_town(Random(seed))),
)


def write_town(tx: Tx, given_: tuple[tuple[Seed, Seed], Point, list[Any]]) -> list[dict[str, Any]]:
    """Replace all sites and stock by these; returns plain rows for brute force."""
    seeds, centre, made = given_
    tx.run(delete(stock_item))
    tx.run(delete(site))
    tx.run(delete(place).where(place.c.name_en == "made"))
    town, places, sites, items = [], [], [], []
    for n, (north, east, hours, is_active, stock, which) in enumerate(made):
        seed, place_id = seeds[which], f"plc_{n:03}"
        lat, lon = centre.lat + north / 10_000, centre.lon + east / 10_000
        if abs(lat) > 90:
            continue
        point = Point(lat, (lon + 180) % 360 - 180)
        names = {"name_en": "made", "name_zh": "made", "operator_party_id": seed.dealer}
        places.append({"brand_id": seed.brand_id, "id": place_id, "is_active": is_active} | names)
        key = {"brand_id": seed.brand_id, "place_id": place_id}
        where = {"lat": point.lat, "lon": point.lon, "cell": geo.cell(point), "datum": "wgs84"}
        rest = {"given_lat": lat, "given_lon": lon, "time_zone": ZONE[0], "country": ZONE[1]}
        sites.append(key | where | rest | {"opening_hours": hours})
        for k, (on_hand, reserved) in enumerate(stock):
            item = {"variant_id": seed.variants[0], "cell": where["cell"], "on_hand": on_hand}
            owned = {"owner_party_id": f"pty_{k}", "reserved": min(on_hand, reserved)}
            kept = {"display": min(on_hand, n % 3), "safety": n % 5 // 4, "missed_since": n % 7 // 6}
            items.append(key | item | owned | kept | {"counted_at": NOW - timedelta(days=k)})
        held = [
            (left, NOW - timedelta(days=k))
            for k, (h, r) in enumerate(stock)
            if (left := h - min(h, r) - min(h, n % 3) - n % 5 // 4 - n % 7 // 6) > 0
        ]
        town.append(key | {"point": point, "hours": hours, "is_active": is_active, "held": held})
    for table, rows in ((place, places), (site, sites), (stock_item, items)):
        tx.insert_many(table, rows)
    return town


def brute_force(town: list[dict[str, Any]], ask: FindNearest) -> list[tuple[Any, ...]]:
    """All that answers, nearest first, by looking at every place."""
    found = []
    for one in town:
        distance_m = geo.distance_m(ask.point, one["point"])
        is_now_open = is_open(one["hours"], *ZONE, one["point"], ask.at)
        wants_goods = ask.gtin or ask.variant_id
        if (
            distance_m > ask.radius_m
            or not one["is_active"]
            or (ask.must_be_open and not is_now_open)
            or (wants_goods and not one["held"])
            or (ask.brand_id and one["brand_id"] != ask.brand_id)
        ):
            continue
        available = sum(n for n, _ in one["held"]) if wants_goods else None
        counted_at = min(at for _, at in one["held"]) if wants_goods else None
        found.append(
            (distance_m, one["brand_id"], one["place_id"], one["point"], is_now_open, available, counted_at)
        )
    return sorted(found, key=lambda row: row[:3])


def facts(near: NearPlace) -> tuple[Any, ...]:
    return (
        near.distance_m,
        near.brand_id,
        near.place_id,
        near.point,
        near.is_open,
        near.available,
        near.counted_at,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    centre=st.sampled_from([HERE, Point(31.2304, 121.4737), Point(-17.0, 179.99), Point(89.95, 10.0)]),
    made=made_places,
    asks=st.lists(
        st.tuples(
            offsets,
            offsets,
            st.sampled_from([1, 3, 20, 100]),
            st.sampled_from([1, 300, 1000, 5000, 20_000, 50_000]),
            st.sampled_from(["brand", "none", "variant", "gtin", "gtin of brand"]),
            st.booleans(),
            st.integers(0, 48),
        ),
        min_size=3,
        max_size=6,
    ),
)
def test_same_as_brute_force(
    db: Database, seeds: tuple[Seed, Seed], centre: Point, made: list[Any], asks: list[Any]
) -> None:
    """Any town, any question: the same places in the same order with the same facts."""
    town = db.write_now(write_town, (seeds, centre, made))
    # Rows written past the rooms are announced by nobody.
    db.read_now(lambda reader: cards_of(reader)._forget([(None, None)]))
    check(db, seeds, town, centre, asks)


def test_many_questions_in_wide_towns(db: Database, seeds: tuple[Seed, Seed]) -> None:
    """Where the wanted number is reached after some steps, at places far from every cell's middle."""
    random = Random(11)
    for spread in (150, 400, 800):
        made = [
            (round(random.gauss(0, spread)), round(2 * random.gauss(0, spread)), "24/7", True, [(2, 0)], 0)
            for _ in range(900)
        ]
        town = db.write_now(write_town, (seeds, HERE, made))
        db.read_now(lambda reader: cards_of(reader)._forget([(None, None)]))
        asks = [
            (
                random.randrange(-400, 400),
                random.randrange(-100, 100),
                random.choice([2, 4, 10, 20, 40]),  # even: of the first brand
                random.choice([3000, 9000]),
                random.choice(["brand", "variant"]),
                True,
                0,
            )
            for _ in range(40)
        ]
        check(db, seeds, town, HERE, asks)


def check(db: Database, seeds: tuple[Seed, Seed], town: list[Any], centre: Point, asks: list[Any]) -> None:
    """Find the same as brute force, up to the order of places equally far."""
    for north, east, limit, radius_m, kind, must_be_open, hours in asks:
        at = NOW + timedelta(hours=hours)
        here = Point(min(90.0, centre.lat + north / 10_000), centre.lon + min(east, 100) / 10_000)
        usual = FindNearest(here, at, limit=limit, radius_m=radius_m, must_be_open=must_be_open)
        seed = seeds[limit % 2]
        ask = {
            "brand": replace(usual, brand_id=seed.brand_id),
            "none": usual,
            "variant": replace(usual, brand_id=seed.brand_id, variant_id=seed.variants[0]),
            "gtin": replace(usual, gtin=seed.gtins[0].zfill(14)),
            "gtin of brand": replace(usual, gtin=seed.gtins[0], brand_id=seed.brand_id),
        }[kind]
        found = [facts(near) for near in db.read_now(find_nearest, ask)]
        everything = brute_force(town, ask)
        # Which of two places equally far (to a nanometre) comes first is nobody's business.
        assert [row[0] for row in found] == pytest.approx([row[0] for row in everything[:limit]], abs=1e-6)
        assert len({row[1:3] for row in found}) == len(found)
        assert set(found) <= set(everything)


@pytest.mark.parametrize(
    "centre", [HERE, Point(31.2304, 121.4737), Point(-17.0, 179.99), Point(64.7, 10.536)]
)
def test_no_unread_cell_is_nearer_than_said(centre: Point) -> None:
    """After each step every point of an unread cell, corners above all, is at least as far as promised.

    The bound is sharp enough to be caught when 20 m too high. One centre lies by a pentagon.
    """
    random = Random(7)
    least_m = 1e9
    for _ in range(60):
        here = Point(centre.lat + random.uniform(-0.05, 0.05), centre.lon + random.uniform(-0.009, 0.009))
        radius_m = random.choice([300.0, 2000.0, 9000.0])
        outward, read = _Outward(here, radius_m), set[int]()
        corners = [
            (cell, Point(*corner)) for cell in h3.grid_disk(geo.cell(here), 6) for corner in edge(cell)
        ]
        while outward.next_m <= radius_m:
            cells = outward.take(random.uniform(0, radius_m))
            assert cells
            assert not read & set(cells)
            read |= set(cells)
            promised_m = min(outward.next_m, radius_m)
            for cell, corner in corners:
                if cell not in read:
                    beyond_m = geo.distance_m(here, corner) - promised_m
                    assert beyond_m >= 0
                    least_m = min(least_m, beyond_m)
    assert least_m < 20


def test_little_is_remembered_of_a_point_that_somebody_asked_about() -> None:
    _near_ring.cache_clear()
    _disc.cache_clear()
    outward, cells = _Outward(HERE, 50_000), 0
    while outward.next_m <= 50_000:
        cells += len(outward.take(50_000))
    remembered = [_near_ring.cache_info(), _disc.cache_info()]
    assert cells > 2000
    assert [info.currsize for info in remembered] == [6, 91]
    assert all(info.maxsize is not None and info.maxsize < 20_000 for info in remembered)


def edge(cell: int) -> list[tuple[float, float]]:
    """A cell's corners, and points between them."""
    corners = h3.cell_to_boundary(cell)
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    between = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairs if abs(b - d) < 180]
    return [*corners, *between]


def ask_seeded(seed: Seed, **other: Any) -> FindNearest:
    """What is near the seeded place, on a Friday noon in Helsinki."""
    return FindNearest(HERE, NOW, brand_id=seed.brand_id, variant_id=seed.variants[0], **other)


def test_what_is_told(db: Database, seeds: tuple[Seed, Seed]) -> None:
    """Every field of one place."""
    seed = seeds[0]
    ask = replace(ask_seeded(seed), point=Point(60.1699, 24.9484), at=NOW + timedelta(days=3))
    (near,) = db.read_now(find_nearest, ask)
    assert 550 < near.distance_m < 560
    assert near == NearPlace(
        brand_id=seed.brand_id,
        place_id=seed.place_id,
        name_en="Nordlys Centre",
        name_zh="北光中心店",
        point=HERE,
        distance_m=geo.distance_m(ask.point, HERE),
        walking_minutes=9,
        is_open=True,
        next_change_at=datetime(2026, 11, 23, 18, 0, tzinfo=UTC),
        time_zone="Europe/Helsinki",
        available=10,
        stock_words=StockWords.IN_STOCK,
        counted_at=NOW,
    )
    assert confidence_words(10, timedelta(days=8)) is StockWords.FEW_LEFT
    # Kept back, on display, looked for in vain: nothing that is promised to somebody who is not there.
    kept = {"display": 1, "safety": 2, "missed_since": 1, "sold_since": 9}
    db.write_now(lambda tx, values: tx.run(update(stock_item).values(**values)).rowcount, kept)
    (near,) = db.read_now(find_nearest, ask)
    assert (near.available, near.stock_words) == (6, StockWords.FEW_LEFT)
    db.write_now(lambda tx, values: tx.run(update(stock_item).values(**values)).rowcount, {"safety": 8})
    assert db.read_now(find_nearest, ask) == []
    db.write_now(
        lambda tx, values: tx.run(update(stock_item).values(**values)).rowcount, dict.fromkeys(kept, 0)
    )
    sunday = replace(ask, at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert db.read_now(find_nearest, sunday) == []
    (closed,) = db.read_now(find_nearest, replace(sunday, must_be_open=False))
    assert (closed.is_open, closed.next_change_at) == (False, datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
    assert db.read_now(find_nearest, replace(ask, variant_id="var_none")) == []
    assert db.read_now(find_nearest, FindNearest(HERE, NOW, gtin="4006381333931")) == []
    both = db.read_now(find_nearest, FindNearest(HERE, NOW, gtin=seed.gtins[1]))
    assert {near.brand_id for near in both} == {seed.brand_id, seeds[1].brand_id}


def test_nothing_kept_is_stale(db: Database, seeds: tuple[Seed, Seed]) -> None:
    """Sold out, new hours, moved, closed for good: each is seen by the very next question."""
    seed = seeds[0]
    ask = ask_seeded(seed)
    assert len(db.read_now(find_nearest, ask)) == 1
    row = SiteRow(seed.place_id, HERE.lat, HERE.lon, Datum.WGS84, *ZONE, "Mo-Fr 16:00-20:00")
    db.write_now(place_sites, PutSites(seed.brand_id, NOW, [row]))
    assert db.read_now(find_nearest, ask) == []
    far = replace(row, lat=60.30, opening_hours="24/7")
    db.write_now(place_sites, PutSites(seed.brand_id, NOW, [far]))
    assert db.read_now(find_nearest, ask) == []
    (near,) = db.read_now(find_nearest, replace(ask, radius_m=20_000))
    assert (near.point, near.available) == (Point(60.30, HERE.lon), 10)

    def rename(tx: Tx, is_active: bool) -> None:
        tx.run(update(place).where(place.c.id == seed.place_id).values(name_en="New", is_active=is_active))
        tx.announce(
            PlaceChanged(
                at=NOW,
                brand_id=seed.brand_id,
                place_id=seed.place_id,
                operator_party_id=seed.dealer,
                landlord_party_id=None,
                is_active=is_active,
            )
        )

    wide = replace(ask, radius_m=20_000)
    db.write_now(rename, True)
    assert db.read_now(find_nearest, wide)[0].name_en == "New"
    db.write_now(rename, False)
    assert db.read_now(find_nearest, wide) == []
    db.write_now(rename, True)
    assert len(db.read_now(find_nearest, wide)) == 1
    cell = geo.cell(Point(60.30, HERE.lon))
    taken = TakeStock(seed.brand_id, seed.variants[0], cell, seed.place_id, seed.dealer, 10, "sal_1", 1, NOW)
    db.write_now(take_stock, [taken])
    assert db.read_now(find_nearest, wide) == []


def test_an_older_snapshot_brings_nothing_back(db: Database, seeds: tuple[Seed, Seed]) -> None:
    """A reader that began before a change loads cards after others forgot them: they stay its own."""
    seed = seeds[0]
    row = SiteRow(seed.place_id, HERE.lat, HERE.lon, Datum.WGS84, *ZONE, "24/7 off")

    def slow(reader: Reader) -> list[NearPlace]:
        assert lists.newest_event(reader) >= 0  # the snapshot begins
        db.write_now(place_sites, PutSites(seed.brand_id, NOW, [row]))
        rival = Database(db.url.render_as_string(hide_password=False), readers=1)
        with rival.engine.connect() as connection:  # a newer snapshot, with the same cards
            newer = Reader(connection)
            cards_of(reader).catch_up(newer, lists.newest_event(newer))
            connection.rollback()
        rival.close()
        return find_nearest(reader, ask_seeded(seed))

    assert len(db.read_now(slow)) == 1  # open, as its snapshot says
    assert db.read_now(find_nearest, ask_seeded(seed)) == []


def test_a_place_without_site_is_nowhere(db: Database, seeds: tuple[Seed, Seed]) -> None:
    seed = seeds[0]

    def hide(tx: Tx, _: None) -> None:
        tx.run(delete(site).where(site.c.place_id == seed.place_id))
        tx.run(insert(stock_item).values(**moved))

    moved = {"brand_id": seed.brand_id, "variant_id": seed.variants[0], "cell": 0, "place_id": seed.place_id}
    moved |= {"owner_party_id": seed.dealer, "on_hand": 3, "reserved": 0, "counted_at": NOW}
    db.write_now(hide, None)
    assert db.read_now(find_nearest, ask_seeded(seed)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 1001},
        {"radius_m": 0},
        {"radius_m": 50_001},
        {"radius_m": float("nan")},
        {"variant_id": "var_1"},
        {"variant_id": "var_1", "brand_id": "brd_1", "gtin": "1"},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_malformed_questions(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"limit|needs its brand|time zone"):
        FindNearest(**({"point": HERE, "at": NOW} | wrong))
