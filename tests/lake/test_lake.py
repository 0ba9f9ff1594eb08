"""The lake holds every event once, nothing personal, and answers its first question."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.lake import CodeDay, export, export_events, export_job, files, sales_by_code_and_day
from highstreet.rooms.sales import SalePaid, SaleReturned
from tests.seeds import NOW

BRAND, OTHER = new_id("brd"), new_id("brd")


@pytest.fixture
def db(migrated_url: str) -> Iterator[Database]:
    database = Database(migrated_url)
    yield database
    database.close()


def paid(code_id: str | None, total: int, day: str = "2026-11-20", brand_id: str = BRAND) -> SalePaid:
    return SalePaid(
        at=NOW + timedelta(days=int(day[-2:]) - 20),
        brand_id=brand_id,
        place_id=new_id("plc"),
        person_id=new_id("psn"),
        sale_id=new_id("sal"),
        register_id=None,
        member_id=new_id("mbr"),
        currency="EUR",
        list_minor=total,
        discount_minor=0,
        total_minor=total,
        business_day=day,
        rails=("cash",),
        code_id=code_id,
        lines=({"line_no": 1},),
        receipt={"secret": "person"},
    )


def returned(code_id: str | None, refund: int) -> SaleReturned:
    return SaleReturned(
        at=NOW,
        brand_id=BRAND,
        return_id=new_id("rtn"),
        sale_id=new_id("sal"),
        currency="EUR",
        refund_minor=refund,
        business_day="2026-11-20",
        code_id=code_id,
        lines=(),
    )


def announce(tx: Tx, events: list) -> None:
    for event in events:
        tx.announce(event)


def run_export(db: Database, folder: Path) -> int:
    return asyncio.run(export_events(db, folder, NOW))


def test_first_question(db: Database, tmp_path: Path) -> None:
    events = [
        paid("cod_a", 1000),
        paid("cod_a", 500),
        paid("cod_b", 70, "2026-11-21"),
        paid(None, 9),
        returned("cod_a", 300),
        paid("cod_a", 10**9, brand_id=OTHER),
    ]
    db.write_now(announce, events)
    assert run_export(db, tmp_path) == 6
    assert run_export(db, tmp_path) == 0
    assert sorted(sales_by_code_and_day(tmp_path, BRAND), key=lambda row: row.amount_minor) == [
        CodeDay(None, "2026-11-20", "EUR", 1, 9, 0),
        CodeDay("cod_b", "2026-11-21", "EUR", 1, 70, 0),
        CodeDay("cod_a", "2026-11-20", "EUR", 2, 1500, 300),
    ]


def test_a_round_waits_until_it_is_worth_it(db: Database, tmp_path: Path) -> None:
    def export_at(now: datetime) -> int:
        asyncio.run(export_job(db, tmp_path)({}, now))
        return len(list(tmp_path.rglob("*.parquet")))

    assert export_at(NOW) == 0
    event = paid("cod_a", 1000)
    db.write_now(announce, [event])
    assert export_at(event.at + timedelta(seconds=299)) == 0
    assert export_at(event.at + timedelta(seconds=300)) == 1


def test_an_empty_lake_answers_nothing(tmp_path: Path) -> None:
    assert sales_by_code_and_day(tmp_path, BRAND) == []


def test_nothing_personal_is_written(db: Database, tmp_path: Path) -> None:
    db.write_now(announce, [paid("cod_a", 1)])
    run_export(db, tmp_path)
    (file,) = tmp_path.rglob("*.parquet")
    assert not files.PERSONAL & set(pq.read_schema(file).names)
    assert b"person" not in file.read_bytes().replace(b"person_id", b"")


@pytest.mark.parametrize("dies_at", ["before_files", "after_files"])
def test_interrupted_export_writes_each_event_once(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    db.write_now(announce, [paid("cod_a", 1), paid("cod_a", 2)])
    write = files.write_apart

    async def dying(*args: object) -> None:
        if dies_at == "after_files":
            await write(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "write_apart", dying)
    with pytest.raises(KeyboardInterrupt):
        run_export(db, tmp_path)
    monkeypatch.setattr(export, "write_apart", write)
    db.write_now(announce, [paid("cod_a", 4)])
    run_export(db, tmp_path)
    assert [row.amount_minor for row in sales_by_code_and_day(tmp_path, BRAND)] == [7]
    assert sum(pq.read_metadata(file).num_rows for file in tmp_path.rglob("*.parquet")) == 3


def test_what_comes_during_an_export_waits_for_the_next(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = files.write_apart

    async def while_registers_sell(*args: object) -> int:
        await db.write(announce, [paid("cod_a", 1)])
        return await write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "write_apart", while_registers_sell)
    db.write_now(announce, [paid("cod_a", 2)])
    assert run_export(db, tmp_path) == 1
    assert run_export(db, tmp_path) == 1


def test_exports_at_once_write_each_event_once(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROUND", 3)
    db.write_now(announce, [paid("cod_a", 1 << n) for n in range(10)])

    async def together() -> list[int]:
        return await asyncio.gather(*(export_events(db, tmp_path, NOW) for _ in range(4)))

    asyncio.run(together())
    run_export(db, tmp_path)  # whoever was overtaken gave up: the next one ends it
    assert [row.amount_minor for row in sales_by_code_and_day(tmp_path, BRAND)] == [1023]
    assert sum(pq.read_metadata(file).num_rows for file in tmp_path.rglob("*.parquet")) == 10
    assert list(tmp_path.rglob("*.unfinished")) == []
