"""Goods as they come in from a list, and a variant with its prices as it is sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.goods.errors import ROW_MALFORMED
from highstreet.rooms.goods.model.parse_gtin import parse_gtin

# An attribute's value: one text for everybody, or {"en": ..., "zh": ...}.
Attributes = Mapping[str, Any]

_TEXT_LIMITS = {
    "product_ref": 200,
    "product_name_en": 200,
    "product_name_zh": 200,
    "category": 120,
    "sku": 80,
}
_MAX_ATTRIBUTES = 20
_MAX_VALUE = 120


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One variant in a brand's list of goods. Rows with the same `product_ref` are one product."""

    product_ref: str
    product_name_en: str
    product_name_zh: str
    category: str
    sku: str
    gtin: str | None
    attributes: Attributes
    list_minor: int
    member_minor: int | None


@dataclass(frozen=True, slots=True)
class PricedVariant:
    """A variant with its unit prices; its names read as on a receipt: "Wrap Dress, navy, M"."""

    brand_id: str
    variant_id: str
    product_id: str
    gtin: str | None
    sku: str
    name_en: str
    name_zh: str
    attributes: Attributes
    currency: str
    list_minor: int
    member_minor: int | None
    category: str


RECEIPT_NAME_LIMIT = 200
"""Characters of a name that a sale's line keeps."""


def receipt_name(product_name: str, attributes: Attributes, locale: str) -> str:
    """The product's name with its attributes' values in this locale, by attribute name; at most 200 characters."""
    # PostgreSQL keeps JSON keys in an order of its own: the name must be the same on both databases.
    values = (
        str(value.get(locale, "")) if isinstance(value, Mapping) else str(value)
        for _, value in sorted(attributes.items())
    )
    name = (" " if locale == "zh" else ", ").join([product_name, *(value for value in values if value)])
    return name if len(name) <= RECEIPT_NAME_LIMIT else name[: RECEIPT_NAME_LIMIT - 1] + "…"


def check_row(row: GoodsRow, row_no: int) -> str | None:
    """The row's GTIN as 14 digits, or None. Errors: Refusal goods.row_malformed (row_no, field)."""
    for field, limit in _TEXT_LIMITS.items():
        value = getattr(row, field)
        if not isinstance(value, str) or not value.strip() or len(value) > limit:
            raise ROW_MALFORMED(row_no=row_no, field=field)
    for field in ("list_minor", "member_minor"):
        value = getattr(row, field)
        if value is None and field == "member_minor":
            continue
        if type(value) is not int or not 0 <= value <= MAX_AMOUNT_MINOR:
            raise ROW_MALFORMED(row_no=row_no, field=field)
    if len(row.attributes) > _MAX_ATTRIBUTES or not all(map(_is_value, row.attributes.values())):
        raise ROW_MALFORMED(row_no=row_no, field="attributes")
    if not row.gtin:
        return None
    try:
        return parse_gtin(row.gtin)
    except Refusal as refusal:
        raise ROW_MALFORMED(row_no=row_no, field="gtin") from refusal


def _is_value(value: Any) -> bool:
    if isinstance(value, Mapping):
        return value.keys() == {"en", "zh"} and all(_is_value(v) for v in value.values() if v != "")
    return isinstance(value, str) and len(value) <= _MAX_VALUE
