import gzip
import json
import subprocess
import sys
from collections import Counter, defaultdict
from importlib.resources import files

import biip
import opening_hours
import phonenumbers
import pytest

from highstreet_simulator.town.goods import priced
from highstreet_simulator.town.pack import Pack, load_pack
from highstreet_simulator.town.places import is_inside
from highstreet_simulator.town.plan import TownPlan, make_plan, summary
from highstreet_simulator.town.words import words

WELL_KNOWN = {
    "alko", "artek", "arabia", "aalto", "dna", "elisa", "fazer", "finlayson", "fiskars", "gant", "halti", "h&m",
    "iittala", "ikea", "intersport", "kalevala", "kesko", "lapponia", "lidl", "luhta", "lumene", "marimekko",
    "metsä", "nanso", "nokia", "otava", "paulig", "pentik", "polar", "prisma", "r-kioski", "reima", "ruukki",
    "samsung", "sievi", "sokos", "specsavers", "stadium", "stockmann", "suunto", "telia", "tunturi", "valio",
    "vallila", "zara",
}  # fmt: skip


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def plan() -> TownPlan:
    return make_plan()


def test_pack_is_small_and_the_same_for_every_build():
    path = files("highstreet_simulator.town").joinpath("helsinki.json.gz")
    raw = path.read_bytes()
    assert len(raw) < 2_000_000
    assert raw[4:8] == b"\0\0\0\0", "a time stamp would make every build differ"


def test_pack_holds_what_a_map_needs(pack: Pack):
    assert len(pack.shops) == 481
    assert len(pack.pois) == 501
    assert len(pack.streets) == 2_415
    assert len(pack.rails) == 318
    assert len(pack.buildings) == 444
    assert len(pack.stops) == 130
    assert {"sea", "water", "park", "square", "pedestrian"} <= {area.kind for area in pack.areas}
    assert {"square", "park", "suburb", "landmark"} <= {label.kind for label in pack.labels}
    assert "OpenStreetMap" in pack.license
    assert "ODbL" in pack.license
    names = {stop.names.name for stop in pack.stops if stop.kind == "subway_station"}
    assert names == {"Rautatientori", "Helsingin yliopisto"}


def test_pack_keeps_no_contact_details():
    raw = files("highstreet_simulator.town").joinpath("helsinki.json.gz").read_bytes()
    rows = json.loads(gzip.decompress(raw))
    kept = {key for row in [*rows["shops"], *rows["pois"]] for key in row}
    assert kept <= {"id", "key", "kind", "name", "sv", "en", "zh", "hours", "street", "number", "postcode",
                    "house", "level", "brand", "at"}  # fmt: skip


def test_positions_lie_in_the_box_and_rings_are_closed(pack: Pack):
    west, south, east, north = pack.bbox
    for spot in [*pack.shops, *pack.pois, *pack.stops]:
        assert west <= spot.lon <= east
        assert south <= spot.lat <= north
    for shape in [*pack.buildings, *pack.areas]:
        for ring in shape.rings:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]


def test_the_sea_is_on_the_right_side_of_the_coast(pack: Pack):
    sea = [area.rings for area in pack.areas if area.kind == "sea"]

    def wet(lon: float, lat: float) -> bool:
        return any(
            is_inside(lon, lat, outer) and not any(is_inside(lon, lat, hole) for hole in holes)
            for outer, *holes in sea
        )

    assert wet(24.9440, 60.1780)
    assert not any(wet(shop.lon, shop.lat) for shop in pack.shops)


def test_streets_make_one_walkable_graph(pack: Pack):
    near = defaultdict(set)
    for street in pack.streets:
        if street.is_walkable:
            for a, b in zip(street.line, street.line[1:], strict=False):
                near[a].add(b)
                near[b].add(a)
    start = next(s for s in pack.streets if s.names.name == "Aleksanterinkatu").line[0]
    seen, queue = {start}, [start]
    while queue:
        for point in near[queue.pop()] - seen:
            seen.add(point)
            queue.append(point)
    assert len(seen) / len(near) > 0.97


