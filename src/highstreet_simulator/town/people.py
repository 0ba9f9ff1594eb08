"""Invented people: staff with logins, shoppers with homes and tastes; and the codes that lead to places."""

import math
import re
from collections import Counter
from itertools import pairwise
from random import Random
from typing import Literal

from highstreet_simulator.town.pack import Pack, Stop
from highstreet_simulator.town.records import Brand, Code, Party, Place, Shopper, Staff, Taste, Text
from highstreet_simulator.town.words import dice, slug, street_zh, text, words

SHOPPERS = 200
POSTERS_PER_BRAND = (3, 5)
# We know of no Finnish block kept for fiction. 048 is a mobile code in which libphonenumber knows no operator, and
# these subscriber numbers start with zeros; the simulator never calls or writes to a telephone anyway.
PHONE_BLOCK = "+35848000"
HOME_STREETS = frozenset({"residential", "tertiary", "unclassified", "secondary"})
STOP_WORDS = {
    "bus_stop": Text("bus stop", "公交站"), "tram_stop": Text("tram stop", "电车站"),
    "bus_station": Text("bus station", "公交总站"), "subway_station": Text("metro station", "地铁站"),
    "rail_station": Text("railway station", "火车站"),
}  # fmt: skip
PINYIN = {
    "林": "lin", "陈": "chen", "周": "zhou", "吴": "wu", "郑": "zheng", "何": "he", "沈": "shen", "苏": "su",
    "叶": "ye", "许": "xu", "顾": "gu", "陆": "lu", "程": "cheng", "宋": "song", "罗": "luo", "方": "fang",
}  # fmt: skip


def draw_name(die: Random, is_chinese: bool) -> str:
    known = words("people")
    if is_chinese:
        return f"{die.choice(known['zh_family'])}{die.choice(known['zh_given'])}"
    return f"{die.choice(known['given'])} {die.choice(known['family'])}"


class Logins:
    """first.last, and a number from the second person of that name on."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def of(self, name: str, party_key: str) -> str:
        plain = ".".join(slug(name).split("-")) or f"{PINYIN[name[0]]}.{party_key}"
        self.met[plain] += 1
        return plain if self.met[plain] == 1 else f"{plain}{self.met[plain]}"


def make_staff(seed: int, parties: tuple[Party, ...], places: tuple[Place, ...]) -> tuple[Staff, ...]:
    die, logins = dice(seed, "staff"), Logins()
    staff = []
    roles: dict[str, Literal["office_manager", "dealer_manager", "landlord_manager"]] = {
        "brand": "office_manager",
        "dealer": "dealer_manager",
        "landlord": "landlord_manager",
    }
    for party in parties:
        name = draw_name(die, is_chinese=False)
        login = logins.of(name, party.key)
        brand_key = party.key if party.kind == "brand" else None
        staff.append(
            Staff(f"{party.key}-manager", party.key, brand_key, None, roles[party.kind], name, login)
        )
    for place in places:
        for number in range(1, die.randint(1, 3) + 1):
            name = draw_name(die, is_chinese=die.random() < 0.08)
            key, login = f"{place.key}-a{number}", logins.of(name, place.operator_key)
            staff.append(Staff(key, place.operator_key, place.brand_key, place.key, "assistant", name, login))
    return tuple(staff)


def poster_stops(pack: Pack) -> list[Stop]:
    """One stop of each name and kind, without bay numbers; those known to have a poster frame first."""
    best: dict[tuple[str, str], Stop] = {}
    for stop in sorted(pack.stops, key=lambda stop: (not stop.has_poster, stop.osm_id)):
        if ", laituri" not in stop.names.name:
            best.setdefault((stop.names.name, stop.kind), stop)
    return list(best.values())


def make_posters(seed: int, pack: Pack, brands: tuple[Brand, ...]) -> list[Code]:
    stops = poster_stops(pack)
    campaigns = [text(pair) for pair in words("offers")["campaigns"]]
    codes = []
    for brand in brands:
        die = dice(seed, "posters", brand.key)
        campaign = die.choice(campaigns)
        for stop in die.sample(stops, die.randint(*POSTERS_PER_BRAND)):
            where = re.sub(r" \(.*\)$", "", stop.names.name)
            kind = STOP_WORDS[stop.kind]
            zh = street_zh(stop.names.name)
            label = Text(
                f"{brand.name.en}, {campaign.en}: {kind.en} {where}",
                f"{brand.name.zh}·{campaign.zh}：{zh}{'' if zh.endswith('站') else kind.zh}",
            )
            key = f"poster-{brand.key}-{slug(where)}-{stop.osm_id}"
            codes.append(Code(key, "poster", brand.key, None, None, campaign, stop.lat, stop.lon, label))
    return codes


def make_codes(
    seed: int, pack: Pack, brands: tuple[Brand, ...], places: tuple[Place, ...], staff: tuple[Staff, ...]
) -> tuple[Code, ...]:
    codes = make_posters(seed, pack, brands)
    at = {place.key: place for place in places}
    for place in places:
        label = Text(f"Door of {place.name.en}", f"{place.name.zh}门口")
        codes.append(
            Code(
                f"door-{place.key}",
                "place",
                place.brand_key,
                place.key,
                None,
                None,
                place.lat,
                place.lon,
                label,
            )
        )
    for person in staff:
        if person.place_key:
            place = at[person.place_key]
            label = Text(f"{person.name}, {place.name.en}", f"{place.name.zh} 导购 {person.name}")
            row = (place.brand_key, place.key, person.key, None, place.lat, place.lon, label)
            codes.append(Code(f"assistant-{person.key}", "assistant", *row))
    return tuple(codes)


def make_tastes(die: Random, categories: list[str]) -> tuple[Taste, ...]:
    chosen = die.sample(categories, die.randint(2, 4))
    cuts = [0, *sorted(die.sample(range(10, 91, 5), len(chosen) - 1)), 100]
    weights = sorted((high - low for low, high in pairwise(cuts)), reverse=True)
    return tuple(Taste(category, weight) for category, weight in zip(chosen, weights, strict=True))


def make_shoppers(seed: int, pack: Pack, brands: tuple[Brand, ...]) -> tuple[Shopper, ...]:
    die = dice(seed, "shoppers")
    corners = [point for street in pack.streets if street.kind in HOME_STREETS for point in street.line]
    west, south, east, north = pack.bbox
    categories = sorted({brand.category_key for brand in brands})
    shoppers = []
    for number in range(1, SHOPPERS + 1):
        lon, lat = die.choice(corners)
        angle, metres = die.uniform(0, 2 * math.pi), die.uniform(8, 20)
        lat = min(max(lat + metres * math.sin(angle) / 111_195, south), north)
        lon = min(max(lon + metres * math.cos(angle) / 55_600, west), east)
        locale: Literal["en", "zh"] = "zh" if die.random() < 0.35 else "en"
        name = draw_name(die, is_chinese=locale == "zh")
        tastes = make_tastes(die, categories)
        phone = f"{PHONE_BLOCK}{number:04d}"
        shoppers.append(
            Shopper(f"shopper-{number:03d}", name, phone, round(lat, 6), round(lon, 6), locale, tastes)
        )
    return tuple(shoppers)
