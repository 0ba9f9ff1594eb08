"""Where: published datum vectors, exact inverses, distances, the bound that lets a nearest search stop."""

from itertools import islice
from math import cos, inf, nan, pi, radians, sin

import h3.api.basic_int as h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.geo import (
    EARTH_RADIUS_M,
    Datum,
    Point,
    cell,
    disk,
    distance_m,
    from_wgs84,
    ring_clear_distance_m,
    rings,
    to_wgs84,
    walking_minutes,
)

BUND = Point(31.2397, 121.4900)
PENTAGONS = {resolution: sorted(h3.get_pentagons(resolution)) for resolution in (3, 5, 7)}
points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
mainland = st.builds(Point, st.floats(18.2, 53.5), st.floats(73.6, 134.7))


def test_wgs84_to_gcj02_published_vectors():
    # wandergis/coordtransform test/app.js, and eviltransform's three cities.
    assert from_wgs84(Point(39.915, 116.404), Datum.GCJ02) == pytest.approx(
        (39.91640428150164, 116.41024449916938), abs=1e-12
    )
    for wgs, gcj in [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ]:
        assert from_wgs84(Point(*wgs), Datum.GCJ02) == pytest.approx(gcj, abs=1e-12)


def test_bd09_published_vectors():
    # coordtransform gives gcj02tobd09(116.404, 39.915); its own inverse is an estimate, good to a metre.
    start = to_wgs84(39.915, 116.404, Datum.GCJ02)
    assert from_wgs84(start, Datum.BD09) == pytest.approx((39.92133699351021, 116.41036949371029), abs=1e-9)
    undone = from_wgs84(to_wgs84(39.915, 116.404, Datum.BD09), Datum.GCJ02)
    assert undone == pytest.approx((39.90865673957631, 116.39762729119315), abs=1e-6)
    # A third program's (geotool), whose constants differ in the eighth decimal.
    assert from_wgs84(Point(30.6107779, 121.0917077), Datum.BD09) == pytest.approx(
        (30.61484572185035, 121.10271732371203), abs=1e-7
    )


@given(mainland, st.sampled_from(Datum))
def test_datums_round_trip_in_the_mainland(point, datum):
    again = to_wgs84(*from_wgs84(point, datum), datum)
    assert abs(again.lat - point.lat) < 1e-9
    assert abs(again.lon - point.lon) < 1e-9


@given(mainland)
def test_gcj02_shift_is_some_hundred_metres(point):
    assert 20 < distance_m(point, Point(*from_wgs84(point, Datum.GCJ02))) < 1500


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize(
    "place", [(60.17, 24.94), (1.35, 71.9), (-33.9, 151.2), (0.8, 100.0), (55.9, 100.0), (35.0, 137.9)]
)
def test_outside_of_the_box_nothing_moves(place, datum):
    assert from_wgs84(Point(*place), datum) == place
    assert to_wgs84(*place, datum) == Point(*place)


@pytest.mark.parametrize(
    ("lat", "lon"), [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (nan, 0), (0, nan), (inf, 0)]
)
def test_points_are_on_earth(lat, lon):
    for use in (lambda: Point(lat, lon), lambda: to_wgs84(lat, lon, Datum.GCJ02)):
        with pytest.raises(Refusal) as refused:
            use()
        assert (refused.value.code, refused.value.status) == ("geo.out_of_range", 422)


def test_distances():
    quarter = EARTH_RADIUS_M * pi / 2
    assert distance_m(BUND, BUND) == 0
    assert distance_m(Point(0, 0), Point(0, 90)) == pytest.approx(quarter)
    assert distance_m(Point(90, 0), Point(-90, 77)) == pytest.approx(2 * quarter)
    assert distance_m(Point(0, 179.5), Point(0, -179.5)) == pytest.approx(EARTH_RADIUS_M * pi / 180)
    assert distance_m(BUND, Point(39.9042, 116.4074)) == pytest.approx(1_066_000, rel=0.005)


@given(points, points)
def test_distance_agrees_with_h3(a, b):
    expected = h3.great_circle_distance((a.lat, a.lon), (b.lat, b.lon), unit="rads") * EARTH_RADIUS_M
    assert distance_m(a, b) == pytest.approx(expected, abs=0.5)
    assert distance_m(a, b) == distance_m(b, a)


