"""Ids and keys of the demo's town: the same plan and secret give the same ones, so that a seeding can go on."""

import hmac
from dataclasses import dataclass
from typing import Any

from highstreet.kernel.ids import stable_id
from highstreet.rooms.identity import TokenKind, make_token
from highstreet_simulator.town.plan import TownPlan
from highstreet_simulator.town.records import Code, Place

DEMO_PASSWORD = "town-demo"  # noqa: S105  of the demo's invented staff; it opens nothing else
DEMO_PIN = "2468"  # of its head offices' people: what a register asks a manager for is no dead end


def demo_id(prefix: str, *keys: str) -> str:
    """The id of what the plan names by these keys."""
    return stable_id(prefix, "demo", *keys)


def brand_id(brand_key: str) -> str:
    """A brand's id."""
    return demo_id("brd", brand_key)


def party_id(brand_key: str, party_key: str) -> str:
    """A party's id; a dealer of two brands is a party of each."""
    return demo_id("pty", brand_key, party_key)


def login_of(brand_key: str, login: str) -> str:
    """A login; a dealer's manager has one for each brand."""
    return f"{login}@{brand_key}"


def register_token(secret: bytes, register_key: str) -> str:
    """A register's key."""
    return make_token(
        TokenKind.REGISTER_KEY, hmac.digest(secret, f"register {register_key}".encode(), "sha256")
    )


def tour_place(plan: TownPlan) -> Place:
    """Where the tour takes place: the first brand's first place."""
    return next(place for place in plan.places if place.brand_key == plan.brands[0].key)


def _tour_gtin(plan: TownPlan, place: Place) -> str:
    """What lies there and brings the brand's coupon, the cheapest that does; the dearest where none does."""
    prices = {v.gtin: v.list_price_minor for product in plan.products for v in product.variants}
    lie_there = [line.gtin for line in plan.stock if line.place_key == place.key and line.quantity > 3]
    spends = [offer.spend_minor for offer in plan.offers if offer.brand_key == place.brand_key]
    # Members pay up to a fifth less.
    wanted = max(spends, default=0) * 5 // 4
    return min(lie_there, key=lambda gtin: (prices[gtin] < wanted, abs(prices[gtin] - wanted)))


def slugs_of(plan: TownPlan) -> dict[str, str]:
    """What is printed on each code: the brand, what it hangs on, a running number."""
    slugs, counts = {}, dict[tuple[str, str], int]()
    for code in plan.codes:
        kind = {"poster": "p", "place": "d", "assistant": "a"}[code.kind]
        number = counts[code.brand_key, kind] = counts.get((code.brand_key, kind), 0) + 1
        slugs[code.key] = f"{code.brand_key[:10]}-{kind}{number}"
    return slugs


@dataclass(frozen=True, slots=True)
class Keys:
    """What the shoppers' walk and a person at the terminal need to know of a seeded town."""

    plan: TownPlan
    secret: bytes

    def document(self) -> dict[str, Any]:
        """As it is written into keys.json."""
        plan = self.plan
        slugs = slugs_of(plan)
        return {
            "seed": plan.seed,
            "digest": plan.digest(),
            "currency": plan.currency,
            "brands": [
                {"brand_id": brand_id(b.key), "key": b.key, "name": b.name.en, "category": b.category_key}
                for b in plan.brands
            ],
            "places": [
                {
                    "place_id": demo_id("plc", p.key),
                    "key": p.key,
                    "brand_id": brand_id(p.brand_key),
                    "name": p.name.en,
                    "lat": p.lat,
                    "lon": p.lon,
                    "registers": [
                        {"register_id": demo_id("reg", r.key), "token": register_token(self.secret, r.key)}
                        for r in p.registers
                    ],
                }
                for p in plan.places
            ],
            "codes": [self._code(code, slugs[code.key]) for code in plan.codes],
            "try": self._to_try(),
        }

    def _to_try(self) -> dict[str, str]:
        """Who a person at the terminal can be: the first brand's people, and one of its registers."""
        plan, brand = self.plan, self.plan.brands[0]
        place = tour_place(plan)
        kinds = {party.key: party for party in plan.parties}
        # Whoever has a share in what the tour's place sells; somebody else of the role where nobody has.
        near = (place.operator_key, place.landlord_key)
        nearest_first = sorted(plan.staff, key=lambda person: person.party_key not in near)
        logins = {
            person.role: login_of(brand.key, person.login)
            for person in reversed(nearest_first)
            if brand.key in kinds[person.party_key].brand_keys
        }
        return {
            "office_brand": brand.name.en,
            "office_login": logins["office_manager"],
            "office_pin": DEMO_PIN,
            "dealer_login": logins["dealer_manager"],
            "landlord_login": logins["landlord_manager"],
            "register_place": place.name.en,
            "register_token": register_token(self.secret, place.registers[0].key),
            "gtin": _tour_gtin(plan, place),
        }

    @staticmethod
    def _code(code: Code, slug: str) -> dict[str, Any]:
        return {
            "slug": slug,
            "kind": code.kind,
            "brand_id": brand_id(code.brand_key),
            "place_id": demo_id("plc", code.place_key) if code.place_key else None,
            "lat": code.lat,
            "lon": code.lon,
        }
