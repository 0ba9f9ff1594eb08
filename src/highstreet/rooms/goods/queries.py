"""Reads of goods with their prices. A variant without a list price cannot be sold and is not found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from highstreet.kernel.i18n import LOCALES, words_of
from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods.model import PricedVariant, receipt_name
from highstreet.rooms.goods.tables import price, price_list, product, variant

# SQLite takes 32,766 parameters in a statement.
_AT_ONCE = 10_000
_MAX_WORDS = 6
_MAX_FOUND = 200


def _priced() -> Select[Any]:
    """Variants with both prices, one row for each currency."""
    list_of, member_of = price_list.alias("list_of"), price_list.alias("member_of")
    listed, for_members = price.alias("listed"), price.alias("for_members")
    statement: Select[Any] = (
        select(
            variant.c.brand_id,
            variant.c.id,
            variant.c.product_id,
            variant.c.gtin,
            variant.c.sku,
            product.c.name_en,
            product.c.name_zh,
            variant.c.attributes,
            list_of.c.currency,
            listed.c.amount_minor.label("list_minor"),
            for_members.c.amount_minor.label("member_minor"),
            product.c.category,
        )
        .join_from(
            variant,
            product,
            and_(product.c.brand_id == variant.c.brand_id, product.c.id == variant.c.product_id),
        )
        .join(list_of, and_(list_of.c.brand_id == variant.c.brand_id, list_of.c.kind == "list"))
        .join(
            listed,
            and_(
                listed.c.brand_id == variant.c.brand_id,
                listed.c.variant_id == variant.c.id,
                listed.c.price_list_id == list_of.c.id,
            ),
        )
        .outerjoin(
            member_of,
            and_(
                member_of.c.brand_id == variant.c.brand_id,
                member_of.c.kind == "member",
                member_of.c.currency == list_of.c.currency,
            ),
        )
        .outerjoin(
            for_members,
            and_(
                for_members.c.brand_id == variant.c.brand_id,
                for_members.c.variant_id == variant.c.id,
                for_members.c.price_list_id == member_of.c.id,
            ),
        )
        .order_by(variant.c.brand_id, variant.c.id, list_of.c.currency)
    )
    return statement


_PRICED = _priced()
_BY_GTIN = KeyedQuery(
    {"brand_id": Text, "gtin": Text},
    lambda wanted: _PRICED.join(
        wanted.rows, and_(variant.c.brand_id == wanted.brand_id, variant.c.gtin == wanted.gtin)
    ).where(variant.c.is_active),
)


def prices_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], PricedVariant]:
    """Active variants by (brand_id, 14-digit GTIN); what is not found is not in the answer. One statement.

    Of several currencies, the first by its letters: a brand keeps its lists in one.
    """
    found: dict[tuple[str, str], PricedVariant] = {}
    for one in map(_variant, _BY_GTIN.rows(reader, wanted)):
        found.setdefault((one.brand_id, one.gtin or ""), one)
    return {pair: found[pair] for pair in wanted if pair in found}


def variants_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], PricedVariant]:
    """Variants by (brand_id, variant_id), active or not. One statement."""
    found: dict[tuple[str, str], PricedVariant] = {}
    for one in _priced_by(reader, variant.c.id, wanted):
        found.setdefault((one.brand_id, one.variant_id), one)
    return {pair: found[pair] for pair in wanted if pair in found}


def variants_by_sku(
    reader: Reader, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], PricedVariant]:
    """Variants by (brand_id, SKU), active or not."""
    brand_ids, skus = sorted({brand_id for brand_id, _ in wanted}), sorted({sku for _, sku in wanted})
    # Ids first: given a long list of SKUs, SQLite would rather walk through every price of the brand.
    ids: list[Any] = []
    for start in range(0, len(skus), _AT_ONCE):
        ids += reader.rows(
            select(variant.c.brand_id, variant.c.id).where(
                variant.c.brand_id.in_(brand_ids), variant.c.sku.in_(skus[start : start + _AT_ONCE])
            )
        )
    found = {
        (one.brand_id, one.sku): one for one in _priced_by(reader, variant.c.id, [tuple(i) for i in ids])
    }
    return {pair: found[pair] for pair in wanted if pair in found}


def priced_goods(reader: Reader, brand_id: str) -> list[PricedVariant]:
    """All active goods of a brand with their prices."""
    return [
        _variant(row)
        for row in reader.rows(_PRICED.where(variant.c.brand_id == brand_id, variant.c.is_active))
    ]


def variant_by_id(reader: Reader, brand_id: str, variant_id: str) -> PricedVariant | None:
    """One variant, active or not."""
    return variants_for(reader, [(brand_id, variant_id)]).get((brand_id, variant_id))


def find_variants(
    reader: Reader, brand_id: str | None, text: str, limit: int, offset: int = 0
) -> list[PricedVariant]:
    """Active variants, of one brand or of all, that have every word of `text` in a name, an attribute, the SKU or the GTIN.

    So they are found by the name that is shown, too, whatever its commas. By name, then SKU; `offset` of them
    are passed over.
    """
    has_price = exists().where(
        price.c.brand_id == variant.c.brand_id,
        price.c.variant_id == variant.c.id,
        price.c.price_list_id == price_list.c.id,
        price_list.c.brand_id == variant.c.brand_id,
        price_list.c.kind == "list",
    )
    statement = (
        select(variant.c.brand_id, variant.c.id)
        .join_from(
            variant,
            product,
            and_(product.c.brand_id == variant.c.brand_id, product.c.id == variant.c.product_id),
        )
        .where(variant.c.is_active, has_price)
        .where(*(_has_word(word) for word in words_of(text)[:_MAX_WORDS]))
        .order_by(product.c.name_en, variant.c.sku)
        .limit(max(1, min(limit, _MAX_FOUND)))
        .offset(offset)
    )
    if brand_id is not None:
        statement = statement.where(variant.c.brand_id == brand_id)
    order = [(row.brand_id, row.id) for row in reader.rows(statement)]
    return list(variants_for(reader, order).values())


def categories_for(reader: Reader, brand_id: str, product_ids: Collection[str]) -> dict[str, str]:
    """The category of each product of a brand."""
    if not product_ids:
        return {}
    query = select(product.c.id, product.c.category).where(
        product.c.brand_id == brand_id, product.c.id.in_(product_ids)
    )
    return {row.id: row.category for row in reader.rows(query)}


@dataclass(frozen=True, slots=True)
class ProductName:
    """What a product is called."""

    name_en: str
    name_zh: str


def product_names_for(reader: Reader, brand_id: str, product_ids: Collection[str]) -> dict[str, ProductName]:
    """The names of products of a brand; who is no product of it is left out."""
    if not product_ids:
        return {}
    p = product.c
    query = select(p.id, p.name_en, p.name_zh).where(p.brand_id == brand_id, p.id.in_(product_ids))
    return {row.id: ProductName(row.name_en, row.name_zh) for row in reader.rows(query)}


def _has_word(word: str) -> ColumnElement[bool]:
    # As text on both databases; what names its languages is no word of it.
    said: ColumnElement[str] = cast(variant.c.attributes, Text)
    for locale in LOCALES:
        said = func.replace(said, f'"{locale}":', "")
    columns = (product.c.name_en, product.c.name_zh, said, variant.c.sku, variant.c.gtin)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _priced_by(
    reader: Reader,
    column: ColumnElement[Any],
    wanted: Collection[tuple[str, str]],
) -> list[PricedVariant]:
    brand_ids = sorted({brand_id for brand_id, _ in wanted})
    keys = sorted({key for _, key in wanted})
    rows: list[Any] = []
    for start in range(0, len(keys), _AT_ONCE):
        statement = _PRICED.where(
            variant.c.brand_id.in_(brand_ids), column.in_(keys[start : start + _AT_ONCE])
        )
        rows.extend(reader.rows(statement))
    return [_variant(row) for row in rows]


def _variant(row: Sequence[Any]) -> PricedVariant:
    brand_id, variant_id, product_id, gtin, sku, name_en, name_zh, attributes, currency, *prices = row
    listed, member, category = prices
    return PricedVariant(
        brand_id,
        variant_id,
        product_id,
        gtin,
        sku,
        receipt_name(name_en, attributes, "en"),
        receipt_name(name_zh, attributes, "zh"),
        attributes,
        currency,
        listed,
        member,
        category,
    )


def goods_after(
    reader: Reader, brand_id: str, after: str, limit: int
) -> tuple[list[PricedVariant], str | None]:
    """Active goods with a barcode, by variant id, from the one after `after`; and the last id read, None at the end."""
    ids = (
        select(variant.c.id)
        .where(variant.c.brand_id == brand_id, variant.c.id > after)
        .where(variant.c.is_active, variant.c.gtin.is_not(None))
        .order_by(variant.c.id)
        .limit(limit + 1)
    )
    found = [str(row.id) for row in reader.rows(ids)]
    goods = list(variants_for(reader, [(brand_id, one) for one in found[:limit]]).values())
    return goods, found[limit - 1] if len(found) > limit else None
