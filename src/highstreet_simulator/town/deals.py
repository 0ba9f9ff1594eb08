"""What parties have agreed on and what lies on the shelves: contracts, stock, offers."""

from collections import defaultdict
from statistics import median
from typing import Literal

from highstreet_simulator.town.goods import CURRENCY
from highstreet_simulator.town.records import (
    Brand,
    Contract,
    Offer,
    Party,
    Place,
    Product,
    Share,
    StockLine,
    Text,
)
from highstreet_simulator.town.words import dice, text, words

WHOLE_BP = 10_000
SELLER_BP = 1_500  # of the dealer's part, what it gets for selling; the rest is for owning the goods
CONSIGNED_SELLER_BP = 2_600
CARRIED = (0.5, 0.85)  # part of the range a place carries
ZERO_SHARE = 0.08
CONSIGNED_SHARE = 0.15
SHELF_DEPTH = {
    "jewelry": 3, "optician": 5, "home": 4, "electronics": 6, "clothes": 8, "shoes": 6, "outdoor": 6,
    "beauty": 12, "books": 8, "toys": 8, "flowers": 15, "grocery": 48, "coffee": 40,
}  # fmt: skip

Collector = Literal["dealer", "brand", "landlord"]


def commission_of(landlord_key: str | None, swing: int) -> int:
    if landlord_key is None:
        return 0
    usual: int = next(row[4] for row in words("parties")["landlords"] if row[0] == landlord_key)
    return usual + swing


def collector_of(place: Place, is_brand_collecting: bool) -> Collector:
    who: Collector = "brand" if is_brand_collecting else "dealer"
    if place.landlord_key:
        who = next(row[5] for row in words("parties")["landlords"] if row[0] == place.landlord_key)
    return "brand" if who == "dealer" and place.operator_key == place.brand_key else who


def shares_of(parts: list[Share]) -> tuple[Share, ...]:
    return tuple(part for part in parts if part.bp > 0)


