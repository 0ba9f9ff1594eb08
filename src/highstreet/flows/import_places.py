"""Places of business from a file: who operates them (parties) and where they stand (places)."""

from typing import NamedTuple

from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.kernel.geo import Datum
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.parties import PlaceOfBusiness, PlaceRow, PutPlaces, put_places
from highstreet.rooms.places import PutSites, Site, SiteRow, put_sites, sites_for
from highstreet.rooms.stock import MoveCell, move_cell


class PlaceImport(NamedTuple):
    """One place. `lat` and `lon` are in `datum`, `point` in WGS-84; None when the file has no position."""

    external_ref: str
    name_en: str
    name_zh: str
    operator_party_id: str
    landlord_party_id: str | None
    lat: float | None
    lon: float | None
    datum: str
    point: tuple[float, float] | None
    time_zone: str
    country: str
    opening_hours: str | None
    address: str | None
    is_active: bool


class KnownPlaces(NamedTuple):
    """A group of one place, and the same place as it stood when the file was read."""

    row: PlaceImport
    known: PlaceOfBusiness | None


def import_places(tx: Tx, batch: ImportBatch[KnownPlaces]) -> ImportState:
    """Write places and sites that differ from what is there. Errors: as `put_places` and `put_sites`."""
    brand_id = batch.brand_id
    changed = {
        row.external_ref for row, known in batch.groups if known is None or not _is_same_place(row, known)
    }
    rows = [_place_row(brand_id, row, known) for row, known in batch.groups if row.external_ref in changed]
    put = put_places(tx, PutPlaces(brand_id, rows, batch.at))
    ids = {row.external_ref: done.id for row, done in zip(rows, put, strict=True)}
    ids |= {
        row.external_ref: known.id for row, known in batch.groups if known and row.external_ref not in ids
    }
    sites = sites_for(tx, {(brand_id, place_id) for place_id in ids.values()})
    wanted = []
    for row, _ in batch.groups:
        site = _site_row(ids[row.external_ref], row)
        if site is not None and not _is_same_site(row, site, sites.get((brand_id, site.place_id))):
            wanted.append(site)
            changed.add(row.external_ref)
    moved = put_sites(tx, PutSites(brand_id, batch.at, wanted))
    # A place that is new has no stock that could follow it; moving it anyway would take most of the time.
    new = {done.id for done in put if done.is_new}
    move_cell(tx, [MoveCell(brand_id, one.place_id, one.cell) for one in moved if one.place_id not in new])
    return count_batch(tx, batch, len(changed), len(batch.groups) - len(changed))


def _place_row(brand_id: str, row: PlaceImport, known: PlaceOfBusiness | None) -> PlaceRow:
    return PlaceRow(
        id=known.id if known else stable_id("plc", brand_id, row.external_ref),
        operator_party_id=row.operator_party_id,
        landlord_party_id=row.landlord_party_id,
        name_en=row.name_en,
        name_zh=row.name_zh,
        external_ref=row.external_ref,
        is_active=row.is_active,
    )


def _site_row(place_id: str, row: PlaceImport) -> SiteRow | None:
    if row.lat is None or row.lon is None:
        return None
    return SiteRow(
        place_id=place_id,
        lat=row.lat,
        lon=row.lon,
        datum=Datum(row.datum),
        time_zone=row.time_zone,
        country=row.country,
        opening_hours=row.opening_hours,
        address=row.address,
    )


def _is_same_place(row: PlaceImport, known: PlaceOfBusiness) -> bool:
    return (
        row.operator_party_id == known.operator_party_id
        and row.landlord_party_id == known.landlord_party_id
        and row.name_en == known.name_en
        and row.name_zh == known.name_zh
        and row.is_active == known.is_active
    )


def _is_same_site(given: PlaceImport, row: SiteRow, known: Site | None) -> bool:
    return (
        known is not None
        and given.point is not None
        and (known.point.lat, known.point.lon) == tuple(given.point)
        and known.time_zone == row.time_zone
        and known.country == row.country
        and known.opening_hours == row.opening_hours
        and known.address == row.address
    )
