"""Rooms are tested on both real databases, each test on an empty one."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import highstreet.rooms
from highstreet.kernel.db import Database
from highstreet.kernel.tables import metadata
from tests.seeds import Seed, seed_brand

for folder in Path(highstreet.rooms.__path__[0]).iterdir():
    if (folder / "tables.py").exists():
        import_module(f"highstreet.rooms.{folder.name}.tables")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def seed(db: Database) -> Seed:
    return db.write_now(seed_brand, "nordlys")