def test_every_opening_hours_string_parses(pack: Pack, plan: TownPlan):
    strings = [shop.opening_hours for shop in [*pack.shops, *pack.pois] if shop.opening_hours]
    strings += [place.opening_hours for place in plan.places]
    assert len(strings) > 600
    for text in set(strings):
        opening_hours.OpeningHours(text)


def test_plan_is_the_same_in_another_process_and_differs_by_seed(plan: TownPlan):
    assert make_plan(7).digest() == plan.digest()
    assert make_plan(8).digest() != plan.digest()
    script = "from highstreet_simulator.town.plan import make_plan; print(make_plan().digest())"
    outside = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert outside.stdout.strip() == plan.digest()


def test_plan_is_big_enough_to_show(plan: TownPlan):
    assert len(plan.brands) == 15
    assert len(plan.places) >= 300
    assert len(plan.shoppers) == 200
    for brand in plan.brands:
        places = [place for place in plan.places if place.brand_key == brand.key]
        dealers = {place.operator_key for place in places} - {brand.party_key}
        assert len(places) >= 10, brand.key
        assert 2 <= len(dealers) <= 4, brand.key
        assert any(place.operator_key == brand.party_key for place in places)
        products = [product for product in plan.products if product.brand_key == brand.key]
        assert 25 <= len(products) <= 60, brand.key
        assert all(1 <= len(product.variants) <= 4 for product in products)
        assert 2 <= sum(offer.brand_key == brand.key for offer in plan.offers) <= 3
    assert brand.name.en in summary(plan)


def test_keys_are_unique_and_every_reference_leads_somewhere(plan: TownPlan, pack: Pack):
    for name in (
        "brands",
        "parties",
        "places",
        "products",
        "price_lists",
        "contracts",
        "offers",
        "staff",
        "codes",
        "shoppers",
    ):
        keys = [row.key for row in getattr(plan, name)]
        assert len(keys) == len(set(keys)), name
    brands = {row.key for row in plan.brands}
    kind_of = {row.key: row.kind for row in plan.parties}
    places = {row.key: row for row in plan.places}
    contracts = {row.key: row for row in plan.contracts}
    price_lists = {row.key for row in plan.price_lists}
    staff = {row.key for row in plan.staff}
    osm_ids = {shop.osm_id for shop in [*pack.shops, *pack.pois]}
    for party in plan.parties:
        assert party.brand_keys
        assert set(party.brand_keys) <= brands
    for place in plan.places:
        assert place.brand_key in brands
        assert place.osm_id in osm_ids
        assert kind_of[place.operator_key] in ("brand", "dealer")
        assert place.landlord_key is None or kind_of[place.landlord_key] == "landlord"
        if place.contract_key is None:
            assert place.operator_key == place.brand_key
            assert place.landlord_key is None
        else:
            assert place.key in contracts[place.contract_key].place_keys
        assert 1 <= len(place.registers) <= 4
    assert len({place.osm_id for place in plan.places}) == len(plan.places)
    for offer in plan.offers:
        assert kind_of[offer.funder_key] in ("brand", "dealer")
        assert offer.price_list_key is None or offer.price_list_key in price_lists
        assert all(places[key].brand_key == offer.brand_key for key in offer.place_keys)
        assert kind_of[offer.funder_key] == "brand" or offer.place_keys
    for person in plan.staff:
        assert person.party_key in kind_of
        assert person.place_key is None or places[person.place_key].operator_key == person.party_key
    for code in plan.codes:
        assert code.place_key is None or code.place_key in places
        assert code.staff_key is None or code.staff_key in staff
        assert (code.campaign is not None) == (code.kind == "poster")
    assert len({person.login for person in plan.staff}) == len(plan.staff)
    per_place = Counter(person.place_key for person in plan.staff if person.place_key)
    assert set(per_place) == set(places)
    assert set(per_place.values()) <= {1, 2, 3}


def test_names_of_places_tell_them_apart(plan: TownPlan):
    for language in ("en", "zh"):
        names = [getattr(place.name, language) for place in plan.places]
        assert len(names) == len(set(names)), [name for name, count in Counter(names).items() if count > 1]


def test_gtins_are_valid_and_restricted(plan: TownPlan):
    gtins = [variant.gtin for product in plan.products for variant in product.variants]
    assert len(gtins) == len(set(gtins))
    for gtin in gtins:
        parsed = biip.parse(gtin).gtin
        assert parsed is not None
        assert parsed.as_gtin_13() == gtin
        assert parsed.prefix is not None
        assert 200 <= int(gtin[:3]) <= 299


