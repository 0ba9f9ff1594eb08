"""Live streams: from a number on everything, nothing twice, whoever writes meanwhile, in whichever process."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from highstreet.kernel import live as live_module
from highstreet.kernel.db import Database
from highstreet.kernel.live import Live, Topic, listen_postgres
from highstreet.kernel.outbox import StoredEvent, last_seq
from highstreet.kernel.tx import Committed, Tx
from tests.kernel.scratch import AT, AccessGone, Noted, run, until

ANY = Topic()


def announce(tx: Tx, command: dict[str, Any]) -> None:
    ids = command["ids"]
    for id_ in ids:
        tx.announce(
            Noted(
                at=AT,
                brand_id=command.get("brand"),
                place_id=command.get("place"),
                person_id=command.get("person"),
                note_id=id_,
            )
        )


def said(*ids: str, **whose: str) -> dict[str, Any]:
    return {"ids": ids, **whose}


def ids_of(events: list[StoredEvent]) -> list[str]:
    return [one.body["note_id"] for one in events]


@asynccontextmanager
async def running(db: Database) -> AsyncIterator[Live]:
    """A hub that commits of this database wake, as the program does it."""
    hub = Live(db)
    loop = asyncio.get_running_loop()

    def committed(what: Committed) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: what.has_events and hub.wake())

    db.on_commit(committed)
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def take(hub: Live, topic: Topic, count: int, after: int | None = None) -> list[StoredEvent]:
    found: list[StoredEvent] = []
    async with aclosing(hub.subscribe(topic, after)) as events:
        async for one in events:
            found.append(one)
            if len(found) == count:
                break
    return found


async def listening(hub: Live, count: int = 1) -> None:
    async def is_so() -> bool:
        return hub.listeners == count

    await until(is_so)


def test_from_now_on_or_from_a_number_on(db: Database) -> None:
    async def story() -> None:
        async with running(db) as hub:
            await db.write(announce, said("before 1", "before 2"))
            newest = await db.read(last_seq)
            from_now = asyncio.create_task(take(hub, ANY, 2))
            from_one = asyncio.create_task(take(hub, ANY, 3, newest - 1))
            from_start = asyncio.create_task(take(hub, ANY, 4, 0))
            beyond = asyncio.create_task(take(hub, ANY, 2, 10**30))  # a number of another database
            await listening(hub, 4)
            await db.write(announce, said("a"))
            await db.write(announce, said("b"))
            assert ids_of(await from_now) == ["a", "b"]
            assert ids_of(await from_one) == ["before 2", "a", "b"]
            assert ids_of(await from_start) == ["before 1", "before 2", "a", "b"]
            assert ids_of(await beyond) == ["a", "b"]
            assert hub.listeners == 0

    run(story())


def test_each_hears_what_is_its_own(db: Database) -> None:
    commands = [
        said("0"),
        said("1", brand="b1"),
        said("2", brand="b1", place="p1"),
        said("3", brand="b1", place="p2", person="anna"),
        said("4", brand="b2", place="p1", person="anna"),
    ]
    topics = {
        Topic(): "01234",
        Topic(brand_id="b1"): "123",
        Topic(brand_id="b1", place_ids=frozenset({"p2", "p9"})): "3",
        Topic(place_ids=frozenset({"p1"})): "24",
        Topic(person_id="anna"): "34",
        Topic(brand_id="b2", person_id="anna"): "4",
        Topic(names=frozenset({Noted.name})): "01234",
        Topic(names=frozenset({"other.v1"})): "",
    }

    async def story() -> None:
        async with running(db) as hub:
            live = [
                asyncio.create_task(take(hub, topic, len(ids), 0)) for topic, ids in topics.items() if ids
            ]
            deaf = asyncio.create_task(take(hub, Topic(names=frozenset({"other.v1"})), 1, 0))
            await listening(hub, len(topics))
            for command in commands:
                await db.write(announce, command)
            heard = ["".join(ids_of(events)) for events in await asyncio.gather(*live)]
            assert heard == [ids for ids in topics.values() if ids]
            assert not deaf.done()
            deaf.cancel()
            backlog = [take(hub, topic, len(ids), 0) for topic, ids in topics.items() if ids]
            heard = ["".join(ids_of(events)) for events in await asyncio.gather(*backlog)]
            assert heard == [ids for ids in topics.values() if ids]

    run(story())


def test_resuming_again_and_again_while_others_write(scratch_url: str) -> None:
    """Many writers; listeners who hang up after a few events and come back with their last number."""
    db = Database(scratch_url, writers=4)
    total = 240

    async def listen(hub: Live, patience: int, after: int) -> list[StoredEvent]:
        found: list[StoredEvent] = []
        while len(found) < total:
            found += await take(
                hub, ANY, min(patience, total - len(found)), found[-1].seq if found else after
            )
        return found

    async def story() -> None:
        async with running(db) as hub:
            after = await db.read(last_seq)
            listeners = [
                asyncio.create_task(listen(hub, patience, after)) for patience in (1, 2, 7, 50, total)
            ]

            def write(number: int) -> None:
                for turn in range(total // 8):
                    db.write_now(announce, said(f"{number}-{turn}"))

            with ThreadPoolExecutor(8) as pool:
                loop = asyncio.get_running_loop()
                await asyncio.gather(*(loop.run_in_executor(pool, write, number) for number in range(8)))
            heard = await asyncio.gather(*listeners)
            everything = [f"{number}-{turn}" for number in range(8) for turn in range(total // 8)]
            for events in heard:
                assert [one.seq for one in events] == sorted({one.seq for one in events})
                assert sorted(ids_of(events)) == sorted(everything)
            assert [ids_of(events) for events in heard] == [ids_of(heard[0])] * len(heard)

    try:
        run(story())
    finally:
        db.close()


def test_who_comes_between_a_look_and_a_hand_out_misses_nothing(db: Database) -> None:
    """While a newcomer asks for the newest number, the others are handed an event: it is the newcomer's, too."""
    may_answer = threading.Event()
    asked = threading.Event()

    def slow_look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "max(outbox.seq)" in statement and threading.current_thread() is not threading.main_thread():
            asked.set()
            assert may_answer.wait(30)

    async def story() -> None:
        async with running(db) as hub:
            first = asyncio.create_task(take(hub, ANY, 3))
            await listening(hub)
            event.listen(db._read_engine, "after_cursor_execute", slow_look)
            newcomer = asyncio.create_task(take(hub, ANY, 2, await asyncio.to_thread(lambda: 0)))
            assert await asyncio.to_thread(asked.wait, 30)  # it has its answer, but does not know it yet
            await db.write(announce, said("a"))
            await db.write(announce, said("b"))

            async def was_handed_out() -> bool:
                return hub._seen >= 2

            await until(was_handed_out)
            may_answer.set()
            assert ids_of(await newcomer) == ["a", "b"]
            await db.write(announce, said("c"))
            assert ids_of(await first) == ["a", "b", "c"]

    run(story())


