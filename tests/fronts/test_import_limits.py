"""Files made to take all time or all memory: each is refused or cut short, and nobody else waits for it."""

import io
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from highstreet.fronts.office import import_runs
from highstreet.fronts.office.imports import read_parquet, report, run_import
from highstreet.fronts.office.imports.records import RECORD_LIMIT
from highstreet.fronts.office.pages import imports
from highstreet.migrations import run
from tests.databases import sqlite_url
from tests.fronts.office_town import Town, open_town

API = "/office/v1/imports/goods"
PAGE = {"X-Highstreet": "page"}


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
    assert time.monotonic() - began < 10
    assert told["bad_count"] == told["rows"]


def upload(town: Town, content: bytes, name: str = "a.parquet", kind: str = "goods") -> str:
    """Send the file to the page; the path of its run."""
    with town.client("office") as http:
        files = {"file": (name, content, "application/octet-stream")}
        answer = http.post("/office/import", data={"kind": kind}, files=files, headers=PAGE)
        assert answer.status_code == 204, answer.text
        return str(answer.headers["hx-redirect"])


def end_of(town: Town, path: str) -> str:
    """What the run's page says when it has ended."""
    for _ in range(150):
        told = str(town.ask("office", "GET", f"{path}/state"))
        if "hx-get" not in told:
            return told
        time.sleep(0.1)
    raise AssertionError("it goes on for ever")


def parquet(*tables: pa.Table) -> bytes:
    """A file with a row group of each."""
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, tables[0].schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
    return sink.getvalue()


def test_parquet_of_too_many_rows_is_refused_unread(town: Town) -> None:
    nulls = pa.table({"sku": pa.nulls(1_000_000, pa.string())})
    told = end_of(town, upload(town, parquet(*[nulls] * 6)))
    assert "The file has 6,000,000 rows" in told


def test_parquet_of_large_row_groups_is_refused_unread(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_parquet, "ROW_GROUP_LIMIT_BYTES", 20_000_000)
    content = parquet(pa.table({"sku": ["x" * 30_000_000]}))
    assert len(content) < 20_000
    told = end_of(town, upload(town, content))
    assert "Row group 1 has 30 MB unpacked" in told


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", None])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_parquet_of_long_cells_has_bad_rows(tmp_path: Path, encoding: str | None, kind: pa.DataType) -> None:
    told = ["a", "x" * (RECORD_LIMIT + 1), None, "a"]
    table = pa.table({"sku": pa.array(told, kind), "parts": [["p"]] * 4})
    path = tmp_path / "a.parquet"
    dictionary = ["parts.list.element"] if encoding else True
    encodings = {"sku": encoding} if encoding else None
    pq.write_table(table, path, use_dictionary=dictionary, column_encoding=encodings)
    records = list(read_parquet.read_parquet(path, None))
    assert [record.values for record in records] == [{"sku": "a"}, {}, {"sku": None}, {"sku": "a"}]
    assert [record.refusal.code if record.refusal else None for record in records] == [
        None,
        "import.value_too_long",
        None,
        None,
    ]


def test_a_text_that_all_rows_share_is_made_once(tmp_path: Path) -> None:
    rows = 20_000
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 900_000])
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"sku": shared}), path)
    values = [
        record.values["sku"] for record in read_parquet.read_parquet(path, None)
    ]  # 18 GB if each had its own
    assert len(values) == rows
    assert len({id(value) for value in values}) <= 4


def cut_at(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """So many bad rows are too many."""
    running = import_module(run_import.__module__)  # its name is also that of its function
    for module in (report, running, imports):
        monkeypatch.setattr(module, "BAD_LIMIT", limit)


def test_reading_stops_when_too_many_rows_are_bad(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at(monkeypatch, 3_000)
    path = upload(town, parquet(pa.table({"sku": pa.nulls(1_000_000, pa.string())})))
    told = end_of(town, path)
    assert "More than 3,000 rows are bad" in told
    assert "Download the first 3,000 as CSV" in told
    filed = town.ask("office", "GET", f"{path}/bad-rows.csv")
    assert len(filed.splitlines()) == 1 + 3_000


def test_the_file_of_bad_rows_has_an_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at(monkeypatch, 50)
    path = upload(town, b"member_ref\n" + b"M-1\n" * 61, "a.csv", kind="members")
    told = end_of(town, path)
    assert "only the first 50; 10 more are not in it" in told, told
    assert len(town.ask("office", "GET", f"{path}/bad-rows.csv").splitlines()) == 1 + 50


def test_a_brand_does_not_wait_for_anothers_import(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = Event(), Event()
    real = run_import

    def slow(*given: Any, brand_id: str, **more: Any) -> Any:
        if brand_id == town.seed.brand_id:
            begun.set()
            may_end.wait(15)
        return real(*given, brand_id=brand_id, **more)

    monkeypatch.setattr(import_runs, "run_import", slow)
    path = upload(town, b"sku\nx\n", "a.csv")
    try:
        assert begun.wait(10)
        told = town.ask("office", "POST", API, 503, content=b"sku\nx\n")
        assert told["code"] == "busy.try_later"
        told = town.ask("other-office", "POST", API, content=b"sku\nx\n")
        assert told["rows"] == 1
    finally:
        may_end.set()
    end_of(town, path)


def test_a_stopping_server_leaves_no_upload_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    url = sqlite_url(tmp_path)
    run.upgrade(url)
    begun, ended, reached = Event(), Event(), [0]

    def endless(*_given: Any, progress: Any, **_more: Any) -> None:
        try:
            for rows in range(800):
                progress(rows, None)
                reached.append(rows)
                begun.set()
                time.sleep(0.01)
        finally:
            ended.set()

    monkeypatch.setattr(import_runs, "run_import", endless)
    with open_town(url) as town:
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        upload(town, b"sku\nx\n", "a.csv")
        assert begun.wait(10)
        assert list(temporary.glob("highstreet-upload-*/file.csv"))
    assert ended.is_set()
    assert max(reached) < 799
    assert list(temporary.iterdir()) == []