def test_prices_and_quantities_are_sane(plan: TownPlan):
    listed = {v.gtin: v.list_price_minor for product in plan.products for v in product.variants}
    assert min(listed.values()) >= 50
    assert max(listed.values()) <= 250_000
    for prices in plan.price_lists:
        for gtin, amount in prices.amounts:
            assert amount == listed[gtin] if prices.kind == "list" else 0 < amount < listed[gtin]
    contracts = {row.key: row for row in plan.contracts}
    places = {row.key: row for row in plan.places}
    seen = set()
    for line in plan.stock:
        place = places[line.place_key]
        assert 0 <= line.quantity <= 60
        assert line.gtin in listed
        if line.owner_key != place.operator_key:
            assert line.owner_key == place.brand_key
            assert contracts[place.contract_key or ""].consignment_shares
        seen.add((line.place_key, line.gtin, line.owner_key))
    assert len(seen) == len(plan.stock)
    assert any(line.quantity == 0 for line in plan.stock)


@pytest.mark.parametrize(
    ("minor", "ending", "price"),
    [
        (1_234, 90, 1_190),
        (8_712, 90, 8_990),
        (152_000, 0, 151_900),
        (243, 5, 235),
        (412, 10, 410),
        (1_249, 95, 1_195),
        (260, 0, 300),
    ],
)
def test_prices_end_as_the_brand_likes(minor: int, ending: int, price: int):
    assert priced(minor, ending) == price


def test_contracts_share_the_whole_and_never_more(plan: TownPlan):
    for contract in plan.contracts:
        for shares in filter(None, (contract.shares, contract.consignment_shares)):
            assert sum(share.bp for share in shares) <= 10_000
            assert all(share.bp > 0 for share in shares)
            assert len({share.role for share in shares}) == len(shares)
        if contract.operator_key != contract.brand_key:
            kept = sum(share.bp for share in contract.shares if share.party_key == contract.operator_key)
            assert 6_000 <= kept <= 8_000
        assert (contract.collector == "landlord") <= (contract.landlord_key is not None)
        assert (contract.collector == "dealer") <= (contract.operator_key != contract.brand_key)
    assert {contract.collector for contract in plan.contracts} == {"dealer", "brand", "landlord"}


def test_offers_are_worth_less_than_they_ask(plan: TownPlan):
    for offer in plan.offers:
        assert offer.starts_day < offer.ends_day
        assert 0 < offer.per_person < offer.total
        assert offer.title.en
        assert offer.title.zh
        if offer.kind == "spend_get":
            assert 0 < offer.get_minor * 4 < offer.spend_minor
        if offer.kind == "percent":
            assert 500 <= offer.percent_bp <= 3_000


def test_shoppers_have_possible_telephones_and_whole_tastes(plan: TownPlan, pack: Pack):
    west, south, east, north = pack.bbox
    categories = {brand.category_key for brand in plan.brands}
    assert len({shopper.phone for shopper in plan.shoppers}) == len(plan.shoppers)
    for shopper in plan.shoppers:
        number = phonenumbers.parse(shopper.phone)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.region_code_for_number(number) == "FI"
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        assert sum(taste.weight for taste in shopper.tastes) == 100
        assert {taste.category_key for taste in shopper.tastes} <= categories
        assert west <= shopper.lon <= east
        assert south <= shopper.lat <= north
    assert {shopper.locale for shopper in plan.shoppers} == {"en", "zh"}


def test_names_are_invented(plan: TownPlan, pack: Pack):
    real = {shop.names.name.lower() for shop in [*pack.shops, *pack.pois]} | set(WELL_KNOWN)
    invented = {brand.name.en.lower() for brand in plan.brands}
    invented |= {brand.name.en.split()[0].lower() for brand in plan.brands}
    invented |= {party.legal_name.en.split()[0].lower() for party in plan.parties}
    invented |= {
        name.lower()
        for brands in words("brands").values()
        for spec in brands.values()
        for name, *_ in spec["series"]
    }
    assert invented & real == set()
