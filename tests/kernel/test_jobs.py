"""Jobs: run with what they were enqueued with, again when they fail, once a period, never lost with their worker."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.jobs import (
    DONE_KEPT,
    LEASE,
    MAX_ATTEMPTS,
    Every,
    Later,
    Runner,
    count_by_state,
    enqueue,
    enqueue_many,
    forget_done,
    has_due,
)
from highstreet.kernel.tables import job
from highstreet.kernel.time import MovableClock, pause
from highstreet.kernel.tx import Reader, Tx
from tests.kernel.scratch import AT, NO, Write, run, until, write_note


class Desk:
    """Handlers that keep what they were given, and fail as told."""

    def __init__(self, *problems: BaseException) -> None:
        self.done: list[tuple[dict[str, Any], datetime]] = []
        self.problems = list(problems)

    async def work(self, payload: dict[str, Any], now: datetime) -> None:
        self.done.append((payload, now))
        if self.problems:
            raise self.problems.pop(0)


def ask(tx: Tx, command: dict[str, Any]) -> None:
    enqueue(tx, "work", command, run_at=AT, now=AT)


def ask_in(tx: Tx, pause: timedelta) -> None:
    enqueue(tx, "work", {"pause_s": pause.total_seconds()}, run_at=AT + pause, now=AT)


def rows(reader: Reader) -> list[tuple[str, int, datetime, str | None]]:
    found = reader.rows(select(job).order_by(job.c.run_at, job.c.id))
    return [(row.state, row.attempts, row.run_at, row.last_error) for row in found]


def test_a_job_runs_once_with_what_it_was_given(db: Database) -> None:
    payload = {"text": "北 ' \" {}", "number": 2**40, "none": None, "list": [1, {"a": True}]}
    db.write_now(ask, payload)
    desk = Desk()
    runner = Runner(db, {"work": desk.work}, MovableClock(AT))
    assert db.read_now(has_due, AT) is True
    assert run(runner.drain()) == 1
    assert desk.done == [(payload, AT)]
    assert db.read_now(has_due, AT) is False
    assert run(runner.drain()) == 0
    assert db.read_now(rows) == [("done", 1, AT, None)]


def test_a_job_lives_and_dies_with_the_change_it_follows(db: Database) -> None:
    def ask_and_refuse(tx: Tx, _command: None) -> None:
        ask(tx, {})
        raise NO(field="x")

    with pytest.raises(Refusal):
        db.write_now(ask_and_refuse, None)
    assert db.read_now(count_by_state) == {}


def test_a_job_waits_for_its_time(db: Database) -> None:
    for minutes in (2, 1, 3):
        db.write_now(ask_in, timedelta(minutes=minutes))
    desk, clock = Desk(), MovableClock(AT + timedelta(microseconds=59_999_999))
    runner = Runner(db, {"work": desk.work}, clock)
    assert run(runner.drain()) == 0
    clock.advance(timedelta(microseconds=1))
    assert run(runner.drain()) == 1
    clock.advance(timedelta(minutes=5))
    assert run(runner.drain()) == 2
    assert [payload["pause_s"] for payload, _ in desk.done] == [60, 120, 180]


def test_a_failed_job_is_tried_after_growing_pauses_and_then_dead(db: Database) -> None:
    db.write_now(ask, {})
    desk, clock = Desk(*[ValueError(f"secret {n}") for n in range(99)]), MovableClock(AT)
    runner = Runner(db, {"work": desk.work}, clock)
    pauses = []
    for attempt in range(1, MAX_ATTEMPTS):
        assert run(runner.drain()) == 1
        [(state, attempts, run_at, error)] = db.read_now(rows)
        assert (state, attempts, error) == ("waiting", attempt, "ValueError")
        pauses.append((run_at - clock.now()).total_seconds())
        clock.set(run_at - timedelta(microseconds=1))
        assert run(runner.drain()) == 0
        clock.set(run_at)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
    assert run(runner.drain()) == 1
    assert db.read_now(rows)[0][:2] == ("dead", 12)
    clock.advance(timedelta(days=400))
    assert run(runner.drain()) == 0
    assert len(desk.done) == MAX_ATTEMPTS


def test_a_job_nobody_knows_is_kept_until_somebody_does(db: Database) -> None:
    db.write_now(ask, {"a": 1})
    clock = MovableClock(AT)
    assert run(Runner(db, {}, clock).drain()) == 1
    assert db.read_now(rows)[0] == ("waiting", 1, AT + timedelta(seconds=2), "KeyError")
    clock.advance(timedelta(seconds=2))
    desk = Desk()
    assert run(Runner(db, {"work": desk.work}, clock).drain()) == 1
    assert [payload for payload, _ in desk.done] == [{"a": 1}]


def test_later_is_no_failure(db: Database) -> None:
    db.write_now(ask, {})
    desk, clock = Desk(*[Later(30) for _ in range(40)]), MovableClock(AT)
    runner = Runner(db, {"work": desk.work}, clock)
    for _ in range(40):
        assert run(runner.drain()) == 1
        clock.advance(timedelta(seconds=30))
    assert db.read_now(rows) == [("waiting", 0, clock.now(), None)]
    assert run(runner.drain()) == 1
    assert db.read_now(rows)[0][:2] == ("done", 1)


def test_a_once_key_is_taken_once(db: Database) -> None:
    def ask_once(tx: Tx, key: str) -> None:
        enqueue(tx, "work", {"key": key}, run_at=AT, now=AT, once_key=key)

    def ask_many(tx: Tx, keys: list[str | None]) -> None:
        enqueue_many(tx, "work", [{"key": key} for key in keys], run_at=AT, now=AT, once_keys=keys)

    for key in "aab":
        db.write_now(ask_once, key)
    db.write_now(ask_many, ["b", "c", "c", None, None])
    desk = Desk()
    assert run(Runner(db, {"work": desk.work}, MovableClock(AT)).drain()) == 5
    assert sorted(str(payload["key"]) for payload, _ in desk.done) == ["None", "None", "a", "b", "c"]
    db.write_now(ask_once, "a")  # also after it was done
    assert db.read_now(count_by_state) == {"done": 5}


def test_a_lease_is_nobody_elses_until_it_runs_out(db: Database) -> None:
    """The first worker hangs; when its lease is over, another does the job, and the first one's word is void."""
    db.write_now(ask, {})
    clock = MovableClock(AT)
    done: list[str] = []

    async def hang_and_take_over() -> None:
        has_begun, may_end = asyncio.Event(), asyncio.Event()

        async def hang(_payload: dict[str, Any], _now: datetime) -> None:
            has_begun.set()
            await may_end.wait()
            raise ValueError("too late to count")

        async def work(_payload: dict[str, Any], _now: datetime) -> None:
            done.append("second")

        first = asyncio.create_task(Runner(db, {"work": hang}, clock).run_once())
        await has_begun.wait()
        second = Runner(db, {"work": work}, clock)
        assert await second.run_once() == 0
        clock.advance(LEASE)
        assert await second.run_once() == 0
        clock.advance(timedelta(microseconds=1))
        assert await second.run_once() == 1
        may_end.set()
        assert await first == 1

    run(hang_and_take_over())
    assert done == ["second"]
    assert db.read_now(rows) == [("done", 2, AT, None)]


