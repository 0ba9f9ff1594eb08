"""What was erased is in neither of SQLite's files; on PostgreSQL nothing is asked."""

import asyncio
from pathlib import Path
from time import monotonic

from sqlalchemy import text

from highstreet.kernel.db import Database
from highstreet.kernel.tx import Reader, Tx
from tests.rooms.conftest import db, seed  # noqa: F401

PHONE = "+358409998877"


def write_phone(tx: Tx, phone: str | None) -> None:
    tx.connection.execute(text("UPDATE person SET phone = :phone"), {"phone": phone})


def files_with(db: Database, content: str) -> set[str]:  # noqa: F811
    """Which files of the database hold this text."""
    path = Path(str(db.url.database))
    files = {"file": path, "log": path.with_name(f"{path.name}-wal")}
    return {name for name, file in files.items() if file.exists() and content.encode() in file.read_bytes()}


def test_what_was_erased_is_in_no_file(db: Database, seed: object) -> None:  # noqa: F811
    db.write_now(write_phone, PHONE)
    if not db.is_sqlite:
        assert asyncio.run(db.empty_log())
        return
    assert files_with(db, PHONE) == {"log"}
    assert asyncio.run(db.empty_log())
    assert files_with(db, PHONE) == {"file"}
    db.write_now(write_phone, None)
    assert asyncio.run(db.empty_log())
    assert files_with(db, PHONE) == set()


def test_a_long_read_is_not_waited_for(db: Database, seed: object) -> None:  # noqa: F811
    if not db.is_sqlite:
        return
    db.write_now(write_phone, PHONE)

    def long_read(reader: Reader) -> None:
        reader.value(text("SELECT count(*) FROM person"))
        db.write_now(write_phone, None)
        started = monotonic()
        assert asyncio.run(db.empty_log()) is False
        assert monotonic() - started < 20

    db.read_now(long_read)
    assert files_with(db, PHONE) == {"log"}
    assert asyncio.run(db.empty_log())
    assert files_with(db, PHONE) == set()
