"""Files made to take all time or all memory: each is refused or cut short, and nobody else waits for it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from highstreet.migrations import run
from tests.databases import sqlite_url
from tests.fronts.office_town import Town, open_town

API = "/office/v1/imports/goods"


@pytest.fixture
def town(tmp_path: Any) -> Iterator[Town]:
    """Two brands; the database does not matter here."""
    url = sqlite_url(tmp_path)
    run.upgrade(url)
    with open_town(url) as opened:
        yield opened


def test_many_quotes_take_no_time(town: Town) -> None:
    began = time.monotonic()
    told = town.ask("office", "POST", API, content=b"sku\n" + b'\n"' * 17_000)
    assert time.monotonic() - began < 5
    assert told["bad_count"] == told["rows"]
