"""Periods that were settled, and each party's statement of them. Statements are never changed (`append_only`)."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from highstreet.kernel.tables import Document, Id, Instant, metadata

settlement = Table(
    "settlement",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    # Counts a brand's settlements: of two that begin at once, one finds its number taken.
    Column("no", Integer, nullable=False),
    # Whole days in a time zone, as they were asked for; the instants are what counts.
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("made_at", Instant),
    # What is before is added up: progress for whoever waits.
    Column("read_until", Instant, nullable=False),
    # Why it could not be made: where lines and ledger differ.
    Column("differs", Document),
    UniqueConstraint("brand_id", "no"),
    CheckConstraint("since < until", name="time"),
    CheckConstraint("state IN ('making', 'made', 'differs')", name="state"),
)

statement = Table(
    "statement",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("settlement_id", Id, primary_key=True),
    Column("party_id", Id, primary_key=True),
    # By role, by who collected, by currency: lines and amounts of sales and of returns.
    Column("totals", Document, nullable=False),
    # By who collected, by currency: before, late, earned, paid, after.
    Column("balances", Document, nullable=False),
    ForeignKeyConstraint(["brand_id", "settlement_id"], ["settlement.brand_id", "settlement.id"]),
    ForeignKeyConstraint(["brand_id", "party_id"], ["party.brand_id", "party.id"], name="fk_statement_party"),
    Index("ix_statement_brand_id_party_id", "brand_id", "party_id"),
)
