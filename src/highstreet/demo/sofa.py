"""The town's one big purchase: a sofa that is ordered for a deposit, at the first places of the brand for the home.

Beside the plan, not in it: nobody on the walk buys one. The town and its wallet count in euros, so the sofa of 128,000
yuan costs about as many euros as that is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from highstreet.demo.names import brand_id, demo_id, party_id
from highstreet.kernel import geo
from highstreet.kernel.tx import Tx
from highstreet.rooms.goods import GoodsRow, PutGoods, put_goods, variants_by_sku
from highstreet.rooms.sales import OrderRule
from highstreet.rooms.stock import CountRow, CountStock, count_stock, stock_at_place
from highstreet_simulator.town.goods import make_gtin
from highstreet_simulator.town.plan import TownPlan
from highstreet_simulator.town.records import Place

BRAND = "honkasade"
SKU = "honkasade-sofa-1"
GTIN = make_gtin(9, 90_000, 1)
PRICE_MINOR = 1_640_000
PIECES = 3
PLACES = 6
DEPOSIT_BP, LEAST_MINOR, HOLD_DAYS, DELIVERY_HOURS = 2_000, 500, 14, 48


@dataclass(frozen=True, slots=True)
class PutSofa:
    """The sofa, and the places where it stands."""

    places: tuple[Place, ...]
    at: datetime


def sofa_of(plan: TownPlan, now: datetime) -> Iterator[PutSofa]:
    """What is to be done, nothing in a town without the brand."""
    places = tuple(place for place in plan.places if place.brand_key == BRAND)
    if places:
        yield PutSofa(places[:PLACES], now)


def order_rule_for(brand_key: str) -> OrderRule:
    """How a brand of the town takes orders: for pickup with a deposit, or brought within two days."""
    return OrderRule(brand_id(brand_key), DEPOSIT_BP, LEAST_MINOR, HOLD_DAYS, DELIVERY_HOURS)


def put_sofa(tx: Tx, command: PutSofa) -> None:
    """Put it on the list and, where none was counted yet, on the floor; done again it changes nothing."""
    brand = brand_id(BRAND)
    row = GoodsRow(
        product_ref="honkasade-sofa",
        product_name_en="Kajo Corner Sofa",
        product_name_zh="卡约转角沙发",
        category="Furniture",
        sku=SKU,
        gtin=GTIN,
        attributes={"Colour": {"en": "fog grey", "zh": "雾灰"}},
        list_minor=PRICE_MINOR,
        member_minor=None,
    )
    put_goods(tx, PutGoods(brand, [row], "EUR"))
    variant = variants_by_sku(tx, {(brand, SKU)})[brand, SKU].variant_id
    for place in command.places:
        place_id = demo_id("plc", place.key)
        if any(item.variant_id == variant for item in stock_at_place(tx, brand, place_id)):
            continue
        cell = geo.cell(geo.Point(place.lat, place.lon))
        count = CountRow(variant, cell, place_id, party_id(BRAND, place.operator_key), PIECES)
        count_stock(tx, CountStock(brand, command.at, demo_id("imp", place_id, "sofa"), [count]))
