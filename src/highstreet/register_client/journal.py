"""The register's own book, one SQLite file: what was asked and not answered yet, and what was sold offline.

A row is on the disk before the question leaves, so that after any crash the same question can be asked again
with the same ids: the server gives it the effect of once.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from highstreet.register_client.chain import hash_of
from highstreet.register_client.made_ids import new_id

_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL,
    status INTEGER, answer TEXT
);
CREATE INDEX IF NOT EXISTS ix_asked_open ON asked (at) WHERE status IS NULL OR status = 202;
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY, key TEXT UNIQUE, sent TEXT NOT NULL, hash TEXT NOT NULL,
    state TEXT, answer TEXT, problem TEXT
);
CREATE TABLE IF NOT EXISTS book (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class JournalInUse(Exception):
    """The same id was asked for with another body before: a caller's mistake, nothing was sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `status` None: no answer is known; 202: the payment is under way; else it is settled."""

    id: str
    path: str
    body: dict[str, Any]
    status: int | None
    answer: dict[str, Any] | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to find out how it ended."""
        return self.status in (None, 202)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the offline journal. `state` None: the server has not taken it yet."""

    seq: int
    sent: dict[str, Any]
    state: str | None
    answer: dict[str, Any] | None
    problem: dict[str, Any] | None


class Journal:
    """One register's book. Several threads may use it, and several processes of one register."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")  # answered means on the disk
        with self._write() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute("INSERT OR IGNORE INTO book VALUES ('journal_id', ?)", (new_id("jrn"),))

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # What was asked

    def keep(self, path: str, body: dict[str, Any]) -> Asked:
        """Write a question down before it is asked; one that is there is given back as it stands.

        Errors: JournalInUse when its id stands there with another body.
        """
        with self._write() as db:
            db.execute(
                "INSERT OR IGNORE INTO asked (id, path, body, at) VALUES (?, ?, ?, ?)",
                (body["id"], path, json.dumps(body), _now()),
            )
        asked = self.asked(str(body["id"]))
        if asked is None or (asked.path, asked.body) != (path, body):
            raise JournalInUse(str(body["id"]))
        return asked

    def asked(self, asked_id: str) -> Asked | None:
        """One question and its answer."""
        rows = self._rows("SELECT * FROM asked WHERE id = ?", asked_id)
        return _asked(rows[0]) if rows else None

    def unanswered(self) -> list[Asked]:
        """What still needs an answer, the oldest first."""
        sql = "SELECT * FROM asked WHERE status IS NULL OR status = 202 ORDER BY at, id"
        return [_asked(row) for row in self._rows(sql)]

    def settle(self, asked_id: str, status: int, answer: dict[str, Any]) -> None:
        """Keep an answer. One that is final stays."""
        with self._write() as db:
            db.execute(
                "UPDATE asked SET status = ?, answer = ? WHERE id = ? AND (status IS NULL OR status = 202)",
                (status, json.dumps(answer), asked_id),
            )

    # What was sold offline

    @property
    def journal_id(self) -> str:
        """This journal's own id, made with the file."""
        return str(self._rows("SELECT value FROM book WHERE name = 'journal_id'")[0]["value"])

    def append(self, kind: str, body: dict[str, Any], key: str | None = None) -> Entry:
        """Add an entry that holds on to the one before it: no number is left out or given twice.

        With a key, once: the same key again gives the entry that is there.
        """
        with self._write() as db:
            there = db.execute("SELECT * FROM entry WHERE key = ?", (key,)).fetchone()
            if there is not None:
                return _entry(there)
            last = db.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
            seq = 1 if last is None else last["seq"] + 1
            sent = {
                "seq": seq,
                "at": _now(),
                "prev_hash": "" if last is None else last["hash"],
                "kind": kind,
                "body": body,
            }
            db.execute(
                "INSERT INTO entry (seq, key, sent, hash) VALUES (?, ?, ?, ?)",
                (seq, key, json.dumps(sent), hash_of(sent)),
            )
        return Entry(seq, sent, None, None, None)

    def entries(self, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Entries by number."""
        rows = self._rows("SELECT * FROM entry WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
        return [_entry(row) for row in rows]

    def last_seq(self) -> int:
        """The newest entry's number, 0 when there is none."""
        return int(self._rows("SELECT coalesce(max(seq), 0) AS n FROM entry")[0]["n"])

    def unsent(self) -> int:
        """How many entries the server has not taken yet."""
        return int(self._rows("SELECT count(*) AS n FROM entry WHERE state IS NULL")[0]["n"])

    def first_unsent(self) -> int | None:
        """The number of the first entry that the server has not taken."""
        found: int | None = self._rows("SELECT min(seq) AS n FROM entry WHERE state IS NULL")[0]["n"]
        return found

    def take_results(self, results: list[dict[str, Any]]) -> None:
        """What the server said of entries; the first word stays."""
        with self._write() as db:
            db.executemany(
                "UPDATE entry SET state = ?, answer = ?, problem = ? WHERE seq = ? AND state IS NULL",
                [
                    (r["state"], json.dumps(r.get("answer")), json.dumps(r.get("problem")), r["seq"])
                    for r in results
                ],
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _asked(row: sqlite3.Row) -> Asked:
    return Asked(row["id"], row["path"], _read(row["body"]), row["status"], _read(row["answer"]))


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(row["seq"], _read(row["sent"]), row["state"], _read(row["answer"]), _read(row["problem"]))
