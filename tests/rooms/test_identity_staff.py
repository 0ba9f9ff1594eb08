"""Staff and register keys on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.outbox import StoredEvent, read_events
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import (
    AddStaff,
    ChangePassword,
    DeactivateStaff,
    IssueRegisterKey,
    OpenStaffSession,
    RegisterKeyFacts,
    RegisterKeyRecord,
    RevokeRegisterKey,
    SessionFacts,
    StaffRecord,
    StaffSession,
    add_staff,
    change_password,
    deactivate_staff,
    issue_register_key,
    open_staff_session,
    register_key_by_hash,
    register_keys_of_brand,
    revoke_register_key,
    session_by_token_hash,
    staff_by_login,
    staff_of_brand,
)
from highstreet.rooms.identity.tables import register_key, session, staff
from tests.seeds import NOW, Seed

LATER = NOW + timedelta(hours=1)


def announced(db: Database) -> list[StoredEvent]:
    return db.read_now(read_events, after=0)


def state(db: Database) -> str:
    def read(reader: Reader) -> str:
        return repr([sorted(map(repr, reader.rows(select(t)))) for t in (staff, session, register_key)])

    return db.read_now(read) + repr(announced(db))


def refusal_of(db: Database, action: Any, command: Any) -> tuple[str, int]:
    before = state(db)
    with pytest.raises(Refusal) as refused:
        db.write_now(action, command)
    assert state(db) == before
    return refused.value.code, refused.value.status


def anna(seed: Seed) -> AddStaff:
    return AddStaff(seed.brand_id, "stf_1", seed.dealer, "anna", "Anna 安娜", "hash-of-password", NOW)


def entering(seed: Seed, number: int = 1) -> OpenStaffSession:
    return OpenStaffSession(
        seed.brand_id, "stf_1", "hash-of-password", f"hash-{number}", f"ses_{number}", NOW
    )


def test_staff_are_added_and_enter(db, seed):
    db.write_now(add_staff, anna(seed))
    expected = StaffRecord(seed.brand_id, "stf_1", seed.dealer, "anna", "Anna 安娜", "hash-of-password", True)
    assert db.read_now(staff_by_login, "anna") == expected
    assert db.read_now(staff_by_login, "bert") is None
    assert db.read_now(staff_of_brand, seed.brand_id) == [expected]
    until = NOW + timedelta(hours=12)
    assert db.write_now(open_staff_session, entering(seed)) == StaffSession("ses_1", until)
    assert db.read_now(session_by_token_hash, "hash-1", LATER) == SessionFacts(
        "ses_1", until, None, None, seed.brand_id, "stf_1", seed.dealer, entering(seed).now
    )
    assert db.read_now(session_by_token_hash, "hash-1", until) is None
    [told] = announced(db)
    assert (told.name, told.brand_id, told.body["staff_id"]) == (
        "identity.staff_added.v1",
        seed.brand_id,
        "stf_1",
    )


def test_staff_that_do_not_fit_are_refused(db, seed):
    db.write_now(add_staff, anna(seed))
    new = replace(anna(seed), staff_id="stf_2", login="bert")
    assert refusal_of(db, add_staff, replace(new, login="anna")) == ("identity.login_taken", 409)
    assert refusal_of(db, add_staff, replace(new, login="Bert")) == ("identity.login_malformed", 422)
    assert refusal_of(db, add_staff, replace(new, name=" ")) == ("identity.name_malformed", 422)
    assert refusal_of(db, add_staff, replace(new, name="n" * 121)) == ("identity.name_malformed", 422)


def test_a_session_opens_only_for_the_password_that_was_checked(db, seed):
    db.write_now(add_staff, anna(seed))
    wrong = ("identity.login_wrong", 401)
    assert refusal_of(db, open_staff_session, replace(entering(seed), password_hash="old")) == wrong
    assert refusal_of(db, open_staff_session, replace(entering(seed), brand_id="brd_x")) == wrong
    assert refusal_of(db, open_staff_session, replace(entering(seed), staff_id="stf_x")) == wrong
    db.write_now(open_staff_session, entering(seed))
    db.write_now(open_staff_session, entering(seed, 2))
    change = ChangePassword(seed.brand_id, "stf_1", "hash-of-another", LATER)
    assert db.write_now(change_password, change) == 2
    assert db.read_now(session_by_token_hash, "hash-1", LATER) is None
    # The rival had checked the old password just before the change.
    assert refusal_of(db, open_staff_session, entering(seed, 3)) == wrong
    db.write_now(open_staff_session, replace(entering(seed, 3), password_hash="hash-of-another"))
    unknown = ("identity.staff_not_found", 404)
    assert refusal_of(db, change_password, replace(change, staff_id="stf_x")) == unknown
    assert refusal_of(db, change_password, replace(change, brand_id="brd_x")) == unknown


def test_staff_who_left_are_out_at_once(db, seed):
    db.write_now(add_staff, anna(seed))
    db.write_now(open_staff_session, entering(seed))
    left = DeactivateStaff(seed.brand_id, "stf_1", LATER)
    assert [db.write_now(deactivate_staff, left) for _ in range(2)] == [True, False]
    assert db.read_now(session_by_token_hash, "hash-1", LATER) is None
    assert not db.read_now(staff_by_login, "anna").is_active
    assert refusal_of(db, open_staff_session, entering(seed, 2)) == ("identity.login_wrong", 401)
    assert refusal_of(db, deactivate_staff, replace(left, brand_id="brd_x")) == (
        "identity.staff_not_found",
        404,
    )
    assert [(e.name, e.body["staff_id"]) for e in announced(db)] == [
        ("identity.staff_added.v1", "stf_1"),
        ("identity.session_revoked.v1", "stf_1"),
        ("identity.staff_deactivated.v1", "stf_1"),
    ]


def test_register_keys_open_until_revoked(db, seed):
    key = IssueRegisterKey(seed.brand_id, "rky_1", seed.place_id, seed.register_id, "hash-1", NOW)
    db.write_now(issue_register_key, key)
    db.write_now(issue_register_key, replace(key, key_id="rky_2", key_hash="hash-2", now=LATER))
    for number in (1, 2):
        assert db.read_now(register_key_by_hash, f"hash-{number}") == RegisterKeyFacts(
            seed.brand_id, f"rky_{number}", seed.place_id, seed.register_id, None
        )
    assert refusal_of(db, issue_register_key, key) == ("identity.already_there", 409)
    assert refusal_of(db, issue_register_key, replace(key, key_id="rky_3")) == ("identity.already_there", 409)
    revoke = RevokeRegisterKey(seed.brand_id, "rky_1", LATER)
    assert not db.write_now(revoke_register_key, replace(revoke, brand_id="brd_x"))
    assert [db.write_now(revoke_register_key, revoke) for _ in range(2)] == [True, False]
    assert db.read_now(register_key_by_hash, "hash-1") is None
    assert db.read_now(register_key_by_hash, "hash-2") is not None
    assert db.read_now(register_keys_of_brand, seed.brand_id) == [
        RegisterKeyRecord(seed.brand_id, "rky_1", seed.place_id, seed.register_id, NOW, LATER),
        RegisterKeyRecord(seed.brand_id, "rky_2", seed.place_id, seed.register_id, LATER, None),
    ]
    assert [(e.name, e.place_id, e.body["key_id"]) for e in announced(db)] == [
        ("identity.register_key_issued.v1", seed.place_id, "rky_1"),
        ("identity.register_key_issued.v1", seed.place_id, "rky_2"),
        ("identity.register_key_revoked.v1", seed.place_id, "rky_1"),
    ]
    assert "hash-1" not in repr(announced(db))
