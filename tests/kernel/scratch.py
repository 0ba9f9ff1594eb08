"""Small tables and commands for the kernel's tests, and a way to make commands wait together."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    update,
)

from highstreet.kernel.db import Database
from highstreet.kernel.errors import RefusalKind
from highstreet.kernel.events import EVENTS, Event
from highstreet.kernel.tables import outbox
from highstreet.kernel.tx import Reader, Tx
from tests.patience import PATIENCE_S as TIMEOUT_S

R = TypeVar("R")

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
NO = RefusalKind("request.malformed", 422)

scratch = MetaData()
note = Table(
    "scratch_note",
    scratch,
    Column("id", String(40), primary_key=True),
    Column("n", BigInteger, CheckConstraint("n < 1000000", name="ck_scratch_note_small")),
)
tally = Table("scratch_tally", scratch, Column("id", String(40), primary_key=True), Column("n", BigInteger))
late = Table(
    "scratch_late",
    scratch,
    Column("id", String(40), primary_key=True),
    Column("note_id", ForeignKey("scratch_note.id", deferrable=True, initially="DEFERRED")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """Something was noted in a test."""

    name = "scratch.noted.v1"
    note_id: str
    extra: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGone(Event):
    """Somebody may not do something any more."""

    name = "identity.scratch_gone.v1"


for scratch_event in (Noted, AccessGone):  # they are not the program's
    EVENTS.pop(scratch_event.name)


def make_scratch(url: str) -> None:
    """Create the small tables."""
    engine = create_engine(url)
    scratch.create_all(engine)
    engine.dispose()


def seen_afresh(url: str, statement: Any) -> Any:
    """The first value of a SELECT as a connection sees it that nobody has used before."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(statement).scalar()
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Write:
    """A note to write; `fault` says what goes wrong after it was written."""

    id: str
    fault: Any = None


def write_note(tx: Tx, command: Write) -> str:
    """Write the note, announce it, then fail if asked to."""
    tx.run(insert(note).values(id=command.id, n=1))
    tx.announce(Noted(at=AT, note_id=command.id))
    tx.has_new_jobs = True
    if command.fault is not None:
        raise command.fault
    return f"done {command.id}"


def add_one(tx: Tx, tally_id: str) -> None:
    """Count."""
    tx.run(update(tally).where(tally.c.id == tally_id).values(n=tally.c.n + 1))


def note_ids(reader: Reader) -> list[str]:
    """All notes."""
    return [row.id for row in reader.rows(select(note.c.id).order_by(note.c.id))]


def noted_ids(reader: Reader) -> list[str]:
    """The notes that were announced, in order."""
    return [row.body["note_id"] for row in reader.rows(select(outbox.c.body).order_by(outbox.c.seq))]


def count_notes(reader: Reader) -> int:
    """How many notes there are."""
    return int(reader.value(select(func.count()).select_from(note)))


def run(job: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine, but not for ever."""

    async def limited() -> R:
        async with asyncio.timeout(TIMEOUT_S):
            return await job

    return asyncio.run(limited())


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that another thread or process does; the test's own time limit ends it."""
    while not await is_so():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


class Held:
    """Keeps a writer busy inside a command, so that whatever is asked meanwhile waits together."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.has_started = threading.Event()
        self.gate = threading.Event()
        self.thread = threading.Thread(target=lambda: db.write_now(self._hold, None))

    def _hold(self, _tx: Tx, _command: None) -> None:
        self.has_started.set()
        assert self.gate.wait(TIMEOUT_S)

    def __enter__(self) -> "Held":
        self.thread.start()
        assert self.has_started.wait(TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()


def together(db: Database, asked: Sequence[tuple[Callable[..., Any], Any]]) -> list[Any]:
    """Ask for these (flow, command) in one batch; results and exceptions in the order asked."""

    async def ask() -> list[Any]:
        with Held(db):
            tasks = [asyncio.create_task(db.write(flow, command)) for flow, command in asked]
            await asyncio.sleep(0)  # each has asked and waits
            assert db.waiting == len(asked) + 1
        return await asyncio.gather(*tasks, return_exceptions=True)

    return run(ask())
