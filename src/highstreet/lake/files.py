"""Parquet files of one round. Run as a process of its own: it takes seconds, and would take them from the tills.

`python -m highstreet.lake.files` reads what to write from its standard input, as `write_apart` sends it.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson
from sqlalchemy.engine import URL, make_url

from highstreet.kernel.engines import connect, make_engine
from highstreet.kernel.events import EVENTS, Event
from highstreet.kernel.ids import new_id
from highstreet.kernel.outbox import StoredEvent, read_events
from highstreet.kernel.tx import Reader

# Whatever points to one person stays out of the lake (C1).
PERSONAL = frozenset({"person_id", "member_id", "device_id", "receipt"})
Columns = Mapping[str, str]
"""A table's columns by name, each str, int, float, bool, at (an instant) or json."""
_NICE = 19


def columns_of(event: type[Event]) -> Columns:
    """Typed columns for an event's plain fields; anything else as JSON text."""
    hints = get_type_hints(event)
    plain = {str: "str", int: "int", float: "float", bool: "bool"}
    return {"seq": "int", "at": "at"} | {
        field.name: plain.get(_plain(hints[field.name]), "json")
        for field in fields(event)
        if field.name not in PERSONAL and field.name != "at"
    }


def _plain(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        inner = [kind for kind in get_args(hint) if kind is not NoneType]
        return inner[0] if len(inner) == 1 else None
    return hint


def schema_of(columns: Columns) -> Any:
    """The Arrow schema of such columns."""
    import pyarrow as pa  # two seconds of a start on a busy machine: only for those who need it

    kinds = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "at": pa.timestamp("us", tz="UTC")}
    return pa.schema([(name, kinds.get(kind, pa.string())) for name, kind in columns.items()])


async def write_apart(url: URL, folder: Path, done: int, planned: int) -> int:
    """Write the files of the events after `done` up to `planned` in a process of its own; how many there were.

    Errors: RuntimeError when that process fails; what it has written is written again.
    """
    asked = {
        "url": url.render_as_string(hide_password=False),
        "folder": str(folder),
        "done": done,
        "planned": planned,
        "columns": {name: columns_of(event) for name, event in EVENTS.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        told, said = await process.communicate(orjson.dumps(asked))
    except BaseException:
        process.kill()
        raise
    if process.returncode:
        raise RuntimeError(f"the lake's files were not written: {said.decode(errors='replace')[-400:]}")
    return int(told)


def write_files(url: URL, folder: Path, done: int, planned: int, columns: Mapping[str, Columns]) -> int:
    """Write them here and now; how many there were."""
    engine = make_engine(url, can_write=False)
    with connect(engine) as connection:
        read = read_events(Reader(connection), after=done, limit=planned - done)
    engine.dispose()
    events = [event for event in read if event.seq <= planned]
    groups: dict[tuple[str, str], list[StoredEvent]] = {}
    for event in events:
        if event.name in columns:  # not one of a version that is no longer known
            day = event.at.astimezone(UTC).date().isoformat()
            groups.setdefault((event.name, day), []).append(event)
    for (name, day), members in groups.items():
        target = folder / name / f"day={day}" / f"{done + 1}-{planned}.parquet"
        _write_table(target, columns[name], members)
    return len(events)


def _write_table(target: Path, columns: Columns, events: Sequence[StoredEvent]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"seq": event.seq, "at": event.at} | _row(columns, event.body) for event in events]
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{new_id('job')}.unfinished")  # two exports may write at once
    pq.write_table(pa.Table.from_pylist(rows, schema=schema_of(columns)), unfinished, compression="zstd")
    os.replace(unfinished, target)


def _row(columns: Columns, body: Mapping[str, Any]) -> dict[str, Any]:
    row = {}
    for name, kind in columns.items():
        if name not in ("seq", "at"):
            value = body.get(name)
            is_text = value is None or kind not in ("str", "json") or isinstance(value, str)
            row[name] = value if is_text else orjson.dumps(value).decode()
    return row


def main() -> None:
    """Write what standard input asks for, yielding to whoever else needs the processor."""
    os.nice(_NICE)
    asked = orjson.loads(sys.stdin.buffer.read())
    folder = Path(asked["folder"])
    count = write_files(make_url(asked["url"]), folder, asked["done"], asked["planned"], asked["columns"])
    sys.stdout.write(str(count))


if __name__ == "__main__":
    main()
