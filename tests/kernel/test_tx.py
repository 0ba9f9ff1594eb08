"""Rows written in sets: whatever a column holds comes back as it was given, guards count, nothing is cut short."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    create_engine,
    select,
    true,
    update,
)
from sqlalchemy.exc import DBAPIError

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tables import Document, Id, Instant, outbox
from highstreet.kernel.tx import Change, Reader, Tx
from tests.kernel.scratch import AT, NO, Noted

metadata = MetaData()
# Names that must be quoted, and every kind of column that the rooms use.
every = Table(
    "scratch every kind",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order", BigInteger),
    Column("group", Integer),
    Column("small", SmallInteger),
    Column("on hand", Float),
    Column("Flag", Boolean),
    Column("short", String(5)),
    Column("text", Text),
    Column("at", Instant),
    Column("body", Document),
    CheckConstraint('"order" >= 0', name="ck_scratch_order"),
)
NAMES = tuple(column.name for column in every.columns)
LATER = AT + timedelta(days=1, microseconds=1)
FULL = {
    "id": "full",
    "order": 2**63 - 1,
    "group": 2**31 - 1,
    "small": -32768,
    "on hand": 60.1699,
    "Flag": True,
    "short": "北京的门店",
    "text": "'; DROP TABLE x; -- \" \\ %s {a,b} NULL \n\t",
    "at": datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "body": {"a": [1, None, "北", {"b": 1.5}], "n": 2**53, "empty": "", "quote": "'\"\\{}"},
}
EMPTY = {**dict.fromkeys(NAMES), "id": "empty"}
PLAIN = {
    "id": "plain",
    "order": 0,
    "group": 0,
    "small": 0,
    "on hand": 1,
    "Flag": False,
    "short": "",
    "text": "",
    "at": AT,
    "body": [],
}


@pytest.fixture
def db(db: Database, scratch_url: str) -> Database:
    engine = create_engine(scratch_url)
    metadata.create_all(engine)
    engine.dispose()
    return db


def rows_of(reader: Reader, *ids: str) -> list[dict[str, Any]]:
    query = select(every).order_by(every.c.id)
    return [dict(row._mapping) for row in reader.rows(query.where(every.c.id.in_(ids)) if ids else query)]


def insert_rows(tx: Tx, rows: list[dict[str, Any]], ignore_existing: bool = False) -> int:
    return tx.insert_many(every, rows, ignore_existing=ignore_existing)


# insert_many ------------------------------------------------------------------------------------------


def test_every_kind_comes_back_as_given(db: Database) -> None:
    assert db.write_now(insert_rows, [FULL, EMPTY, PLAIN]) == 3
    assert db.read_now(rows_of) == [EMPTY, FULL, PLAIN]
    assert db.write_now(insert_rows, [{**EMPTY, "id": "e1"}, {**EMPTY, "id": "e2"}]) == 2  # nothing but NULLs
    assert db.write_now(insert_rows, []) == 0
    assert db.read_now(rows_of, "e1") == [{**EMPTY, "id": "e1"}]


def test_columns_left_out_are_null(db: Database) -> None:
    assert db.write_now(lambda tx, _: tx.insert_many(every, [{"id": "a"}, {"id": "b"}]), None) == 2
    assert db.read_now(rows_of, "b") == [{**EMPTY, "id": "b"}]


def test_whole_and_broken_numbers_mix(db: Database) -> None:
    rows = [{**EMPTY, "id": str(n), "on hand": value} for n, value in enumerate((60, 24.5, None, 0))]
    assert db.write_now(insert_rows, rows) == 4
    assert [row["on hand"] for row in db.read_now(rows_of)] == [60.0, 24.5, None, 0.0]


def test_what_is_there_can_be_passed_over(db: Database) -> None:
    assert db.write_now(insert_rows, [FULL]) == 1
    again = [{**FULL, "text": "other"}, PLAIN, {**PLAIN, "text": "twice in one call"}, EMPTY]
    with pytest.raises(Refusal, match=r"request\.conflict"):
        db.write_now(insert_rows, again)
    assert db.read_now(rows_of) == [FULL]
    assert db.write_now(lambda tx, rows: insert_rows(tx, rows, ignore_existing=True), again) == 2
    assert db.read_now(rows_of) == [EMPTY, FULL, PLAIN]
    assert db.write_now(lambda tx, rows: insert_rows(tx, rows, ignore_existing=True), again) == 0


def test_a_thousand_rows(db: Database) -> None:
    rows = [{**PLAIN, "id": f"{n:04}", "order": n} for n in range(1000)]
    assert db.write_now(insert_rows, rows) == 1000
    assert db.read_now(rows_of) == [{**row, "on hand": 1.0} for row in rows]


@pytest.mark.parametrize(
    "wrong",
    [{"short": "六个字符太长"}, {"order": 2**63}, {"group": 2**31}, {"small": 2**15}, {"text": "a\0b"}],
)
def test_what_does_not_fit_is_never_cut(db: Database, wrong: dict[str, Any]) -> None:
    """PostgreSQL refuses it; SQLite keeps it whole, or refuses."""
    row = {**PLAIN, **wrong}
    try:
        db.write_now(insert_rows, [FULL, row])
    except (DBAPIError, OverflowError):
        assert db.read_now(rows_of) == []
    else:
        assert db.is_sqlite
        assert db.read_now(rows_of, "plain") == [{**row, "on hand": 1.0}]


def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    naive = AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a time zone"):
        db.write_now(insert_rows, [{**PLAIN, "at": naive}])
    with pytest.raises(ValueError, match="without a time zone"):
        db.write_now(lambda tx, _: tx.change(SET_TIMES, [{"id": "x", "at": naive, "share": 1}]), None)


def test_a_row_that_lacks_a_column_is_refused(db: Database) -> None:
    with pytest.raises(KeyError):
        db.write_now(insert_rows, [FULL, {"id": "b"}])
    assert db.read_now(rows_of) == []


def test_two_tables_of_one_name_are_two(db: Database) -> None:
    """What is remembered of a table is this table's, not its namesake's."""
    twin = Table(every.name, MetaData(), Column("id", Id, primary_key=True), Column("at", BigInteger))
    assert db.write_now(lambda tx, _: tx.insert_many(every, [{"id": "a", "at": AT}]), None) == 1
    assert db.write_now(lambda tx, _: tx.insert_many(twin, [{"id": "b", "at": 5}]), None) == 1
    assert [row["at"] for row in db.read_now(rows_of)] == [AT, datetime(1970, 1, 1, 0, 0, 0, 5, tzinfo=UTC)]


# change -----------------------------------------------------------------------------------------------

TAKE = Change(
    {"id": Text, "order": BigInteger},
    lambda v: (
        update(every)
        .where(every.c.id == v.id, every.c.order >= v.order)
        .values({every.c.order: every.c.order - v.order})
    ),
)
SET_TIMES = Change(
    {"id": Text, "at": Instant, "share": Float},
    lambda v: update(every).where(every.c.id == v.id).values({every.c.at: v.at, every.c["on hand"]: v.share}),
)
# The statement's own constants, of every kind; `short` is a parameter and a constant of the same column.
SETTLE = Change(
    {"id": Text, "short": String, "flag": Boolean},
    lambda v: (
        update(every)
        .where(
            every.c.id == v.id,
            every.c.short == v.short,
            every.c.Flag == v.flag,
            every.c.text.in_(["", "new"]),
            every.c.at.in_([AT, LATER]),
            every.c.order < 5,
        )
        .values(
            {
                every.c.short: "paid",
                every.c.at: LATER,
                every.c.Flag: true(),
                every.c.body: {"by": "test", "n": [1]},
                every.c["on hand"]: 2.5,
                every.c.group: every.c.order + 1,
                every.c.text: None,
            }
        )
    ),
)


def test_a_change_counts_what_its_guard_let_through(db: Database) -> None:
    db.write_now(insert_rows, [{**PLAIN, "id": i, "order": n} for i, n in (("a", 5), ("b", 1), ("c", 0))])

    def take(tx: Tx, rows: list[tuple[str, int]]) -> int:
        return tx.change(TAKE, [{"id": i, "order": n} for i, n in rows])

    assert db.write_now(take, []) == 0
    assert db.write_now(take, [("a", 2)]) == 1
    assert db.write_now(take, [("a", 3), ("b", 2), ("c", 1), ("nobody", 1)]) == 1
    assert [row["order"] for row in db.read_now(rows_of)] == [0, 1, 0]


def test_all_or_a_refusal(db: Database) -> None:
    db.write_now(insert_rows, [{**PLAIN, "id": i, "order": 1} for i in "ab"])

    def take_all(tx: Tx, rows: list[tuple[str, int]]) -> None:
        tx.change_all(TAKE, [{"id": i, "order": n} for i, n in rows], NO(field="stock"))

    with pytest.raises(Refusal) as refused:
        db.write_now(take_all, [("a", 1), ("b", 2)])
    assert refused.value.facts == {"field": "stock"}
    assert [row["order"] for row in db.read_now(rows_of)] == [1, 1]
    db.write_now(take_all, [("a", 1), ("b", 1)])
    db.write_now(take_all, [])
    assert [row["order"] for row in db.read_now(rows_of)] == [0, 0]


def test_a_thousand_changes(db: Database) -> None:
    ids = [f"{n:04}" for n in range(1000)]
    db.write_now(insert_rows, [{**PLAIN, "id": i, "order": 2000} for i in ids])
    rows = [{"id": i, "order": n} for n, i in enumerate(ids)]
    assert db.write_now(lambda tx, _: tx.change(TAKE, rows), None) == 1000
    assert [row["order"] for row in db.read_now(rows_of)] == [2000 - n for n in range(1000)]


def test_times_numbers_and_nothing_change(db: Database) -> None:
    db.write_now(insert_rows, [{**PLAIN, "id": i} for i in "abc"])
    rows = [
        {"id": "a", "at": LATER, "share": 1},
        {"id": "b", "at": None, "share": None},
        {"id": "c", "at": FULL["at"], "share": 0.5},
    ]
    assert db.write_now(lambda tx, _: tx.change(SET_TIMES, rows), None) == 3
    found = [(row["at"], row["on hand"]) for row in db.read_now(rows_of)]
    assert found == [(LATER, 1.0), (None, None), (FULL["at"], 0.5)]
    assert rows[0] == {"id": "a", "at": LATER, "share": 1}  # the caller's rows stay as they are


def test_a_changes_own_constants(db: Database) -> None:
    rows = [{**PLAIN, "id": i, "short": "open", "order": 3} for i in "abcde"]
    rows[1]["short"] = "gone"
    rows[2]["Flag"] = True
    rows[3]["text"] = "old"
    rows[4]["at"] = AT - timedelta(microseconds=1)
    db.write_now(insert_rows, rows)
    asked = [{"id": i, "short": "open", "flag": False} for i in "abcde"]
    assert db.write_now(lambda tx, _: tx.change(SETTLE, asked), None) == 1
    found = db.read_now(rows_of)
    assert found[0] == {
        **PLAIN,
        "id": "a",
        "order": 3,
        "short": "paid",
        "at": LATER,
        "Flag": True,
        "body": {"by": "test", "n": [1]},
        "on hand": 2.5,
        "group": 4,
        "text": None,
    }
    assert found[1:] == [{**row, "on hand": 1.0} for row in rows[1:]]


# announce ---------------------------------------------------------------------------------------------


def test_events_come_back_as_announced(db: Database) -> None:
    def announce(tx: Tx, _command: None) -> None:
        for number in range(3):
            tx.announce(
                Noted(
                    at=LATER,
                    brand_id="brd",
                    place_id=None,
                    person_id="psn",
                    note_id=f"北 {number}",
                    extra=[AT],
                )
            )

    db.write_now(announce, None)
    found = db.read_now(read_events, after=0)
    assert [(e.name, e.brand_id, e.place_id, e.person_id, e.at) for e in found] == [
        ("scratch.noted.v1", "brd", None, "psn", LATER)
    ] * 3
    assert [e.body["note_id"] for e in found] == ["北 0", "北 1", "北 2"]
    assert found[0].body["extra"] == ["2026-11-20T10:00:00+00:00"]
    assert [e.seq for e in found] == sorted({e.seq for e in found})
    assert db.read_now(lambda reader: len(reader.rows(select(outbox)))) == 3
