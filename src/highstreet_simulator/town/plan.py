"""The town plan: invented brands, companies, goods and people, living at the real places of the map.

    python -m highstreet_simulator.town.plan [seed]

Pure: the same seed gives the same plan, on every machine.
"""

import hashlib
import sys
from collections import Counter
from dataclasses import dataclass, fields

from highstreet_simulator.town.deals import make_contracts, make_offers, make_stock
from highstreet_simulator.town.goods import CURRENCY, make_brands, make_price_lists, make_products
from highstreet_simulator.town.pack import load_pack
from highstreet_simulator.town.people import make_codes, make_shoppers, make_staff
from highstreet_simulator.town.places import TZ, make_parties, make_places, with_tenants
from highstreet_simulator.town.records import (
    Brand,
    Code,
    Contract,
    Offer,
    Party,
    Place,
    PriceList,
    Product,
    Shopper,
    Staff,
    StockLine,
)


@dataclass(frozen=True, slots=True)
class TownPlan:
    seed: int
    currency: str
    tz: str
    brands: tuple[Brand, ...]
    parties: tuple[Party, ...]
    places: tuple[Place, ...]
    products: tuple[Product, ...]
    price_lists: tuple[PriceList, ...]
    contracts: tuple[Contract, ...]
    stock: tuple[StockLine, ...]
    offers: tuple[Offer, ...]
    staff: tuple[Staff, ...]
    codes: tuple[Code, ...]
    shoppers: tuple[Shopper, ...]

    def digest(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()


def make_plan(seed: int = 7) -> TownPlan:
    pack = load_pack()
    brands = make_brands()
    parties = make_parties(seed)
    places = make_places(pack, seed, parties)
    parties = with_tenants(parties, places)
    products = make_products(seed)
    price_lists = make_price_lists(seed, products)
    contracts = make_contracts(seed, places)
    staff = make_staff(seed, parties, places)
    with_members = frozenset(prices.brand_key for prices in price_lists if prices.kind == "member")
    return TownPlan(
        seed=seed,
        currency=CURRENCY,
        tz=TZ,
        brands=brands,
        parties=parties,
        places=places,
        products=products,
        price_lists=price_lists,
        contracts=contracts,
        stock=make_stock(seed, brands, places, products, contracts),
        offers=make_offers(seed, brands, parties, places, products, with_members),
        staff=staff,
        codes=make_codes(seed, pack, brands, places, staff),
        shoppers=make_shoppers(seed, pack, brands),
    )


def summary(plan: TownPlan) -> str:
    heads = ("places", "own", "malls", "dealers", "goods", "variants", "pieces")
    lines = [f"{'brand':<28}{'category':<24}" + "".join(f"{head:>9}" for head in heads)]
    pieces: Counter[str] = Counter()
    brand_of = {place.key: place.brand_key for place in plan.places}
    for line in plan.stock:
        pieces[brand_of[line.place_key]] += line.quantity
    for brand in plan.brands:
        places = [place for place in plan.places if place.brand_key == brand.key]
        own = sum(place.operator_key == brand.party_key for place in places)
        malls = sum(place.landlord_key is not None for place in places)
        dealers = len({place.operator_key for place in places} - {brand.party_key})
        goods = [product for product in plan.products if product.brand_key == brand.key]
        variants = sum(len(product.variants) for product in goods)
        numbers = (len(places), own, malls, dealers, len(goods), variants, pieces[brand.key])
        lines.append(f"{brand.name.en:<28}{brand.category.en:<24}" + "".join(f"{n:>9}" for n in numbers))
    counts = [(field.name, getattr(plan, field.name)) for field in fields(plan)]
    lines.append(
        ", ".join(f"{len(rows)} {name.replace('_', ' ')}" for name, rows in counts if isinstance(rows, tuple))
    )
    lines.append(f"seed {plan.seed}, digest {plan.digest()[:16]}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(summary(make_plan(int(sys.argv[1]) if len(sys.argv) > 1 else 7)))
