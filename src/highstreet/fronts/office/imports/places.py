"""Places of business: CSV, GeoJSON or any JSON with a mapping."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from highstreet.flows import import_places as flow
from highstreet.flows.import_errors import CHOICE_UNKNOWN, VALUE_MISSING
from highstreet.fronts.office.imports.kind import Kind
from highstreet.fronts.office.imports.known import KnownParties, KnownPlaces
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.geo import Datum, to_wgs84
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Reader
from highstreet.rooms.places import hours_of

_FIELDS = "external_ref name_en name_zh lat lon datum time_zone country opening_hours address operator landlord is_active"


class Places(Kind):
    """Each row is one place, known by its external_ref."""

    names: ClassVar[Mapping[str, str]] = {
        **{name: name for name in _FIELDS.split()},
        "ref": "external_ref",
        "id": "external_ref",
        "store_id": "external_ref",
        "门店编号": "external_ref",
        "name": "name_en",
        "店名": "name_zh",
        "门店名称": "name_zh",
        "name:en": "name_en",
        "name:zh": "name_zh",
        "latitude": "lat",
        "纬度": "lat",
        "longitude": "lon",
        "lng": "lon",
        "经度": "lon",
        "坐标系": "datum",
        "营业时间": "opening_hours",
        "地址": "address",
        "operator_party": "operator",
        "经营方": "operator",
        "landlord_party": "landlord",
    }
    batch_rows = 40
    write_flow = staticmethod(flow.import_places)

    def prepare(self, reader: Reader) -> None:
        """Read the brand's parties and places."""
        self._parties = KnownParties(reader, self.setting.brand)
        self._places = KnownPlaces(reader, self.setting.brand)

    def key(self, fields: Fields) -> str:
        """The place's id, by its reference."""
        return stable_id("plc", self.brand_id, fields.need_text("external_ref", 80))

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """A place with what is known of its site."""
        name_en, name_zh = fields.text("name_en", 160), fields.text("name_zh", 160)
        if name_en is None and name_zh is None:
            raise VALUE_MISSING(field="name_en")
        lat, lon = fields.number("lat", -90, 90), fields.number("lon", -180, 180)
        if (lat is None) != (lon is None):
            raise VALUE_MISSING(field="lat" if lat is None else "lon")
        setting = self.setting
        zone = country = hours = point = None
        datum = fields.choice("datum", [one.value for one in Datum], setting.datum)
        if lat is not None and lon is not None:
            zone = fields.text("time_zone", 40) or setting.time_zone
            country = fields.text("country", 2) or setting.country
            if zone is None or country is None:
                raise VALUE_MISSING(field="country" if zone else "time_zone")
            _check_zone(zone)
            country = country.upper()
            hours = fields.text("opening_hours", 2_000)
            where = to_wgs84(lat, lon, Datum(datum))
            point = (where.lat, where.lon)
            hours_of(hours, zone, country, where)
        row = flow.PlaceImport(
            external_ref=fields.need_text("external_ref", 80),
            name_en=name_en or name_zh or "",
            name_zh=name_zh or name_en or "",
            operator_party_id=self._parties.find(fields, "operator") or setting.brand.party_id,
            landlord_party_id=self._parties.find(fields, "landlord"),
            lat=lat,
            lon=lon,
            datum=datum,
            point=point,
            time_zone=zone or "UTC",
            country=country or "",
            opening_hours=hours,
            address=fields.text("address", 300),
            is_active=fields.flag("is_active", True),
        )
        return row, None

    def group(self, rows: Sequence[tuple[Any, ...]]) -> flow.KnownPlaces:
        """The place, and what it was."""
        row = flow.PlaceImport._make(rows[0])
        return flow.KnownPlaces(row, self._places.by_ref.get(row.external_ref))


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CHOICE_UNKNOWN(field="time_zone", choices="Europe/Helsinki, Asia/Shanghai, …") from None