def test_a_job_that_kills_its_workers_dies_in_the_end(db: Database) -> None:
    """It never answers: its process was gone each time. After twelve workers it is left alone."""
    db.write_now(ask, {})
    clock = MovableClock(AT)
    begun: list[int] = []

    async def die(_payload: dict[str, Any], _now: datetime) -> None:
        begun.append(1)
        raise asyncio.CancelledError  # as when the process is stopped

    for _ in range(MAX_ATTEMPTS + 3):
        with suppress(asyncio.CancelledError):
            run(Runner(db, {"work": die}, clock).run_once())
        clock.advance(LEASE + timedelta(seconds=1))
    assert len(begun) == MAX_ATTEMPTS
    assert db.read_now(rows) == [("dead", 12, AT, "LeaseRanOut")]
    assert db.read_now(has_due, clock.now()) is False


def test_many_workers_share_without_doing_twice(scratch_url: str) -> None:
    programs = [Database(scratch_url) for _ in range(3 if scratch_url.startswith("postgresql") else 1)]

    def ask_many(tx: Tx, count: int) -> None:
        numbers = range(count)
        keys = [None] * count
        enqueue_many(tx, "work", [{"n": n} for n in numbers], run_at=AT, now=AT, once_keys=keys)

    try:
        programs[0].write_now(ask_many, 100)
        desk, clock = Desk(), MovableClock(AT)
        runners = [Runner(programs[n % len(programs)], {"work": desk.work}, clock) for n in range(4)]

        async def drain_together() -> list[int]:
            return await asyncio.gather(*(runner.drain() for runner in runners))

        assert sum(run(drain_together())) == 100
        assert sorted(payload["n"] for payload, _ in desk.done) == list(range(100))
        assert programs[0].read_now(count_by_state) == {"done": 100}
    finally:
        for program in programs:
            program.close()


