"""Writing the outbox as Parquet, exactly once.

A round first commits which numbers it will write (`planned`), then writes files named after those numbers, then
moves its cursor. Interrupted anywhere, the next round writes the same files again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from highstreet.kernel.db import Database
from highstreet.kernel.jobs import Every, Handler
from highstreet.kernel.outbox import last_seq, read_events
from highstreet.kernel.tables import checkpoint
from highstreet.kernel.tx import Reader, Tx
from highstreet.lake.files import write_apart

EXPORT = Every("lake.export", seconds=300)
ROUND = 20_000
CHECKPOINT = "lake.export"


@dataclass(frozen=True, slots=True)
class Progress:
    """All numbers up to `done` are in the lake; those up to `planned` may be."""

    done: int
    planned: int


def progress_of(reader: Reader) -> Progress:
    """How far the export has come."""
    state = reader.value(select(checkpoint.c.state).where(checkpoint.c.name == CHECKPOINT))
    return Progress(state["done"], state["planned"]) if state else Progress(0, 0)


@dataclass(frozen=True, slots=True)
class KeepProgress:
    """Move the progress, only if nobody else has moved it."""

    before: Progress
    after: Progress
    at: datetime


def keep_progress(tx: Tx, command: KeepProgress) -> bool:
    """Guarded move; False when another export was faster."""
    c = checkpoint.c
    nothing = {"name": CHECKPOINT, "state": {"done": 0, "planned": 0}, "at": command.at}
    tx.insert_many(checkpoint, [nothing], ignore_existing=True)
    tx.run(select(c.name).where(c.name == CHECKPOINT).with_for_update())
    if progress_of(tx) != command.before:
        return False
    state = {"done": command.after.done, "planned": command.after.planned}
    tx.run(checkpoint.update().where(c.name == CHECKPOINT).values(state=state, at=command.at))
    return True


async def export_events(db: Database, folder: Path, now: datetime) -> int:
    """Bring the lake up to the event that is the newest now; the count of events written comes back.

    Those that come meanwhile wait for the next time: while registers sell, there would be no end to it.
    """
    written = 0
    newest = await db.read(last_seq)
    while True:
        progress = await db.read(progress_of)
        if progress.planned == progress.done:
            if newest <= progress.done:
                return written
            planned = Progress(progress.done, min(newest, progress.done + ROUND))
            if not await db.write(keep_progress, KeepProgress(progress, planned, now)):
                return written
            progress = planned
        count = await write_apart(db.url, folder, progress.done, progress.planned)
        done = Progress(progress.planned, progress.planned)
        if not await db.write(keep_progress, KeepProgress(progress, done, now)):
            return written
        written += count


def is_worth_it(reader: Reader, now: datetime) -> bool:
    """Whether a round would bring a good number of events, or one that has waited for a period."""
    progress = progress_of(reader)
    if progress.planned != progress.done or last_seq(reader) - progress.done >= ROUND:
        return True
    oldest = read_events(reader, after=progress.done, limit=1)
    return bool(oldest) and oldest[0].at <= now - timedelta(seconds=EXPORT.seconds)


def export_job(db: Database, folder: Path) -> Handler:
    """Job handler for the schedule. A server that has just begun has better things to do."""

    async def handle(_payload: dict[str, Any], now: datetime) -> None:
        if await db.read(is_worth_it, now):
            await export_events(db, folder, now)

    return handle
