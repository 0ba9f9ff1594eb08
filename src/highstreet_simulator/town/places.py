"""Which real shop becomes which invented brand's place, and who runs it in whose building."""

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from highstreet_simulator.town.pack import Line, Pack, Shop
from highstreet_simulator.town.records import Party, Place, Register, Text
from highstreet_simulator.town.words import brand_specs, dice, slug, street_zh, text, words

TZ = "Europe/Helsinki"
MISSPELT_STREETS = {"Kluuvinkatu": "Kluuvikatu"}
MOST_PER_BUILDING = 6  # a brand does not open a seventh counter in one mall
OWN_STORE_SHARE = 0.35
STREET_KINDS = frozenset(
    {"residential", "pedestrian", "primary", "secondary", "tertiary", "unclassified", "footway"}
)
ROMAN = ("", " II", " III", " IV", " V", " VI", " VII", " VIII", " IX")


def make_parties(seed: int) -> tuple[Party, ...]:
    known = words("parties")
    parties = [
        Party(key, "brand", Text(f"{spec['name'][0]} Oy", f"{spec['name'][1]}有限公司"), (key,))
        for _, key, spec in brand_specs()
    ]
    served: dict[str, list[str]] = defaultdict(list)
    for _, brand_key, _ in brand_specs():
        pool = [row[0] for row in known["dealers"] if known["groups"][brand_key] in row[3]]
        count = min(len(pool), dice(seed, "dealers", brand_key).choice((2, 3, 3, 4)))
        for dealer in dice(seed, "dealer pool", brand_key).sample(pool, count):
            served[dealer].append(brand_key)
    parties += [
        Party(key, "dealer", Text(en, zh), tuple(served[key]))
        for key, en, zh, _ in known["dealers"]
        if served[key]
    ]
    parties += [Party(row[0], "landlord", Text(row[1], row[2]), ()) for row in known["landlords"]]
    return tuple(parties)


def is_inside(lon: float, lat: float, ring: Line) -> bool:
    inside = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > lat) != (by > lat) and lon < (bx - ax) * (lat - ay) / (by - ay) + ax:
            inside = not inside
    return inside


class Surroundings:
    """Answers, for a point of the map: whose building, which street."""

    def __init__(self, pack: Pack) -> None:
        owners: dict[str, str] = {house: row[0] for row in words("parties")["landlords"] for house in row[3]}
        self.owners = owners | {house.removeprefix("Kauppakeskus "): key for house, key in owners.items()}
        self.malls = [(owners[b.names.name], b.rings[0]) for b in pack.buildings if b.names.name in owners]
        self.segments = [
            (street.names.name, start, end)
            for street in pack.streets
            if street.names and street.kind in STREET_KINDS
            for start, end in pairwise(street.line)
        ]

    def landlord(self, shop: Shop) -> str | None:
        if shop.house_name in self.owners:
            return self.owners[shop.house_name]
        return next((key for key, ring in self.malls if is_inside(shop.lon, shop.lat, ring)), None)

    def nearest_street(self, lon: float, lat: float) -> str:
        narrow = math.cos(math.radians(lat))

        def distance(segment: tuple[str, tuple[float, float], tuple[float, float]]) -> float:
            _, (ax, ay), (bx, by) = segment
            dx, dy, px, py = (bx - ax) * narrow, by - ay, (lon - ax) * narrow, lat - ay
            along = min(1.0, max(0.0, (px * dx + py * dy) / ((dx * dx + dy * dy) or 1.0)))
            return math.hypot(px - along * dx, py - along * dy)

        return min(self.segments, key=distance)[0]


@dataclass(frozen=True, slots=True)
class Site:
    """A real shop with the facts a place keeps."""

    shop: Shop
    street: str
    number: str
    is_estimated: bool
    landlord_key: str | None


def make_site(shop: Shop, around: Surroundings) -> Site:
    tagged = shop.street.split(",")[-1].strip()
    found = re.fullmatch(r"(.*\D) (\d+\w?)", tagged)
    street, number = (found[1], shop.house_number or found[2]) if found else (tagged, shop.house_number)
    street = MISSPELT_STREETS.get(street, street)
    number = match[0] if (match := re.match(r"\d+(-\d+)?( ?[A-Z]\b)?", number)) else ""
    if not street:
        return Site(shop, around.nearest_street(shop.lon, shop.lat), "", True, around.landlord(shop))
    return Site(shop, street, number, False, around.landlord(shop))


def share_out(pack: Pack, seed: int) -> dict[str, list[Site]]:
    """Each fitting shop goes to the brand that is furthest from the number of places it wants."""
    around = Surroundings(pack)
    specs = brand_specs()
    wanted = {key: spec["want"] for _, key, spec in specs}
    taken: dict[str, list[Site]] = {key: [] for key in wanted}
    per_building: Counter[tuple[str, str | None]] = Counter()
    shops = [*pack.shops, *pack.pois]
    dice(seed, "shops").shuffle(shops)
    for shop in shops:
        fitting = [
            key for _, key, spec in specs if shop.kind in spec["kinds"] and len(taken[key]) < wanted[key]
        ]
        if not fitting:
            continue
        site = make_site(shop, around)
        if site.landlord_key:
            fitting = [key for key in fitting if per_building[key, site.landlord_key] < MOST_PER_BUILDING]
        if fitting:
            brand_key = min(fitting, key=lambda key: len(taken[key]) / wanted[key])
            per_building[brand_key, site.landlord_key] += 1
            taken[brand_key].append(site)
    return taken


