"""What the rooms declare against what a database has."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from highstreet import rooms
from highstreet.kernel.tables import Document, Instant, metadata


def import_every_table() -> MetaData:
    """The one MetaData, with the tables of every room in it."""
    for found in pkgutil.iter_modules(rooms.__path__, "highstreet.rooms."):
        if find_spec(f"{found.name}.tables"):
            import_module(f"{found.name}.tables")
    return metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """How our own column types are written in a step: as types that never change."""
    if kind == "type" and isinstance(item, Instant):
        return "columns.INSTANT"
    if kind == "type" and isinstance(item, Document):
        return "columns.DOCUMENT"
    return False


def check_schema(connection: Connection) -> list[str]:
    """How this database differs from what the rooms declare, as far as Alembic sees; empty when it does not.

    Alembic sees no CHECKs and no partial indexes: those are compared in tests/house/test_schema.py.
    """
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [repr(found) for found in compare_metadata(context, import_every_table())]