@pytest.mark.parametrize(
    ("metres", "minutes"), [(0, 0), (0.1, 1), (800, 13), (800.1, 14), (61, 1), (62, 2), (5000, 82)]
)
def test_walking_minutes(metres, minutes):
    assert walking_minutes(metres) == minutes


def test_walking_backwards_is_an_error():
    with pytest.raises(ValueError, match="not negative"):
        walking_minutes(-1)


def test_cells_and_rings():
    centre = cell(BUND)
    assert centre == h3.latlng_to_cell(BUND.lat, BUND.lon, 7)
    assert 0 < centre < 2**63
    assert h3.get_resolution(cell(BUND, 9)) == 9
    found = list(islice(rings(centre), 4))
    assert [len(ring) for ring in found] == [1, 6, 12, 18]
    assert found[0] == [centre]
    assert sorted(c for ring in found for c in ring) == sorted(disk(centre, 3))
    assert [len(ring) for ring in islice(rings(PENTAGONS[7][0]), 3)] == [1, 5, 10]


@pytest.mark.parametrize("resolution", [3, 7])
def test_rings_and_disks_agree_around_pentagons(resolution):
    for centre in disk(PENTAGONS[resolution][0], 3):
        seen = set()
        for k, ring in enumerate(islice(rings(centre), 8)):
            assert not seen & set(ring)
            seen |= set(ring)
            assert seen == set(disk(centre, k))


def test_ring_clear_distance_values():
    assert ring_clear_distance_m(7, 0) == 0
    assert [round(ring_clear_distance_m(7, k)) for k in (1, 2, 3)] == [978, 2444, 3911]
    assert ring_clear_distance_m(8, 1) * 7**0.5 == pytest.approx(ring_clear_distance_m(7, 1))


def edge_points(cell):
    """The cell's corners and two points along each side."""
    corners = h3.cell_to_boundary(cell)
    for (lat_a, lon_a), (lat_b, lon_b) in zip(corners, corners[1:] + corners[:1], strict=True):
        lon_b += 360 * round((lon_a - lon_b) / 360)
        for part in (0.0, 1 / 3, 2 / 3):
            lon = lon_a + (lon_b - lon_a) * part
            yield Point(lat_a + (lat_b - lat_a) * part, (lon + 180) % 360 - 180)


def check_ring_clear(centre, k):
    bound = ring_clear_distance_m(h3.get_resolution(centre), k)
    inner = list(edge_points(centre))
    for beyond in h3.grid_ring(centre, k + 1):
        for point in edge_points(beyond):
            assert min(distance_m(point, start) for start in inner) >= bound


@settings(max_examples=60, deadline=None)
@given(points, st.sampled_from([5, 6, 7, 8, 9]), st.integers(0, 5))
def test_ring_clear_distance_holds_everywhere(point, resolution, k):
    if abs(point.lat) < 89:  # lengths along a side are drawn in degrees, which a pole breaks
        check_ring_clear(cell(point, resolution), k)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([3, 5, 7]), st.integers(0, 11), st.integers(0, 60), st.integers(0, 3))
def test_ring_clear_distance_holds_around_pentagons(resolution, index, step, k):
    near = sorted(disk(PENTAGONS[resolution][index], 4))
    check_ring_clear(near[step % len(near)], k)


@settings(max_examples=200, deadline=None)
@given(points, st.floats(0, 360), st.floats(0, 12_000), st.integers(0, 4))
def test_a_point_within_the_clear_distance_is_within_the_rings(start, bearing, metres, k):
    if abs(start.lat) > 85 or metres > 0.999 * ring_clear_distance_m(7, k):
        return
    lat = start.lat + metres * cos(radians(bearing)) / 111_195
    lon = start.lon + metres * sin(radians(bearing)) / (111_195 * cos(radians(start.lat)))
    end = Point(lat, (lon + 180) % 360 - 180)
    if distance_m(start, end) < ring_clear_distance_m(7, k):
        assert cell(end) in disk(cell(start), k)
