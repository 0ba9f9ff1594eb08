"""Bring a database to the newest schema, or say where it stands."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

# Two servers that start at once take turns (PostgreSQL; SQLite locks its file).
MIGRATION_LOCK = 0x4847_4D47


def upgrade(url: str) -> None:
    """Bring a database to the newest step: all of it or nothing. Quick when it is there already.

    Raises RuntimeError when it comes from a newer version of this program.
    """
    if current(url) == head():
        return
    with opened(url) as connection:
        found = _revision(connection)
        if found is not None and found not in _steps():
            raise RuntimeError(
                f"the database is at step {found}, which this version does not know: update it"
            )
        command.upgrade(alembic_config(connection=connection), "head")
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"rows without the row they refer to: {broken[:5]}")


def current(url: str) -> str | None:
    """The step a database is at; None for an empty one."""
    with opened(url, is_writing=False) as connection:
        return _revision(connection)


def is_current(connection: Connection) -> bool:
    """Whether this database is at this program's newest step (`/readyz`)."""
    return _revision(connection) == head()


def stamp(url: str, revision: str = "head") -> None:
    """Say that a database is at a step, without running anything."""
    with opened(url) as connection:
        command.stamp(alembic_config(connection=connection), revision, purge=True)


def write_sql(dialect: str) -> str:
    """The SQL of all steps, for a person or a linter to read; nothing is run."""
    config = alembic_config(dialect=dialect)
    config.output_buffer = StringIO()
    command.upgrade(config, "head", sql=True)
    return config.output_buffer.getvalue()


@lru_cache
def head() -> str:
    """The newest step of this program."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if newest is None:
        raise RuntimeError("no migrations were installed with the program")
    return newest


@lru_cache
def _steps() -> frozenset[str]:
    script = ScriptDirectory.from_config(alembic_config())
    return frozenset(step.revision for step in script.walk_revisions())


def alembic_config(**attributes: Any) -> Config:
    """Alembic's settings, made here instead of in an alembic.ini; `env.py` reads the attributes."""
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


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