def test_a_slow_listener_is_cut_and_comes_back(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "BUFFER", 10)
    ids = [f"{n:03}" for n in range(60)]

    async def story() -> None:
        async with running(db) as hub:
            quick = asyncio.create_task(take(hub, ANY, len(ids)))
            slow = hub.subscribe(ANY)
            first = asyncio.ensure_future(anext(slow))
            await listening(hub, 2)
            await db.write(announce, said(ids[0]))
            found = [await first]  # and then it reads no more
            for id_ in ids[1:]:
                await db.write(announce, said(id_))
                await until(lambda id_=id_: seen(hub, db))
            assert ids_of(await quick) == ids  # nobody else is held up
            found += [one async for one in slow]  # the stream ends by itself
            assert len(found) < len(ids)
            assert ids_of(found) == ids[: len(found)]
            found += await take(hub, ANY, len(ids) - len(found), found[-1].seq)
            assert ids_of(found) == ids
            assert hub.listeners == 0

    async def seen(hub: Live, db: Database) -> bool:
        return hub._seen == await db.read(last_seq)

    run(story())


def test_close_ends_every_stream(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "PAGE", 2)

    async def story() -> None:
        async with running(db) as hub:
            await db.write(announce, said(*"abcdef"))
            waiting = [asyncio.create_task(take(hub, ANY, 99)) for _ in range(3)]
            in_backlog = hub.subscribe(ANY, 0)
            assert (await anext(in_backlog)).body["note_id"] == "a"
            await listening(hub, 4)
            hub.close()
            assert await asyncio.gather(*waiting) == [[], [], []]
            assert len([one async for one in in_backlog]) <= 1  # what it had read already
            assert [one async for one in hub.subscribe(ANY)] == []
            assert hub.listeners == 0

    run(story())


