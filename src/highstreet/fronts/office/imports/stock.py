"""Counted stock: place, SKU or GTIN, quantity, owner."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from highstreet.flows import import_stock as flow
from highstreet.fronts.office.imports.kind import Given, Kind
from highstreet.fronts.office.imports.known import KnownGoods, KnownParties, KnownPlaces
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.tx import Reader

_MOST_PIECES = 10_000_000


class Stock(Kind):
    """Each row is one owner's pieces of one variant at one place; without an owner, the place's operator's."""

    names: ClassVar[Mapping[str, str]] = {
        "place_ref": "place_ref",
        "place": "place_ref",
        "store_id": "place_ref",
        "门店编号": "place_ref",
        "sku": "sku",
        "货号": "sku",
        "gtin": "gtin",
        "ean": "gtin",
        "barcode": "gtin",
        "条码": "gtin",
        "quantity": "quantity",
        "on_hand": "quantity",
        "数量": "quantity",
        "owner": "owner",
        "owner_party": "owner",
        "货主": "owner",
    }
    write_flow = staticmethod(flow.import_stock)

    def prepare(self, reader: Reader) -> None:
        """Read parties and places."""
        self._parties = KnownParties(reader, self.setting.brand)
        self._places = KnownPlaces(reader, self.setting.brand)
        self._goods = KnownGoods(self.setting.brand)

    def look_up(self, reader: Reader, given: Sequence[Given]) -> None:
        """Read the variants of these rows."""
        self._goods.look_up(reader, (fields for _, fields in given))

    def key(self, fields: Fields) -> str:
        """Place, variant and owner: the same by SKU or by GTIN."""
        row = self._row(fields)
        return f"{row.variant_id} {row.place_id} {row.owner_party_id}"

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """Pieces on a shelf."""
        return self._row(fields), None

    def group(self, rows: Sequence[tuple[Any, ...]]) -> flow.StockImport:
        """One row."""
        return flow.StockImport._make(rows[0])

    def _row(self, fields: Fields) -> flow.StockImport:
        place = self._places.find(fields, "place_ref")
        _, words = self._goods.find(fields)
        return flow.StockImport(
            place_id=place.id,
            variant_id=words.variant_id,
            owner_party_id=self._parties.find(fields, "owner") or place.operator_party_id,
            quantity=fields.whole("quantity", 0, _MOST_PIECES),
        )
