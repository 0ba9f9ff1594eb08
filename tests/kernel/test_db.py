"""The database's two verbs: what `write` promises when it returns, and what it does to those who wait together."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from highstreet.kernel.db import Database, batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Committed, Reader, Tx
from tests.kernel.scratch import (
    AT,
    NO,
    TIMEOUT_S,
    Held,
    Noted,
    Write,
    add_one,
    count_notes,
    note,
    note_ids,
    noted_ids,
    run,
    seen_afresh,
    tally,
    together,
    write_note,
)

ALL = [f"n{number:02}" for number in range(64)]


# Durable when it returns ------------------------------------------------------------------------------


def test_a_write_is_there_when_it_returns(db: Database, scratch_url: str) -> None:
    async def write() -> int:
        assert await db.write(write_note, Write("a")) == "done a"
        return await asyncio.to_thread(seen_afresh, scratch_url, select(func.count()).select_from(note))

    assert run(write()) == 1
    assert db.write_now(write_note, Write("b")) == "done b"
    assert seen_afresh(scratch_url, select(func.count()).select_from(note)) == 2
    assert (db.batches, db.commands, db.waiting) == (2, 2, 0)


def test_who_waits_for_commits_is_told_what_they_brought(db: Database) -> None:
    told: list[Committed] = []

    def breaks(_what: Committed) -> None:
        raise RuntimeError("a listener's fault")

    db.on_commit(breaks)
    db.on_commit(told.append)
    assert db.write_now(write_note, Write("a")) == "done a"
    with pytest.raises(Refusal):
        db.write_now(write_note, Write("b", NO()))
    assert told == [Committed(frozenset({Noted.name}), True), Committed(frozenset(), False)]


# Together ---------------------------------------------------------------------------------------------


def test_a_refused_command_rolls_back_alone(db: Database) -> None:
    faults = {"n03": NO(field="x"), "n10": ZeroDivisionError("ours")}
    asked = [(write_note, Write(id_, faults.get(id_))) for id_ in ALL[:20]]
    outcomes = together(db, asked)
    good = [id_ for id_ in ALL[:20] if id_ not in faults]
    assert [o for o in outcomes if isinstance(o, str)] == [f"done {id_}" for id_ in good]
    assert isinstance(outcomes[3], Refusal)
    assert outcomes[3].facts == {"field": "x"}
    assert isinstance(outcomes[10], ZeroDivisionError)
    assert db.read_now(note_ids) == good
    assert db.read_now(noted_ids) == good
    assert (db.batches, db.commands) == (2, 21)  # one held the writer, one took all twenty


@pytest.mark.parametrize(
    "fault", [StopIteration(1), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()]
)
def test_no_exception_stops_the_writer_or_leaves_others_waiting(db: Database, fault: BaseException) -> None:
    outcomes = together(
        db, [(write_note, Write("a")), (write_note, Write("b", fault)), (write_note, Write("c"))]
    )
    assert outcomes[::2] == ["done a", "done c"]
    assert isinstance(outcomes[1], RuntimeError)
    assert type(fault).__name__ in str(outcomes[1])
    with pytest.raises(RuntimeError):
        db.write_now(write_note, Write("d", fault))
    assert db.write_now(write_note, Write("e")) == "done e"
    assert db.read_now(note_ids) == ["a", "c", "e"]


def make_flow(faults: dict[str, BaseException]) -> tuple[Any, list[list[str]]]:
    """A batched flow that fails as a whole for a guilty command, and the lists of ids it was called with."""
    calls: list[list[str]] = []

    @batched
    def write_notes(tx: Tx, commands: Sequence[Write]) -> list[str | Refusal]:
        calls.append([command.id for command in commands])
        lawful = [command for command in commands if command.fault is None]
        tx.insert_many(note, [{"id": command.id, "n": 1} for command in lawful])
        for command in lawful:
            tx.announce(Noted(at=AT, note_id=command.id))
        for command in lawful:
            if command.id in faults:
                raise faults[command.id]
        return [command.fault or f"done {command.id}" for command in commands]

    return write_notes, calls


def test_a_batched_flow_takes_all_that_wait(db: Database) -> None:
    flow, calls = make_flow({})
    asked = [(flow, Write(id_, NO() if id_ == "n05" else None)) for id_ in ALL]
    outcomes = together(db, asked)
    assert calls == [ALL]
    assert isinstance(outcomes[5], Refusal)
    assert [o for o in outcomes if isinstance(o, str)] == [f"done {i}" for i in ALL if i != "n05"]
    assert db.read_now(noted_ids) == [i for i in ALL if i != "n05"]
    assert (db.batches, db.commands) == (2, 65)


@pytest.mark.parametrize("guilty", [["n37"], ["n00", "n01", "n63"], ALL])
def test_only_the_guilty_of_a_batch_are_refused(db: Database, guilty: list[str]) -> None:
    flow, calls = make_flow({id_: NO(field=id_) for id_ in guilty})
    outcomes = together(db, [(flow, Write(id_)) for id_ in ALL])
    good = [id_ for id_ in ALL if id_ not in guilty]
    for id_, outcome in zip(ALL, outcomes, strict=True):
        if id_ in guilty:
            assert isinstance(outcome, Refusal)
            assert outcome.facts == {"field": id_}
        else:
            assert outcome == f"done {id_}"
    assert db.read_now(note_ids) == good
    assert sorted(db.read_now(noted_ids)) == good
    assert db.batches == 2
    if len(guilty) == 1:
        assert len(calls) == 1 + 2 * 6  # halves of 64, six times


def test_a_batched_flow_that_loses_count_is_nobodys_success(db: Database) -> None:
    @batched
    def forgets_one(tx: Tx, commands: Sequence[Write]) -> list[str | Refusal]:
        tx.insert_many(note, [{"id": command.id, "n": 1} for command in commands])
        return ["done"] * (len(commands) - 1)

    outcomes = together(db, [*((forgets_one, Write(id_)) for id_ in ALL[:4]), (write_note, Write("x"))])
    assert [type(outcome) for outcome in outcomes] == [ValueError] * 4 + [str]
    assert db.read_now(note_ids) == ["x"]


def test_an_event_that_cannot_be_written_spoils_only_its_command(db: Database) -> None:
    def announce_nonsense(tx: Tx, command: Write) -> str:
        tx.run(insert(note).values(id=command.id, n=1))
        tx.announce(Noted(at=AT, note_id=command.id, extra=object()))
        return "never"

    asked = [*((write_note, Write(id_)) for id_ in ALL[:6]), (announce_nonsense, Write("x"))]
    outcomes = together(db, asked)
    assert outcomes[:6] == [f"done {id_}" for id_ in ALL[:6]]
    assert isinstance(outcomes[6], TypeError)
    assert db.read_now(note_ids) == ALL[:6]
    assert db.read_now(noted_ids) == ALL[:6]


def test_load_shares_commits(db: Database) -> None:
    async def load() -> None:
        await asyncio.gather(*(db.write(add_one, "a") for _ in range(400)))

    db.write_now(lambda tx, _: tx.insert_many(tally, [{"id": "a", "n": 0}]), None)
    with Held(db):
        thread = threading.Thread(target=lambda: run(load()))
        thread.start()
        while db.waiting < 401:
            assert thread.is_alive()
    thread.join(TIMEOUT_S)
    assert db.read_now(lambda reader: reader.value(select(tally.c.n))) == 400
    assert db.commands == 402
    assert db.batches == 2 + 2  # 400 in batches of 256


# The queue --------------------------------------------------------------------------------------------


def test_a_full_queue_is_told_at_once(scratch_url: str) -> None:
    db = Database(scratch_url, queue_limit=3)
    try:
        with ThreadPoolExecutor(2) as pool, Held(db):
            asked = [pool.submit(db.write_now, write_note, Write(id_)) for id_ in ("a", "b")]
            while db.waiting < 3:
                assert not asked[0].done()
            with pytest.raises(Refusal) as refused:
                db.write_now(write_note, Write("c"))
            with pytest.raises(Refusal):
                run(db.write(write_note, Write("c")))
            assert db.waiting == 3
        assert (refused.value.code, refused.value.status) == ("busy.try_later", 503)
        assert refused.value.facts == {"retry_after_s": 1}
        assert [one.result(TIMEOUT_S) for one in asked] == ["done a", "done b"]
        assert db.waiting == 0
        assert db.write_now(write_note, Write("c")) == "done c"
    finally:
        db.close()


def test_close_answers_what_was_taken_in(scratch_url: str) -> None:
    db = Database(scratch_url, writers=4)
    with ThreadPoolExecutor(20) as pool:
        held = [Held(db) for _ in db._writers]
        for one in held:
            one.__enter__()
        asked = [pool.submit(db.write_now, write_note, Write(id_)) for id_ in ALL[:20]]
        while db.waiting < 20 + len(held):
            assert not asked[0].done()
        closing = threading.Thread(target=db.close)
        closing.start()
        while not db._closed:
            assert closing.is_alive()
        with pytest.raises(Refusal, match=r"busy\.try_later"):
            db.write_now(write_note, Write("late"))
        for one in held:
            one.__exit__()
        assert [one.result(TIMEOUT_S) for one in asked] == [f"done {id_}" for id_ in ALL[:20]]
        closing.join(TIMEOUT_S)
        assert not closing.is_alive()
    with pytest.raises(Refusal, match=r"busy\.try_later"):
        run(db.read(note_ids))
    db.close()
    assert seen_afresh(scratch_url, select(func.count()).select_from(note)) == 20


def test_who_closes_while_others_write_leaves_nobody_waiting(scratch_url: str) -> None:
    """Every write of a crowd is either done and answered, or refused; none hangs."""
    db = Database(scratch_url)
    done: list[str] = []

    def write_many(writer: int) -> None:
        for number in range(1000):
            try:
                db.write_now(write_note, Write(f"{writer}-{number}"))
            except Refusal:
                return
            done.append(f"{writer}-{number}")

    crowd = [threading.Thread(target=write_many, args=(writer,)) for writer in range(6)]
    for one in crowd:
        one.start()
    while len(done) < 20:
        assert any(one.is_alive() for one in crowd)
    db.close()
    for one in crowd:
        one.join(TIMEOUT_S)
        assert not one.is_alive()
    assert seen_afresh(scratch_url, select(func.count()).select_from(note)) == len(done)


def test_a_cancelled_caller_does_not_cancel_the_command(db: Database) -> None:
    async def ask() -> None:
        with Held(db):
            task = asyncio.create_task(db.write(write_note, Write("a")))
            other = asyncio.create_task(db.write(write_note, Write("b")))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await other == "done b"

    run(ask())
    assert db.read_now(note_ids) == ["a", "b"]
    assert (db.commands, db.waiting) == (3, 0)


def test_a_caller_whose_loop_is_gone_harms_nobody(db: Database) -> None:
    loop = asyncio.new_event_loop()
    held = Held(db)
    held.__enter__()
    task = loop.create_task(db.write(write_note, Write("a")))
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    held.__exit__()
    assert db.write_now(write_note, Write("b")) == "done b"
    assert db.read_now(note_ids) == ["a", "b"]


# Reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO scratch_note VALUES ('x', 1)", "CREATE TABLE scratch_x (id int)", "DELETE FROM job"],
)
def test_reading_cannot_write(db: Database, statement: str) -> None:
    def sneak(reader: Reader) -> None:
        reader.connection.exec_driver_sql(statement)

    with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        run(db.read(sneak))
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        db.read_now(sneak)
    assert db.read_now(note_ids) == []


def test_a_read_sees_one_moment_and_stops_nobody(db: Database) -> None:
    counted, go_on = threading.Event(), threading.Event()

    def count_twice(reader: Reader) -> tuple[int, int]:
        first = count_notes(reader)
        counted.set()
        assert go_on.wait(TIMEOUT_S)
        return first, count_notes(reader)

    async def read_and_write() -> tuple[int, int]:
        reading = asyncio.create_task(db.read(count_twice))
        await asyncio.to_thread(counted.wait, TIMEOUT_S)
        assert await db.write(write_note, Write("b")) == "done b"  # while the reader is at it
        assert await db.read(count_notes) == 2
        go_on.set()
        return await reading

    db.write_now(write_note, Write("a"))
    assert run(read_and_write()) == (1, 1)
    assert db.read_now(count_notes) == 2


def test_many_threads_may_read(scratch_url: str) -> None:
    """Each keeps a connection; there is no pool that could run out."""
    db = Database(scratch_url, readers=24)
    meet = threading.Barrier(48)

    def read(reader: Reader) -> int:
        meet.wait(TIMEOUT_S)
        return count_notes(reader)

    async def read_all() -> list[int]:
        return await asyncio.gather(*(db.read(read) for _ in range(24)))

    try:
        with ThreadPoolExecutor(24) as pool:
            own = [pool.submit(db.read_now, read) for _ in range(24)]
            assert run(read_all()) == [0] * 24
            assert [one.result(TIMEOUT_S) for one in own] == [0] * 24
    finally:
        db.close()


def test_a_failed_read_leaves_the_connection_usable(db: Database) -> None:
    with pytest.raises(DBAPIError):
        db.read_now(lambda reader: reader.connection.exec_driver_sql("SELECT nonsense"))
    with pytest.raises(ZeroDivisionError):
        db.read_now(lambda reader: 1 // 0)
    assert db.read_now(count_notes) == 0


# Several writers --------------------------------------------------------------------------------------


def notice_deadlocks_soon(url: str) -> None:
    """PostgreSQL looks for a deadlock after a second; here after 20 ms."""
    if url.startswith("postgresql"):
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar()
            connection.execute(text(f"ALTER DATABASE {name} SET deadlock_timeout = '20ms'"))
        engine.dispose()


def test_four_writers_count_exactly(scratch_url: str) -> None:
    notice_deadlocks_soon(scratch_url)
    db = Database(scratch_url, writers=4)
    try:
        db.write_now(lambda tx, _: tx.insert_many(tally, [{"id": i, "n": 0} for i in "abc"]), None)

        def add_two(tx: Tx, ids: str) -> None:
            for tally_id in ids:  # not in one order: they will meet crosswise
                add_one(tx, tally_id)

        def work(number: int) -> None:
            for turn in range(15):
                db.write_now(add_two, ("ab", "ba", "bc", "cb", "ca", "ac")[(number + turn) % 6])

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(work, range(12)))
        found = db.read_now(lambda reader: reader.rows(select(tally.c.id, tally.c.n).order_by(tally.c.id)))
        assert [tuple(row) for row in found] == [("a", 120), ("b", 120), ("c", 120)]
        assert db.commands == 181
    finally:
        db.close()


# Constraints ------------------------------------------------------------------------------------------


def write_twice(tx: Tx, command: tuple[str, int]) -> None:
    tx.run(insert(note).values(id=command[0], n=command[1]))


def test_what_a_constraint_refuses_is_a_conflict(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    db.write_now(write_twice, ("secret-value", 1))
    for command in (("secret-value", 2), ("b", 777_777_777)):
        with pytest.raises(Refusal) as refused:
            db.write_now(write_twice, command)
        assert (refused.value.code, refused.value.status, refused.value.facts) == (
            "request.conflict",
            409,
            {},
        )
    told = capsys.readouterr().out
    assert "scratch_note_pkey" in told or "scratch_note.id" in told
    assert "ck_scratch_note_small" in told
    assert "secret-value" not in told
    assert "777777777" not in told
    assert db.read_now(note_ids) == ["secret-value"]


def test_errors_carry_no_values(db: Database) -> None:
    for sql in ("INSERT INTO scratch_note VALUES (:id, 1)", "INSERT INTO scratch_tally VALUES (:id, 'x')"):

        def insert_it(tx: Tx, id_: str, sql: str = sql) -> None:
            tx.run(text(sql), {"id": id_})
            tx.run(text(sql), {"id": id_})

        with pytest.raises((Refusal, DBAPIError)) as caught:
            db.write_now(insert_it, "secret-value")
        shown: BaseException | None = caught.value
        while shown is not None:
            assert "secret-value" not in str(shown)
            shown = shown.__cause__ or shown.__context__


def test_who_meets_a_faster_rival_looks_again(scratch_url: str) -> None:
    """Not there when looked, there when written: done again, the command sees what the rival committed."""
    db = Database(scratch_url, writers=2)
    rival = create_engine(scratch_url)
    turns: list[bool] = []

    def find_or_write(tx: Tx, _command: None) -> str:
        found = tx.value(select(note.c.n).where(note.c.id == "a"))
        turns.append(found is not None)
        if found is not None:
            return f"found {found}"
        if not db.is_sqlite:
            with rival.begin() as connection:
                connection.execute(insert(note).values(id="a", n=7))
        tx.run(insert(note).values(id="a", n=1))
        return "written"

    try:
        if db.is_sqlite:  # one writer: nobody can be faster
            assert db.write_now(find_or_write, None) == "written"
        else:
            assert db.write_now(find_or_write, None) == "found 7"
            assert turns == [False, True]
    finally:
        rival.dispose()
        db.close()
