"""Goods: our CSV, Google's product feed as TSV or XML, or anything with a mapping."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from highstreet.flows import import_goods as flow
from highstreet.flows.import_errors import MONEY_MALFORMED, REPEATED, VALUE_MISSING
from highstreet.fronts.office.imports.kind import Kind
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import parse_gtin

_FIELDS = "product_ref name_en name_zh category sku gtin price member_price"
# Google's own words for what makes variants differ.
_ATTRIBUTES = ("color", "size", "material", "pattern", "gender", "age_group")
_ATTRIBUTE = "attribute_"
SALE_PRICE_LEFT_OUT = "import.note_sale_price"


class Goods(Kind):
    """Each row is one variant; rows of one product_ref are one product, written whole."""

    names: ClassVar[Mapping[str, str]] = {
        **{name: name for name in _FIELDS.split()},
        **{name: f"{_ATTRIBUTE}{name}" for name in _ATTRIBUTES},
        "colour": "attribute_color",
        "id": "sku",
        "货号": "sku",
        "item_group_id": "product_ref",
        "款号": "product_ref",
        "title": "name_en",
        "name": "name_en",
        "product_name": "name_en",
        "品名": "name_zh",
        "ean": "gtin",
        "barcode": "gtin",
        "条码": "gtin",
        "product_type": "category",
        "google_product_category": "google_category",
        "分类": "category",
        "list_price": "price",
        "吊牌价": "price",
        "会员价": "member_price",
        "sale_price": "sale_price",
        "颜色": "attribute_color",
        "尺码": "attribute_size",
    }
    prefix = _ATTRIBUTE
    batch_rows = 80
    is_grouped = True
    write_flow = staticmethod(flow.import_goods)

    def prepare(self, reader: Reader) -> None:
        """Nothing: goods stand by themselves."""

    def key(self, fields: Fields) -> str:
        """The product's id."""
        return stable_id("prd", self.brand_id, self._product_ref(fields))

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """A variant with its prices."""
        name_en, name_zh = fields.text("name_en", 200), fields.text("name_zh", 200)
        if name_en is None and name_zh is None:
            raise VALUE_MISSING(field="name_en")
        category = fields.text("category", 750) or fields.text("google_category", 750) or "other"
        row = flow.GoodsImport(
            product_ref=self._product_ref(fields),
            name_en=name_en or name_zh or "",
            name_zh=name_zh or name_en or "",
            category=category[:120].rstrip(" >"),
            sku=fields.need_text("sku", 80),
            gtin=_gtin(fields),
            attributes=self._attributes(fields),
            list_minor=self._price(fields, "price"),
            member_minor=self._price(fields, "member_price") if fields.text("member_price", 40) else None,
            currency=self.setting.brand.currency,
        )
        return row, SALE_PRICE_LEFT_OUT if fields.text("sale_price", 200) else None

    def group(self, rows: Sequence[tuple[Any, ...]]) -> list[flow.GoodsImport]:
        """A product. Errors: Refusal import.repeated (row_no) for a second row of one SKU."""
        group = [flow.GoodsImport._make(row) for row in rows]
        seen: set[str] = set()
        for number, row in enumerate(group, 1):
            if row.sku in seen:
                raise REPEATED(field="sku", row_no=number)
            seen.add(row.sku)
        return group

    def _product_ref(self, fields: Fields) -> str:
        return fields.text("product_ref", 200) or fields.need_text("sku", 80)

    def _attributes(self, fields: Fields) -> dict[str, str]:
        names = [name for name in fields.values if name.startswith(_ATTRIBUTE)]
        found = {name.removeprefix(_ATTRIBUTE): fields.text(name, 120) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _price(self, fields: Fields, name: str) -> int:
        minor = fields.money(name, self.setting.brand.currency)
        if minor is None:
            raise VALUE_MISSING(field=name)
        if not 0 <= minor <= MAX_AMOUNT_MINOR:
            raise MONEY_MALFORMED(field=name, currency=self.setting.brand.currency)
        return minor


def _gtin(fields: Fields) -> str | None:
    text = fields.text("gtin", 500)
    if text is None:
        return None
    try:
        return parse_gtin(text)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.status, field="gtin", **refusal.facts) from None
