"""The demo's seeding on both databases: all of the plan, once, whenever it was broken off."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from highstreet.demo import sofa
from highstreet.demo.deals import contracts_of, offer_of, terms_of
from highstreet.demo.names import (
    DEMO_PASSWORD,
    Keys,
    brand_id,
    demo_id,
    login_of,
    party_id,
    register_token,
    slugs_of,
    tour_place,
)
from highstreet.demo.seed import is_seeded, seed_town
from highstreet.flows.demo_people import SHOPPER
from highstreet.flows.order_goods import OrderGoods, price_order
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.resolve_actor import resolve_actor
from highstreet.kernel.db import Database
from highstreet.kernel.permissions import ActorKind, Permission
from highstreet.kernel.settings import PIN_PURPOSE, Settings
from highstreet.kernel.time import SystemClock
from highstreet.rooms.channel import contracts_for, parse_terms
from highstreet.rooms.goods import find_variants, parse_gtin
from highstreet.rooms.identity import (
    SetPin,
    pin_of_staff,
    set_pin,
    staff_by_login,
    verify_password,
    verify_pin,
)
from highstreet.rooms.loop import codes_of_brand
from highstreet.rooms.offers import offers_of_brand
from highstreet.rooms.parties import parties_of_brand, places_of_brand, registers_of_places
from highstreet.rooms.places import sites_for
from highstreet.rooms.stock import stock_at_place
from highstreet_simulator.town.plan import TownPlan, make_plan
from tests.towns import small_plan

SECRET = b"a test's own secret, 32 bytes or more"
BRANDS = ("pullavuo", "hallavire")


@pytest.fixture
def db(migrated_url: str) -> Iterator[Database]:
    database = Database(migrated_url)
    yield database
    database.close()


def _counts(db: Database, plan: TownPlan) -> list[tuple[int, ...]]:
    found = []
    for brand in plan.brands:
        this = brand_id(brand.key)
        places = db.read_now(places_of_brand, this)
        stock = [s for place in places for s in db.read_now(stock_at_place, this, place.id)]
        found.append(
            (
                len(db.read_now(parties_of_brand, this)),
                len(places),
                len(db.read_now(sites_for, {(this, place.id) for place in places})),
                len(db.read_now(registers_of_places, this, [place.id for place in places])),
                len(db.read_now(find_variants, this, "", 500)),
                len(stock),
                sum(item.on_hand for item in stock),
                len(db.read_now(offers_of_brand, this, None)),
                len(db.read_now(codes_of_brand, this)),
            )
        )
    return found


def _planned(plan: TownPlan) -> list[tuple[int, ...]]:
    found = []
    for brand in plan.brands:
        places = [place for place in plan.places if place.brand_key == brand.key]
        stock = [line for line in plan.stock if line.place_key in {place.key for place in places}]
        found.append(
            (
                sum(brand.key in party.brand_keys for party in plan.parties),
                len(places),
                len(places),
                sum(len(place.registers) for place in places),
                sum(len(product.variants) for product in plan.products if product.brand_key == brand.key),
                len(stock),
                sum(line.quantity for line in stock),
                sum(offer.brand_key == brand.key for offer in plan.offers),
                sum(code.brand_key == brand.key for code in plan.codes),
            )
        )
    return found


def test_all_of_the_plan_is_there_and_only_once(db: Database) -> None:
    plan, told = small_plan(BRANDS), list[tuple[int, int]]()
    count = seed_town(db, plan, SystemClock(), lambda done, of: told.append((done, of)), secret=SECRET)
    assert told[0] == (0, count)
    assert told[-1] == (count, count)
    assert _counts(db, plan) == _planned(plan)
    assert seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET) == 0
    assert _counts(db, plan) == _planned(plan)


def test_a_sofa_can_be_ordered_for_a_deposit(db: Database) -> None:
    plan = small_plan((sofa.BRAND,), places_each=2)
    for _ in range(2):
        seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET)
    order = OrderGoods(
        brand_id=brand_id(sofa.BRAND),
        person_id=SHOPPER,
        place_id=demo_id("plc", plan.places[1].key),
        sale_id="",
        items=(BasketItem(parse_gtin(sofa.GTIN), 1),),
        coupons=(),
        currency="",
        expected_total_minor=None,
        fingerprint="",
    )
    priced = db.read_now(price_order, order, datetime.now(UTC))
    assert (priced.total_minor, priced.deposit_minor, priced.hold_days) == (1_640_000, 328_000, 14)
    # Done once more by a seeding that was broken off: what is there is not counted anew.
    db.write_now(sofa.put_sofa, next(sofa.sofa_of(plan, datetime.now(UTC))))
    for place in plan.places:
        stock = db.read_now(stock_at_place, brand_id(sofa.BRAND), demo_id("plc", place.key))
        assert [item.on_hand for item in stock if item.variant_id == priced.lines[0].variant_id] == [3]
    assert list(sofa.sofa_of(small_plan(BRANDS), datetime.now(UTC))) == []


def test_a_seeding_that_was_broken_off_goes_on(db: Database) -> None:
    plan = small_plan(BRANDS)

    class Broken(Exception):
        pass

    for stop_at in (3, 9, 20):

        def stop(done: int, _of: int, stop_at: int = stop_at) -> None:
            if done == stop_at:
                raise Broken

        with pytest.raises(Broken):
            seed_town(db, plan, SystemClock(), stop, secret=SECRET)
        assert not is_seeded(db, register_token(SECRET, plan.places[-1].registers[-1].key))
    seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET)
    assert _counts(db, plan) == _planned(plan)


def test_people_and_registers_can_come_in_and_every_place_has_a_contract(db: Database) -> None:
    plan = small_plan(BRANDS)
    seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET)
    document, now = Keys(plan, SECRET).document(), datetime.now(UTC)
    for place in document["places"]:
        for register in place["registers"]:
            actor = db.read_now(resolve_actor, register["token"], now)
            assert actor is not None
            assert (actor.kind, actor.place_id) == (ActorKind.REGISTER, place["place_id"])
            assert actor.register_id == register["register_id"]
            assert actor.may(Permission.SALES_SELL, brand_id=place["brand_id"], place_id=place["place_id"])
    manager = db.read_now(staff_by_login, document["try"]["office_login"])
    assert manager is not None
    assert verify_password(manager, DEMO_PASSWORD)
    # A manager's PIN as the program reads it: the demo's server has this secret.
    settings = Settings(_env_file=None, mode="demo", secret=SECRET.decode())  # type: ignore[call-arg]
    who = (manager.brand_id, manager.id)
    kept = db.read_now(pin_of_staff, *who)
    assert verify_pin(
        settings.key_for(PIN_PURPOSE), *who, document["try"]["office_pin"], kept and kept.pin_hash
    )
    db.write_now(set_pin, SetPin(*who, None, now))
    seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET)  # a town of before there were PINs
    assert db.read_now(pin_of_staff, *who) is not None
    assistant = next(person for person in plan.staff if person.place_key)
    assert db.read_now(staff_by_login, login_of(assistant.brand_key or "", assistant.login)) is not None
    wanted = {
        (brand_id(p.brand_key), party_id(p.brand_key, p.operator_key), demo_id("plc", p.key))
        for p in plan.places
    }
    contracts = db.read_now(contracts_for, wanted, now)
    assert contracts.keys() == wanted
    for place in plan.places:
        key = (
            brand_id(place.brand_key),
            party_id(place.brand_key, place.operator_key),
            demo_id("plc", place.key),
        )
        roles = {rule.role for rule in contracts[key].terms.shares}
        assert ("landlord" in roles) == (place.landlord_key is not None)


def test_the_tours_place_is_open_at_any_hour_and_registers_are_named_in_no_language(db: Database) -> None:
    plan = small_plan(BRANDS)
    seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET)
    for place in plan.places:
        key = (brand_id(place.brand_key), demo_id("plc", place.key))
        site = db.read_now(sites_for, {key})[key]
        is_tours = place == tour_place(plan)
        assert site.opening_hours == ("24/7" if is_tours else place.opening_hours)
        registers = db.read_now(registers_of_places, key[0], [key[1]])
        assert sorted(r.name for r in registers) == [
            str(number) for number in range(1, len(place.registers) + 1)
        ]


def test_the_tour_sells_what_a_coupon_helps_with_and_its_dealer_has_a_share_in_it() -> None:
    plan = make_plan(7)
    place, tried = tour_place(plan), Keys(plan, SECRET).document()["try"]
    assert isinstance(tried, dict)
    price = next(v.list_price_minor for p in plan.products for v in p.variants if v.gtin == tried["gtin"])
    assert all(o.spend_minor <= price * 4 // 5 for o in plan.offers if o.brand_key == place.brand_key)
    dealer = next(s for s in plan.staff if login_of(place.brand_key, s.login) == tried["dealer_login"])
    assert (dealer.role, dealer.party_key) == ("dealer_manager", place.operator_key)


def test_terms_of_the_whole_town_are_terms_and_keep_the_planned_parts() -> None:
    plan = make_plan(7)
    for contract in plan.contracts:
        terms = terms_of(contract)
        assert parse_terms(terms.as_document()) == terms
        planned = {
            role: sum(s.bp for s in contract.shares if s.role == role)
            for role in (s.role for s in contract.shares)
        }
        told = {rule.role: rule.bp for rule in terms.shares}
        assert told.get("landlord", 0) == planned.get("landlord_commission", 0)
        if contract.operator_key != contract.brand_key:
            assert told["brand"] == planned["brand_fee"]
            kept = 10_000 - sum(told.values())
            assert kept == planned["seller"] + planned["assistant"]
    now = datetime.now(UTC)
    ids = [c.contract_id for brand in plan.brands for c in contracts_of(plan, brand.key, now)]
    assert len(ids) == len(set(ids))
    assert {offer_of(offer, now).kind for offer in plan.offers} == {"spend_get", "percent", "member_price"}


def test_slugs_are_short_and_all_different() -> None:
    slugs = slugs_of(make_plan(7))
    assert len(set(slugs.values())) == len(slugs)
    assert max(map(len, slugs.values())) <= 20
