"""Places from files: sites, parties, repeated references, the same file twice."""

import json

import pytest

from highstreet.fronts.office.imports import KINDS
from highstreet.fronts.office.pages.imports import COLUMNS
from highstreet.kernel import geo
from highstreet.kernel.errors import Refusal
from highstreet.kernel.geo import Datum
from highstreet.kernel.tables import outbox
from highstreet.rooms.parties.tables import place
from highstreet.rooms.places.tables import site
from highstreet.rooms.stock.tables import stock_item
from tests.flows.import_desk import Desk, bad_of, counts_of, desk

__all__ = ["desk"]

HEADER = (
    "external_ref,name_en,name_zh,lat,lon,datum,time_zone,country,opening_hours,address,operator,landlord\n"
)
GOOD = (
    "H1,Kamppi,坎比店,60.1690,24.9330,wgs84,,,Mo-Sa 10:00-20:00,Kampinkuja 1,dealer,landlord\n"
    "S1,Jing'an,静安店,31.2335,121.5055,gcj02,Asia/Shanghai,CN,Mo-Su 07:00-22:00,上海,brand,\n"
    "N1,Nowhere,,,,,,,,,,\n"
)


def test_places_and_sites(desk: Desk) -> None:
    report = desk.take("places", HEADER + GOOD)
    assert counts_of(report) == (3, 3, 0, 0)
    p, s, seed = place.c, site.c, desk.seed
    found = desk.rows(p.external_ref, p.name_en, p.name_zh, p.operator_party_id, p.landlord_party_id)
    assert [row for row in found if row[0]] == [
        ("H1", "Kamppi", "坎比店", seed.dealer, seed.landlord),
        ("N1", "Nowhere", "Nowhere", seed.brand_party, None),
        ("S1", "Jing'an", "静安店", seed.brand_party, None),
    ]
    shanghai = geo.to_wgs84(31.2335, 121.5055, Datum.GCJ02)
    rows = desk.rows(s.given_lat, s.given_lon, s.datum, s.lat, s.lon, s.time_zone, s.country, s.opening_hours)
    assert rows[0] == (
        31.2335,
        121.5055,
        "gcj02",
        shanghai.lat,
        shanghai.lon,
        "Asia/Shanghai",
        "CN",
        "Mo-Su 07:00-22:00",
    )
    assert len(rows) == 3  # with the seed's; a place without a position has no site


def test_the_same_file_twice_changes_nothing_and_says_so(desk: Desk) -> None:
    desk.take("places", HEADER + GOOD)
    events = desk.count(outbox)
    assert counts_of(desk.take("places", HEADER + GOOD)) == (3, 0, 3, 0)
    assert desk.count(outbox) == events
    changed = GOOD.replace("Kamppi", "Kamppi Centre")
    assert counts_of(desk.take("places", HEADER + changed)) == (3, 1, 2, 0)
    moved = changed.replace("24.9330", "24.9331")
    assert counts_of(desk.take("places", HEADER + moved)) == (3, 1, 2, 0)
    assert desk.count(place) == 4


def test_stock_follows_a_place_that_an_import_moves(desk: Desk) -> None:
    desk.take("places", HEADER + "X,X,,60.1699,24.9384,,,,,,,\n")
    desk.take("stock", "place_ref,sku,quantity\nX,S-0,4\n")
    desk.take("places", HEADER + "X,X,,61.5,23.8,,,,,,,\n")
    cell = geo.cell(geo.Point(61.5, 23.8))
    found = {row[:3] for row in desk.rows(stock_item.c.cell, stock_item.c.place_id, stock_item.c.on_hand)}
    [place_id] = [row[1] for row in desk.rows(place.c.external_ref, place.c.id) if row[0] == "X"]
    assert {row for row in found if row[1] == place_id} == {(cell, place_id, 4)}


