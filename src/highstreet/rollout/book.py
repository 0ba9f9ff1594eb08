"""How far the roll-out is: a SQLite file in its folder. A run that was broken off goes on where it was."""

import json
import os
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from highstreet.register_client import new_id
from highstreet.rollout.plan import Wanted

_SCHEMA = """CREATE TABLE IF NOT EXISTS register (
    id TEXT PRIMARY KEY, key_id TEXT NOT NULL, place_id TEXT NOT NULL, place_name TEXT NOT NULL,
    name TEXT NOT NULL, line INTEGER NOT NULL, step TEXT NOT NULL DEFAULT 'planned', result TEXT,
    UNIQUE (place_id, name))"""


@dataclass(frozen=True, slots=True)
class Row:
    """One register. `step`: planned, added (its key is in its file), tested, failed, live."""

    id: str
    key_id: str
    place_id: str
    place_name: str
    name: str
    line: int
    step: str
    result: dict[str, Any] | None


class Book:
    """The state of one roll-out. No key is in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ignored = folder / ".gitignore"
        if not ignored.exists():  # live keys lie here: in whatever clone this is, `git add .` takes none
            ignored.write_text("*\n")
        path = folder / "rollout.db"
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(_SCHEMA)

    def plan(self, wanted: Sequence[Wanted]) -> None:
        """Note what is to be, with ids that stay; what is noted already stays as it is."""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR IGNORE INTO register (id, key_id, place_id, place_name, name, line) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [(new_id("reg"), new_id("rky"), w.place_id, w.place_name, w.name, w.line) for w in wanted],
            )

    def rows(self, *steps: str) -> list[Row]:
        """Registers at these steps, or all, as the plan has them."""
        marks = ", ".join("?" * len(steps))
        where = f"WHERE step IN ({marks})" if steps else ""
        with self._lock:
            found = self._db.execute(f"SELECT * FROM register {where} ORDER BY line, rowid", steps).fetchall()  # noqa: S608
        return [
            Row(
                r["id"],
                r["key_id"],
                r["place_id"],
                r["place_name"],
                r["name"],
                r["line"],
                r["step"],
                None if r["result"] is None else json.loads(r["result"]),
            )
            for r in found
        ]

    def move(self, ids: Sequence[str], step: str) -> None:
        """These are at this step now."""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("UPDATE register SET step = ? WHERE id = ?", [(step, i) for i in ids])

    def new_key(self, register_id: str) -> str:
        """Another key id for a register whose key is lost and in use."""
        key_id = new_id("rky")
        with self._lock:
            self._db.execute("UPDATE register SET key_id = ? WHERE id = ?", (key_id, register_id))
        return key_id

    def tested(self, register_id: str, step: str, result: dict[str, Any]) -> None:
        """Keep what a test found."""
        with self._lock:
            self._db.execute(
                "UPDATE register SET step = ?, result = ? WHERE id = ?",
                (step, json.dumps(result), register_id),
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()
