"""Bring a database to the newest schema, or say where it stands."""

from io import StringIO
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from highstreet.migrations.steps import MIGRATION_LOCK, current, head, opened, step_of, steps

__all__ = [
    "MIGRATION_LOCK",
    "alembic_config",
    "current",
    "head",
    "is_current",
    "opened",
    "stamp",
    "upgrade",
    "write_sql",
]


def upgrade(url: str) -> None:
    """Bring a database to the newest step: all of it or nothing. Quick when it is there already.

    Raises RuntimeError when it comes from a newer version of this program.
    """
    if current(url) == head():
        return
    with opened(url) as connection:
        found = step_of(connection)
        if found is not None and found not in steps():
            raise RuntimeError(
                f"the database is at step {found}, which this version does not know: update it"
            )
        command.upgrade(alembic_config(connection=connection), "head")
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"rows without the row they refer to: {broken[:5]}")


def is_current(connection: Connection) -> bool:
    """Whether this database is at this program's newest step (`/readyz`)."""
    return step_of(connection) == head()


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


def alembic_config(**attributes: Any) -> Config:
    """Alembic's settings, made here instead of in an alembic.ini; `env.py` reads the attributes."""
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config