def floor_text(level: str) -> Text | None:
    if not re.fullmatch(r"-?\d+", level):
        return None
    floor = int(level)
    if floor < 0:
        return Text(f"basement {-floor}", f"B{-floor}层")
    return Text("ground floor" if floor == 0 else f"floor {floor}", f"{floor + 1}层")


def name_sites(brand_en: str, brand_zh: str, sites: list[Site]) -> list[Text]:
    """Brand and street; the number and then the floor only where they are needed to tell two apart."""
    short = brand_en.split()[0]
    names = [Text(f"{short} {site.street}", f"{brand_zh} {street_zh(site.street)}") for site in sites]
    numbers = [Text(f" {site.number}", f"{site.number}号") if site.number else None for site in sites]
    floors = [
        Text(f", {floor.en}", floor.zh) if floor else None
        for floor in (floor_text(s.shop.level) for s in sites)
    ]
    for additions in (numbers, floors):
        seen = Counter(name.en for name in names)
        names = [
            Text(name.en + more.en, name.zh + more.zh) if more and seen[name.en] > 1 else name
            for name, more in zip(names, additions, strict=True)
        ]
    met: Counter[str] = Counter()
    out = []
    for name in names:
        again = met[name.en]
        met[name.en] += 1
        out.append(Text(name.en + ROMAN[again], f"{name.zh}{f'{again + 1}' if again else ''}店"))
    return out


def hours_of(site: Site) -> tuple[str, bool]:
    if site.shop.opening_hours:
        return site.shop.opening_hours, False
    usual: dict[str, str] = words("offers")["default_hours"]
    return usual.get(site.shop.kind) or usual["mall" if site.landlord_key else ""], True


def make_registers(place_key: str, category: str, die: Random) -> tuple[Register, ...]:
    weights = {"grocery": (0, 2, 3, 2), "clothes": (3, 3, 1, 0), "coffee": (4, 2, 0, 0)}.get(
        category, (5, 3, 1, 0)
    )
    count = die.choices((1, 2, 3, 4), weights)[0]
    return tuple(
        Register(f"{place_key}-r{n}", Text(f"Register {n}", f"{n}号收银台")) for n in range(1, count + 1)
    )


def choose_operators(brand_key: str, count: int, dealers: list[str], die: Random) -> list[str]:
    """Every dealer gets at least one place; about a third of the places are the brand's own."""
    operators = [brand_key, *dealers]
    operators += [
        brand_key if die.random() < OWN_STORE_SHARE else die.choice(dealers)
        for _ in range(count - len(operators))
    ]
    die.shuffle(operators)
    return operators[:count]


def make_places(pack: Pack, seed: int, parties: tuple[Party, ...]) -> tuple[Place, ...]:
    sites_of = share_out(pack, seed)
    places: list[Place] = []
    for category, brand_key, spec in brand_specs():
        die = dice(seed, "places", brand_key)
        sites = sorted(sites_of[brand_key], key=lambda site: (site.street, site.number, site.shop.osm_id))
        dealers = [party.key for party in parties if party.kind == "dealer" and brand_key in party.brand_keys]
        operators = choose_operators(brand_key, len(sites), dealers, die)
        brand = text(spec["name"])
        per_street: Counter[str] = Counter()
        for site, name, operator in zip(sites, name_sites(brand.en, brand.zh, sites), operators, strict=True):
            per_street[site.street] += 1
            key = f"{brand_key}-{slug(site.street)}-{per_street[site.street]}"
            hours, is_default = hours_of(site)
            street = f"{site.street} {site.number}".strip()
            shop = site.shop
            place = Place(
                key=key,
                brand_key=brand_key,
                operator_key=operator,
                landlord_key=site.landlord_key,
                contract_key=None,
                osm_id=shop.osm_id,
                osm_kind=f"{shop.key}={shop.kind}",
                name=name,
                lat=shop.lat,
                lon=shop.lon,
                opening_hours=hours,
                has_default_hours=is_default,
                tz=TZ,
                address=f"{street}, {shop.postcode} Helsinki".replace(",  ", ", "),
                has_estimated_address=site.is_estimated,
                level=shop.level,
                registers=make_registers(key, category, die),
            )
            contract_key = contract_key_of(place)
            places.append(replace(place, contract_key=contract_key))
    return tuple(places)


def with_tenants(parties: tuple[Party, ...], places: tuple[Place, ...]) -> tuple[Party, ...]:
    """Landlords learn which brands stand in their buildings; those without a tenant leave the town."""
    tenants: dict[str, set[str]] = defaultdict(set)
    for place in places:
        if place.landlord_key:
            tenants[place.landlord_key].add(place.brand_key)
    return tuple(
        replace(party, brand_keys=tuple(sorted(tenants[party.key]))) if party.kind == "landlord" else party
        for party in parties
        if party.kind != "landlord" or tenants[party.key]
    )


def contract_key_of(place: Place) -> str | None:
    others = [key for key in (place.operator_key, place.landlord_key) if key and key != place.brand_key]
    return "-".join([place.brand_key, *others]) if others else None