def test_repeated_work_runs_once_a_period_on_whoever_is_first(db: Database) -> None:
    desk, clock = Desk(), MovableClock(AT)
    runners = [Runner(db, {"tidy": desk.work}, clock, [Every("tidy", 60)]) for _ in range(2)]

    def drain_all() -> int:
        return sum(run(runner.drain()) for runner in runners)

    assert [drain_all() for _ in range(3)] == [1, 0, 0]
    clock.advance(timedelta(seconds=59))
    assert drain_all() == 0
    clock.advance(timedelta(seconds=1))
    assert [drain_all() for _ in range(2)] == [1, 0]
    clock.advance(timedelta(hours=5))  # nobody was there: missed periods are not made up for
    assert [drain_all() for _ in range(2)] == [1, 0]
    restarted = Runner(db, {"tidy": desk.work}, clock, [Every("tidy", 60)])
    assert run(restarted.drain()) == 0
    assert [at for _, at in desk.done] == [AT, AT + timedelta(seconds=60), clock.now()]


def test_a_period_is_not_lost_when_the_database_is(scratch_url: str) -> None:
    db = Database(scratch_url, queue_limit=0)  # every write is told to try later
    desk, clock = Desk(), MovableClock(AT)
    try:
        runner = Runner(db, {"tidy": desk.work}, clock, [Every("tidy", 86400)])
        with pytest.raises(Refusal, match=r"busy\.try_later"):
            run(runner.run_once())
        db.queue_limit = 10
        assert run(runner.drain()) == 1
        assert len(desk.done) == 1
    finally:
        db.close()


def test_done_jobs_are_forgotten_after_a_while(db: Database) -> None:
    for later in (timedelta(0), timedelta(days=1)):
        db.write_now(ask_in, later)
    clock = MovableClock(AT)
    assert run(Runner(db, {"work": Desk().work}, clock).drain()) == 1
    assert db.write_now(forget_done, AT + DONE_KEPT) == 0
    assert db.write_now(forget_done, AT + DONE_KEPT + timedelta(microseconds=1)) == 1
    assert db.read_now(count_by_state) == {"waiting": 1}
    assert db.write_now(forget_done, AT + timedelta(days=99)) == 0  # only what is done


def test_a_running_runner_is_woken_by_a_commit(db: Database) -> None:
    desk = Desk(ValueError("first"))

    async def live() -> None:
        wake = asyncio.Event()
        loop = asyncio.get_running_loop()
        db.on_commit(lambda what: what.has_jobs and loop.call_soon_threadsafe(wake.set))
        clock = MovableClock(AT)
        task = asyncio.create_task(Runner(db, {"work": desk.work}, clock).run(wake))
        await db.write(write_note, Write("unrelated"))
        await db.write(ask, {"n": 1})
        await until(has_failed)
        clock.advance(timedelta(seconds=2))
        await until(is_done)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def has_failed() -> bool:
        return (await db.read(rows))[0][3] == "ValueError"

    async def is_done() -> bool:
        return await db.read(count_by_state) == {"done": 1}

    run(live())
    assert [payload for payload, _ in desk.done] == [{"n": 1}] * 2


def test_a_slow_job_holds_up_no_other(db: Database) -> None:
    async def story() -> None:
        is_slow_over = asyncio.Event()
        desk = Desk()

        async def slow(_payload: dict[str, Any], _now: datetime) -> None:
            await is_slow_over.wait()

        runner = Runner(db, {"work": desk.work, "slow": slow}, MovableClock(AT))
        wake = asyncio.Event()
        await db.write(lambda tx, _: enqueue(tx, "slow", {}, run_at=AT, now=AT), None)
        running = asyncio.create_task(runner.run(wake))

        async def is_taken() -> bool:
            return not await db.read(has_due, AT)

        async def have_come(number: int) -> bool:
            return len(desk.done) == number

        async def are_done() -> bool:
            return {state for state, *_ in await db.read(rows)} == {"done"}

        await until(is_taken)
        for number in (1, 2, 3):
            await db.write(ask, {"n": number})
            wake.set()
            await until(partial(have_come, number))
        is_slow_over.set()
        await until(are_done)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run(story())


@pytest.mark.parametrize("steps", range(5))
def test_whoever_pauses_can_be_stopped(steps: int) -> None:
    """Also when something wakes it in the same moment; else a stopping server would wait for ever."""

    async def pause_for_ever(wake: asyncio.Event) -> None:
        while True:
            await pause(wake, 3600)

    async def wake_and_stop() -> bool:
        wake = asyncio.Event()
        task = asyncio.create_task(pause_for_ever(wake))
        await asyncio.sleep(0)
        wake.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        return task.cancelled()

    assert run(wake_and_stop())
