"""A statement on the screen says what its CSV says; on both databases."""

# ruff: noqa: F811, F401

import csv
import io
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.fronts.office_town import Town, town


@pytest.mark.parametrize("who", ["dealer", "landlord", "other-dealer"])
def test_totals_and_lines_are_those_of_the_csv(town: Town, who: str) -> None:
    sales = [town.sell(n, 1) for n in (1, 2, 3)]
    town.take_back(sales[2], (1, 2))
    town.clock.advance(timedelta(minutes=1))
    text = town.ask(who, "GET", "/dealer/v1/statement.csv")
    expected = list(csv.DictReader(io.StringIO(text)))
    assert bool(expected) is (who != "other-dealer")
    for limit in (1, 2, 100):
        lines = [line for kind in ("sale", "return") for line in pages(town, who, kind, limit)]
        assert [{name: str(value) for name, value in line.items()} for line in lines] == expected
    sums: Counter[tuple[str, ...]] = Counter()
    for row in expected:
        key = row["party_id"], row["role"], row["collector_party_id"], row["currency"]
        sums[key] += int(row["amount_minor"])
    told = town.ask(who, "GET", "/dealer/v1/statement")["totals"]
    assert {
        (t["party_id"], t["role"], t["collector_party_id"], t["currency"]): t["amount_minor"] for t in told
    } == dict(sums)


def pages(town: Town, who: str, kind: str, limit: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    params = {"kind": kind, "limit": str(limit)}
    while True:
        page = town.ask(who, "GET", "/dealer/v1/statement/lines", params=params)
        lines += page["lines"]
        if page["next_after"] is None:
            return lines
        params |= {"after": page["next_after"], "after_id": page["next_after_id"]}


def test_a_statement_is_of_a_time(town: Town) -> None:
    town.sell(1)
    params = {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"}
    assert town.ask("dealer", "GET", "/dealer/v1/statement", params=params)["totals"] == []
    town.ask("dealer", "GET", "/dealer/v1/statement", 422, params={"since": "2020-01-01T00:00:00Z"})