def test_nobody_listens_nothing_is_read(db: Database) -> None:
    read: list[str] = []

    def note_it(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "outbox" in statement:
            read.append(statement)

    async def story() -> None:
        async with running(db) as hub:
            event.listen(db._read_engine, "before_cursor_execute", note_it)
            for n in range(5):
                await db.write(announce, said(str(n)))
                hub.wake()
            await asyncio.sleep(1.2)  # longer than it waits by itself
            assert read == []
            heard = asyncio.create_task(take(hub, ANY, 1))
            await listening(hub)
            await db.write(announce, said("x"))
            assert ids_of(await heard) == ["x"]
            assert len(read) >= 2
            await until(lambda: is_quiet())
            read.clear()
            await db.write(announce, said("y"))
            hub.wake()
            await asyncio.sleep(1.2)
            assert read == []

    async def is_quiet() -> bool:
        before = len(read)
        await asyncio.sleep(0.2)
        return len(read) == before

    run(story())


def test_the_hub_survives_a_failing_database(db: Database, scratch_url: str) -> None:
    """Every session ended by the server while streams are open: they go on."""
    if db.is_sqlite:
        pytest.skip("no server that could end a session")

    async def story() -> None:
        async with running(db) as hub:
            heard = asyncio.create_task(take(hub, ANY, 2))
            await listening(hub)
            await db.write(announce, said("a"))
            await until(lambda: has_seen(hub, 1))
            await asyncio.to_thread(end_sessions, scratch_url)
            await until(lambda: can_write())
            assert ids_of(await heard) == ["a", "b"]

    async def has_seen(hub: Live, seq: int) -> bool:
        return hub._seen >= seq

    async def can_write() -> bool:
        try:
            await db.write(announce, said("b"))
        except Exception:
            return False
        return True

    run(story())


def end_sessions(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    engine.dispose()


# Across processes -------------------------------------------------------------------------------------


@asynccontextmanager
async def second_program(url: str, told: list[Committed]) -> AsyncIterator[tuple[Database, Live]]:
    """Another program at the same database; it hears of commits by NOTIFY only."""
    db = Database(url)
    hub = Live(db)

    def notice(what: Committed) -> None:
        told.append(what)
        hub.wake()

    tasks = [asyncio.create_task(hub.run()), asyncio.create_task(listen_postgres(db, notice))]
    try:
        await until(lambda: has_heard(told, 1))  # "everything may have happened" at the start
        yield db, hub
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        db.close()


async def has_heard(told: list[Committed], count: int) -> bool:
    return len(told) >= count


def test_another_process_hears_of_it(db: Database, scratch_url: str) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite is one process")
    told: list[Committed] = []

    async def story() -> None:
        async with second_program(scratch_url, told) as (_, hub):
            heard = asyncio.create_task(take(hub, ANY, 40))
            await listening(hub)
            told.clear()
            for n in range(40):
                await db.write(announce, said(str(n)))
            assert ids_of(await heard) == [str(n) for n in range(40)]
            await until(lambda: has_heard(told, 40))
            assert not any(what.changes_access for what in told)
            told.clear()
            await db.write(change_access, None)
            await until(lambda: has_heard(told, 1))
            assert told == [Committed(frozenset({AccessGone.name}), False)]

    run(story())


def change_access(tx: Tx, _command: None) -> None:
    tx.announce(AccessGone(at=AT))


def test_a_lost_notice_line_is_taken_up_again(db: Database, scratch_url: str) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite is one process")
    told: list[Committed] = []

    async def story() -> None:
        async with second_program(scratch_url, told) as (_, hub):
            heard = asyncio.create_task(take(hub, ANY, 2))
            await listening(hub)
            await db.write(announce, said("a"))
            await until(lambda: has_seen(hub))
            await asyncio.to_thread(end_sessions, scratch_url)
            told.clear()
            with suppress(Exception):  # the writer's session was ended, too
                await db.write(announce, said("lost"))
            await until(lambda: has_heard(told, 1))
            assert told[0] == Committed(None, True)  # anything may have happened meanwhile
            await db.write(announce, said("b"))
            assert ids_of(await heard)[0] == "a"

    async def has_seen(hub: Live) -> bool:
        return hub._seen >= 1

    run(story())
