"""The raw limit: the very statements of `sell`, replayed by the standard library's `sqlite3`.

`record` runs batches of 64 sales through the flow and keeps every statement that reaches SQLite, reads too,
with its parameters. `replay` runs them again on a copy of the database as it was before: prepared
statements, `executemany`, one thread, 64 sales to a transaction, FULL, on the same disk. What it leaves out
is all that is ours: HTTP, JSON, prices, permissions, SQLAlchemy, Python objects. The statements of a batch:

    BEGIN IMMEDIATE, SAVEPOINT
    reads    idempotency; register, place, brand, party; site; variant, product, price; member; consent;
             coupon, offer; offer (automatic); contract; stock_item; coupon (limits); touch, code; code
    inserts  sale 1, sale_line 3, tender 1, stock_move 3, redemption 1, points_entry 3, share_sheet 1,
             account (those not there yet), transfer 4, credit 1, idempotency 1, outbox 4   for each sale
    updates  stock_item, coupon, offer, member: one for each row that the batch touches
    RELEASE, COMMIT
"""

import shutil
import sqlite3
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from benchmarks.books import check_books
from benchmarks.in_process import write_batch
from benchmarks.rows import Bar, Beside, Measured
from benchmarks.shop_floor import Size, command_maker, make_town
from highstreet.kernel.db import Database

BATCH = 64
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "wal_autocheckpoint=20000",
    "cache_size=-65536",
    "temp_store=MEMORY",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as SQLite was given it; `is_many`: once for each of the parameters."""

    sql: str
    params: Any
    is_many: bool
    is_read: bool


def record(file: Path, batches: int, size: Size) -> list[list[Statement]]:
    """Sell in batches of 64 and note the statements, a list for each batch."""
    db = Database(f"sqlite:///{file}", readers=1)
    taken: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, params: Any, _context: Any, is_many: bool) -> None:
        taken.append(Statement(sql, params, is_many, sql.startswith(("SELECT", "WITH"))))

    make, recorded = command_maker(size), []
    try:
        with db.engine.connect() as connection:
            event.listen(db.engine, "before_cursor_execute", note)
            for _ in range(batches):
                del taken[:]
                write_batch(connection, [make() for _ in range(BATCH)])
                recorded.append(list(taken))
    finally:
        db.close()
    return recorded


def replay(file: Path, recorded: list[list[Statement]]) -> float:
    """Sales per second of the same statements by `sqlite3`."""
    connection = sqlite3.connect(file, isolation_level=None, cached_statements=512)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    started = time.perf_counter()
    for statements in recorded:
        for one in statements:
            if one.is_many:
                connection.executemany(one.sql, one.params)
            elif one.is_read:
                connection.execute(one.sql, one.params).fetchall()
            else:
                connection.execute(one.sql, one.params)
        connection.execute("COMMIT")
    took_s = time.perf_counter() - started
    connection.close()
    return len(recorded) * BATCH / took_s


def limit(folder: Path, *, batches: int, repeats: int, size: Size) -> float:
    """The median sales per second of several replays, each on a copy of the same database."""
    before, file = folder / "raw_before.db", folder / "raw.db"
    make_town(f"sqlite:///{before}", size)
    shutil.copyfile(before, file)
    recorded = record(file, batches, size)
    figures = []
    for _ in range(repeats):
        for path in folder.glob("raw.db*"):
            path.unlink()
        shutil.copyfile(before, file)
        figures.append(replay(file, recorded))
        check_books(f"sqlite:///{file}", batches * BATCH)
    return statistics.median(figures)


def row(ours_per_second: float, raw_per_second: float) -> Measured:
    """Ours beside it."""
    return Measured(
        "SQLite: charges over HTTP, beside the bare statements",
        round(ours_per_second),
        "sales/s",
        beside=Beside("the same statements by sqlite3, 64 to a COMMIT, no HTTP", round(raw_per_second)),
        bar=Bar(ratio_at_least=0.2),
    )
