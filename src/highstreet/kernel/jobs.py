"""Delayed and repeated work, kept in the same database so that it is enqueued with the change it follows.

A job is leased, run, and finished, or tried again later with growing pauses. A handler may run twice
(a lease can run out) and must not mind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Text, delete, func, or_, select, update

from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.tables import job as job_table
from highstreet.kernel.time import Clock, pause, to_micros
from highstreet.kernel.tx import Change, Reader, Tx

log = structlog.get_logger("highstreet.jobs")

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12
SLOTS = 16
MAX_PAUSE_S = 3600
DONE_KEPT = timedelta(days=2)

Handler = Callable[[dict[str, Any], datetime], Awaitable[None]]


class Later(Exception):
    """Raised by a handler: not done, not failed, run me again after `pause_s` seconds."""

    def __init__(self, pause_s: float) -> None:
        super().__init__(pause_s)
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class Every:
    """A repeated job: once in each period of `seconds`, on whichever worker comes first."""

    kind: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Job:
    """A leased job."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int


def enqueue(
    tx: Tx,
    kind: str,
    payload: dict[str, Any],
    *,
    run_at: datetime,
    now: datetime,
    once_key: str | None = None,
    job_id: str | None = None,
) -> None:
    """Add a job in the caller's transaction. A job with the same `once_key` is added only once."""
    enqueue_many(tx, kind, [payload], run_at=run_at, now=now, once_keys=[once_key], job_ids=[job_id])


def enqueue_many(
    tx: Tx,
    kind: str,
    payloads: Sequence[dict[str, Any]],
    *,
    run_at: datetime | Sequence[datetime],
    now: datetime,
    once_keys: Sequence[str | None],
    job_ids: Sequence[str | None] | None = None,
) -> None:
    """Add several jobs of one kind with one statement; due together, or each at its own time."""
    all_due = [run_at] * len(payloads) if isinstance(run_at, datetime) else run_at
    ids = job_ids or [None] * len(payloads)
    rows = [
        {
            "id": given or new_id("job"),
            "kind": kind,
            "once_key": once_key,
            "payload": payload,
            "state": "waiting",
            "run_at": due,
            "attempts": 0,
        }
        for payload, once_key, due, given in zip(payloads, once_keys, all_due, ids, strict=True)
    ]
    tx.insert_many(job_table, rows, ignore_existing=True)
    tx.has_new_jobs = tx.has_new_jobs or any(due <= now for due in all_due)


_FORGET = Change(
    {"once_key": Text},
    lambda v: (
        delete(job_table)
        .where(job_table.c.once_key == v.once_key, job_table.c.state == "waiting")
        .where(job_table.c.leased_until.is_(None))
    ),
)


def forget_waiting(tx: Tx, once_keys: Sequence[str]) -> None:
    """Remove jobs whose work has come to be done otherwise; one that is being run now is left alone."""
    tx.change(_FORGET, [{"once_key": key} for key in sorted(once_keys)])


def _period_of(repeated: Every, now: datetime) -> int:
    return to_micros(now) // (repeated.seconds * 1_000_000)


@dataclass(frozen=True, slots=True)
class _Lease:
    owner: str
    now: datetime
    limit: int
    schedule: Sequence[Every]


