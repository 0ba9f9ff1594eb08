"""The database fails under the writer: everybody is told, nothing is half done, and the writer goes on."""

import sqlite3
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Tx
from tests.kernel.scratch import (
    TIMEOUT_S,
    Write,
    add_one,
    late,
    note,
    note_ids,
    noted_ids,
    tally,
    together,
    write_note,
)

IDS = [f"n{number}" for number in range(8)]


@pytest.fixture
def rival(scratch_url: str) -> Iterator[Connection]:
    """Somebody else at the same database, committing every statement."""
    engine = create_engine(scratch_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def only_postgresql(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("one writer, no server: cannot happen on SQLite")


def is_busy(outcome: object) -> bool:
    return isinstance(outcome, Refusal) and outcome.code == "busy.try_later"


def goes_on(db: Database) -> None:
    """The writer and the readers are as good as new."""
    assert db.waiting == 0
    assert db.write_now(write_note, Write("after")) == "done after"
    assert "after" in db.read_now(note_ids)


def test_what_fails_at_commit_fails_alone(db: Database) -> None:
    """A deferred constraint is checked by COMMIT itself, for all commands of the batch at once."""

    def write_late(tx: Tx, note_id: str) -> str:
        tx.run(insert(late).values(id=f"late-{note_id}", note_id=note_id))
        return "late"

    asked = [*((write_note, Write(id_)) for id_ in IDS), (write_late, "nowhere"), (write_late, "n0")]
    outcomes = together(db, asked)
    assert outcomes[:8] == [f"done {id_}" for id_ in IDS]
    assert isinstance(outcomes[8], Refusal)
    assert outcomes[8].code == "request.conflict"
    assert outcomes[9] == "late"
    assert db.read_now(note_ids) == IDS
    assert db.read_now(noted_ids) == IDS
    found = db.read_now(lambda reader: reader.rows(select(late.c.id)))
    assert [row.id for row in found] == ["late-n0"]
    goes_on(db)


def test_a_full_disk(db: Database) -> None:
    if not db.is_sqlite:
        pytest.skip("SQLite's own limit of pages")

    def limit_pages(tx: Tx, more: int) -> None:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + more}")

    def write_much(tx: Tx, id_: str) -> str:
        write_note(tx, Write(id_))
        tx.run(text("CREATE TABLE IF NOT EXISTS scratch_blob (id text, b blob)"))
        tx.run(text("INSERT INTO scratch_blob VALUES (:id, zeroblob(100000))"), {"id": id_})
        return f"done {id_}"

    db.write_now(limit_pages, 60)
    outcomes = together(db, [(write_much, id_) for id_ in IDS])
    done = [id_ for id_, outcome in zip(IDS, outcomes, strict=True) if outcome == f"done {id_}"]
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(done) + len(failed) == 8
    assert 1 <= len(done) <= 2  # 60 pages of 4 kB hold two
    assert all("full" in str(problem) for problem in failed)
    assert db.read_now(note_ids) == db.read_now(noted_ids) == done
    blobs = db.read_now(lambda reader: reader.rows(text("SELECT id FROM scratch_blob ORDER BY id")))
    assert [row.id for row in blobs] == done
    db.write_now(limit_pages, 100_000)
    goes_on(db)


def test_a_file_that_another_process_has_locked(db: Database, scratch_url: str) -> None:
    if not db.is_sqlite:
        pytest.skip("SQLite's lock on the file")
    other = sqlite3.connect(scratch_url.removeprefix("sqlite:///"), isolation_level=None)
    db.write_now(lambda tx, _: tx.connection.exec_driver_sql("PRAGMA busy_timeout=20"), None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refusal) as refused:
        db.write_now(write_note, Write("a"))
    assert is_busy(refused.value)
    assert db.read_now(note_ids) == []
    other.execute("ROLLBACK")
    other.close()
    goes_on(db)


def kill(tx: Tx, rival: Connection) -> None:
    """End the writer's own session, as an operator or a failing server would."""
    pid = tx.value(text("SELECT pg_backend_pid()"))
    rival.execute(text("SELECT pg_terminate_backend(:pid, 20000)"), {"pid": pid})


def test_a_connection_that_breaks_between_two_statements(db: Database, rival: Connection) -> None:
    only_postgresql(db)

    def break_off(tx: Tx, _command: None) -> str:
        kill(tx, rival)
        return "not known to be broken yet"

    asked = [(write_note, Write(id_)) for id_ in IDS[:4]]
    asked += [(break_off, None)]  # type: ignore[list-item]
    asked += [(write_note, Write(id_)) for id_ in IDS[4:]]
    outcomes = together(db, asked)
    assert [is_busy(outcome) for outcome in outcomes] == [True] * 9
    assert db.read_now(note_ids) == []
    goes_on(db)
    assert db.read_now(noted_ids) == ["after"]


def test_a_connection_that_breaks_inside_a_flow(db: Database, rival: Connection) -> None:
    only_postgresql(db)

    def break_off(tx: Tx, id_: str) -> str:
        kill(tx, rival)
        return write_note(tx, Write(id_))

    outcomes = together(db, [(write_note, Write("a")), (break_off, "b"), (write_note, Write("c"))])
    assert [is_busy(outcome) for outcome in outcomes] == [True] * 3
    assert db.read_now(note_ids) == []
    goes_on(db)


def test_a_connection_that_breaks_in_commit(db: Database, rival: Connection) -> None:
    """Nobody can say "nothing was changed" then: it is an error, not a refusal, and all or nothing is there."""
    only_postgresql(db)
    rival.execute(
        text(
            "CREATE FUNCTION scratch_die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(20); RETURN NULL; END $$"
        )
    )
    rival.execute(
        text(
            "CREATE CONSTRAINT TRIGGER scratch_dies AFTER INSERT ON scratch_late DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION scratch_die()"
        )
    )

    def write_late(tx: Tx, id_: str) -> str:
        tx.run(insert(late).values(id=id_))
        return "never"

    outcomes = together(db, [*((write_note, Write(id_)) for id_ in IDS), (write_late, "x")])
    assert all(isinstance(outcome, DBAPIError) for outcome in outcomes)
    assert db.read_now(note_ids) == []
    rival.execute(text("DROP TRIGGER scratch_dies ON scratch_late"))
    goes_on(db)


def test_a_server_that_ended_all_sessions_meanwhile(db: Database, rival: Connection) -> None:
    only_postgresql(db)
    assert db.write_now(write_note, Write("a")) == "done a"
    assert db.read_now(note_ids) == ["a"]
    rival.execute(
        text(
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    )
    assert db.read_now(note_ids) == ["a"]  # asked again on a new connection
    with pytest.raises(Refusal) as refused:
        db.write_now(write_note, Write("b"))
    assert is_busy(refused.value)
    goes_on(db)


def test_a_deadlock_is_done_again_once(db: Database, rival: Connection) -> None:
    only_postgresql(db)
    db.write_now(lambda tx, _: tx.insert_many(tally, [{"id": i, "n": 0} for i in "ab"]), None)
    turns: list[int] = []
    ended = threading.Event()
    rival_pid = rival.scalar(text("SELECT pg_backend_pid()"))
    rival.rollback()

    def cross() -> None:
        """Hold b, ask for a."""
        rival.execute(text("SET deadlock_timeout = '60s'"))
        rival.execute(text("BEGIN"))
        rival.execute(update(tally).where(tally.c.id == "b").values(n=tally.c.n + 100))
        holds_b.set()
        rival.execute(update(tally).where(tally.c.id == "a").values(n=tally.c.n + 100))
        rival.execute(text("COMMIT"))
        ended.set()

    holds_b = threading.Event()
    crossing = threading.Thread(target=cross)

    def add_both(tx: Tx, _command: None) -> str:
        turns.append(1)
        tx.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        add_one(tx, "a")
        if len(turns) == 1:
            crossing.start()
            assert holds_b.wait(TIMEOUT_S)
            wait_until_it_waits(tx, rival_pid)
        add_one(tx, "b")
        return "done"

    asked = [(write_note, Write("x")), (add_both, None), (write_note, Write("y"))]
    assert together(db, asked) == ["done x", "done", "done y"]
    crossing.join(TIMEOUT_S)
    assert ended.is_set()
    assert len(turns) == 2
    rows = db.read_now(lambda reader: reader.rows(select(tally.c.n).order_by(tally.c.id)))
    assert [row.n for row in rows] == [101, 101]
    assert db.read_now(noted_ids) == ["x", "y"]
    goes_on(db)


def wait_until_it_waits(tx: Tx, pid: int) -> None:
    """For a lock; other tests have theirs on the same server."""
    ends = time.monotonic() + TIMEOUT_S
    while not tx.value(text(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {pid}")):
        assert time.monotonic() < ends


def test_a_serialization_failure_is_done_again_once(scratch_url: str, rival: Connection) -> None:
    """With snapshots for whole transactions, as somebody may set them, a rival's commit breaks ours off."""
    db = Database(scratch_url)
    try:
        only_postgresql(db)
        db.engine.update_execution_options(isolation_level="REPEATABLE READ")
        rival.execute(insert(tally).values(id="a", n=0))
        turns: list[int] = []

        def add_after_rival(tx: Tx, _command: None) -> int:
            turns.append(tx.value(select(tally.c.n)))
            if len(turns) == 1:
                rival.execute(update(tally).values(n=tally.c.n + 100))
            add_one(tx, "a")
            return turns[-1]

        asked = [(write_note, Write("x")), (add_after_rival, None), (write_note, Write("y"))]
        assert together(db, asked) == ["done x", 100, "done y"]
        assert turns == [0, 100]
        assert db.read_now(lambda reader: reader.value(select(tally.c.n))) == 101
        assert db.read_now(noted_ids) == ["x", "y"]
    finally:
        db.close()


def test_who_always_loses_is_told_to_try_later(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    only_postgresql(db)
    monkeypatch.setattr("highstreet.kernel.db.REPLAY_FOR_S", 0.2)
    turns: list[int] = []

    def always_loses(tx: Tx, _command: None) -> None:
        turns.append(1)
        tx.run(insert(note).values(id="never", n=1))
        tx.connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")

    outcomes = together(db, [(write_note, Write("x")), (always_loses, None), (write_note, Write("y"))])
    assert outcomes[::2] == ["done x", "done y"]
    assert is_busy(outcomes[1])
    assert len(turns) > 2  # with the others, then alone and again until the time is up
    assert db.read_now(note_ids) == ["x", "y"]


def test_a_swallowed_database_error_is_still_nobody_elses(db: Database) -> None:
    """PostgreSQL refuses everything after an error until the savepoint; who passes over it fails alone."""

    def swallow(tx: Tx, id_: str) -> str:
        write_note(tx, Write(id_))
        try:
            tx.connection.exec_driver_sql("SELECT nonsense")
        except DBAPIError:
            return "swallowed"
        return "never"

    outcomes = together(db, [(write_note, Write("a")), (swallow, "b"), (write_note, Write("c"))])
    assert outcomes[::2] == ["done a", "done c"]
    kept = ["a", "b", "c"] if outcomes[1] == "swallowed" else ["a", "c"]
    assert db.is_sqlite == (outcomes[1] == "swallowed")
    assert db.read_now(note_ids) == kept
    assert db.read_now(noted_ids) == kept
