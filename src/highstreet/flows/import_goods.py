"""Products with their variants and prices from a file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from highstreet.flows.change_price import guard_prices
from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.goods import (
    GoodsRow,
    PricedVariant,
    PutGoods,
    SetPrice,
    put_goods,
    receipt_name,
    variants_for,
)


class GoodsImport(NamedTuple):
    """One variant. Rows of one `product_ref` make one product, which takes its names from the first of them."""

    product_ref: str
    name_en: str
    name_zh: str
    category: str
    sku: str
    gtin: str | None
    attributes: dict[str, Any]
    list_minor: int
    member_minor: int | None
    currency: str


def import_goods(tx: Tx, batch: ImportBatch[Sequence[GoodsImport]]) -> ImportState:
    """Write whole products; a price that contracts let nobody change yet stays as it is, and waits (P3).

    Errors: as `put_goods`; channel.parity_broken.

    A variant counts as unchanged when its names, number, attributes and prices are as they were.
    """
    brand_id = batch.brand_id
    rows = [_goods_row(group[0], row) for group in batch.groups for row in group]
    keys = [(brand_id, stable_id("var", brand_id, row.product_ref, row.sku)) for row in rows]
    before = variants_for(tx, keys)
    currency = batch.groups[0][0].currency
    changed = [
        (known, SetPrice(brand_id, known.variant_id, currency, row.list_minor, row.member_minor, batch.at))
        for row, key in zip(rows, keys, strict=True)
        if (known := before.get(key)) is not None
        and (known.list_minor, known.member_minor) != (row.list_minor, row.member_minor)
    ]
    waiting = guard_prices(tx, changed, "import")
    rows = [
        _at_old_price(row, before[key]) if key[1] in waiting else row
        for row, key in zip(rows, keys, strict=True)
    ]
    put_goods(tx, PutGoods(brand_id, rows, currency))
    unchanged = sum(_is_same(row, before.get(key)) for row, key in zip(rows, keys, strict=True))
    return count_batch(tx, batch, len(rows) - unchanged, unchanged, waiting=len(waiting))


def _at_old_price(row: GoodsRow, known: PricedVariant) -> GoodsRow:
    return replace(row, list_minor=known.list_minor, member_minor=known.member_minor)


def _goods_row(first: GoodsImport, row: GoodsImport) -> GoodsRow:
    return GoodsRow(
        product_ref=row.product_ref,
        product_name_en=first.name_en,
        product_name_zh=first.name_zh,
        category=first.category,
        sku=row.sku,
        gtin=row.gtin,
        attributes=row.attributes,
        list_minor=row.list_minor,
        member_minor=row.member_minor,
    )


def _is_same(row: GoodsRow, known: PricedVariant | None) -> bool:
    return (
        known is not None
        and known.name_en == receipt_name(row.product_name_en, row.attributes, "en")
        and known.name_zh == receipt_name(row.product_name_zh, row.attributes, "zh")
        and known.gtin == row.gtin
        and known.attributes == row.attributes
        and known.list_minor == row.list_minor
        and known.member_minor == row.member_minor
    )
