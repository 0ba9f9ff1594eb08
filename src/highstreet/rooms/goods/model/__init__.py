"""Pure rules of goods: GS1 numbers, the one price function, its proof, partial returns."""

from highstreet.rooms.goods.model.basket import (
    BY_HAND,
    CHARGED_OFFLINE,
    CHARGED_RULE,
    MAX_COUPON_RULES,
    MAX_LINES,
    MAX_QUANTITY,
    MEMBER_PRICE,
    NO_MEMBER_PRICE,
    NOT_BETTER,
    NOT_MEMBER,
    NOT_STACKABLE,
    PERCENT,
    SPEND_GET,
    THRESHOLD_NOT_MET,
    AppliedRule,
    BasketLine,
    DiscountPart,
    PricedBasket,
    PricedLine,
    PriceRule,
    RejectedRule,
)
from highstreet.rooms.goods.model.check_proof import check_proof
from highstreet.rooms.goods.model.goods_row import GoodsRow, PricedVariant, check_row, receipt_name
from highstreet.rooms.goods.model.lowest_price import lowest_unit_price
from highstreet.rooms.goods.model.parse_gtin import parse_gtin
from highstreet.rooms.goods.model.price_basket import as_charged, price_basket
from highstreet.rooms.goods.model.return_value import return_value

__all__ = [
    "BY_HAND",
    "CHARGED_OFFLINE",
    "CHARGED_RULE",
    "MAX_COUPON_RULES",
    "MAX_LINES",
    "MAX_QUANTITY",
    "MEMBER_PRICE",
    "NOT_BETTER",
    "NOT_MEMBER",
    "NOT_STACKABLE",
    "NO_MEMBER_PRICE",
    "PERCENT",
    "SPEND_GET",
    "THRESHOLD_NOT_MET",
    "AppliedRule",
    "BasketLine",
    "DiscountPart",
    "GoodsRow",
    "PriceRule",
    "PricedBasket",
    "PricedLine",
    "PricedVariant",
    "RejectedRule",
    "as_charged",
    "check_proof",
    "check_row",
    "lowest_unit_price",
    "parse_gtin",
    "price_basket",
    "receipt_name",
    "return_value",
]
