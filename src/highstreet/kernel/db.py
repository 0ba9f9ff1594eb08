"""The database: `await db.read(query, ...)` and `await db.write(flow, command)`, and nothing else.

Writes wait in one bounded queue. A writer thread takes up to 256 of them, opens one transaction, gives
each its own savepoint, commits once and only then answers them all: when `write` returns, the change is
on disk. A command that fails rolls back alone. See docs/decisions/0004-one-writer-group-commit.md.
"""

import asyncio
import fcntl
import queue
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import structlog
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from highstreet.kernel.engines import (
    connect,
    constraint_of,
    empty_sqlite_log,
    is_out_of_reach,
    is_replayable,
    make_engine,
    roll_back,
)
from highstreet.kernel.errors import BUSY_TRY_LATER, REQUEST_CONFLICT, Refusal
from highstreet.kernel.tx import Committed, Reader, Tx

P = ParamSpec("P")
C = TypeVar("C")
R = TypeVar("R")

log = structlog.get_logger("highstreet.db")

BATCH_LIMIT = 256
SLOW_COMMAND_S = 0.05
REPLAY_FOR_S = 5.0
LONGEST_PAUSE_S = 0.1
SMALL_ROWS = 10_000
MOST_OUTRUN = 8
"""So often a command is done again in its transaction because rivals took what it had chosen."""


class BatchedFlow(Generic[C, R]):
    """A flow written for many commands at once: `flow(tx, commands) -> results`, each a result or a Refusal.

    It must change nothing for a command that it answers with a Refusal. If it raises, the writer rolls
    it back and replays the commands in ever smaller halves, so that only the guilty one is refused.
    """

    def __init__(self, run: Callable[[Tx, Sequence[C]], Sequence[R | Refusal]]) -> None:
        self.run = run
        self.__name__ = run.__name__
        self.__doc__ = run.__doc__


def batched(run: Callable[[Tx, Sequence[C]], Sequence[R | Refusal]]) -> BatchedFlow[C, R]:
    """Mark a hot flow that takes all waiting commands of its kind."""
    return BatchedFlow(run)


@dataclass(slots=True)
class _Work:
    flow: Any
    command: Any
    future: Any
    loop: asyncio.AbstractEventLoop | None
    outcome: Any = None


class _LostError(Exception):
    """The database is out of reach; nothing of the transaction is there."""


class _UnknownError(Exception):
    """The connection broke while COMMIT was on its way: the transaction is there as a whole, or not at all."""


