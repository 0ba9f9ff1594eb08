"""A migrated database with the scratch tables, once SQLite and once PostgreSQL."""

from collections.abc import Iterator

import pytest

from highstreet.kernel.db import Database
from tests.kernel.scratch import make_scratch


@pytest.fixture
def scratch_url(migrated_url: str) -> str:
    """The address of a database of the test's own."""
    make_scratch(migrated_url)
    return migrated_url


@pytest.fixture
def db(scratch_url: str) -> Iterator[Database]:
    """That database, open."""
    database = Database(scratch_url)
    yield database
    database.close()
