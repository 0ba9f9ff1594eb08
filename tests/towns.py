"""A corner of the demo's town: few brands with few places, for tests that cannot wait for all of it."""

from dataclasses import replace

from highstreet_simulator.town.plan import TownPlan, make_plan


def small_plan(brand_keys: tuple[str, ...] = ("pullavuo",), places_each: int = 4) -> TownPlan:
    """The plan of seed 7 with only these brands, and the first places of each."""
    plan = make_plan(7)
    places = tuple(
        place
        for key in brand_keys
        for place in [place for place in plan.places if place.brand_key == key][:places_each]
    )
    kept = {place.key for place in places}
    parties = tuple(
        replace(party, brand_keys=brands)
        for party in plan.parties
        if (brands := tuple(key for key in party.brand_keys if key in brand_keys))
    )
    return replace(
        plan,
        brands=tuple(brand for brand in plan.brands if brand.key in brand_keys),
        parties=parties,
        places=places,
        products=tuple(product for product in plan.products if product.brand_key in brand_keys),
        price_lists=tuple(prices for prices in plan.price_lists if prices.brand_key in brand_keys),
        contracts=tuple(
            replace(contract, place_keys=tuple(key for key in contract.place_keys if key in kept))
            for contract in plan.contracts
            if contract.brand_key in brand_keys
        ),
        stock=tuple(line for line in plan.stock if line.place_key in kept),
        offers=tuple(offer for offer in plan.offers if offer.brand_key in brand_keys),
        staff=tuple(
            person
            for person in plan.staff
            if (
                person.place_key in kept
                if person.place_key
                else any(p.key == person.party_key for p in parties)
            )
        ),
        codes=tuple(
            code
            for code in plan.codes
            if code.brand_key in brand_keys and (code.place_key is None or code.place_key in kept)
        ),
    )
