"""The least that a piece of an article may cost anybody, whatever else is in the basket."""

from collections.abc import Sequence

from highstreet.rooms.goods.model.basket import MEMBER_PRICE, PERCENT, PriceRule
from highstreet.rooms.goods.model.price_basket import application_order


def lowest_unit_price(list_minor: int, member_minor: int | None, rules: Sequence[PriceRule]) -> int:
    """A bound that `price_basket` never goes below for these rules together, nor for fewer of them.

    A threshold is met at best exactly, by other goods in the basket: of that total a discount takes its part of
    each piece. Rounded as for a piece alone: among other goods rounding may take a minor unit more for each rule.
    """
    price = list_minor
    if member_minor is not None and any(rule.kind == MEMBER_PRICE for rule in rules):
        price = min(price, member_minor)
    coupons = [rule for rule in rules if rule.kind != MEMBER_PRICE]
    for rule in sorted(coupons, key=application_order):
        price -= min(_most_off(rule, price), price)
    return price


def _most_off(rule: PriceRule, price: int) -> int:
    if rule.kind == PERCENT:
        off = (price * rule.percent_bp + 5_000) // 10_000
        return off if rule.max_off_minor is None else min(off, rule.max_off_minor)
    whole = max(rule.spend_minor, price, 1)
    return -(-rule.off_minor * price // whole)
