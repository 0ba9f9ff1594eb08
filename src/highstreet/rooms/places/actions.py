"""Writes of sites."""

from typing import Any

from sqlalchemy import BigInteger, Float, Text, update
from sqlalchemy.exc import IntegrityError

from highstreet.kernel import geo
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.places.errors import PLACE_UNKNOWN, PUT_TWICE
from highstreet.rooms.places.events import SitesPut
from highstreet.rooms.places.model import MovedSite, PutSites, SiteRow, check_site
from highstreet.rooms.places.queries import cells_of
from highstreet.rooms.places.tables import site

_FACTS = {
    "lat": Float,
    "lon": Float,
    "given_lat": Float,
    "given_lon": Float,
    "datum": Text,
    "cell": BigInteger,
    "time_zone": Text,
    "country": Text,
    "opening_hours": Text,
    "address": Text,
}
UPDATE = Change(
    {"brand_id": Text, "place_id": Text, **_FACTS},
    lambda v: (
        update(site)
        .where(site.c.brand_id == v.brand_id, site.c.place_id == v.place_id)
        .values({name: getattr(v, name) for name in _FACTS})
    ),
)


def put_sites(tx: Tx, command: PutSites) -> list[MovedSite]:
    """Write sites, new or known; those that now stand in another cell come back, for their stock to follow.

    Errors: Refusal geo.out_of_range, places.hours_malformed, places.time_zone_unknown,
    places.country_malformed, places.put_twice (422), places.place_unknown (404).
    """
    rows = sorted(
        (_row(command.brand_id, given) for given in command.rows), key=lambda row: str(row["place_id"])
    )
    place_ids = {row["place_id"] for row in rows}
    if len(place_ids) != len(rows):
        raise PUT_TWICE()
    before = cells_of(tx, command.brand_id, place_ids)
    try:
        tx.insert_many(site, [row for row in rows if row["place_id"] not in before])
    except IntegrityError as error:
        raise PLACE_UNKNOWN() from error
    tx.change(UPDATE, [row for row in rows if row["place_id"] in before])
    moved = [
        MovedSite(command.brand_id, row["place_id"], before.get(row["place_id"], 0), row["cell"])
        for row in rows
        if before.get(row["place_id"], 0) != row["cell"]
    ]
    if rows:
        tx.announce(
            SitesPut(
                at=command.at,
                brand_id=command.brand_id,
                place_id=rows[0]["place_id"] if len(rows) == 1 else None,
                sites=len(rows),
                moved=len(moved),
            )
        )
    return moved


def _row(brand_id: str, given: SiteRow) -> dict[str, Any]:
    point = geo.to_wgs84(given.lat, given.lon, given.datum)
    check_site(given, point)
    return {
        "brand_id": brand_id,
        "place_id": given.place_id,
        "lat": point.lat,
        "lon": point.lon,
        "given_lat": given.lat,
        "given_lon": given.lon,
        "datum": given.datum.value,
        "cell": geo.cell(point),
        "time_zone": given.time_zone,
        "country": given.country,
        "opening_hours": given.opening_hours,
        "address": given.address,
    }
