"""From the town plan to a running town: short transactions, each of which may have been done before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from highstreet.demo import deals
from highstreet.demo.names import (
    DEMO_PASSWORD,
    DEMO_PIN,
    brand_id,
    demo_id,
    login_of,
    party_id,
    register_token,
    slugs_of,
    tour_place,
)
from highstreet.demo.sofa import order_rule_for, put_sofa, sofa_of
from highstreet.flows.place_sites import place_sites
from highstreet.kernel import geo
from highstreet.kernel.db import Database, refresh_statistics
from highstreet.kernel.errors import Refusal
from highstreet.kernel.settings import PIN_PURPOSE, key_of
from highstreet.kernel.time import Clock
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import sign_contract
from highstreet.rooms.goods import GoodsRow, PutGoods, put_goods, variants_by_sku
from highstreet.rooms.identity import (
    AddStaff,
    IssueRegisterKey,
    SetPin,
    add_staff,
    hash_password,
    hash_pin,
    issue_register_key,
    pin_of_staff,
    register_key_by_hash,
    set_pin,
    token_hash,
)
from highstreet.rooms.loop import CodeRow, PutCodes, put_codes
from highstreet.rooms.members import PointsRule, SetPointsRule, set_points_rule
from highstreet.rooms.offers import publish_offer, publish_shared_coupon
from highstreet.rooms.parties import (
    AddBrand,
    AddParty,
    AddRegisters,
    GiveRole,
    PlaceRow,
    PutPlaces,
    RegisterRecord,
    add_brand,
    add_party,
    add_registers,
    give_role,
    put_places,
)
from highstreet.rooms.places import PutSites, SiteRow
from highstreet.rooms.sales import set_order_rule
from highstreet.rooms.stock import CountRow, CountStock, count_stock, stock_at_place
from highstreet_simulator.town.plan import TownPlan
from highstreet_simulator.town.records import Brand, Place, Product, Staff, Variant

Progress = Callable[[int, int], None]
Step = tuple[Callable[[Tx, Any], Any], Any]

DONE_BEFORE = frozenset(
    {"parties.already_there", "identity.already_there", "identity.login_taken", "channel.period_overlaps"}
)
# What one transaction takes, so that it stays under 50 ms.
AT_ONCE = 12
COUNTED_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _Town:
    plan: TownPlan
    secret: bytes
    password_hash: str
    now: datetime


def is_seeded(db: Database, last_token: str) -> bool:
    """Whether all of a plan is there: the key of its last register is written last."""
    return db.read_now(_has_key, token_hash(last_token))


def _has_key(reader: Reader, key_hash: str) -> bool:
    return register_key_by_hash(reader, key_hash) is not None


def seed_town(db: Database, plan: TownPlan, clock: Clock, progress: Progress, *, secret: bytes) -> int:
    """Write what is missing of the plan; the number of transactions comes back, 0 when all was there."""
    if is_seeded(db, register_token(secret, plan.places[-1].registers[-1].key)):
        _set_pins(db, plan, secret, clock.now())  # towns of before there were any
        return 0
    # One hash for all of the demo's staff: each costs a tenth of a second.
    town = _Town(plan, secret, hash_password(DEMO_PASSWORD), clock.now())
    chunks = list(_chunks(town))
    for number, chunk in enumerate(chunks):
        progress(number, len(chunks))
        db.write_now(_take_steps, chunk)
    _set_pins(db, plan, secret, clock.now())
    db.write_now(refresh_statistics, None)
    progress(len(chunks), len(chunks))
    return len(chunks)


def _set_pins(db: Database, plan: TownPlan, secret: bytes, now: datetime) -> None:
    """The PIN of each head office's manager, who may approve at all its registers, unless they have one.

    Each is hashed by itself, a tenth of a second: the person is part of it. So before the transactions.
    """
    pepper = key_of(secret, PIN_PURPOSE)
    for person in plan.staff:
        if person.role == "office_manager" and person.brand_key:
            who = brand_id(person.brand_key), demo_id("stf", person.brand_key, person.key)
            if db.read_now(pin_of_staff, *who) is None:
                db.write_now(set_pin, SetPin(*who, hash_pin(pepper, *who, DEMO_PIN), now))


def _take_steps(tx: Tx, steps: Sequence[Step]) -> None:
    for flow, command in steps:
        try:
            flow(tx, command)
        except Refusal as refusal:
            if refusal.code not in DONE_BEFORE:
                raise


def _chunks(town: _Town) -> Iterator[list[Step]]:
    plan = town.plan
    slugs = slugs_of(plan)
    for brand in plan.brands:
        places = [place for place in plan.places if place.brand_key == brand.key]
        yield list(_parties(town, brand))
        yield from ([step] for step in _places(town, brand, places))
        yield [(put_goods, _goods(town, brand)), (set_points_rule, _points(town, brand))]
        yield [(set_order_rule, order_rule_for(brand.key))]
        yield from _in_parts(
            (sign_contract, contract) for contract in deals.contracts_of(plan, brand.key, town.now)
        )
        yield list(_offers(town, brand))
        yield [(put_codes, _codes(town, brand, slugs))]
    yield from _in_parts(_counts(town), size=COUNTED_AT_ONCE)
    yield from _in_parts((put_sofa, sofa) for sofa in sofa_of(plan, town.now))
    yield from _in_parts(_staff(town))
    yield from _in_parts(_register_keys(town))


def _in_parts(steps: Iterable[Step], size: int = AT_ONCE) -> Iterator[list[Step]]:
    part: list[Step] = []
    for step in steps:
        part.append(step)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _points(town: _Town, brand: Brand) -> SetPointsRule:
    """A hundred points pay one of the brand's currency, so that points can be tried as money."""
    return SetPointsRule(brand_id(brand.key), PointsRule(100, 100), town.now)