def _lease(tx: Tx, command: _Lease) -> list[Job]:
    for repeated in command.schedule:
        key = f"{repeated.kind}@{_period_of(repeated, command.now)}"
        enqueue(tx, repeated.kind, {}, run_at=command.now, now=command.now, once_key=key)
    t = job_table.c
    due = (
        select(t.id, t.attempts)
        .where(t.state == "waiting", t.run_at <= command.now)
        .where(or_(t.leased_until.is_(None), t.leased_until < command.now))
        .order_by(t.run_at)
        .limit(command.limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.rows(due)
    # Its last lease ran out without an answer: whoever had it died of it, perhaps, and so would the next.
    dead = [row.id for row in rows if row.attempts >= MAX_ATTEMPTS]
    if dead:
        log.error("jobs_dead", job_ids=dead)
        gone = {"state": "dead", "leased_until": None, "last_error": "LeaseRanOut"}
        tx.run(update(job_table).where(t.id.in_(dead)).values(**gone))
    ids = [row.id for row in rows if row.attempts < MAX_ATTEMPTS]
    if not ids:
        return []
    tx.run(
        update(job_table)
        .where(t.id.in_(ids))
        .values(leased_until=command.now + LEASE, lease_owner=command.owner, attempts=t.attempts + 1)
    )
    found = tx.rows(select(t.id, t.kind, t.payload, t.attempts).where(t.id.in_(ids)).order_by(t.run_at, t.id))
    return [Job(r.id, r.kind, r.payload, r.attempts) for r in found]


@dataclass(frozen=True, slots=True)
class _Outcome:
    job: Job
    owner: str
    now: datetime
    state: str
    run_at: datetime | None = None
    error: str | None = None
    counts: bool = True


def _finish(tx: Tx, command: _Outcome) -> None:
    t = job_table.c
    values: dict[str, Any] = {"state": command.state, "leased_until": None, "last_error": command.error}
    if command.run_at is not None:
        values["run_at"] = command.run_at
    if not command.counts:
        values["attempts"] = t.attempts - 1
    tx.run(update(job_table).where(t.id == command.job.id, t.lease_owner == command.owner).values(**values))


def forget_done(tx: Tx, now: datetime) -> int:
    """Remove finished jobs older than two days."""
    t = job_table.c
    gone = tx.run(delete(job_table).where(t.state == "done", t.run_at < now - DONE_KEPT))
    return gone.rowcount


def has_due(reader: Reader, now: datetime) -> bool:
    """Whether a job waits to be run now."""
    t = job_table.c
    due = select(t.id).where(t.state == "waiting", t.run_at <= now)
    return reader.first(due.where(or_(t.leased_until.is_(None), t.leased_until < now)).limit(1)) is not None


def count_by_state(reader: Reader) -> dict[str, int]:
    """Jobs by state, for the metrics page."""
    t = job_table.c
    query = select(t.state, func.count().label("jobs")).group_by(t.state)
    return {r.state: r.jobs for r in reader.rows(query)}


class Runner:
    """Leases due jobs and runs their handlers, a few at a time."""

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        schedule: Sequence[Every] = (),
    ) -> None:
        self.db = db
        self.handlers = dict(handlers)
        self.clock = clock
        self.schedule = tuple(schedule)
        self.owner = new_id("job")
        self._period: dict[str, int] = {}

    async def run_once(self, limit: int = SLOTS) -> int:
        """Run what is due now to its end; the count of jobs run comes back."""
        leased = await self._take(limit)
        await asyncio.gather(*(self._run(job) for job in leased))
        return len(leased)

    async def _take(self, limit: int) -> Sequence[Job]:
        now = self.clock.now()
        fresh = self._new_periods(now)
        if not fresh and not await self.db.read(has_due, now):
            return ()
        leased = await self.db.write(_lease, _Lease(self.owner, now, limit, fresh))
        self._period |= {repeated.kind: _period_of(repeated, now) for repeated in fresh}
        return leased

    async def drain(self) -> int:
        """Run until nothing is due (tests with a moved clock)."""
        total = 0
        while count := await self.run_once():
            total += count
        return total

    async def run(self, wake: asyncio.Event) -> None:
        """Run until cancelled; woken by commits that enqueue, looks by itself twice a second.

        A slow job keeps its own slot only: others that come due meanwhile do not wait for it.
        """
        running: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            running.discard(task)
            if not task.cancelled() and (problem := task.exception()) is not None:
                log.error("job_outcome_lost", exc_info=problem)  # its lease runs out, and it is run again
            wake.set()

        try:
            while True:
                try:
                    while (free := SLOTS - len(running)) and (leased := await self._take(free)):
                        for job in leased:
                            task = asyncio.create_task(self._run(job))
                            running.add(task)
                            task.add_done_callback(ended)
                except Exception:
                    log.exception("job_runner_failed")
                    await asyncio.sleep(1)
                await pause(wake, 0.5)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _new_periods(self, now: datetime) -> list[Every]:
        return [one for one in self.schedule if self._period.get(one.kind) != _period_of(one, now)]

    async def _run(self, job: Job) -> None:
        try:
            await self.handlers[job.kind](job.payload, self.clock.now())
        except Later as later:
            now = self.clock.now()
            run_at = now + timedelta(seconds=later.pause_s)
            outcome = _Outcome(job, self.owner, now, "waiting", run_at, counts=False)
        except Exception as problem:
            now = self.clock.now()
            log.warning("job_failed", kind=job.kind, job_id=job.id, attempts=job.attempts, exc_info=True)
            state = "dead" if job.attempts >= MAX_ATTEMPTS else "waiting"
            run_at = now + timedelta(seconds=min(2**job.attempts, MAX_PAUSE_S))
            outcome = _Outcome(job, self.owner, now, state, run_at, error=type(problem).__name__)
        else:
            outcome = _Outcome(job, self.owner, self.clock.now(), "done")
        await self.db.write(_finish, outcome)
