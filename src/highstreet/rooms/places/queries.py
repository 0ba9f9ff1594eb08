"""Reads of sites."""

from collections.abc import Collection, Iterable
from itertools import takewhile
from typing import Any

from sqlalchemy import Text, select

from highstreet.kernel import geo
from highstreet.kernel.geo import Point
from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tx import Reader
from highstreet.rooms.places.model import NearSite, Site
from highstreet.rooms.places.tables import site

_COLUMNS = (
    site.c.brand_id,
    site.c.place_id,
    site.c.lat,
    site.c.lon,
    site.c.cell,
    site.c.time_zone,
    site.c.country,
    site.c.opening_hours,
    site.c.address,
)
_SITES = KeyedQuery(
    {"brand_id": Text, "place_id": Text},
    lambda wanted: (
        select(*_COLUMNS)
        .select_from(wanted.rows)
        .join(site, (site.c.brand_id == wanted.brand_id) & (site.c.place_id == wanted.place_id))
    ),
)


def sites_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Site]:
    """The sites of these (brand_id, place_id); those without a site are left out."""
    return {(one.brand_id, one.place_id): one for one in map(_site, _SITES.rows(reader, wanted))}


def zone_of(reader: Reader, brand_id: str, place_id: str) -> str:
    """The time zone of a place; UTC while it has no site."""
    key = (brand_id, place_id)
    site = sites_for(reader, {key}).get(key)
    return "UTC" if site is None else site.time_zone


def sites_near(reader: Reader, point: Point, radius_m: float, limit: int) -> list[NearSite]:
    """The nearest sites of all brands within the radius, nearest first."""
    cells = cells_within(point, radius_m)
    near = (
        NearSite(one, geo.distance_m(point, one.point))
        for one in map(_site, reader.rows(select(*_COLUMNS).where(site.c.cell.in_(cells))))
    )
    within = (one for one in near if one.distance_m <= radius_m)
    return sorted(within, key=lambda n: (n.distance_m, n.site.brand_id, n.site.place_id))[:limit]


def cells_of(reader: Reader, brand_id: str, place_ids: Collection[str]) -> dict[str, int]:
    """The cells of those places that have a site."""
    found: Iterable[Any] = reader.rows(
        select(site.c.place_id, site.c.cell).where(
            site.c.brand_id == brand_id, site.c.place_id.in_(place_ids)
        )
    )
    return dict(map(tuple, found))


def cells_within(point: Point, radius_m: float) -> list[int]:
    """Cells that hold every point within the radius, and some more."""
    near = takewhile(
        lambda ring: ring[0] == 0 or geo.ring_clear_distance_m(geo.CELL_RESOLUTION, ring[0] - 1) <= radius_m,
        enumerate(geo.rings(geo.cell(point))),
    )
    return [cell for _, ring in near for cell in ring]


def _site(row: Any) -> Site:
    brand_id, place_id, lat, lon, *rest = row
    return Site(brand_id, place_id, Point(lat, lon), *rest)
