"""Questions about many keys: every key once, exactly those, on both databases."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    create_engine,
    select,
    text,
)

from highstreet.kernel.db import Database, refresh_statistics
from highstreet.kernel.keys import KeyedQuery, Wanted
from highstreet.kernel.tx import Reader, Tx

metadata = MetaData()
parcel = Table(
    "scratch_parcel",
    metadata,
    Column("brand_id", String(40), primary_key=True),
    Column("cell", BigInteger, primary_key=True),
    Column("weight", BigInteger, nullable=False),
)


def _found(wanted: Wanted) -> Any:
    return (
        select(wanted.n.label("n"), parcel.c.brand_id, parcel.c.cell, parcel.c.weight)
        .select_from(wanted.rows)
        .join(parcel, (parcel.c.brand_id == wanted.brand_id) & (parcel.c.cell == wanted.cell))
    )


FOUND = KeyedQuery({"brand_id": Text, "cell": BigInteger}, _found)
HEAVY = KeyedQuery(
    {"brand_id": Text, "cell": BigInteger},
    lambda wanted: _found(wanted).where(parcel.c.weight >= bindparam("least", type_=BigInteger)),
)
LOCKED = KeyedQuery(
    {"brand_id": Text, "cell": BigInteger},
    lambda wanted: _found(wanted).order_by(wanted.n).with_for_update(of=parcel),
)

BIG = 2**63 - 1
ROWS = [("a", 1, 10), ("a", 2, 20), ("b", 1, 30), ("q\"uo'te, {x} \\ 北", BIG, 40), ("b", -5, 50)]


def fill(db: Database, url: str) -> None:
    engine = create_engine(url)
    metadata.create_all(engine)
    engine.dispose()
    rows = [{"brand_id": b, "cell": c, "weight": w} for b, c, w in ROWS]
    db.write_now(lambda tx, _: tx.insert_many(parcel, rows), None)


def test_exactly_the_wanted_rows(db: Database, scratch_url: str) -> None:
    fill(db, scratch_url)
    keys = [(b, c) for b, c, _ in ROWS]

    def ask(reader: Reader, query: KeyedQuery, keys: Any, **params: Any) -> list[tuple[Any, ...]]:
        return sorted(
            (row.n, row.brand_id, row.cell, row.weight) for row in query.rows(reader, keys, **params)
        )

    assert db.read_now(ask, FOUND, keys) == sorted((n, *row) for n, row in enumerate(ROWS))
    crossed = [("a", BIG), ("b", 2), (ROWS[3][0], 1), ("nobody", 1), (None, 1), ("a", None)]
    assert db.read_now(ask, FOUND, crossed) == []
    assert db.read_now(ask, FOUND, []) == []
    assert db.read_now(ask, FOUND, [("b", 1), ("x", 1), ("b", 1), ("a", 2)]) == [
        (0, "b", 1, 30),
        (2, "a", 2, 20),
    ]
    assert db.read_now(ask, FOUND, {("b", 1)}) == [(0, "b", 1, 30)]
    assert [row[3] for row in db.read_now(ask, HEAVY, keys, least=30)] == [30, 40, 50]


def test_many_keys_and_none_without_its_index(db: Database, scratch_url: str) -> None:
    fill(db, scratch_url)
    many = [(f"brand {number % 3}", number) for number in range(50_000)] + [("a", 2)]
    assert [row.weight for row in db.read_now(FOUND.rows, many)] == [20]

    def plan(reader: Reader) -> str:
        statement, params = FOUND.prepare(reader, [("a", 1)])
        compiled = statement.compile(dialect=reader.dialect)
        if reader.dialect.name == "postgresql":
            reader.run(text("SET LOCAL enable_seqscan = off"))
            found = reader.connection.exec_driver_sql(f"EXPLAIN {compiled}", {**compiled.params, **params})
        else:
            given = tuple({**compiled.params, **params}[name] for name in compiled.positiontup or ())
            found = reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", given)
        return "\n".join(str(row[-1]) for row in found)

    told = db.read_now(plan)
    assert (
        "scratch_parcel_pkey" in told
        or "INDEX sqlite_autoindex_scratch_parcel_1 (brand_id=? AND cell=?)" in told
    )


def test_rows_can_be_locked_in_the_order_asked(db: Database, scratch_url: str) -> None:
    fill(db, scratch_url)

    def lock(tx: Tx, keys: list[tuple[str, int]]) -> list[int]:
        return [row.weight for row in LOCKED.rows(tx, keys)]

    assert db.write_now(lock, [("b", 1), ("x", 0), ("a", 1)]) == [30, 10]


def test_a_young_database_is_asked_by_its_keys(db: Database, scratch_url: str) -> None:
    """Counted while they were small, tables were read whole by every query until they were counted again."""
    fill(db, scratch_url)
    db.write_now(refresh_statistics, None)

    def plan(reader: Reader) -> str:
        statement, params = FOUND.prepare(reader, [("a", 1), ("b", 1)])
        asked = str(statement.compile(dialect=reader.dialect))
        rows = reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", tuple(params.values()))
        return " ".join(str(row[3]) for row in rows)

    if db.engine.dialect.name == "sqlite":
        assert "SCAN scratch_parcel" not in db.read_now(plan)