def _parties(town: _Town, brand: Brand) -> Iterator[Step]:
    yield (
        add_brand,
        AddBrand(
            brand_id=brand_id(brand.key),
            party_id=party_id(brand.key, brand.key),
            name_en=brand.name.en,
            name_zh=brand.name.zh,
            category=brand.category.en,
            currency=brand.currency,
            now=town.now,
        ),
    )
    for party in town.plan.parties:
        if party.kind != "brand" and brand.key in party.brand_keys:
            yield (
                add_party,
                AddParty(
                    brand_id=brand_id(brand.key),
                    party_id=party_id(brand.key, party.key),
                    kind=party.kind,
                    name_en=party.legal_name.en,
                    name_zh=party.legal_name.zh,
                    now=town.now,
                ),
            )


def _places(town: _Town, brand: Brand, places: Sequence[Place]) -> Iterator[Step]:
    rows = [
        PlaceRow(
            id=demo_id("plc", place.key),
            operator_party_id=party_id(brand.key, place.operator_key),
            landlord_party_id=party_id(brand.key, place.landlord_key) if place.landlord_key else None,
            name_en=place.name.en,
            name_zh=place.name.zh,
            external_ref=f"osm:{place.osm_id}",
        )
        for place in places
    ]
    yield put_places, PutPlaces(brand_id(brand.key), rows, town.now)
    always_open = tour_place(town.plan).key
    sites = [
        SiteRow(
            place_id=demo_id("plc", place.key),
            lat=place.lat,
            lon=place.lon,
            datum=geo.Datum.WGS84,
            time_zone=place.tz,
            country="FI",
            # Others keep the hours of the real shop; the tour is taken at any hour.
            opening_hours="24/7" if place.key == always_open else place.opening_hours,
            address=place.address,
        )
        for place in places
    ]
    yield place_sites, PutSites(brand_id(brand.key), town.now, sites)
    registers = [
        RegisterRecord(
            brand_id(brand.key),
            demo_id("reg", register.key),
            demo_id("plc", place.key),
            str(number),  # the pages say "Register 1" in the language of whoever looks
            True,
        )
        for place in places
        for number, register in enumerate(place.registers, 1)
    ]
    yield add_registers, AddRegisters(registers, town.now)


def _skus(product: Product) -> Iterator[tuple[str, Variant]]:
    return ((f"{product.key}-{number}", variant) for number, variant in enumerate(product.variants, 1))


def _goods(town: _Town, brand: Brand) -> PutGoods:
    members: dict[str, int] = {}
    for prices in town.plan.price_lists:
        if prices.brand_key == brand.key and prices.kind == "member":
            members = dict(prices.amounts)
    rows = [
        GoodsRow(
            product_ref=product.key,
            product_name_en=product.name.en,
            product_name_zh=product.name.zh,
            category=product.category.en,
            sku=sku,
            gtin=variant.gtin,
            attributes={a.name.en: {"en": a.value.en, "zh": a.value.zh} for a in variant.attributes},
            list_minor=variant.list_price_minor,
            member_minor=members.get(variant.gtin),
        )
        for product in town.plan.products
        if product.brand_key == brand.key
        for sku, variant in _skus(product)
    ]
    return PutGoods(brand_id(brand.key), rows, brand.currency)


def _offers(town: _Town, brand: Brand) -> Iterator[Step]:
    own = [offer for offer in town.plan.offers if offer.brand_key == brand.key]
    for offer in own:
        yield _publish_first, deals.offer_of(offer, town.now)
    shared = [brand.key for brand in town.plan.brands][: deals.COUPONS_SHARED]
    if brand.key in shared:
        for offer in own:
            if offer.kind == "percent":
                yield _share_first, deals.shared_coupon_of(offer, town.now)


