"""One-time codes by address and across erasure, on both databases: nobody alone can use up a phone's codes."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import (
    ErasePerson,
    ForgetEnded,
    RequestCode,
    SignedIn,
    SignIn,
    WrongCode,
    erase_person,
    forget_ended,
    request_code,
    sign_in,
)
from highstreet.rooms.identity.tables import code_count
from tests.seeds import NOW

PEPPER = b"a secret of the app, long enough"
PHONE, CODE = "+358501234567", "424242"
HERE, THERE = "192.0.2.1", "192.0.2.2"
ASK = RequestCode(PHONE, CODE, "zh", PEPPER, NOW, HERE)
TRY = SignIn(PHONE, CODE, PEPPER, "hash-1", "ses_1", "psn_1", None, "zh", NOW, address=HERE)
WRONG = replace(TRY, code="424243")


def refused(db: Database, action: Any, command: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refusal) as caught:
        db.write_now(action, command)
    return caught.value.code, caught.value.facts


def counts(db: Database) -> list[tuple[int, int]]:
    query = select(code_count.c.sent, code_count.c.tries).order_by(code_count.c.sent, code_count.c.tries)
    return [tuple(row) for row in db.read_now(Reader.rows, query)]


def after(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


def test_one_address_gets_three_codes_a_day_for_a_phone_and_leaves_the_rest(db: Database) -> None:
    for n in range(3):
        db.write_now(request_code, replace(ASK, now=after(30 * n)))
    too_soon = "identity.code_too_soon"
    assert refused(db, request_code, replace(ASK, now=after(90))) == (too_soon, {"retry_after_s": 86_310})
    assert counts(db) == [(3, 0), (3, 0)]  # what was refused counts for nobody
    db.write_now(request_code, replace(ASK, now=after(90), phone="+358501234568"))
    for n in range(3, 10):
        db.write_now(request_code, replace(ASK, now=after(30 * n), address=f"192.0.2.{n}"))
    later = replace(ASK, now=after(300), address="192.0.2.99")
    assert refused(db, request_code, later) == (too_soon, {"retry_after_s": 86_100})
    db.write_now(request_code, replace(ASK, now=after(86_400)))


def test_one_address_cannot_void_a_code_by_wrong_tries(db: Database) -> None:
    db.write_now(request_code, ASK)
    assert [db.write_now(sign_in, WRONG) for _ in range(4)] == [WrongCode(n) for n in (4, 3, 2, 1)]
    for command in (WRONG, TRY):  # even the right code, and no try of the phone's is lost
        assert refused(db, sign_in, command) == ("rate.limited", {"retry_after_s": 86_400})
    assert isinstance(db.write_now(sign_in, replace(TRY, address=THERE)), SignedIn)
    db.write_now(request_code, replace(ASK, now=after(86_400)))
    assert db.write_now(sign_in, replace(WRONG, now=after(86_401))) == WrongCode(4)


def test_a_right_code_takes_the_wrong_tries_back(db: Database) -> None:
    for n in range(3):
        at = after(60 * n)
        db.write_now(request_code, replace(ASK, now=at))
        for _ in range(3):
            db.write_now(sign_in, replace(WRONG, now=at))
        names = {"token_hash": f"hash-{n}", "session_id": f"ses_{n}"}
        assert isinstance(db.write_now(sign_in, replace(TRY, now=at, **names)), SignedIn)
    assert counts(db) == [(3, 0), (3, 0)]


def test_rivals_from_one_address_share_four_tries(database_url: str, db: Database) -> None:
    db.write_now(request_code, ASK)
    rival = Database(database_url) if not db.is_sqlite else db
    outcomes: list[Any] = []
    barrier = threading.Barrier(8)

    def guess(n: int) -> None:
        barrier.wait()
        try:
            outcomes.append((rival if n % 2 else db).write_now(sign_in, WRONG).attempts_left)
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if rival is not db:
        rival.close()
    assert sorted(map(str, outcomes)) == ["1", "2", "3", "4", *["rate.limited"] * 4]


def test_erasure_gives_no_new_codes_and_nothing_is_kept_in_clear_or_for_long(db: Database) -> None:
    db.write_now(request_code, ASK)
    assert isinstance(db.write_now(sign_in, TRY), SignedIn)
    for n in range(1, 10):
        db.write_now(request_code, replace(ASK, now=after(30 * n), address=f"192.0.2.{n + 1}"))
    assert db.write_now(erase_person, ErasePerson("psn_1", after(280), PEPPER)) is True
    # Neither the pause nor the day begins anew.
    again = replace(ASK, now=after(290), address=THERE)
    assert refused(db, request_code, again)[0] == "identity.code_too_soon"
    again = replace(again, now=after(1000), address="192.0.2.77")
    assert refused(db, request_code, again) == ("identity.code_too_soon", {"retry_after_s": 85_400})
    kept = repr(db.read_now(Reader.rows, select(code_count)))
    assert PHONE not in kept
    assert HERE not in kept
    db.write_now(forget_ended, ForgetEnded(after(86_400 + 300)))
    assert counts(db) == []
