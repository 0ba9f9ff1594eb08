"""Writing the outbox as Parquet, exactly once.

A round first commits which numbers it will write (`planned`), then writes files named after those numbers, then
moves its cursor. Interrupted anywhere, the next round writes the same files again.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson
from sqlalchemy import select

from highstreet.kernel.db import Database
from highstreet.kernel.events import EVENTS, Event
from highstreet.kernel.ids import new_id
from highstreet.kernel.jobs import Every, Handler
from highstreet.kernel.outbox import StoredEvent, last_seq, read_events
from highstreet.kernel.tables import checkpoint
from highstreet.kernel.tx import Reader, Tx

EXPORT = Every("lake.export", seconds=300)
ROUND = 5_000
CHECKPOINT = "lake.export"
# Whatever points to one person stays out of the lake (C1).
PERSONAL = frozenset({"person_id", "member_id", "device_id", "receipt"})


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
    """Bring the lake up to the newest event; the count of events written comes back."""
    written = 0
    while True:
        progress = await db.read(progress_of)
        if progress.planned == progress.done:
            newest = await db.read(last_seq)
            if newest == progress.done:
                return written
            planned = Progress(progress.done, min(newest, progress.done + ROUND))
            if not await db.write(keep_progress, KeepProgress(progress, planned, now)):
                return written
            progress = planned
        events = await db.read(read_events, after=progress.done, limit=ROUND)
        part = [event for event in events if event.seq <= progress.planned]
        await asyncio.to_thread(_write_files, folder, part, progress)
        done = Progress(progress.planned, progress.planned)
        if not await db.write(keep_progress, KeepProgress(progress, done, now)):
            return written
        written += len(part)


def export_job(db: Database, folder: Path) -> Handler:
    """Job handler for the schedule."""

    async def handle(_payload: dict[str, Any], now: datetime) -> None:
        await export_events(db, folder, now)

    return handle


def _write_files(folder: Path, events: Sequence[StoredEvent], progress: Progress) -> None:
    import pyarrow.parquet as pq  # two seconds of a start on a busy machine: only for those who export

    groups: dict[tuple[str, str], list[StoredEvent]] = {}
    for event in events:
        day = event.at.astimezone(UTC).date().isoformat()
        groups.setdefault((event.name, day), []).append(event)
    for (name, day), members in groups.items():
        if name not in EVENTS:  # an event of a version that this program no longer knows
            continue
        target = folder / name / f"day={day}" / f"{progress.done + 1}-{progress.planned}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(f".{new_id('job')}.unfinished")  # two exports may write at once
        pq.write_table(_table(name, members), unfinished, compression="zstd")
        os.replace(unfinished, target)


def schema_of(event: type[Event]) -> Any:
    """The Arrow schema: typed columns for an event's plain fields; anything else as JSON text."""
    import pyarrow as pa

    plain = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    columns = [("seq", pa.int64()), ("at", pa.timestamp("us", tz="UTC"))]
    hints = get_type_hints(event)
    columns.extend(
        (field.name, plain.get(_plain(hints[field.name]), pa.string()))
        for field in fields(event)
        if field.name not in PERSONAL and field.name != "at"
    )
    return pa.schema(columns)


def _plain(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        inner = [kind for kind in get_args(hint) if kind is not NoneType]
        return inner[0] if len(inner) == 1 else None
    return hint


def _table(name: str, events: Sequence[StoredEvent]) -> Any:
    import pyarrow as pa

    schema = schema_of(EVENTS[name])
    rows = []
    for event in events:
        row: dict[str, Any] = {"seq": event.seq, "at": event.at}
        for column in schema:
            if column.name not in row:
                value = event.body.get(column.name)
                is_plain = value is None or column.type != pa.string() or isinstance(value, str)
                row[column.name] = value if is_plain else orjson.dumps(value).decode()
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=schema)
