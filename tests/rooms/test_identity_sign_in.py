"""One-time codes and shoppers' sessions on both databases: limits, rivals, erasure, and nothing in clear."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from highstreet.kernel import tables
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.jobs import Runner
from highstreet.kernel.outbox import StoredEvent, read_events
from highstreet.kernel.time import MovableClock
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import (
    ErasePerson,
    ForgetEnded,
    HttpSender,
    Person,
    RequestCode,
    RevokeSession,
    RevokeSessionsOf,
    Sender,
    SessionFacts,
    SessionRecord,
    SignedIn,
    SignIn,
    TerminalSender,
    WrongCode,
    device_person,
    erase_person,
    forget_ended,
    handlers,
    person_by_id,
    phone_key,
    request_code,
    revoke_session,
    revoke_sessions_of,
    session_by_token_hash,
    sessions_of_person,
    sign_in,
)
from highstreet.rooms.identity.tables import code_count, device, person, session, sign_in_code
from tests.seeds import NOW

PEPPER = b"a secret of the app, long enough"
PHONE, CODE = "+358501234567", "424242"
ASK = RequestCode(PHONE, CODE, "zh", PEPPER, NOW)
TRY = SignIn(PHONE, CODE, PEPPER, "hash-1", "ses_1", "psn_1", "dev_1", "zh", NOW + timedelta(seconds=20))


def after(**by: float) -> Any:
    return NOW + timedelta(**by)


def announced(db: Database) -> list[StoredEvent]:
    return db.read_now(read_events, after=0)


def all_rows(db: Database) -> str:
    def read(reader: Reader) -> str:
        every = (person, device, session, sign_in_code, tables.job, tables.outbox)
        return repr([sorted(map(repr, reader.rows(select(table)))) for table in every])

    return db.read_now(read)


def codes_sent(db: Database, sender: Sender, clock: MovableClock) -> Runner:
    return Runner(db, handlers(db, sender, PEPPER), clock)


def refusal_of(db: Database, action: Any, command: Any) -> tuple[str, int, dict[str, Any]]:
    before = all_rows(db)
    with pytest.raises(Refusal) as refused:
        db.write_now(action, command)
    assert all_rows(db) == before
    return refused.value.code, refused.value.status, refused.value.facts


def signed_in(db: Database, number: int, phone: str = PHONE, **more: Any) -> SignedIn:
    """Ask for a code and sign in, ten minutes after the last number."""
    now = after(minutes=10 * number)
    db.write_now(request_code, replace(ASK, phone=phone, now=now))
    names = {
        "token_hash": f"hash-{number}",
        "session_id": f"ses_{number}",
        "person_id_if_new": f"psn_{number}",
    }
    result = db.write_now(sign_in, replace(TRY, phone=phone, now=now, **(names | more)))
    assert isinstance(result, SignedIn)
    return result


def test_the_first_sign_in_makes_a_person_and_later_ones_find_them(db):
    assert db.write_now(request_code, ASK).expires_at == after(minutes=5)
    done = db.write_now(sign_in, TRY)
    assert done == SignedIn("psn_1", "ses_1", TRY.now + timedelta(days=90), True)
    assert db.read_now(person_by_id, "psn_1") == Person("psn_1", PHONE, "zh", TRY.now, None)
    assert db.read_now(session_by_token_hash, "hash-1", TRY.now) == SessionFacts(
        "ses_1", done.expires_at, "psn_1", "zh", None, None, None, TRY.now
    )
    again = signed_in(db, 2, device_id="dev_2")
    assert (again.person_id, again.session_id, again.is_new) == ("psn_1", "ses_2", False)
    assert db.read_now(device_person, ["dev_1", "dev_2", "dev_3"]) == {"dev_1": "psn_1", "dev_2": "psn_1"}
    assert [(e.name, e.person_id) for e in announced(db)] == [
        ("identity.person_joined.v1", "psn_1"),
        ("identity.device_linked.v1", "psn_1"),
        ("identity.device_linked.v1", "psn_1"),
    ]
    assert PHONE not in repr(announced(db))


def test_a_device_is_of_whom_signed_in_last(db):
    signed_in(db, 1)
    signed_in(db, 2, phone="+358501234568")
    signed_in(db, 3, phone="+358501234568")
    assert db.read_now(device_person, ["dev_1"]) == {"dev_1": "psn_2"}
    linked = [e.person_id for e in announced(db) if e.name == "identity.device_linked.v1"]
    assert linked == ["psn_1", "psn_2"]


def test_a_code_opens_once(db):
    db.write_now(request_code, ASK)
    assert isinstance(db.write_now(sign_in, TRY), SignedIn)
    assert db.write_now(sign_in, replace(TRY, token_hash="hash-2", session_id="ses_2")) == WrongCode(0)
    assert db.read_now(session_by_token_hash, "hash-2", TRY.now) is None


def test_wrong_codes_count_and_the_sixth_try_is_wrong_whatever_it_says(db):
    db.write_now(request_code, ASK)
    wrong = replace(TRY, code="424243")
    assert [db.write_now(sign_in, wrong) for _ in range(6)] == [WrongCode(n) for n in (4, 3, 2, 1, 0, 0)]
    assert db.write_now(sign_in, TRY) == WrongCode(0)
    assert db.read_now(person_by_id, "psn_1") is None
    assert announced(db) == []


def test_a_code_ends_after_five_minutes_and_without_one_nothing_opens(db):
    assert db.write_now(sign_in, TRY) == WrongCode(0)
    db.write_now(request_code, ASK)
    assert db.write_now(sign_in, replace(TRY, now=after(minutes=5))) == WrongCode(0)
    assert db.write_now(sign_in, replace(TRY, pepper=PEPPER + b"!")) == WrongCode(4)
    assert db.write_now(sign_in, replace(TRY, phone="+358501234568")) == WrongCode(0)
    last = replace(TRY, now=after(minutes=5) - timedelta(microseconds=1))
    assert isinstance(db.write_now(sign_in, last), SignedIn)


def test_codes_are_not_sent_too_often(db):
    db.write_now(request_code, ASK)
    soon = ("identity.code_too_soon", 429)
    assert refusal_of(db, request_code, replace(ASK, now=after(seconds=29.5))) == (
        *soon,
        {"retry_after_s": 1},
    )
    assert refusal_of(db, request_code, replace(ASK, now=after(seconds=1))) == (*soon, {"retry_after_s": 29})
    for n in range(1, 10):
        db.write_now(request_code, replace(ASK, code=f"{n:06}", now=after(seconds=30 * n)))
    tenth = after(seconds=300)
    assert refusal_of(db, request_code, replace(ASK, now=tenth)) == (*soon, {"retry_after_s": 86_100})
    assert db.write_now(sign_in, replace(TRY, now=after(seconds=280))) == WrongCode(4)  # an earlier code
    assert isinstance(db.write_now(sign_in, replace(TRY, code="000009", now=after(seconds=281))), SignedIn)
    db.write_now(request_code, replace(ASK, phone="+358501234568", now=tenth))
    db.write_now(request_code, replace(ASK, now=after(days=1)))
    db.write_now(request_code, replace(ASK, now=after(days=1, seconds=30)))
    key = phone_key(PEPPER, PHONE)
    counted = select(code_count.c.day_started_at, code_count.c.sent).where(code_count.c.phone_key == key)
    assert [tuple(row) for row in db.read_now(lambda reader: reader.rows(counted))] == [(after(days=1), 2)]


def test_malformed_commands_are_refused(db):
    for action, command in ((request_code, ASK), (sign_in, TRY)):
        code, status, _ = refusal_of(db, action, replace(command, phone="0501234567"))
        assert (code, status) == ("identity.phone_malformed", 422)
        code, status, _ = refusal_of(db, action, replace(command, locale="fi"))
        assert (code, status) == ("identity.locale_unknown", 422)


def test_rivals_share_five_attempts_and_one_session(database_url, db):
    """Two databases on the same file or server, so that PostgreSQL's row locks are really met."""
    db.write_now(request_code, ASK)
    outcomes: list[Any] = []
    rival = Database(database_url) if not db.is_sqlite else db
    barrier = threading.Barrier(8)

    def guess(n: int) -> None:
        barrier.wait()
        command = replace(TRY, code=f"{n:06}", session_id=f"ses_{n}", token_hash=f"hash-{n}")
        outcomes.append((rival if n % 2 else db).write_now(sign_in, command))

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(o.attempts_left for o in outcomes) == [0, 0, 0, 0, 1, 2, 3, 4]

    db.write_now(request_code, replace(ASK, now=after(minutes=1)))
    right = replace(TRY, now=after(minutes=1, seconds=1))
    outcomes.clear()

    def enter(n: int) -> None:
        barrier.wait()
        command = replace(right, session_id=f"ses_{n}", token_hash=f"hash-{n}", person_id_if_new=f"psn_{n}")
        outcomes.append((rival if n % 2 else db).write_now(sign_in, command))

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if rival is not db:
        rival.close()
    assert sum(isinstance(o, SignedIn) for o in outcomes) == 1
    assert len([e for e in announced(db) if e.name == "identity.person_joined.v1"]) == 1


async def _drain(runner: Runner) -> int:
    return await runner.drain()


def test_the_code_is_sent_and_never_stored_in_clear(db, capsys):
    clock, sender = MovableClock(NOW), TerminalSender(keeps=True)
    db.write_now(request_code, ASK)
    stored = all_rows(db)
    assert CODE not in stored
    assert stored.count(PHONE) == 1  # the row of the code itself
    assert asyncio.run(_drain(codes_sent(db, sender, clock))) == 1
    assert list(sender.sent) == [(PHONE, CODE)]
    assert sender.last_code(PHONE) == CODE
    assert sender.last_code("+358501234568") is None
    # A busy machine's slow_command lines go to the same terminal; nothing else may.
    printed = [line for line in capsys.readouterr().out.splitlines() if "slow_command" not in line]
    assert printed == ["+35•••••••567 424242 (zh)"]
    assert CODE not in all_rows(db)


def test_an_old_code_is_not_sent_and_nothing_is_kept_unless_asked(db, capsys):
    clock, sender = MovableClock(NOW), TerminalSender()
    db.write_now(request_code, ASK)
    clock.set(after(minutes=5))
    assert asyncio.run(_drain(codes_sent(db, sender, clock))) == 1
    assert capsys.readouterr().out == ""
    db.write_now(request_code, replace(ASK, now=clock.now()))
    assert asyncio.run(_drain(codes_sent(db, sender, clock))) == 1
    assert capsys.readouterr().out.endswith("424242 (zh)\n")
    assert not sender.sent


