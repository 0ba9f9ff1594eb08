"""Brands, parties, places, registers and roles on both databases: exact rows, and refusals that change nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.outbox import StoredEvent, read_events
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import (
    ROWS_LIMIT,
    AddBrand,
    AddParty,
    AddRegisters,
    Brand,
    GiveRole,
    Party,
    PartyKind,
    PlaceOfBusiness,
    PlacePut,
    PlaceRow,
    PutPlaces,
    RegisterFacts,
    RegisterRecord,
    StaffRole,
    TakeRole,
    add_brand,
    add_party,
    add_registers,
    brand_by_id,
    brands,
    give_role,
    parties_of_brand,
    place_by_id,
    places_of_brand,
    put_places,
    registers_for,
    registers_of_places,
    roles_of_staff,
    take_role,
)
from highstreet.rooms.parties.tables import brand, party, place, register, staff_role
from tests.seeds import NOW, Seed, seed_brand

B, P = stable_id("brd", "lumi"), stable_id("pty", "lumi")
LUMI = AddBrand(B, P, "Lumi", "露米", "shoes", "EUR", NOW)


def announced(db: Database) -> list[StoredEvent]:
    return db.read_now(read_events, after=0)


def state(db: Database) -> tuple[Any, ...]:
    def read(reader: Reader) -> tuple[Any, ...]:
        tables = (brand, party, place, register, staff_role)
        return tuple(sorted(map(tuple, reader.rows(select(table))), key=repr) for table in tables)

    return (*db.read_now(read), len(announced(db)))


def refused(db: Database, action: Callable[..., Any], command: Any) -> tuple[str, int, dict[str, Any]]:
    before = state(db)
    with pytest.raises(Refusal) as refusal:
        db.write_now(action, command)
    assert state(db) == before
    return refusal.value.code, refusal.value.status, refusal.value.facts


def test_a_brand_comes_with_its_own_party(db):
    db.write_now(add_brand, LUMI)
    expected = Brand(B, P, "Lumi", "露米", "shoes", "EUR", NOW)
    assert db.read_now(brands) == [expected]
    assert db.read_now(brand_by_id, B) == expected
    assert db.read_now(brand_by_id, "brd_x") is None
    assert db.read_now(parties_of_brand, B) == [Party(B, P, PartyKind.BRAND, "Lumi", "露米")]
    [told] = announced(db)
    assert (told.name, told.brand_id, told.at) == ("parties.brand_added.v1", B, NOW)
    assert told.body["party_id"] == P
    assert refused(db, add_brand, LUMI) == ("parties.already_there", 409, {})


def test_the_database_refuses_a_second_party_of_the_brand_itself(db, seed):
    def rival(tx, brand_id):
        row = {"brand_id": brand_id, "id": "pty_second", "kind": "brand", "name_en": "x", "name_zh": "x"}
        return tx.insert_many(party, [row], ignore_existing=True)

    assert db.write_now(rival, seed.brand_id) == 0


MALFORMED: list[tuple[dict[str, str], str, dict[str, Any]]] = [
    ({"name_en": ""}, "parties.text_malformed", {"field": "name_en", "limit": 120}),
    ({"name_zh": " 露米"}, "parties.text_malformed", {"field": "name_zh", "limit": 120}),
    ({"name_en": "L" * 121}, "parties.text_malformed", {"field": "name_en", "limit": 120}),
    ({"name_en": "Lu\nmi"}, "parties.text_malformed", {"field": "name_en", "limit": 120}),
    ({"category": "c" * 41}, "parties.text_malformed", {"field": "category", "limit": 40}),
    ({"currency": "eur"}, "parties.currency_malformed", {}),
    ({"currency": "EURO"}, "parties.currency_malformed", {}),
    ({"currency": "EUR\n"}, "parties.currency_malformed", {}),
]


def test_a_malformed_brand_is_refused(db):
    for change, code, facts in MALFORMED:
        assert refused(db, add_brand, replace(LUMI, **change)) == (code, 422, facts)


def test_dealers_and_landlords_join(db, seed):
    new = AddParty(seed.brand_id, stable_id("pty", "d2"), "dealer", "Dealer 2", "经销商二", NOW)
    db.write_now(add_party, new)
    db.write_now(add_party, replace(new, party_id=stable_id("pty", "l2"), kind="landlord", name_en="L" * 120))
    found = db.read_now(parties_of_brand, seed.brand_id)
    assert sorted(p.kind for p in found) == ["brand", "dealer", "dealer", "landlord", "landlord"]
    assert [(e.name, e.body["kind"]) for e in announced(db)] == [
        ("parties.party_added.v1", "dealer"),
        ("parties.party_added.v1", "landlord"),
    ]
    assert refused(db, add_party, new) == ("parties.already_there", 409, {})
    assert refused(db, add_party, replace(new, kind="brand"))[:2] == ("parties.kind_unknown", 422)
    assert refused(db, add_party, replace(new, kind=""))[:2] == ("parties.kind_unknown", 422)
    assert refused(db, add_party, replace(new, brand_id="brd_x"))[:2] == ("parties.brand_not_found", 404)
    assert refused(db, add_party, replace(new, name_zh=""))[:2] == ("parties.text_malformed", 422)


def a_place(seed: Seed, name: str, **more: Any) -> PlaceRow:
    return PlaceRow(
        **{
            "id": stable_id("plc", name),
            "operator_party_id": seed.dealer,
            "name_en": name,
            "name_zh": name,
            "external_ref": f"ref-{name}",
        }
        | more
    )


def put(db: Database, seed: Seed, *rows: PlaceRow) -> list[PlacePut]:
    return db.write_now(put_places, PutPlaces(seed.brand_id, rows, NOW))


def test_places_are_added_then_found_by_reference_or_id(db, seed):
    a, b = a_place(seed, "a"), a_place(seed, "b", operator_party_id=seed.brand_party, external_ref=None)
    assert put(db, seed, b, a) == [PlacePut(b.id, True), PlacePut(a.id, True)]
    again = a_place(seed, "a", id=stable_id("plc", "fresh"), name_en="A!", landlord_party_id=seed.landlord)
    closed = replace(b, is_active=False, external_ref="ref-b")
    c = a_place(seed, "c")
    assert put(db, seed, c, closed, again) == [
        PlacePut(c.id, True),
        PlacePut(b.id, False),
        PlacePut(a.id, False),
    ]
    assert db.read_now(place_by_id, seed.brand_id, a.id) == PlaceOfBusiness(
        seed.brand_id, a.id, seed.dealer, seed.landlord, "A!", "a", "ref-a", True
    )
    assert db.read_now(place_by_id, seed.brand_id, b.id) == PlaceOfBusiness(
        seed.brand_id, b.id, seed.brand_party, None, "b", "b", "ref-b", False
    )
    assert db.read_now(place_by_id, seed.brand_id, again.id) is None
    assert len(db.read_now(places_of_brand, seed.brand_id)) == 4
    assert [(e.name, e.place_id, e.body["is_active"]) for e in announced(db)] == [
        ("parties.place_added.v1", b.id, True),
        ("parties.place_added.v1", a.id, True),
        ("parties.place_added.v1", c.id, True),
        ("parties.place_changed.v1", b.id, False),
        ("parties.place_changed.v1", a.id, True),
    ]
    assert put(db, seed) == []


def test_putting_the_same_places_twice_changes_nothing(db, seed):
    rows = [a_place(seed, str(n)) for n in range(300)]
    assert [p.is_new for p in put(db, seed, *rows)] == [True] * 300
    before = db.read_now(places_of_brand, seed.brand_id)
    assert [p.is_new for p in put(db, seed, *rows)] == [False] * 300
    assert db.read_now(places_of_brand, seed.brand_id) == before


def test_places_that_clash_are_refused_whole(db, seed):
    a, b = a_place(seed, "a"), a_place(seed, "b")
    put(db, seed, a, b)
    good = a_place(seed, "c")

    def refusal(*rows: PlaceRow) -> tuple[str, int]:
        return refused(db, put_places, PutPlaces(seed.brand_id, (good, *rows), NOW))[:2]

    taken, malformed = ("parties.ref_taken", 409), ("parties.rows_malformed", 422)
    assert refusal(replace(a, external_ref="ref-b")) == taken
    assert refusal(a, a_place(seed, "a", id=stable_id("plc", "x"))) == malformed
    assert refusal(replace(a, external_ref="ref-new"), a_place(seed, "a", id=stable_id("plc", "x"))) == taken
    assert refusal(good) == malformed
    assert refusal(*(a_place(seed, f"n{n}") for n in range(ROWS_LIMIT))) == malformed
    assert refusal(replace(a, name_en="x" * 161)) == ("parties.text_malformed", 422)
    assert refusal(replace(a, external_ref="")) == ("parties.text_malformed", 422)


def test_a_places_parties_fit_and_are_the_brands_own(db, seed):
    other = db.write_now(seed_brand, "other")

    def refusal(**parties: str) -> tuple[str, int]:
        return refused(db, put_places, PutPlaces(seed.brand_id, [a_place(seed, "a", **parties)], NOW))[:2]

    unfit, unknown = ("parties.party_unfit", 409), ("parties.party_not_found", 404)
    assert refusal(operator_party_id=seed.landlord) == unfit
    assert refusal(landlord_party_id=seed.dealer) == unfit
    assert refusal(landlord_party_id=seed.brand_party) == unfit
    assert refusal(operator_party_id=other.dealer) == unknown
    assert refusal(landlord_party_id=other.landlord) == unknown
    assert refusal(operator_party_id="pty_x") == unknown


def test_another_brands_places_are_never_touched(db, seed):
    other = db.write_now(seed_brand, "other")
    mine, theirs = a_place(seed, "same"), a_place(other, "same", name_en="theirs")
    put(db, seed, mine)
    assert put(db, other, theirs) == [PlacePut(theirs.id, True)]
    assert db.read_now(place_by_id, seed.brand_id, mine.id).name_en == "same"
    assert db.read_now(place_by_id, other.brand_id, theirs.id).name_en == "theirs"
    assert db.read_now(place_by_id, other.brand_id, seed.place_id) is None


def test_lists_show_what_the_scopes_reach(db, seed):
    put(db, seed, a_place(seed, "own", operator_party_id=seed.brand_party))

    def shown(*scopes: str) -> set[str]:
        return {p.id for p in db.read_now(places_of_brand, seed.brand_id, scopes=set(scopes))}

    own = stable_id("plc", "own")
    assert shown() == set()
    assert shown(seed.brand_id) == {seed.place_id, own}
    assert shown(seed.dealer) == shown(seed.landlord) == shown(seed.place_id) == {seed.place_id}
    assert shown(own, seed.landlord) == {seed.place_id, own}
    assert shown("brd_x", "pty_x") == set()


def test_registers_are_added_and_their_facts_read_in_one_statement(db, seed):
    other = db.write_now(seed_brand, "other")
    rows = [RegisterRecord(seed.brand_id, f"reg_{n}", seed.place_id, f"{n}", n != 1) for n in range(3)]
    db.write_now(add_registers, AddRegisters(rows, NOW))
    assert [e.body["register_id"] for e in announced(db)] == ["reg_0", "reg_1", "reg_2"]
    assert [e.place_id for e in announced(db)] == [seed.place_id] * 3
    listed = db.read_now(registers_of_places, seed.brand_id, [seed.place_id])
    assert listed == [
        rows[0],
        *sorted(
            [rows[1], RegisterRecord(seed.brand_id, seed.register_id, seed.place_id, "1", True)],
            key=lambda r: r.id,
        ),
        rows[2],
    ]
    wanted = [(seed.brand_id, r.id) for r in rows] * 2
    wanted += [(other.brand_id, other.register_id), (other.brand_id, "reg_0"), ("brd_x", "reg_0")]
    statements = []

    def read(reader: Reader) -> dict[tuple[str, str], RegisterFacts]:
        def count(*arguments: Any) -> None:
            statements.append(arguments[2])

        event.listen(reader.connection, "before_cursor_execute", count)
        try:
            return registers_for(reader, wanted)
        finally:
            event.remove(reader.connection, "before_cursor_execute", count)

    facts = db.read_now(read)
    assert len(statements) == 1
    assert facts.keys() == set(wanted[:3]) | {(other.brand_id, other.register_id)}
    assert facts[(seed.brand_id, "reg_0")] == RegisterFacts(
        brand_id=seed.brand_id,
        register_id="reg_0",
        place_id=seed.place_id,
        operator_party_id=seed.dealer,
        landlord_party_id=seed.landlord,
        place_name_en="Nordlys Centre",
        place_name_zh="北光中心店",
        currency="EUR",
        brand_party_id=seed.brand_party,
        is_active=True,
        brand_name_en="nordlys",
    )
    assert facts[(other.brand_id, other.register_id)].brand_party_id == other.brand_party
    assert not facts[(seed.brand_id, "reg_1")].is_active
    assert db.read_now(registers_for, []) == {}


def test_a_register_at_an_inactive_place_is_inactive(db, seed):
    key = (seed.brand_id, seed.register_id)
    assert db.read_now(registers_for, [key])[key].is_active
    put(db, seed, a_place(seed, "x", id=seed.place_id, is_active=False))
    assert not db.read_now(registers_for, [key])[key].is_active


def test_registers_that_do_not_fit_are_refused_whole(db, seed):
    other = db.write_now(seed_brand, "other")
    good = RegisterRecord(seed.brand_id, "reg_a", seed.place_id, "a", True)

    def refusal(*rows: RegisterRecord) -> tuple[str, int]:
        return refused(db, add_registers, AddRegisters([good, *rows], NOW))[:2]

    assert refusal(replace(good, id="reg_b", place_id=other.place_id)) == ("parties.place_not_found", 404)
    assert refusal(replace(good, id=seed.register_id)) == ("parties.already_there", 409)
    assert refusal(good) == ("parties.rows_malformed", 422)
    assert refusal(replace(good, id="reg_b", name="n" * 81)) == ("parties.text_malformed", 422)
    db.write_now(add_registers, AddRegisters([], NOW))
    assert announced(db) == []


def test_roles_are_given_and_taken_once(db, seed):
    role = GiveRole(seed.brand_id, "stf_1", "dealer_manager", seed.dealer, NOW)
    assert [db.write_now(give_role, role) for _ in range(2)] == [True, False]
    assert db.write_now(give_role, replace(role, role="assistant", scope_id=seed.place_id))
    assert db.read_now(roles_of_staff, seed.brand_id, "stf_1") == [
        StaffRole(seed.brand_id, "stf_1", "assistant", seed.place_id),
        StaffRole(seed.brand_id, "stf_1", "dealer_manager", seed.dealer),
    ]
    assert db.read_now(roles_of_staff, "brd_x", "stf_1") == []
    gone = TakeRole(seed.brand_id, "stf_1", "dealer_manager", seed.dealer, NOW)
    assert [db.write_now(take_role, gone) for _ in range(2)] == [True, False]
    assert [r.role for r in db.read_now(roles_of_staff, seed.brand_id, "stf_1")] == ["assistant"]
    assert [(e.name, e.body["role"], e.body["scope_id"]) for e in announced(db)] == [
        ("parties.role_given.v1", "dealer_manager", seed.dealer),
        ("parties.role_given.v1", "assistant", seed.place_id),
        ("parties.role_taken.v1", "dealer_manager", seed.dealer),
    ]


def test_a_role_is_given_only_for_what_it_is_for_and_within_the_brand(db, seed):
    other = db.write_now(seed_brand, "other")
    fitting = {
        "office_manager": seed.brand_id,
        "dealer_manager": seed.dealer,
        "landlord_manager": seed.landlord,
        "store_manager": seed.place_id,
        "assistant": seed.place_id,
    }
    scopes = {seed.brand_id, seed.brand_party, seed.dealer, seed.landlord, seed.place_id, "x"}
    scopes |= {other.brand_id, other.dealer, other.landlord, other.place_id}
    for role, fits in fitting.items():
        for scope in scopes - {fits}:
            command = GiveRole(seed.brand_id, "stf_1", role, scope, NOW)
            assert refused(db, give_role, command) == ("parties.scope_not_found", 404, {})
        assert db.write_now(give_role, GiveRole(seed.brand_id, "stf_1", role, fits, NOW))
    unknown = GiveRole(seed.brand_id, "stf_1", "owner", seed.brand_id, NOW)
    assert refused(db, give_role, unknown) == ("parties.role_unknown", 422, {})
    ghost = GiveRole("brd_x", "stf_1", "office_manager", "brd_x", NOW)
    assert refused(db, give_role, ghost) == ("parties.scope_not_found", 404, {})
    assert db.read_now(lambda reader: reader.value(select(func.count()).select_from(staff_role))) == 5