def test_bad_rows_are_named_and_good_ones_written(desk: Desk) -> None:
    rows = [
        "A,Good,,,,,,,,,,",
        ",No reference,,,,,,,,,,",
        "A,Twice,,,,,,,,,,",
        "B,,,,,,,,,,,",
        "C,C,,91,24,,,,,,,",
        "D,D,,60,,,,,,,,",
        "E,E,,60,24,mars,,,,,,",
        "F,F,,60,24,,,,Mo-Xx 25:00,,,",
        "G,G,,60,24,,Moon/Base,,,,,",
        "H,H,,60,24,,,FIN,,,,",
        "I,I,,,,,,,,,nobody,",
        "J,J,,,,,,,,,landlord,",
        f"{'K' * 81},K,,,,,,,,,,",
        "L,Good too,,,,,,,,,,",
    ]
    report = desk.take("places", HEADER + "\n".join(rows))
    assert counts_of(report) == (14, 2, 0, 12)
    assert sorted(bad_of(report)) == [
        (3, "external_ref", "import.value_missing"),
        (4, "", "import.repeated"),
        (5, "name_en", "import.value_missing"),
        (6, "lat", "import.out_of_range"),
        (7, "lon", "import.value_missing"),
        (8, "datum", "import.choice_unknown"),
        (9, "", "places.hours_malformed"),
        (10, "time_zone", "import.choice_unknown"),
        (11, "country", "import.value_too_long"),
        (12, "operator", "import.party_unknown"),
        (13, "", "parties.party_unfit"),
        (14, "external_ref", "import.value_too_long"),
    ]
    assert all(len(bad.text) > 10 for bad in report.bad)
    report = desk.take("places", HEADER + "\n".join(rows), locale="zh", name="again.csv")
    assert next(bad.text for bad in report.bad if bad.line == 4).startswith("重复")


def test_geojson(desk: Desk) -> None:
    features = [
        {
            "type": "Feature",
            "id": 7,
            "properties": {"name": "Mall", "opening_hours": "24/7"},
            "geometry": {"type": "Point", "coordinates": [24.94, 60.17]},
        },
        {"type": "Feature", "properties": {"id": 8, "name": "Area"}, "geometry": {"type": "Polygon"}},
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features})
    report = desk.take("places", content, name="a.geojson")
    assert counts_of(report) == (2, 1, 0, 1)
    assert bad_of(report) == [(1, "geometry", "import.not_a_point")]
    assert (60.17, 24.94, "24/7") in desk.rows(site.c.lat, site.c.lon, site.c.opening_hours)


def test_json_with_a_mapping(desk: Desk) -> None:
    mapping = """
        items = "result.shops"
        [options]
        datum = "gcj02"
        country = "CN"
        time_zone = "Asia/Shanghai"
        [fields]
        external_ref = "id"
        name_zh = "name"
        lat = "at.lat"
        lon = "at.lon"
    """
    content = json.dumps(
        {"result": {"shops": [{"id": 5, "name": "店", "at": {"lat": 31.2, "lon": 121.5}}, 3]}}
    )
    report = desk.take("places", content, name="a.json", mapping=mapping, country=None, time_zone=None)
    assert counts_of(report) == (2, 1, 0, 1)
    assert bad_of(report) == [(1, "", "import.record_malformed")]
    assert desk.rows(site.c.given_lat, site.c.datum, site.c.country)[0] == (31.2, "gcj02", "CN")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (HEADER.encode() + b"A,\xff\n", "a.csv", "import.encoding_wrong"),
        ("a,b\n1,2\n", "a.csv", "import.header_missing"),
        ('[{"id": 1', "a.json", "import.file_malformed"),
        ("x", "a.docx", "import.format_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    desk: Desk, content: str | bytes, name: str, code: str
) -> None:
    events = desk.count(outbox)
    with pytest.raises(Refusal) as caught:
        desk.take("places", content, name=name)
    assert caught.value.code == code
    assert (desk.count(outbox), desk.count(place)) == (events, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_who_has_no_known_column_is_told_those_of_the_kind(desk: Desk, kind: str) -> None:
    with pytest.raises(Refusal) as caught:
        desk.take(kind, "a,b\n1,2\n", name="a.csv")
    told = str(caught.value.facts["known"]).split(", ")
    assert set(COLUMNS[kind].split(", ")) <= set(told) <= KINDS[kind].fields()


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8-sig", None), ("utf-16", None), ("gb18030", "gb18030"), ("big5", "big5")]
)
def test_every_encoding_gives_the_same_names(desk: Desk, encoding: str, told: str | None) -> None:
    content = "ref,name_zh\nA,上海店\n".encode(encoding)
    assert counts_of(desk.take("places", content, encoding=told)) == (1, 1, 0, 0)
    assert ("A", "上海店") in desk.rows(place.c.external_ref, place.c.name_zh)


def test_bad_rows_beside(desk: Desk) -> None:
    beside = desk.folder / "bad.csv"
    report = desk.take("places", "ref,name\n" + ",x\n" * 1_200, bad_rows_csv=beside)
    assert (report.bad_count, len(report.bad)) == (1_200, 1_000)
    lines = beside.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1_201
    assert lines[1].startswith("2,external_ref,import.value_missing,")