def _publish_first(tx: Tx, command: Any) -> None:
    """Publish, unless an earlier seeding did so at its own time."""
    try:
        publish_offer(tx, command)
    except Refusal as refusal:
        if refusal.code != "offers.offer_exists":
            raise


def _share_first(tx: Tx, command: Any) -> None:
    try:
        publish_shared_coupon(tx, command)
    except Refusal as refusal:
        if refusal.code != "offers.coupon_exists":
            raise


def _codes(town: _Town, brand: Brand, slugs: dict[str, str]) -> PutCodes:
    offer = next(o for o in town.plan.offers if o.brand_key == brand.key and o.kind == "spend_get")
    rows = [
        CodeRow(
            code_id=demo_id("cod", code.key),
            slug=slugs[code.key],
            kind=code.kind,
            campaign=code.campaign.en if code.campaign else {"place": "Doors"}.get(code.kind, "Assistants"),
            label_en=code.label.en,
            label_zh=code.label.zh,
            place_id=demo_id("plc", code.place_key) if code.place_key else None,
            staff_id=demo_id("stf", brand.key, code.staff_key) if code.staff_key else None,
            offer_id=demo_id("ofr", offer.key) if code.kind == "poster" else None,
            lat=code.lat,
            lon=code.lon,
        )
        for code in town.plan.codes
        if code.brand_key == brand.key
    ]
    return PutCodes(brand_id(brand.key), rows)


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """What lies on the shelves of one place: (SKU, owner, pieces)."""

    brand_id: str
    place_id: str
    cell: int
    lines: tuple[tuple[str, str, int], ...]
    at: datetime


def _counts(town: _Town) -> Iterator[Step]:
    places = {place.key: place for place in town.plan.places}
    skus = {v.gtin: sku for product in town.plan.products for sku, v in _skus(product)}
    for place_key, lines in groupby(town.plan.stock, key=lambda line: line.place_key):
        place = places[place_key]
        count = PlaceCount(
            brand_id=brand_id(place.brand_key),
            place_id=demo_id("plc", place_key),
            cell=geo.cell(geo.Point(place.lat, place.lon)),
            lines=tuple(
                (skus[line.gtin], party_id(place.brand_key, line.owner_key), line.quantity) for line in lines
            ),
            at=town.now,
        )
        yield _count_first, count


def _count_first(tx: Tx, command: PlaceCount) -> None:
    """Count a place that nobody has counted; a count repeated after sales would undo them."""
    if stock_at_place(tx, command.brand_id, command.place_id):
        return
    found = variants_by_sku(tx, {(command.brand_id, sku) for sku, _, _ in command.lines})
    rows = [
        CountRow(found[command.brand_id, sku].variant_id, command.cell, command.place_id, owner, quantity)
        for sku, owner, quantity in command.lines
    ]
    count_stock(tx, CountStock(command.brand_id, command.at, demo_id("imp", command.place_id), rows))


def _staff(town: _Town) -> Iterator[Step]:
    brand_keys = {party.key: party.brand_keys for party in town.plan.parties}
    for person in town.plan.staff:
        for brand_key in (person.brand_key,) if person.brand_key else brand_keys[person.party_key]:
            yield from _person(town, person, brand_key)


def _person(town: _Town, person: Staff, brand_key: str) -> Iterator[Step]:
    """A member of staff with a role for the whole brand, for their company, or for their place."""
    brand, party = brand_id(brand_key), party_id(brand_key, person.party_key)
    staff_id = demo_id("stf", brand_key, person.key)
    yield (
        add_staff,
        AddStaff(
            brand_id=brand,
            staff_id=staff_id,
            party_id=party,
            login=login_of(brand_key, person.login),
            name=person.name,
            password_hash=town.password_hash,
            now=town.now,
        ),
    )
    scopes = {"office_manager": brand, "dealer_manager": party, "landlord_manager": party}
    scope = demo_id("plc", person.place_key) if person.place_key else scopes[person.role]
    yield give_role, GiveRole(brand, staff_id, person.role, scope, town.now)


def _register_keys(town: _Town) -> Iterator[Step]:
    for place in town.plan.places:
        for register in place.registers:
            yield (
                issue_register_key,
                IssueRegisterKey(
                    brand_id=brand_id(place.brand_key),
                    key_id=demo_id("rky", register.key),
                    place_id=demo_id("plc", place.key),
                    register_id=demo_id("reg", register.key),
                    key_hash=token_hash(register_token(town.secret, register.key)),
                    now=town.now,
                ),
            )
