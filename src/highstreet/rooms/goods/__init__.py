"""The door of the room `goods`."""

from highstreet.rooms.goods.actions import GoodsPut, PutGoods, SetPrice, put_goods, set_price
from highstreet.rooms.goods.errors import (
    GTIN_MALFORMED,
    GTIN_TAKEN,
    QUANTITY_OUT_OF_RANGE,
    RETURN_BEYOND_SOLD,
    SKU_TAKEN,
    TOO_MANY_RULES,
    VARIANT_NOT_FOUND,
)
from highstreet.rooms.goods.events import PriceChanged
from highstreet.rooms.goods.model import (
    AppliedRule,
    BasketLine,
    DiscountPart,
    GoodsRow,
    PricedBasket,
    PricedLine,
    PricedVariant,
    PriceRule,
    RejectedRule,
    check_proof,
    parse_gtin,
    price_basket,
    receipt_name,
    return_value,
)
from highstreet.rooms.goods.queries import find_variants, prices_for, variant_by_id, variants_for

__all__ = [
    "GTIN_MALFORMED",
    "GTIN_TAKEN",
    "QUANTITY_OUT_OF_RANGE",
    "RETURN_BEYOND_SOLD",
    "SKU_TAKEN",
    "TOO_MANY_RULES",
    "VARIANT_NOT_FOUND",
    "AppliedRule",
    "BasketLine",
    "DiscountPart",
    "GoodsPut",
    "GoodsRow",
    "PriceChanged",
    "PriceRule",
    "PricedBasket",
    "PricedLine",
    "PricedVariant",
    "PutGoods",
    "RejectedRule",
    "SetPrice",
    "check_proof",
    "find_variants",
    "parse_gtin",
    "price_basket",
    "prices_for",
    "put_goods",
    "receipt_name",
    "return_value",
    "set_price",
    "variant_by_id",
    "variants_for",
]
