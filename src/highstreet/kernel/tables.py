"""How every room declares its tables: one MetaData, the shared column types and the kernel's own tables.

Both databases hold the same shapes: ids are TypeID text, instants are whole microseconds since
1970-01-01T00:00Z (docs/decisions/0002-ids-and-instants.md), documents are JSON.
"""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB

from highstreet.kernel.time import from_micros, to_micros

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime in Python, microseconds since the epoch in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive times (ValueError)."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        return None if value is None else from_micros(value)


class Document(TypeDecorator[Any]):
    """JSON written and read by orjson: text on SQLite, jsonb on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose jsonb where the database has it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """SQLite stores the text; psycopg's own dumper is set to orjson in db.py."""
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Parse what SQLite gave back as text."""
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.loads(value)


Id = String(40)
Currency = String(3)
Minor = BigInteger
# SQLite only numbers rows by itself when the key is spelled INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("brand_id", Id),
    Column("place_id", Id),
    Column("person_id", Id),
    Column("at", Instant, nullable=False),
    Column("body", Document, nullable=False),
    Index("ix_outbox_person_id_seq", "person_id", "seq"),
    Index("ix_outbox_brand_id_seq", "brand_id", "seq"),
    sqlite_autoincrement=True,
)

# Who did what: written with the change itself, and never changed after.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("brand_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor_kind", String(10), nullable=False),
    Column("actor_id", Id, nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject_id", String(80)),
    Column("facts", Document, nullable=False),
    Index("ix_audit_entry_brand_id_seq", "brand_id", "seq"),
)

outbox_cursor = Table(
    "outbox_cursor",
    metadata,
    Column("consumer", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(60), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Document, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_idempotency_at", "at"),
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("once_key", String(120), unique=True),
    Column("payload", Document, nullable=False),
    Column("state", String(10), nullable=False),
    Column("run_at", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("leased_until", Instant),
    Column("lease_owner", String(40)),
    Column("last_error", Text),
    Index("ix_job_state_run_at", "state", "run_at"),
)

# Where long work (an import, an export) has come to, moved in the same transaction as the work.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("state", Document, nullable=False),
    Column("at", Instant, nullable=False),
)

__all__ = [
    "Currency",
    "Document",
    "Id",
    "Instant",
    "Minor",
    "Serial",
    "checkpoint",
    "idempotency",
    "job",
    "metadata",
    "outbox",
    "outbox_cursor",
]
