"""The benchmarks work: the smallest run of each gives rows of the right shape. No time is asserted."""

import json
from pathlib import Path

import pytest
from benchmarks import (
    chain,
    charge,
    load,
    nearest,
    nearest_http,
    pgbench_limit,
    plain_app,
    raw_limit,
    routing,
)
from benchmarks.books import check_books
from benchmarks.charge import Charges, Length
from benchmarks.in_process import sell_in_batches
from benchmarks.processes import Drive
from benchmarks.rows import Bar, Beside, Measured, save, table
from benchmarks.shop_floor import Size, make_town

from tests.databases import PostgresServer, fresh_postgres_database

SMALL = Size(places=10, registers=10, goods=30, members=20, coupons=10)
SHORT = Length(warm_s=0.2, seconds=0.4, size=SMALL)
DRIVE = Drive(1000.0, 5.0, 20.0, 1200, 1000, {}, "", 0.9)


@pytest.fixture(scope="module")
def charges(tmp_path_factory) -> Charges:
    """Ours on SQLite, once for this file."""
    folder = tmp_path_factory.mktemp("bench")
    return charge.measure(f"sqlite:///{folder / 'town.db'}", folder, SHORT)


def test_charges_over_http(charges: Charges) -> None:
    """Every run answers 200 only; what was answered is in the database (`check_books` asserts it)."""
    for drive in (charges.spread, charges.half, charges.one_coupon):
        assert drive.failed == 0
        assert 0 < drive.counted <= drive.answered
        assert 0 < drive.p50_ms <= drive.p99_ms
    rows = charge.rows(charge.SQLITE, charges)
    assert [row.unit for row in rows] == ["sales/s", "ms", "ms", "ms", "sales/s", "ms"]
    assert rows[4].beside is not None


def test_charges_on_postgresql(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """The same on the other database."""
    url = fresh_postgres_database(postgres_server)
    command, environment = charge.serve_ours(url)
    with charge.till(command, environment, url, tmp_path, SHORT) as ours:
        assert ours.charge().counted > 0


def test_raw_limit(tmp_path: Path) -> None:
    """The recorded statements replay to the same books."""
    assert raw_limit.limit(tmp_path, batches=1, repeats=1, size=SMALL) > 0
    row = raw_limit.row(1000, 4000)
    assert (row.ratio, row.ok) == (0.25, True)


@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_plain_app(on: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The peer leaves the same rows behind as ours."""
    url = f"sqlite:///{tmp_path / 'town.db'}"
    if on == "postgresql":
        url = fresh_postgres_database(request.getfixturevalue("postgres_server"))
    drive = plain_app.measure(url, tmp_path, SHORT)
    assert drive.counted > 0
    assert plain_app.row("SQLite", 1000, drive, Bar(ratio_at_least=6)).beside is not None


def test_pgbench_limit(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """The function leaves the same rows behind as ours."""
    spread = pgbench_limit.limit(postgres_server, tmp_path, seconds=1, size=SMALL)
    assert spread.per_second > 0
    rows = pgbench_limit.rows(Charges(DRIVE, DRIVE, DRIVE), spread, spread)
    assert [row.unit for row in rows] == ["sales/s", "sales/s"]


def test_nearest_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small country is filled, served and asked."""
    monkeypatch.setattr(nearest, "PLACES", 400)
    monkeypatch.setattr(nearest, "ROWS_EACH", 5)
    rows = nearest_http.run(tmp_path, seconds=0.4, is_quick=True, say=lambda _text: None)
    assert [row.unit for row in rows] == ["queries/s", "ms", "queries/s", "ms"]
    assert all(row.figure > 0 for row in rows)


def test_in_process(tmp_path: Path) -> None:
    """Batches leave whole books behind."""
    url = f"sqlite:///{tmp_path / 'town.db'}"
    make_town(url, SMALL)
    assert sell_in_batches(url, SMALL, batch=4, sales=8) > 0
    check_books(url, 12)
    with pytest.raises(AssertionError, match="sale"):
        check_books(url, 11)


def test_rows_say_whether_a_bar_is_reached(tmp_path: Path) -> None:
    """Each kind of bound, the table and the file."""
    beside = Beside("a peer", 100.0)
    rows = [
        Measured("fast", 1500.0, "sales/s", beside, Bar(at_least=1000, ratio_at_least=12)),
        Measured("slow", 160.0, "ms", bar=Bar(at_most=150)),
        Measured("small", 10.0, "sales/s", beside, Bar(ratio_at_least=0.2)),
        Measured("told", 1.5, "ms"),
    ]
    assert [row.ok for row in rows] == [True, False, False, None]
    text = table(rows)
    assert "1,500" in text
    assert text.count("NO") == 2
    save(rows, tmp_path / "results.json", is_quick=True)
    told = json.loads((tmp_path / "results.json").read_text())
    assert set(told) == {"at", "commit", "machine", "is_quick", "rows"}
    assert set(told["rows"][0]) == {"name", "figure", "unit", "beside", "ratio", "bar", "ok"}


def test_load_waits_for_the_whole_answer() -> None:
    """Requests are bytes; a result knows its percentiles."""
    assert load.post("/x", "t", b"{}").endswith(b"Content-Length: 2\r\n\r\n{}")
    result = load.LoadResult(2.0, {200: 10, 503: 2}, [n / 1000 for n in range(1, 13)], "")
    assert result.per_second == 5.0
    assert result.percentile_ms(0.5) == 7.0


def test_a_chain_of_registers(tmp_path: Path) -> None:
    """Every register sells in its turn, every second time by wallet, and all of it is in the database."""
    chain_of_four = chain.Chain(places=2, registers=4, seconds=4.0, warm_s=1.0)
    sold = chain.measure(f"sqlite:///{tmp_path / 'town.db'}", tmp_path, chain_of_four)
    assert (sold.drive.failed, sold.drive.first_problem) == (0, "")
    assert 4 <= sold.drive.counted <= sold.drive.answered
    assert sold.drive.marked_p99_ms >= chain.WALLET_MS
    rows = chain.rows(charge.SQLITE, chain_of_four, sold)
    assert [row.unit for row in rows] == ["sales/s", "answers", "ms", "ms", "MB", "ms"]
    assert rows[1].ok


def test_routing() -> None:
    """A small country: what a rule brings is told beside each other rule; ours asks nobody who had not agreed."""
    country = routing.Country(places=60, variants=20)
    rows = routing.run(orders=40, say=lambda _text: None, country=country)
    by_rule = {(row.name, row.beside.name if row.beside else ""): row for row in rows}
    agreed = [row for row in rows if row.name == "orders to an owner who had not agreed"]
    assert [row.figure for row in agreed] == [0, 0, 0, 0]
    beside = [row.beside.figure if row.beside else None for row in agreed]
    assert beside[:2] > [0, 0]
    assert beside[2:] == [0, 0]
    costs = [row for row in rows if row.name == "cost of an order"]
    assert len(costs) == 4
    assert all(row.beside is not None and row.figure <= row.beside.figure for row in costs[2:])
    assert by_rule["promises kept", "highest stock"].figure == 100
    again = routing.run(orders=40, say=lambda _text: None, country=routing.Country(places=60, variants=20))
    assert [row for row in again if row.unit != "ms"] == [row for row in rows if row.unit != "ms"]