class Database:
    """One SQLite file or one PostgreSQL database, opened for reading and writing."""

    def __init__(
        self,
        url: str,
        *,
        writers: int = 1,
        readers: int = 4,
        queue_limit: int = 2048,
        batch_limit: int = BATCH_LIMIT,
    ) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.queue_limit = queue_limit
        self.batch_limit = batch_limit
        self.batches = 0
        self.commands = 0
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Committed], None]] = []
        self.engine = make_engine(self.url, can_write=True)
        self._read_engine = make_engine(self.url, can_write=False)
        self._local = threading.local()
        self._read_connections: list[Connection] = []
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="db-read")
        count = 1 if self.is_sqlite else writers
        self._writers = [
            threading.Thread(target=self._write_forever, name=f"db-write-{n}", daemon=True)
            for n in range(count)
        ]
        self._closed = False
        for thread in self._writers:
            thread.start()

    @property
    def waiting(self) -> int:
        """Commands taken in and not answered yet."""
        return self._waiting

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Call `listener` from the writer thread after each commit."""
        self._listeners.append(listener)

    async def read(
        self, query: Callable[Concatenate[Reader, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a query on a reader thread, in one snapshot, on a connection that cannot write."""
        if self._closed:
            raise BUSY_TRY_LATER(retry_after_s=1)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(query, *args, **kwargs))

    def read_now(self, query: Callable[Concatenate[Reader, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for synchronous callers (command line, tests).

        A read that loses its connection is asked once more on a new one; then `busy.try_later` (503).
        """
        try:
            return self._read_once(query, *args, **kwargs)
        except DBAPIError as problem:
            if not is_out_of_reach(problem):
                raise
        try:
            return self._read_once(query, *args, **kwargs)
        except DBAPIError as problem:
            if not is_out_of_reach(problem):
                raise
            raise BUSY_TRY_LATER(retry_after_s=1) from problem

    def _read_once(
        self, query: Callable[Concatenate[Reader, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.invalidated or connection.closed:
            connection = connect(self._read_engine)
            self._local.connection = connection
            self._read_connections.append(connection)
        try:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            return query(Reader(connection), *args, **kwargs)
        finally:
            with suppress(SQLAlchemyError):
                connection.rollback()

    @overload
    async def write(self, flow: BatchedFlow[C, R], command: C) -> R: ...
    @overload
    async def write(self, flow: Callable[[Tx, C], R], command: C) -> R: ...
    async def write(self, flow: Any, command: Any) -> Any:
        """Run a flow in a transaction; return its result once it is durable.

        Errors: the flow's Refusal; `request.conflict` (409) when a constraint of the database refuses it;
        `busy.try_later` (503), nothing changed, when the queue is full or the database out of reach.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._submit(_Work(flow, command, future, loop))
        return await future

    @overload
    def write_now(self, flow: BatchedFlow[C, R], command: C) -> R: ...
    @overload
    def write_now(self, flow: Callable[[Tx, C], R], command: C) -> R: ...
    def write_now(self, flow: Any, command: Any) -> Any:
        """The same for synchronous callers."""
        future: Future[Any] = Future()
        self._submit(_Work(flow, command, future, None))
        return future.result()

    async def empty_log(self) -> bool:
        """Empty SQLite's write-ahead log, so that it keeps nothing that was erased; False when readers were in
        the way. Writers wait meanwhile, for a quarter of a second at most. PostgreSQL: nothing to do.
        """
        return True if not self.is_sqlite else await asyncio.to_thread(empty_sqlite_log, self.engine)

    def close(self) -> None:
        """Answer what was taken in, then stop the threads and connections."""
        with self._lock:  # nothing is put behind the Nones
            if self._closed:
                return
            self._closed = True
            for _ in self._writers:
                self._queue.put(None)
        for thread in self._writers:
            thread.join()
        self._readers.shutdown()
        for connection in self._read_connections:
            with suppress(Exception):
                connection.close()
        self.engine.dispose()
        self._read_engine.dispose()

    def _submit(self, work: _Work) -> None:
        with self._lock:
            if self._closed or self._waiting >= self.queue_limit:
                raise BUSY_TRY_LATER(retry_after_s=1)
            self._waiting += 1
            self._queue.put(work)

    def _write_forever(self) -> None:
        connection: Connection | None = None
        while (batch := self._take_batch()) is not None:
            try:
                if connection is None or connection.invalidated:
                    connection = connect(self.engine)
                self._write_batch(connection, batch)
            except BaseException as problem:  # whatever it was, somebody waits for an answer
                log.exception("write_batch_failed", size=len(batch))
                _settle(batch, problem)
                if connection is not None:
                    with suppress(Exception):
                        connection.invalidate()
                    connection = None
            with self._lock:
                self._waiting -= len(batch)
            _answer(batch)
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _take_batch(self) -> list[_Work] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < self.batch_limit:
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                break
            if work is None:
                self._queue.put(None)
                break
            batch.append(work)
        return batch

    def _write_batch(self, connection: Connection, batch: list[_Work]) -> None:
        """Commit all together; if the transaction as a whole fails, each alone, so that one spoils no other."""
        if len(batch) > 1:
            try:
                self._commit(connection, batch)
                return
            except (_LostError, _UnknownError) as problem:
                _settle(batch, problem)
                return
            except Exception as problem:
                log.warning("batch_replayed", size=len(batch), problem=type(problem).__name__)
        for work in batch:
            self._write_alone(connection, work)

    def _write_alone(self, connection: Connection, work: _Work) -> None:
        """Replay what collides with rivals, after pauses of random length: equal ones would collide again."""
        work.outcome = None
        until, longest = monotonic() + REPLAY_FOR_S, 0.002
        while True:
            try:
                self._commit(connection, [work])
                return
            except Exception as problem:
                if not is_replayable(problem):
                    _settle([work], problem)
                    return
                if monotonic() > until:
                    work.outcome = BUSY_TRY_LATER(retry_after_s=1)
                    return
                longest = min(LONGEST_PAUSE_S, longest * 2)
                sleep(random.uniform(0, longest))  # noqa: S311

    def _commit(self, connection: Connection, batch: list[_Work]) -> None:
        tx = Tx(connection)
        is_committing = False
        try:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            for group in _by_flow(batch):
                _run_group(tx, group)
            tx.flush()
            is_committing = True
            connection.commit()
        except BaseException as problem:
            is_lost = is_out_of_reach(problem) or connection.invalidated
            roll_back(connection)
            if is_lost:
                raise (_UnknownError if is_committing else _LostError) from problem
            raise
        with self._lock:
            self.batches += 1
            self.commands += len(batch)
        committed = tx.committed
        for listener in self._listeners:
            try:
                listener(committed)
            except Exception:  # it is committed all the same
                log.exception("listener_failed")


def hold_sqlite_file(url: str) -> Any:
    """Hold a SQLite file for one server process while what comes back lives; None when another has it.

    Other databases need no holding: anything but None comes back.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return url
    file = open(f"{parsed.database}.serve", "w")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def refresh_statistics(tx: Tx, _command: None) -> None:
    """Let SQLite look at its tables, so that it picks the right index; PostgreSQL does so by itself.

    What it found of small tables is forgotten: a young database's plans would read whole tables that are to grow.
    """
    if tx.dialect.name == "sqlite":
        tx.connection.exec_driver_sql("PRAGMA analysis_limit=400")
        tx.connection.exec_driver_sql("ANALYZE")
        small = "DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < ?"
        tx.connection.exec_driver_sql(small, (SMALL_ROWS,))
        tx.connection.exec_driver_sql("ANALYZE sqlite_schema")


def _by_flow(batch: list[_Work]) -> Iterable[list[_Work]]:
    """Commands that wait together have no promised order: those of one batched flow run together."""
    groups: dict[Any, list[_Work]] = {}
    for work in batch:
        is_batched = isinstance(work.flow, BatchedFlow)
        groups.setdefault(work.flow if is_batched else id(work), []).append(work)
    return groups.values()


def _run_group(tx: Tx, group: list[_Work], *, runs: int = 1) -> None:
    announced, had_jobs = len(tx.announced), tx.has_new_jobs
    flow = group[0].flow
    tx.connection.exec_driver_sql("SAVEPOINT command")
    started = monotonic()
    try:
        if isinstance(flow, BatchedFlow):
            outcomes = flow.run(tx, [work.command for work in group])
            for work, outcome in zip(group, outcomes, strict=True):
                work.outcome = outcome
        else:
            group[0].outcome = flow(tx, group[0].command)
        tx.connection.exec_driver_sql("RELEASE SAVEPOINT command")
    except BaseException as problem:
        if is_replayable(problem):
            raise
        try:
            tx.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT command")
            tx.connection.exec_driver_sql("RELEASE SAVEPOINT command")
        except SQLAlchemyError:  # the whole transaction is gone, and this is why
            raise problem from None
        del tx.announced[announced:]
        tx.has_new_jobs = had_jobs
        if len(group) > 1:
            half = len(group) // 2
            _run_group(tx, group[:half])
            _run_group(tx, group[half:])
        elif tx.dialect.name != "sqlite" and _may_go_well(problem, runs):
            _run_group(tx, group, runs=runs + 1)  # a rival was faster: what it committed can be seen now
        else:
            _settle(group, problem)
        return
    if (took := monotonic() - started) > SLOW_COMMAND_S * max(1, len(group) / 8):
        log.warning("slow_command", flow=_name_of(flow), commands=len(group), took_s=round(took, 3))


def _may_go_well(problem: BaseException, runs: int) -> bool:
    if isinstance(problem, Refusal):
        return problem.was_outrun and runs < MOST_OUTRUN
    return isinstance(problem, IntegrityError) and runs < 2


def _settle(works: list[_Work], problem: BaseException) -> None:
    """Say to these why they failed, so that a future can carry it."""
    outcome = problem
    if isinstance(problem, _LostError):
        outcome = BUSY_TRY_LATER(retry_after_s=1)
    elif isinstance(problem, _UnknownError) and problem.__cause__ is not None:
        outcome = problem.__cause__
    elif isinstance(problem, IntegrityError):
        flows = sorted({_name_of(work.flow) for work in works})
        log.warning("constraint_refused", flows=flows, constraint=constraint_of(problem))
        outcome = REQUEST_CONFLICT()
    elif not isinstance(problem, Exception) or isinstance(problem, StopIteration):
        outcome = RuntimeError(f"a flow raised {type(problem).__name__}")
    if outcome is not problem and outcome is not problem.__cause__:
        outcome.__cause__ = problem
    for work in works:
        work.outcome = outcome


def _name_of(flow: Any) -> str:
    return getattr(flow, "__name__", type(flow).__name__)


def _answer(batch: list[_Work]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Work]] = {}
    for work in batch:
        if work.loop is not None:
            by_loop.setdefault(work.loop, []).append(work)
        elif isinstance(work.outcome, BaseException):
            work.future.set_exception(work.outcome)
        else:
            work.future.set_result(work.outcome)
    for loop, works in by_loop.items():
        with suppress(RuntimeError):  # the loop is gone: nobody is left to be answered
            loop.call_soon_threadsafe(_resolve, works)


def _resolve(works: list[_Work]) -> None:
    for work in works:
        if work.future.done():
            continue
        if isinstance(work.outcome, BaseException):
            work.future.set_exception(work.outcome)
        else:
            work.future.set_result(work.outcome)
