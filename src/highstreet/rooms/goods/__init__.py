"""The door of the room `goods`."""

from highstreet.rooms.goods.model import (
    BasketLine,
    PriceRule,
    check_proof,
    parse_gtin,
    price_basket,
    return_value,
)

__all__ = ["BasketLine", "PriceRule", "check_proof", "parse_gtin", "price_basket", "return_value"]