class Gateway(BaseHTTPRequestHandler):
    """An SMS gateway that is down for its first message."""

    seen: list[bytes] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.seen.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(503 if len(self.seen) == 1 else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_codes_go_out_by_http_and_are_tried_again():
    Gateway.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    async def send() -> None:
        sender = HttpSender(f"http://127.0.0.1:{server.server_port}/sms")
        try:
            with pytest.raises(httpx.HTTPStatusError):
                await sender.send_code(PHONE, CODE, "zh")
            await sender.send_code(PHONE, CODE, "zh")
        finally:
            await sender.close()

    try:
        asyncio.run(send())
    finally:
        server.shutdown()
        server.server_close()
    assert [httpx.Response(200, content=body).json() for body in Gateway.seen] == [
        {"phone": PHONE, "code": CODE, "locale": "zh"}
    ] * 2


def test_sessions_end_by_time_and_by_revoking(db):
    for n in (1, 2, 3):
        signed_in(db, n)
    later = after(hours=1)

    def open_ones() -> list[str]:
        return [s.id for s in db.read_now(sessions_of_person, "psn_1", later)]

    assert db.read_now(sessions_of_person, "psn_1", later)[-1] == SessionRecord(
        "ses_1", after(minutes=10), after(minutes=10, days=90), None, after(minutes=10)
    )
    assert open_ones() == ["ses_3", "ses_2", "ses_1"]
    assert [db.write_now(revoke_session, RevokeSession("ses_2", later)) for _ in range(2)] == [True, False]
    assert not db.write_now(revoke_session, RevokeSession("ses_9", later))
    assert open_ones() == ["ses_3", "ses_1"]
    assert db.read_now(session_by_token_hash, "hash-2", later) is None
    keep = RevokeSessionsOf(later, person_id="psn_1", kept_session_id="ses_3")
    assert [db.write_now(revoke_sessions_of, keep) for _ in range(2)] == [1, 0]
    assert open_ones() == ["ses_3"]
    revoked = [e for e in announced(db) if e.name == "identity.session_revoked.v1"]
    assert [(e.person_id, e.body["session_id"]) for e in revoked] == [("psn_1", "ses_2"), ("psn_1", "ses_1")]
    assert db.read_now(session_by_token_hash, "hash-3", after(days=90, minutes=30)) is None
    assert db.read_now(sessions_of_person, "psn_1", after(days=91)) == []
    with pytest.raises(ValueError, match="person's"):
        db.write_now(revoke_sessions_of, RevokeSessionsOf(later))


def test_an_erased_person_is_nobody_any_more_and_may_come_back_as_another(db):
    signed_in(db, 1)
    signed_in(db, 2, phone="+358501234568", device_id="dev_2")
    now = after(hours=1)
    assert [db.write_now(erase_person, ErasePerson("psn_1", now, PEPPER)) for _ in range(2)] == [True, False]
    assert not db.write_now(erase_person, ErasePerson("psn_9", now, PEPPER))
    assert db.read_now(person_by_id, "psn_1") == Person("psn_1", None, "zh", after(minutes=10), now)
    assert PHONE not in all_rows(db)
    assert db.read_now(session_by_token_hash, "hash-1", now) is None
    assert db.read_now(device_person, ["dev_1", "dev_2"]) == {"dev_2": "psn_2"}
    assert db.read_now(session_by_token_hash, "hash-2", now) is not None
    assert [e.name for e in announced(db)][-2:] == [
        "identity.session_revoked.v1",
        "identity.person_erased.v1",
    ]
    back = signed_in(db, 7)
    assert (back.person_id, back.is_new) == ("psn_7", True)


def test_what_ended_long_ago_is_forgotten(db):
    signed_in(db, 1)
    signed_in(db, 2, phone="+358501234568")
    db.write_now(revoke_session, RevokeSession("ses_2", after(hours=1)))
    assert db.write_now(forget_ended, ForgetEnded(after(hours=24))) == 0
    assert db.write_now(forget_ended, ForgetEnded(after(hours=25))) == 2  # two codes, and their phones
    assert db.write_now(forget_ended, ForgetEnded(after(days=31))) == 1
    assert db.read_now(session_by_token_hash, "hash-1", after(days=31)) is not None
    assert db.write_now(forget_ended, ForgetEnded(after(days=121))) == 1
