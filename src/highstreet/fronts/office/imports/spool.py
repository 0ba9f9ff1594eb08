"""Checked rows on disk, given back in groups by key: memory does not grow with the file.

A sale's lines may stand anywhere in the file, and a group is written whole or not at all, so all rows are
read and checked before the first is written. The key is the id under which the group will be stored: rows
are then written in the order of the table's own key, which is what a B-tree likes best.
"""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

GroupRows = tuple[str, list[tuple[int, list[Any] | None]]]
"""Key, and (line, row) in the order of lines; a row is None when it was refused."""


class Spool:
    """A file of its own in the temporary folder, gone with the `with`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="highstreet-import-")
        self._connection = sqlite3.connect(Path(self._folder.name) / "rows.db")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("CREATE TABLE row (key TEXT NOT NULL, line INTEGER NOT NULL, body BLOB)")

    def add(self, rows: Sequence[tuple[str, int, Sequence[Any] | None]]) -> None:
        """Keep (key, line, row) for later."""
        self._connection.executemany(
            "INSERT INTO row VALUES (?, ?, ?)",
            [(key, line, None if row is None else orjson.dumps(tuple(row))) for key, line, row in rows],
        )

    def groups(self, after: str) -> Iterator[GroupRows]:
        """Groups with keys after this one, in order."""
        self._connection.commit()
        found = self._connection.execute(
            "SELECT key, line, body FROM row WHERE key > ? ORDER BY key, line", (after,)
        )
        for key, rows in groupby(found, key=lambda row: str(row[0])):
            yield key, [(line, None if body is None else orjson.loads(body)) for _, line, body in rows]

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._folder.cleanup()
