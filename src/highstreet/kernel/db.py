"""The database: `await db.read(query, ...)` and `await db.write(flow, command)`, and nothing else.

Writes wait in one bounded queue. A writer thread takes up to 64 of them, opens one transaction, gives
each its own savepoint, commits once and only then answers them all: when `write` returns, the change is
on disk. A command that fails rolls back alone. See docs/decisions/0004-one-writer-group-commit.md.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import orjson
import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from highstreet.kernel.errors import BUSY_TRY_LATER, Refusal
from highstreet.kernel.tx import Reader, Tx

P = ParamSpec("P")
C = TypeVar("C")
R = TypeVar("R")

log = structlog.get_logger("highstreet.db")

BATCH_LIMIT = 64
SLOW_COMMAND_S = 0.05
# 40001 serialization_failure, 40P01 deadlock_detected
REPLAYED_SQLSTATES = {"40001", "40P01"}
SINGLE_TRIES = 5


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


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction brought that somebody may be waiting for."""

    has_events: bool
    has_jobs: bool
    changes_access: bool


@dataclass(slots=True)
class _Work:
    flow: Any
    command: Any
    future: Any
    loop: asyncio.AbstractEventLoop | None
    outcome: Any = None


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
        self._waiting_lock = threading.Lock()
        self._listeners: list[Callable[[Committed], None]] = []
        self.engine = _make_engine(self.url, can_write=True)
        self._read_engine = _make_engine(self.url, can_write=False)
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
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(query, *args, **kwargs))

    def read_now(self, query: Callable[Concatenate[Reader, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for synchronous callers (command line, tests)."""
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.invalidated or connection.closed:
            connection = self._read_engine.connect()
            self._local.connection = connection
            self._read_connections.append(connection)
        try:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            return query(Reader(connection), *args, **kwargs)
        finally:
            with suppress(DBAPIError):
                connection.rollback()

    @overload
    async def write(self, flow: BatchedFlow[C, R], command: C) -> R: ...
    @overload
    async def write(self, flow: Callable[[Tx, C], R], command: C) -> R: ...
    async def write(self, flow: Any, command: Any) -> Any:
        """Run a flow in a transaction; return its result once it is durable.

        Raises the flow's Refusal, or `busy.try_later` (503) when the queue is full.
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

    def close(self) -> None:
        """Answer what was taken in, then stop the threads and connections."""
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
        with self._waiting_lock:
            if self._closed or self._waiting >= self.queue_limit:
                raise BUSY_TRY_LATER(retry_after_s=1)
            self._waiting += 1
        self._queue.put(work)

    def _write_forever(self) -> None:
        connection = None
        while True:
            batch = self._take_batch()
            if batch is None:
                if connection is not None:
                    connection.close()
                return
            try:
                if connection is None or connection.invalidated:
                    connection = self.engine.connect()
                self._write_batch(connection, batch)
            except Exception as problem:
                log.exception("write_batch_failed", size=len(batch))
                for work in batch:
                    work.outcome = problem
                if connection is not None:
                    connection.invalidate()
                    connection = None
            with self._waiting_lock:
                self._waiting -= len(batch)
            _answer(batch)

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
        try:
            self._commit(connection, batch)
        except DBAPIError as problem:
            if not _is_replayable(problem):
                raise
            for work in batch:
                self._write_alone(connection, work)

    def _write_alone(self, connection: Connection, work: _Work) -> None:
        for attempt in range(SINGLE_TRIES):
            try:
                self._commit(connection, [work])
                return
            except DBAPIError as problem:
                if not _is_replayable(problem):
                    raise
                sleep(0.002 * 2**attempt)
        work.outcome = BUSY_TRY_LATER(retry_after_s=1)

    def _commit(self, connection: Connection, batch: list[_Work]) -> None:
        self.batches += 1
        self.commands += len(batch)
        tx = Tx(connection)
        try:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            for group in _by_flow(batch):
                _run_group(tx, group)
            tx.flush()
            connection.commit()
        except BaseException:
            with suppress(DBAPIError):
                connection.rollback()
            raise
        committed = Committed(bool(tx.announced), tx.has_new_jobs, tx.changes_access)
        for listener in self._listeners:
            listener(committed)


def _by_flow(batch: list[_Work]) -> Iterable[list[_Work]]:
    """Commands that wait together have no promised order: those of one batched flow run together."""
    groups: dict[Any, list[_Work]] = {}
    for work in batch:
        is_batched = isinstance(work.flow, BatchedFlow)
        groups.setdefault(work.flow if is_batched else id(work), []).append(work)
    return groups.values()


def _run_group(tx: Tx, group: list[_Work]) -> None:
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
    except Exception as problem:
        if _is_replayable(problem):
            raise
        tx.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT command")
        tx.connection.exec_driver_sql("RELEASE SAVEPOINT command")
        del tx.announced[announced:]
        tx.has_new_jobs = had_jobs
        if len(group) == 1:
            group[0].outcome = problem
        else:
            half = len(group) // 2
            _run_group(tx, group[:half])
            _run_group(tx, group[half:])
        return
    tx.connection.exec_driver_sql("RELEASE SAVEPOINT command")
    if (took := monotonic() - started) > SLOW_COMMAND_S * max(1, len(group) / 8):
        log.warning("slow_command", flow=flow.__name__, commands=len(group), took_s=round(took, 3))


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


def _is_replayable(problem: BaseException) -> bool:
    if not isinstance(problem, OperationalError | DBAPIError):
        return False
    return getattr(problem.orig, "sqlstate", None) in REPLAYED_SQLSTATES


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _make_engine(url: Any, *, can_write: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engine(url, can_write=can_write)
    if url.get_driver_name() != "psycopg":
        url = url.set(drivername="postgresql+psycopg")
    isolation = "READ COMMITTED" if can_write else "REPEATABLE READ"
    options = "-c default_transaction_read_only=on" if not can_write else "-c synchronous_commit=on"
    return create_engine(
        url,
        isolation_level=isolation,
        pool_size=16,
        max_overflow=16,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"options": options},
    )


def _make_sqlite_engine(url: Any, *, can_write: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:///path/to/file.db")
    if can_write and (folder := os.path.dirname(url.database)):
        os.makedirs(folder, exist_ok=True)
    # The writer thread is the only one that writes; pooled connections move between threads.
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        pragmas = [
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "wal_autocheckpoint=20000",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
        ]
        if not can_write:
            pragmas.append("query_only=ON")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine
