"""The outbox: numbers in commit order, reactions at least once, and once when nothing fails."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from highstreet.kernel.db import Database
from highstreet.kernel.jobs import Runner, count_by_state
from highstreet.kernel.outbox import (
    RETRY_JOB,
    MoveCursor,
    Relay,
    StoredEvent,
    cursor_of,
    last_seq,
    move_cursor,
    read_events,
)
from highstreet.kernel.tables import outbox
from highstreet.kernel.time import MovableClock
from highstreet.kernel.tx import Reader, Tx
from tests.kernel.scratch import (
    AT,
    TIMEOUT_S,
    Noted,
    Write,
    note,
    note_ids,
    noted_ids,
    run,
    tally,
    until,
    write_note,
)

NAME = Noted.name


def announce_many(tx: Tx, ids: list[str]) -> None:
    for id_ in ids:
        tx.announce(Noted(at=AT, note_id=id_))


def count_reaction(tx: Tx, event: StoredEvent) -> None:
    """A second delivery of the same event would be refused by the primary key."""
    tx.run(insert(tally).values(id=event.body["note_id"], n=event.seq))


def tallied(reader: Reader) -> list[str]:
    return [row.id for row in reader.rows(select(tally.c.id).order_by(tally.c.n))]


async def relay_all(relay: Relay) -> int:
    total = 0
    while count := await relay.run_once():
        total += count
    return total


# Order ------------------------------------------------------------------------------------------------


def test_who_reads_on_from_a_number_misses_nothing(scratch_url: str) -> None:
    """Four writers in each of two programs, and a reader that is always right behind them."""
    programs = [Database(scratch_url, writers=4) for _ in range(2)]
    reader = Database(scratch_url)
    met: list[tuple[int, str]] = []
    everything = threading.Event()

    def poll() -> None:
        while True:
            is_last = everything.is_set()
            after = met[-1][0] if met else 0
            found = reader.read_now(read_events, after=after, limit=7)
            met.extend((event.seq, event.body["note_id"]) for event in found)
            if is_last and not found:
                return

    def write(number: int) -> None:
        for turn in range(12):
            programs[number % 2].write_now(write_note, Write(f"{number}-{turn}"))

    try:
        if not reader.is_sqlite:
            polling = threading.Thread(target=poll)
            polling.start()
            with ThreadPoolExecutor(12) as pool:
                list(pool.map(write, range(12)))
        else:  # one program, one writer
            polling = threading.Thread(target=poll)
            polling.start()
            with ThreadPoolExecutor(12) as pool:
                list(pool.map(write, range(0, 24, 2)))
        everything.set()
        polling.join(TIMEOUT_S)
        assert not polling.is_alive()
        assert [seq for seq, _ in met] == sorted({seq for seq, _ in met})
        assert [id_ for _, id_ in met] == reader.read_now(noted_ids)
        assert sorted(id_ for _, id_ in met) == reader.read_now(note_ids)
        assert len(met) == 144
    finally:
        for one in (*programs, reader):
            one.close()


def test_events_can_be_asked_for_by_whose_they_are(db: Database) -> None:
    def announce(tx: Tx, _command: None) -> None:
        for number, (brand, person) in enumerate([("b1", None), ("b1", "p1"), ("b2", "p1"), (None, "p2")]):
            tx.announce(Noted(at=AT, brand_id=brand, person_id=person, note_id=str(number)))

    db.write_now(announce, None)

    def ask(reader: Reader, **which: Any) -> str:
        return "".join(event.body["note_id"] for event in read_events(reader, after=0, **which))

    assert db.read_now(ask) == "0123"
    assert db.read_now(ask, brand_id="b1") == "01"
    assert db.read_now(ask, person_id="p1") == "12"
    assert db.read_now(ask, brand_id="b2", person_id="p2") == ""
    assert db.read_now(ask, names=[NAME], limit=2) == "01"
    assert db.read_now(ask, names=["other.v1"]) == ""
    assert db.read_now(last_seq) == max(event.seq for event in db.read_now(read_events, after=0))


# Reactions --------------------------------------------------------------------------------------------


def test_each_event_once_in_order(db: Database) -> None:
    ids = [f"{n:03}" for n in range(100)]
    db.write_now(announce_many, ids)
    relay = Relay(db, {NAME: [count_reaction]}, MovableClock(AT))
    assert run(relay_all(relay)) == 100
    assert db.read_now(tallied) == ids
    assert run(relay.run_once()) == 0
    assert db.read_now(cursor_of, "reactions") == db.read_now(last_seq)
    another = Relay(db, {NAME: [count_reaction]}, MovableClock(AT))  # after a restart
    assert run(relay_all(another)) == 0
    db.write_now(announce_many, ["x"])
    assert run(relay_all(another)) == 1
    assert db.read_now(tallied) == [*ids, "x"]


def test_two_consumers_have_their_own_cursors(db: Database) -> None:
    db.write_now(announce_many, ["a"])

    def renamed(tx: Tx, event: StoredEvent) -> None:
        tx.run(insert(note).values(id=event.body["note_id"]))

    assert run(relay_all(Relay(db, {NAME: [count_reaction]}, MovableClock(AT)))) == 1
    assert run(relay_all(Relay(db, {NAME: [renamed]}, MovableClock(AT), consumer="other"))) == 1
    assert (db.read_now(tallied), db.read_now(note_ids)) == (["a"], ["a"])


def test_two_relays_at_once_deliver_once(scratch_url: str) -> None:
    programs = [Database(scratch_url) for _ in range(2 if scratch_url.startswith("postgresql") else 1)]
    ids = [f"{n:03}" for n in range(300)]
    programs[0].write_now(announce_many, ids)
    relays = [
        Relay(programs[n % len(programs)], {NAME: [count_reaction]}, MovableClock(AT)) for n in range(4)
    ]

    async def relay_together() -> None:
        while programs[0].read_now(cursor_of, "reactions") < programs[0].read_now(last_seq):
            await asyncio.gather(*(relay.run_once() for relay in relays))

    try:
        run(relay_together())
        assert programs[0].read_now(tallied) == ids
        assert programs[0].read_now(count_by_state) == {}  # nothing failed, so nothing is tried again
    finally:
        for program in programs:
            program.close()


def failing(times: dict[str, int]) -> Callable[[Tx, StoredEvent], None]:
    """A reaction that writes, announces, and then fails so many times for these notes."""

    def stumble(tx: Tx, event: StoredEvent) -> None:
        if event.body["extra"] == "mine":
            return
        count_reaction(tx, event)
        tx.announce(Noted(at=AT, note_id=f"after {event.body['note_id']}", extra="mine"))
        left = times.get(event.body["note_id"], 0)
        if left:
            times[event.body["note_id"]] = left - 1
            raise ConnectionError("not now")

    return stumble


def test_a_failing_reaction_holds_nobody_up_and_is_tried_again(db: Database) -> None:
    db.write_now(announce_many, ["a", "b", "c"])
    clock = MovableClock(AT)

    def note_reaction(tx: Tx, event: StoredEvent) -> None:
        if event.body["extra"] is None:
            tx.run(insert(note).values(id=event.body["note_id"], n=1))

    relay = Relay(db, {NAME: [failing({"b": 3}), note_reaction]}, clock)
    runner = Runner(db, {RETRY_JOB: relay.retry}, clock)
    assert run(relay_all(relay)) == 5  # three, and the two that were announced in turn
    assert sorted(db.read_now(tallied)) == ["a", "c"]
    assert db.read_now(note_ids) == ["a", "b", "c"]  # the other reaction to the same event was not held up
    assert db.read_now(noted_ids) == ["a", "b", "c", "after a", "after c"]
    assert db.read_now(count_by_state) == {"waiting": 1}
    assert run(runner.drain()) == 1  # fails the second time
    assert run(runner.drain()) == 0
    clock.advance(timedelta(seconds=2))
    assert run(runner.drain()) == 1  # the third
    clock.advance(timedelta(seconds=4))
    assert run(runner.drain()) == 1
    assert sorted(db.read_now(tallied)) == ["a", "b", "c"]
    assert db.read_now(note_ids) == ["a", "b", "c"]
    assert db.read_now(count_by_state) == {"done": 1}
    assert db.read_now(noted_ids)[-1] == "after b"


def test_a_relay_that_dies_in_the_middle_starts_there_again(db: Database) -> None:
    db.write_now(announce_many, ["a", "b", "c"])
    deaths = [SystemExit(), SystemExit()]

    def die(tx: Tx, event: StoredEvent) -> None:
        count_reaction(tx, event)
        if event.body["note_id"] == "b" and deaths:
            raise deaths.pop()

    relay = Relay(db, {NAME: [die]}, MovableClock(AT))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            run(relay.run_once())
        assert db.read_now(tallied) == []
        assert db.read_now(cursor_of, "reactions") == 0
    assert run(relay.run_once()) == 3
    assert db.read_now(tallied) == ["a", "b", "c"]


def test_an_event_that_is_gone_is_not_mistaken_for_the_next(db: Database) -> None:
    db.write_now(announce_many, ["a", "b"])
    relay = Relay(db, {NAME: [count_reaction]}, MovableClock(AT))
    first = db.read_now(read_events, after=0)[0].seq
    db.write_now(lambda tx, _: tx.run(delete(outbox).where(outbox.c.seq == first)).rowcount, None)
    run(relay.retry({"seq": first, "reaction": "count_reaction"}, AT))
    assert db.read_now(tallied) == []
    run(relay.retry({"seq": first + 1, "reaction": "count_reaction"}, AT))
    assert db.read_now(tallied) == ["b"]


def test_a_quiet_cursor_follows_now_and_then(db: Database) -> None:
    """Events that nobody reacts to move the cursor only after a thousand; none that counts is passed over."""
    db.write_now(announce_many, [f"{n}" for n in range(1200)])
    relay = Relay(db, {"other.happened.v1": [count_reaction]}, MovableClock(AT))
    assert run(relay.run_once()) == 0
    assert db.read_now(cursor_of, "reactions") == db.read_now(last_seq)
    before = db.read_now(last_seq)
    db.write_now(announce_many, ["x"])
    assert run(relay.run_once()) == 0
    assert db.read_now(cursor_of, "reactions") == before
    assert run(Relay(db, {}, MovableClock(AT)).run_once()) == 0


def test_a_cursor_moves_only_from_where_it_is(db: Database) -> None:
    assert db.write_now(move_cursor, MoveCursor("c", 0, 5)) is True
    assert db.write_now(move_cursor, MoveCursor("c", 0, 9)) is False
    assert db.write_now(move_cursor, MoveCursor("c", 5, 9)) is True
    assert db.read_now(cursor_of, "c") == 9
    assert db.read_now(cursor_of, "nobody") == 0


def test_a_running_relay_is_woken_by_commits(db: Database) -> None:
    async def has_tallied(*ids: str) -> bool:
        return await db.read(tallied) == list(ids)

    async def live() -> None:
        wake = asyncio.Event()
        loop = asyncio.get_running_loop()
        db.on_commit(lambda what: loop.call_soon_threadsafe(wake.set))
        relay = Relay(db, {NAME: [count_reaction]}, MovableClock(AT))
        task = asyncio.create_task(relay.run(wake))
        await db.write(announce_many, ["a", "b"])
        await until(lambda: has_tallied("a", "b"))
        await db.write(announce_many, ["c"])
        await until(lambda: has_tallied("a", "b", "c"))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(live())
