"""Where a database and this program stand, without loading Alembic: that took a quarter of every start."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, String, column, create_engine, event, inspect, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

# Two servers that start at once take turns (PostgreSQL; SQLite locks its file).
MIGRATION_LOCK = 0x4847_4D47
_NAMES = re.compile(r"""^(down_)?revision(?:: [^=]+)? = (?:["']([^"']+)["']|None)$""", re.M)
VERSIONS = Path(__file__).parent / "versions"
_VERSION = select(column("version_num", String)).select_from(table("alembic_version"))


def current(url: str) -> str | None:
    """The step a database is at; None for an empty one."""
    with opened(url, is_writing=False) as connection:
        return step_of(connection)


def step_of(connection: Connection) -> str | None:
    """The step of a connection's database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar_one_or_none()


@lru_cache
def steps() -> dict[str, str | None]:
    """Every step of this program, and the one it follows."""
    found: dict[str, str | None] = {}
    for path in sorted(VERSIONS.glob("*.py")):
        names = dict(_NAMES.findall(path.read_text(encoding="utf-8")))
        found[names[""]] = names["down_"] or None
    return found


@lru_cache
def head() -> str:
    """The newest step of this program. Errors: RuntimeError when there are none, or several."""
    newest = steps().keys() - set(steps().values())
    if len(newest) != 1:
        raise RuntimeError("no migrations were installed with the program, or of several versions")
    return newest.pop()


@contextmanager
def opened(url: str, *, is_writing: bool = True) -> Iterator[Connection]:
    """One connection in one transaction; when writing, one in which nobody else migrates."""
    target = make_url(url)
    is_sqlite = target.get_backend_name() == "sqlite"
    if is_sqlite and target.database and (folder := os.path.dirname(target.database)):
        os.makedirs(folder, exist_ok=True)
    if not is_sqlite:
        target = target.set(drivername="postgresql+psycopg")
    engine = create_engine(target, poolclass=NullPool)
    if is_sqlite:
        begin = "BEGIN IMMEDIATE" if is_writing else "BEGIN"
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    with engine.begin() as connection:
        if is_writing and not is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield connection


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    # Batch mode drops a table and makes it anew, which live foreign keys would take for a deletion;
    # they are checked before COMMIT instead.
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
