"""From a token to an actor on both databases: shoppers, staff, registers, and all that opens nothing."""

from datetime import timedelta

import pytest

from highstreet.flows.resolve_actor import resolve_actor
from highstreet.kernel.db import Database
from highstreet.kernel.permissions import REGISTER_PERMISSIONS, ROLES, Actor, ActorKind, Grant, grants_of
from highstreet.rooms import identity, parties
from highstreet.rooms.identity import TokenKind, make_token, token_hash
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed

PEPPER = b"a secret of the app, long enough"
SHOPPER, STAFF = (make_token(TokenKind.SESSION, bytes([n]) * 32) for n in (1, 2))
KEY, UNKNOWN_KEY = (make_token(TokenKind.REGISTER_KEY, bytes([n]) * 32) for n in (3, 4))
PHONE = "+358501234567"


@pytest.fixture
def town(db: Database, seed: Seed) -> Seed:  # noqa: F811
    """A shopper, a dealer's manager who also assists, and a register, all signed in."""
    b = seed.brand_id
    db.write_now(identity.request_code, identity.RequestCode(PHONE, "424242", "zh", PEPPER, NOW))
    enter = identity.SignIn(PHONE, "424242", PEPPER, token_hash(SHOPPER), "ses_1", "psn_1", None, "zh", NOW)
    db.write_now(identity.sign_in, enter)
    anna = identity.AddStaff(b, "stf_1", seed.dealer, "anna", "Anna", "hash-of-password", NOW)
    db.write_now(identity.add_staff, anna)
    db.write_now(parties.give_role, parties.GiveRole(b, "stf_1", "dealer_manager", seed.dealer, NOW))
    db.write_now(parties.give_role, parties.GiveRole(b, "stf_1", "assistant", seed.place_id, NOW))
    work = identity.OpenStaffSession(b, "stf_1", "hash-of-password", token_hash(STAFF), "ses_2", NOW)
    db.write_now(identity.open_staff_session, work)
    key = identity.IssueRegisterKey(b, "rky_1", seed.place_id, seed.register_id, token_hash(KEY), NOW)
    db.write_now(identity.issue_register_key, key)
    return seed


def test_a_shopper_has_a_person_and_no_grants(db, town):  # noqa: F811
    assert db.read_now(resolve_actor, SHOPPER, NOW) == Actor(
        ActorKind.SHOPPER,
        "psn_1",
        session_id="ses_1",
        person_id="psn_1",
        locale="zh",
        expires_at=NOW + timedelta(days=90),
    )


def test_staff_have_the_grants_of_their_roles_at_this_moment(db, town):  # noqa: F811
    actor = db.read_now(resolve_actor, STAFF, NOW)
    dealer, place = grants_of("dealer_manager", town.dealer), grants_of("assistant", town.place_id)
    assert actor == Actor(
        ActorKind.STAFF,
        "stf_1",
        session_id="ses_2",
        brand_id=town.brand_id,
        party_id=town.dealer,
        grants=dealer | place,
        expires_at=NOW + timedelta(hours=12),
    )
    assert len(actor.grants) == len(ROLES["dealer_manager"]) + len(ROLES["assistant"])
    gone = parties.TakeRole(town.brand_id, "stf_1", "dealer_manager", town.dealer, NOW)
    db.write_now(parties.take_role, gone)
    assert db.read_now(resolve_actor, STAFF, NOW).grants == place


def test_a_register_has_its_brand_and_place(db, town):  # noqa: F811
    assert db.read_now(resolve_actor, KEY, NOW) == Actor(
        ActorKind.REGISTER,
        "rky_1",
        brand_id=town.brand_id,
        party_id=town.dealer,
        place_id=town.place_id,
        register_id=town.register_id,
        grants=frozenset(Grant(p, town.place_id) for p in REGISTER_PERMISSIONS),
    )


def test_a_register_at_a_closed_place_is_nobody(db, town):  # noqa: F811
    closed = parties.PlaceRow(town.place_id, town.dealer, "x", "x", is_active=False)
    db.write_now(parties.put_places, parties.PutPlaces(town.brand_id, [closed], NOW))
    assert db.read_now(resolve_actor, KEY, NOW) is None


def test_what_is_unknown_ended_revoked_or_of_another_kind_is_nobody(db, town):  # noqa: F811
    mixed = [SHOPPER.replace("hs_s_", "hs_r_"), KEY.replace("hs_r_", "hs_s_"), UNKNOWN_KEY]
    for token in ("", "nonsense", token_hash(SHOPPER), SHOPPER + "x", *mixed):
        assert db.read_now(resolve_actor, token, NOW) is None
    assert db.read_now(resolve_actor, SHOPPER, NOW + timedelta(days=90)) is None
    assert db.read_now(resolve_actor, STAFF, NOW + timedelta(hours=12)) is None

    db.write_now(identity.revoke_session, identity.RevokeSession("ses_1", NOW))
    db.write_now(identity.deactivate_staff, identity.DeactivateStaff(town.brand_id, "stf_1", NOW))
    db.write_now(identity.revoke_register_key, identity.RevokeRegisterKey(town.brand_id, "rky_1", NOW))
    for token in (SHOPPER, STAFF, KEY):
        assert db.read_now(resolve_actor, token, NOW) is None


def test_an_erased_shopper_is_nobody(db, town):  # noqa: F811
    db.write_now(identity.erase_person, identity.ErasePerson("psn_1", NOW, PEPPER))
    assert db.read_now(resolve_actor, SHOPPER, NOW) is None