def make_contract(key: str, places: list[Place], seed: int) -> Contract:
    first = places[0]
    brand, operator, landlord = first.brand_key, first.operator_key, first.landlord_key
    die = dice(seed, "contract", key)
    rent = commission_of(landlord, die.choice((-200, -100, 0, 100, 200)))
    assistant = die.choice((100, 150, 200, 300))
    tail = [Share("landlord_commission", landlord, rent), Share("assistant", None, assistant)]
    consigned: tuple[Share, ...] = ()
    if operator == brand:
        shares = shares_of([Share("stock_owner", brand, WHOLE_BP - rent - assistant), *tail])
    else:
        dealer = max(6_000, die.randrange(6_400, 7_900, 100) - rent // 200 * 100)
        fee = WHOLE_BP - dealer - rent - assistant
        owner = Share("stock_owner", operator, dealer - SELLER_BP)
        shares = shares_of(
            [Share("seller", operator, SELLER_BP), owner, Share("brand_fee", brand, fee), *tail]
        )
        if die.random() < 0.4:
            rest = Share("stock_owner", brand, WHOLE_BP - CONSIGNED_SELLER_BP - rent - assistant)
            consigned = shares_of([Share("seller", operator, CONSIGNED_SELLER_BP), rest, *tail])
    return Contract(
        key=key,
        brand_key=brand,
        operator_key=operator,
        landlord_key=landlord,
        collector=collector_of(first, die.random() < 0.3),
        shares=shares,
        consignment_shares=consigned,
        remainder_key=operator,
        starts_day=-die.randrange(30, 700),
        place_keys=tuple(place.key for place in places),
    )


def make_contracts(seed: int, places: tuple[Place, ...]) -> tuple[Contract, ...]:
    under: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.contract_key:
            under[place.contract_key].append(place)
    return tuple(make_contract(key, group, seed) for key, group in sorted(under.items()))


def make_stock(
    seed: int,
    brands: tuple[Brand, ...],
    places: tuple[Place, ...],
    products: tuple[Product, ...],
    contracts: tuple[Contract, ...],
) -> tuple[StockLine, ...]:
    depth = {brand.key: SHELF_DEPTH[brand.category_key] for brand in brands}
    consigning = {contract.key for contract in contracts if contract.consignment_shares}
    range_of: dict[str, list[Product]] = defaultdict(list)
    for product in products:
        range_of[product.brand_key].append(product)
    lines = []
    for place in places:
        die = dice(seed, "stock", place.key)
        own_range = range_of[place.brand_key]
        count = round(len(own_range) * die.uniform(*CARRIED))
        most = depth[place.brand_key]
        for at in sorted(die.sample(range(len(own_range)), count)):
            for variant in own_range[at].variants:
                quantity = 0 if die.random() < ZERO_SHARE else die.randint(1, most)
                lines.append(StockLine(place.key, variant.gtin, place.operator_key, quantity))
                if place.contract_key in consigning and die.random() < CONSIGNED_SHARE:
                    consigned = die.randint(1, max(2, most // 2))
                    lines.append(StockLine(place.key, variant.gtin, place.brand_key, consigned))
    return tuple(lines)


def round_to(value: float, step: int) -> int:
    return max(step, round(value / step) * step)


def spend_get(brand: Brand, middle_minor: float, seed: int) -> Offer:
    die = dice(seed, "spend_get", brand.key)
    spend = round_to(middle_minor * die.uniform(1.6, 2.4), 500 if middle_minor < 4_000 else 1_000)
    get = round_to(spend * die.uniform(0.1, 0.18), 100 if spend < 5_000 else 500)
    en, zh = words("offers")["titles"]["spend_get"]
    facts = {"spend": spend // 100, "get": get // 100}
    start = die.choice((0, 0, 3, 7))
    return Offer(
        key=f"{brand.key}-spend-get",
        brand_key=brand.key,
        kind="spend_get",
        title=Text(en.format(**facts), zh.format(**facts)),
        currency=CURRENCY,
        spend_minor=spend,
        get_minor=get,
        percent_bp=0,
        category=None,
        price_list_key=None,
        per_person=die.choice((1, 1, 2)),
        total=die.choice((300, 500, 1_000, 2_000)),
        funder_key=brand.party_key,
        starts_day=start,
        ends_day=start + die.choice((14, 30, 45)),
        place_keys=(),
    )


def percent_off(
    brand: Brand, products: list[Product], places: list[Place], dealers: list[str], seed: int
) -> Offer:
    """Paid by the brand and good everywhere, or paid by one dealer and good at its places only."""
    die = dice(seed, "percent", brand.key)
    category = die.choice(sorted({product.category for product in products}, key=lambda c: c.en))
    percent = die.choice((10, 15, 20, 25))
    funder = die.choice([brand.party_key, *dealers])
    en, zh = words("offers")["titles"]["percent"]
    start = die.choice((-7, 0, 5))
    return Offer(
        key=f"{brand.key}-percent",
        brand_key=brand.key,
        kind="percent",
        title=Text(
            en.format(percent=percent, category=category.en), zh.format(percent=percent, category=category.zh)
        ),
        currency=CURRENCY,
        spend_minor=0,
        get_minor=0,
        percent_bp=percent * 100,
        category=category,
        price_list_key=None,
        per_person=die.choice((1, 2, 3)),
        total=die.choice((200, 500, 1_500)),
        funder_key=funder,
        starts_day=start,
        ends_day=start + die.choice((10, 21, 28)),
        place_keys=()
        if funder == brand.party_key
        else tuple(p.key for p in places if p.operator_key == funder),
    )


def member_price(brand: Brand) -> Offer:
    title = text(words("offers")["titles"]["member_price"])
    return Offer(
        key=f"{brand.key}-member-price",
        brand_key=brand.key,
        kind="member_price",
        title=Text(title.en.format(brand=brand.name.en), title.zh.format(brand=brand.name.zh)),
        currency=CURRENCY,
        spend_minor=0,
        get_minor=0,
        percent_bp=0,
        category=None,
        price_list_key=f"{brand.key}-member",
        per_person=20,
        total=50_000,
        funder_key=brand.party_key,
        starts_day=-30,
        ends_day=335,
        place_keys=(),
    )


def make_offers(
    seed: int,
    brands: tuple[Brand, ...],
    parties: tuple[Party, ...],
    places: tuple[Place, ...],
    products: tuple[Product, ...],
    member_brands: frozenset[str],
) -> tuple[Offer, ...]:
    offers = []
    for brand in brands:
        own = [product for product in products if product.brand_key == brand.key]
        stores = [place for place in places if place.brand_key == brand.key]
        dealers = [party.key for party in parties if party.kind == "dealer" and brand.key in party.brand_keys]
        middle = median(variant.list_price_minor for product in own for variant in product.variants)
        offers += [spend_get(brand, middle, seed), percent_off(brand, own, stores, dealers, seed)]
        if brand.key in member_brands:
            offers.append(member_price(brand))
    return tuple(offers)
