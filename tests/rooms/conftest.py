"""Rooms are tested on both real databases, each test on one of its own, made by the migrations."""

from collections.abc import Iterator

import pytest

from highstreet.kernel.db import Database
from tests.seeds import Seed, seed_brand


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """The same database as `db`, for a rival of the test's own."""
    return migrated_url


@pytest.fixture
def db(migrated_url: str) -> Iterator[Database]:
    database = Database(migrated_url)
    yield database
    database.close()


@pytest.fixture
def seed(db: Database) -> Seed:
    return db.write_now(seed_brand, "nordlys")
