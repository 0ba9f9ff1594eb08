"""Writes of goods: whole lists in a few statements for every 500 rows, and single prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Text, cast, delete, or_, select, true, update

from highstreet.kernel.ids import stable_id
from highstreet.kernel.money import MAX_AMOUNT_MINOR, exponent
from highstreet.kernel.tables import Document
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.goods.errors import (
    AMOUNT_OUT_OF_RANGE,
    GTIN_TAKEN,
    ROW_REPEATED,
    SKU_TAKEN,
    VARIANT_NOT_FOUND,
)
from highstreet.rooms.goods.events import PriceChanged
from highstreet.rooms.goods.model import GoodsRow, check_row
from highstreet.rooms.goods.tables import price, price_list, product, variant

_AT_ONCE = 500

_SET_PRODUCT = Change(
    {"brand_id": Text, "id": Text, "name_en": Text, "name_zh": Text, "category": Text},
    lambda v: (
        update(product)
        .where(product.c.brand_id == v.brand_id, product.c.id == v.id)
        .values(name_en=v.name_en, name_zh=v.name_zh, category=v.category)
    ),
)

_SET_VARIANT = Change(
    {"brand_id": Text, "id": Text, "gtin": Text, "attributes": Text},
    lambda v: (
        update(variant)
        .where(variant.c.brand_id == v.brand_id, variant.c.id == v.id)
        .values(gtin=v.gtin, attributes=cast(v.attributes, Document), is_active=true())
    ),
)

_SET_PRICE = Change(
    {"brand_id": Text, "variant_id": Text, "price_list_id": Text, "amount_minor": BigInteger},
    lambda v: (
        update(price)
        .where(
            price.c.brand_id == v.brand_id,
            price.c.variant_id == v.variant_id,
            price.c.price_list_id == v.price_list_id,
        )
        .values(amount_minor=v.amount_minor)
    ),
)


@dataclass(frozen=True, slots=True)
class PutGoods:
    """Rows of a brand's list of goods, and the currency of their prices."""

    brand_id: str
    rows: Sequence[GoodsRow]
    currency: str


@dataclass(frozen=True, slots=True)
class GoodsPut:
    """How many products and variants were new, and each row's variant, in the order of the rows."""

    new_products: int
    new_variants: int
    variant_ids: tuple[str, ...]


def put_goods(tx: Tx, command: PutGoods) -> GoodsPut:
    """Bring products, variants and prices to what the rows say; what the rows do not name stays as it is.

    A product is known by `product_ref`, a variant by that and its SKU; the last row of a product names it.
    Errors: Refusal goods.row_malformed, row_repeated (row_no, field); goods.sku_taken, goods.gtin_taken when
    other goods of the brand have it (row_no, sku, gtin); money.currency_malformed.
    """
    exponent(command.currency)
    brand_id = command.brand_id
    gtins = [check_row(row, row_no) for row_no, row in enumerate(command.rows, 1)]
    _check_repeats(command.rows, gtins)
    product_ids = [stable_id("prd", brand_id, row.product_ref) for row in command.rows]
    variant_ids = [stable_id("var", brand_id, row.product_ref, row.sku) for row in command.rows]
    lists = _price_lists(tx, brand_id, command.currency) if command.rows else {}
    new_products = new_variants = 0
    for start in range(0, len(command.rows), _AT_ONCE):
        span = slice(start, start + _AT_ONCE)
        rows, ids = command.rows[span], variant_ids[span]
        _check_taken(tx, brand_id, start, rows, ids, gtins[span])
        new_products += _put_products(tx, brand_id, rows, product_ids[span])
        new_variants += _put_variants(tx, brand_id, rows, product_ids[span], ids, gtins[span])
        _put_prices(
            tx,
            brand_id,
            lists,
            [(v, row.list_minor, row.member_minor) for v, row in zip(ids, rows, strict=True)],
        )
    return GoodsPut(new_products, new_variants, tuple(variant_ids))


@dataclass(frozen=True, slots=True)
class SetPrice:
    """New unit prices of one variant; no `member_minor`: members pay the list price."""

    brand_id: str
    variant_id: str
    currency: str
    list_minor: int
    member_minor: int | None
    at: datetime


def check_price(command: SetPrice) -> None:
    """Errors: Refusal goods.amount_out_of_range, money.currency_malformed."""
    exponent(command.currency)
    for amount_minor in (command.list_minor, command.member_minor):
        if amount_minor is not None and not 0 <= amount_minor <= MAX_AMOUNT_MINOR:
            raise AMOUNT_OUT_OF_RANGE(limit_minor=MAX_AMOUNT_MINOR)


def set_price(tx: Tx, command: SetPrice) -> None:
    """Change a variant's prices and announce it.

    Errors: Refusal goods.variant_not_found, goods.amount_out_of_range, money.currency_malformed.
    """
    check_price(command)
    known = tx.value(
        select(variant.c.id).where(variant.c.brand_id == command.brand_id, variant.c.id == command.variant_id)
    )
    if known is None:
        raise VARIANT_NOT_FOUND()
    lists = _price_lists(tx, command.brand_id, command.currency)
    _put_prices(tx, command.brand_id, lists, [(command.variant_id, command.list_minor, command.member_minor)])
    tx.announce(
        PriceChanged(
            at=command.at,
            brand_id=command.brand_id,
            variant_id=command.variant_id,
            currency=command.currency,
            list_minor=command.list_minor,
            member_minor=command.member_minor,
        )
    )


