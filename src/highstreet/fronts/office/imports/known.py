"""What the brand already has, found by the names that files use."""

from collections.abc import Collection, Iterable

from highstreet.flows.import_errors import GOODS_UNKNOWN, PARTY_UNKNOWN, PLACE_UNKNOWN
from highstreet.flows.import_sales import GoodsWords
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import PricedVariant, parse_gtin, prices_for, variants_by_sku
from highstreet.rooms.parties import Brand, PartyKind, PlaceOfBusiness, parties_of_brand, places_of_brand

_CACHED = 200_000


class KnownParties:
    """Parties by id or by name in either language; "brand" is the brand's own."""

    def __init__(self, reader: Reader, brand: Brand) -> None:
        self._ids: dict[str, str | None] = {}
        for party in parties_of_brand(reader, brand.id):
            self._ids[party.id] = party.id
            for name in {party.name_en.casefold(), party.name_zh.casefold()}:
                # Two of one name: neither is meant.
                self._ids[name] = None if name in self._ids else party.id
            if party.kind is PartyKind.BRAND:
                self._ids["brand"] = party.id

    def find(self, fields: Fields, name: str) -> str | None:
        """The id, or None when the field is empty. Errors: Refusal import.party_unknown."""
        text = fields.text(name, 160)
        if text is None:
            return None
        party_id = self._ids.get(text) or self._ids.get(text.casefold())
        if party_id is None:
            raise PARTY_UNKNOWN(field=name)
        return party_id


class KnownPlaces:
    """Places by external_ref or id."""

    def __init__(self, reader: Reader, brand: Brand) -> None:
        self.by_ref: dict[str, PlaceOfBusiness] = {}
        for place in places_of_brand(reader, brand.id):
            self.by_ref.setdefault(place.id, place)
            if place.external_ref is not None:
                self.by_ref[place.external_ref] = place

    def find(self, fields: Fields, name: str) -> PlaceOfBusiness:
        """Errors: Refusal import.value_missing, import.place_unknown."""
        place = self.by_ref.get(fields.need_text(name, 80))
        if place is None:
            raise PLACE_UNKNOWN(field=name)
        return place


class KnownGoods:
    """Variants by SKU or GTIN, read as they are asked for and kept while there is room."""

    def __init__(self, brand: Brand) -> None:
        self._brand_id = brand.id
        self._by_sku: dict[str, GoodsWords | None] = {}
        self._sku_by_gtin: dict[str, str | None] = {}

    def look_up(self, reader: Reader, given: Iterable[Fields]) -> None:
        """Read the variants that these records name."""
        skus: set[str | None] = set()
        gtins: set[str | None] = set()
        for fields in given:
            sku, gtin = fields.values.get("sku"), fields.values.get("gtin")
            if sku is not None and sku != "":
                skus.add(_sku(fields))
            elif gtin is not None and gtin != "":
                gtins.add(_gtin(fields))
        self.look_up_skus(reader, {sku for sku in skus if sku is not None})
        missing = {gtin for gtin in gtins if gtin is not None and gtin not in self._sku_by_gtin}
        found = prices_for(reader, {(self._brand_id, gtin) for gtin in missing})
        for gtin in missing:
            one = found.get((self._brand_id, gtin))
            self._sku_by_gtin[gtin] = one.sku if one else None
            if one:
                self._by_sku[one.sku] = _words(one)

    def look_up_skus(self, reader: Reader, skus: Collection[str]) -> None:
        """Read the variants of these SKUs."""
        missing = {sku for sku in skus if sku not in self._by_sku}
        if not missing:
            return
        if len(self._by_sku) > _CACHED:
            self._by_sku.clear()
            self._sku_by_gtin.clear()
            missing = set(skus)
        found = variants_by_sku(reader, {(self._brand_id, sku) for sku in missing})
        for sku in missing:
            one = found.get((self._brand_id, sku))
            self._by_sku[sku] = _words(one) if one else None

    def of_sku(self, sku: str) -> GoodsWords:
        """One that was looked up before. Errors: Refusal import.goods_unknown."""
        words = self._by_sku.get(sku)
        if words is None:
            raise GOODS_UNKNOWN(field="sku")
        return words

    def find(self, fields: Fields) -> tuple[str, GoodsWords]:
        """The SKU and its words. Errors: Refusal import.goods_unknown, import.value_missing."""
        if fields.values.get("sku") in (None, "") and fields.values.get("gtin") not in (None, ""):
            sku = self._sku_by_gtin.get(parse_gtin(fields.need_text("gtin", 500)))
            if sku is None:
                raise GOODS_UNKNOWN(field="gtin")
        else:
            sku = fields.need_text("sku", 80)
        return sku, self.of_sku(sku)


def _words(one: PricedVariant) -> GoodsWords:
    return GoodsWords(one.variant_id, one.gtin, one.name_en[:200], one.name_zh[:200])


def _sku(fields: Fields) -> str | None:
    try:
        return fields.text("sku", 80)
    except Refusal:  # said again, and reported, when the record is checked
        return None


def _gtin(fields: Fields) -> str | None:
    try:
        return parse_gtin(fields.need_text("gtin", 500))
    except Refusal:
        return None
