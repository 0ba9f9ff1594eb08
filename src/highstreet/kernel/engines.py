"""Connections to SQLite and PostgreSQL: how they are opened, and what their errors mean."""

import os
import sqlite3
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from highstreet.kernel.errors import BUSY_TRY_LATER

log = structlog.get_logger("highstreet.db")

# 40001 serialization_failure, 40P01 deadlock_detected
REPLAYED_SQLSTATES = {"40001", "40P01"}


def is_replayable(problem: BaseException) -> bool:
    """Whether PostgreSQL broke the transaction off because of a rival; done again it can succeed."""
    return isinstance(problem, DBAPIError) and getattr(problem.orig, "sqlstate", None) in REPLAYED_SQLSTATES


def is_out_of_reach(problem: BaseException) -> bool:
    """Whether the connection is gone, or another process keeps the SQLite file locked."""
    if not isinstance(problem, DBAPIError):
        return False
    code = getattr(problem.orig, "sqlite_errorcode", 0) & 0xFF
    return problem.connection_invalidated or code == sqlite3.SQLITE_BUSY


def connect(engine: Engine) -> Connection:
    """A new connection. Errors: Refusal busy.try_later (503) when the database is out of reach."""
    try:
        return engine.connect()
    except DBAPIError as problem:
        log.warning("database_out_of_reach", problem=type(problem.orig).__name__)
        raise BUSY_TRY_LATER(retry_after_s=1) from problem


def roll_back(connection: Connection) -> None:
    """End the transaction whatever state it is in; a connection that cannot do that is given up."""
    try:
        connection.rollback()
        if not connection.invalidated:
            connection.connection.rollback()  # after a COMMIT that failed SQLAlchemy does not
    except Exception:
        connection.invalidate()


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def make_engine(url: URL, *, can_write: bool) -> Engine:
    """An engine without a pool: every thread keeps its one connection itself, so none can run out.

    Its errors carry no values, because errors are logged.
    """
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engine(url, can_write=can_write)
    if url.get_driver_name() != "psycopg":
        url = url.set(drivername="postgresql+psycopg")
    isolation = "READ COMMITTED" if can_write else "REPEATABLE READ"
    options = "-c default_transaction_read_only=on" if not can_write else "-c synchronous_commit=on"
    engine = create_engine(
        url,
        isolation_level=isolation,
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"options": options},
    )
    event.listen(engine, "handle_error", _drop_values)
    return engine


def _drop_values(context: Any) -> None:
    """PostgreSQL tells the row and the key it refused in the lines after the first; logs must not have them."""
    orig, shown = context.original_exception, context.sqlalchemy_exception
    first, _, rest = str(orig).partition("\n")
    if rest and shown is not None:
        orig.args = (first, *orig.args[1:])
        shown.args = (f"({type(orig).__module__}.{type(orig).__qualname__}) {first}",)


def _make_sqlite_engine(url: URL, *, can_write: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:///path/to/file.db")
    if can_write and (folder := os.path.dirname(url.database)):
        os.makedirs(folder, exist_ok=True)
    # Connections are closed by another thread than the one that used them.
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        pragmas = [
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "wal_autocheckpoint=20000",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
        ]
        # Nothing that was deleted stays readable in the file's free space.
        pragmas.append("secure_delete=FAST" if can_write else "query_only=ON")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def empty_sqlite_log(engine: Engine) -> bool:
    """Write all of the log into the file and cut it to nothing; False when somebody is in the way."""
    with connect(engine) as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=250")
        try:
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
        except DBAPIError as problem:
            if not is_out_of_reach(problem):
                raise
            return False
        return not is_busy


def constraint_of(problem: IntegrityError) -> str:
    """Which constraint refused, without the values that it refused."""
    diagnosis = getattr(problem.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name or diagnosis.message_primary)
    return str(problem.orig)  # SQLite names tables, columns and constraints only