def _check_repeats(rows: Sequence[GoodsRow], gtins: Sequence[str | None]) -> None:
    skus: set[str] = set()
    seen: set[str] = set()
    for row_no, (row, gtin) in enumerate(zip(rows, gtins, strict=True), 1):
        if row.sku in skus:
            raise ROW_REPEATED(row_no=row_no, field="sku")
        if gtin is not None and gtin in seen:
            raise ROW_REPEATED(row_no=row_no, field="gtin")
        skus.add(row.sku)
        if gtin is not None:
            seen.add(gtin)


def _check_taken(
    tx: Tx,
    brand_id: str,
    start: int,
    rows: Sequence[GoodsRow],
    ids: Sequence[str],
    gtins: Sequence[str | None],
) -> None:
    """Name the row whose SKU or GTIN is another variant's; the unique keys of the table guard it in any case."""
    statement = select(variant.c.id, variant.c.sku, variant.c.gtin).where(
        variant.c.brand_id == brand_id,
        or_(
            variant.c.sku.in_([row.sku for row in rows]),
            variant.c.gtin.in_([gtin for gtin in gtins if gtin is not None]),
        ),
    )
    known = tx.rows(statement)
    by_sku = {row.sku: row.id for row in known}
    by_gtin = {row.gtin: row.id for row in known if row.gtin is not None}
    for index, (row, variant_id, gtin) in enumerate(zip(rows, ids, gtins, strict=True)):
        row_no = start + index + 1
        if by_sku.get(row.sku, variant_id) != variant_id:
            raise SKU_TAKEN(row_no=row_no, sku=row.sku, gtin=gtin)
        if gtin is not None and by_gtin.get(gtin, variant_id) != variant_id:
            raise GTIN_TAKEN(row_no=row_no, sku=row.sku, gtin=gtin)


def _put_products(tx: Tx, brand_id: str, rows: Sequence[GoodsRow], product_ids: Sequence[str]) -> int:
    products = {
        product_id: {
            "brand_id": brand_id,
            "id": product_id,
            "name_en": row.product_name_en,
            "name_zh": row.product_name_zh,
            "category": row.category,
        }
        for product_id, row in zip(product_ids, rows, strict=True)
    }
    ordered = [products[key] for key in sorted(products)]
    new = tx.insert_many(product, ordered, ignore_existing=True)
    if new < len(ordered):
        tx.change(_SET_PRODUCT, ordered)
    return new


def _put_variants(
    tx: Tx,
    brand_id: str,
    rows: Sequence[GoodsRow],
    product_ids: Sequence[str],
    ids: Sequence[str],
    gtins: Sequence[str | None],
) -> int:
    ordered = sorted(
        (
            {
                "brand_id": brand_id,
                "id": variant_id,
                "product_id": product_id,
                "sku": row.sku,
                "gtin": gtin,
                "attributes": dict(row.attributes),
                "is_active": True,
            }
            for row, product_id, variant_id, gtin in zip(rows, product_ids, ids, gtins, strict=True)
        ),
        key=lambda one: str(one["id"]),
    )
    new = tx.insert_many(variant, ordered, ignore_existing=True)
    if new < len(ordered):
        changes = [{**one, "attributes": orjson.dumps(one["attributes"]).decode()} for one in ordered]
        # Fewer can only be changed when another writer took a SKU or GTIN since `_check_taken`.
        tx.change_all(_SET_VARIANT, changes, SKU_TAKEN(row_no=None, sku=None, gtin=None))
    return new


def _price_lists(tx: Tx, brand_id: str, currency: str) -> Mapping[str, str]:
    """The ids of the brand's price lists in this currency, by kind; made when they are missing."""
    statement = select(price_list.c.kind, price_list.c.id).where(
        price_list.c.brand_id == brand_id, price_list.c.currency == currency
    )
    lists = {row.kind: row.id for row in tx.rows(statement)}
    missing = [
        {
            "brand_id": brand_id,
            "id": stable_id("pls", brand_id, kind, currency),
            "kind": kind,
            "currency": currency,
        }
        for kind in ("list", "member")
        if kind not in lists
    ]
    tx.insert_many(price_list, missing, ignore_existing=True)
    return {**{one["kind"]: one["id"] for one in missing}, **lists}


def _put_prices(
    tx: Tx, brand_id: str, lists: Mapping[str, str], prices: Sequence[tuple[str, int, int | None]]
) -> None:
    """Set (variant_id, list_minor, member_minor); a member price that is None is taken away."""
    rows: list[dict[str, Any]] = []
    without = []
    for variant_id, list_minor, member_minor in sorted(prices, key=lambda one: one[0]):
        one = {"brand_id": brand_id, "variant_id": variant_id}
        rows.append({**one, "price_list_id": lists["list"], "amount_minor": list_minor})
        if member_minor is None:
            without.append(variant_id)
        else:
            rows.append({**one, "price_list_id": lists["member"], "amount_minor": member_minor})
    if tx.insert_many(price, rows, ignore_existing=True) < len(rows):
        tx.change(_SET_PRICE, rows)
    if without:
        tx.run(
            delete(price).where(
                price.c.brand_id == brand_id,
                price.c.price_list_id == lists["member"],
                price.c.variant_id.in_(without),
            )
        )
