"""Where: WGS-84 points, the Chinese map datums, distances, and H3 cells for finding what is near.

Everything inside is WGS-84 degrees and metres. GCJ-02 (高德, 腾讯) and BD-09 (百度) are undone on the way in
and applied on the way out. Their formulas were never published; these are the ones open libraries share
(github.com/wandergis/coordtransform), with exact inverses in place of the usual one-step estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, ceil, cos, fabs, hypot, pi, radians, sin, sqrt

import h3.api.basic_int as h3

from highstreet.kernel.errors import RefusalKind

OUT_OF_RANGE = RefusalKind("geo.out_of_range", 422)

EARTH_RADIUS_M = 6_371_008.8
"""IUGG mean radius R1."""
CELL_RESOLUTION = 7
"""The map index's H3 resolution: cells about 5 km² wide, 1.4 km a side."""

_WALKING_M_PER_MIN = 80
_DETOUR_TENTHS = 13  # a walk is 1.3 times the straight line

# Krasovsky 1940, as the GCJ-02 formula uses it.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_PI = pi * 3000.0 / 180.0

# H3 lays one hexagon grid over the icosahedron's faces, projected from the earth's centre. There
# neighbours' centres lie this far apart at resolution 0 (H3's RES0_U_GNOMONIC, in earth radii), and sqrt(7)
# times less at each finer one.
_H3_SPACING = 0.38196601125010500003
# From plane to sphere lengths shrink most at a face's corners, radially: by cos² of the 37.38° to a corner.
_H3_LEAST_SCALE = (5 + 2 * sqrt(5)) / 15


class Datum(StrEnum):
    """The coordinate system a map or a phone speaks."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Point:
    """A WGS-84 position in degrees. Errors: Refusal geo.out_of_range beyond ±90 and ±180, or not a number."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        _check_degrees(self.lat, self.lon)


def to_wgs84(lat: float, lon: float, datum: Datum) -> Point:
    """The point that a map of this datum shows at (lat, lon); undoes `from_wgs84` to within 1e-9 degrees.

    Errors: Refusal geo.out_of_range.
    """
    _check_degrees(lat, lon)
    if datum is Datum.WGS84 or not _in_china_box(lat, lon):
        return Point(lat, lon)
    if datum is Datum.BD09:
        lat, lon = _undo(_gcj_to_bd, lat, lon)
    return Point(*_undo(_wgs_to_gcj, lat, lon))


def from_wgs84(point: Point, datum: Datum) -> tuple[float, float]:
    """(lat, lon) of the point in this datum.

    Outside of the box 0.8293 to 55.8271 N, 72.004 to 137.8347 E all datums are the same. That is the rule the
    libraries share, not the border: the box also shifts Hong Kong, Macao, Taiwan and parts of neighbouring
    countries, and within 2 km of the box's own edge a shifted position has no exact inverse.
    """
    if datum is Datum.WGS84 or not _in_china_box(point.lat, point.lon):
        return point.lat, point.lon
    lat, lon = _wgs_to_gcj(point.lat, point.lon)
    return _gcj_to_bd(lat, lon) if datum is Datum.BD09 else (lat, lon)


def distance_m(a: Point, b: Point) -> float:
    """Metres along the great circle (haversine, mean radius): within 0.6 % of the ellipsoid's."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def walking_minutes(distance_m: float) -> int:
    """Whole minutes on foot, rounded up, for a straight distance: 80 m a minute, streets 1.3 times as long.

    In a square grid of streets a way is, over all directions, 4/pi = 1.27 times as long as the straight line.

    Errors: ValueError for a negative distance.
    """
    if distance_m < 0:
        raise ValueError(f"a distance is not negative: {distance_m}")
    return ceil(distance_m * _DETOUR_TENTHS / (10 * _WALKING_M_PER_MIN))


def cell(point: Point, resolution: int = CELL_RESOLUTION) -> int:
    """The H3 cell (a positive 63-bit integer) that holds the point."""
    return int(h3.latlng_to_cell(point.lat, point.lon, resolution))


def disk(cell: int, k: int) -> list[int]:
    """The cells at most k steps from this one, itself included, in no order."""
    return list(h3.grid_disk(cell, k))


def rings(cell: int) -> Iterator[list[int]]:
    """The cells 0 steps away, then 1, then 2, and so on: stop when you have enough.

    Exact up to half of the globe; beyond, H3 4.5 repeats cells.
    """
    k = 0
    while ring := list(h3.grid_ring(cell, k)):
        yield ring
        k += 1


def ring_clear_distance_m(resolution: int, k: int) -> float:
    """No point beyond ring k is nearer than this to any point of the cell at the centre: a safe lower bound.

    A nearest search that has seen rings 0 to k may stop when its last wanted hit is at most this far. It
    holds everywhere, pentagons too: 1 % below the truth at its tightest, 37 % in the middle of a face.

    Why: on the plane, with cell side s, centres k+1 steps apart are at least 1.5 s (k+1) apart, and no point
    of a cell is farther than s from its centre: (1.5 k − 0.5) s remain. On the sphere no length shrinks by
    more than `_H3_LEAST_SCALE`.
    """
    side_m = _H3_SPACING / sqrt(3) / sqrt(7) ** resolution * _H3_LEAST_SCALE * EARTH_RADIUS_M
    return max(0.0, (1.5 * k - 0.5) * side_m)


def _check_degrees(lat: float, lon: float) -> None:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise OUT_OF_RANGE()


def _in_china_box(lat: float, lon: float) -> bool:
    return 0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347


def _undo(
    shift: Callable[[float, float], tuple[float, float]], lat: float, lon: float
) -> tuple[float, float]:
    """The place that `shift` moves to (lat, lon), by fixed-point steps: it varies slowly, so they converge."""
    guess_lat, guess_lon = lat, lon
    for _ in range(20):
        shifted_lat, shifted_lon = shift(guess_lat, guess_lon)
        off_lat, off_lon = lat - shifted_lat, lon - shifted_lon
        guess_lat, guess_lon = guess_lat + off_lat, guess_lon + off_lon
        if max(fabs(off_lat), fabs(off_lon)) < 1e-11:
            break
    return guess_lat, guess_lon


def _wgs_to_gcj(lat: float, lon: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    shared = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) + shared
    north_m += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north_m += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) + shared
    east_m += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east_m += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    magic = 1 - _ECCENTRICITY_SQUARED * sin(radians(lat)) ** 2
    meridian_radius_m = _AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (magic * sqrt(magic))
    parallel_radius_m = _AXIS_M / sqrt(magic) * cos(radians(lat))
    return lat + north_m * 180 / (meridian_radius_m * pi), lon + east_m * 180 / (parallel_radius_m * pi)


def _gcj_to_bd(lat: float, lon: float) -> tuple[float, float]:
    radius = hypot(lon, lat) + 0.00002 * sin(lat * _BD_PI)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD_PI)
    return radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065
