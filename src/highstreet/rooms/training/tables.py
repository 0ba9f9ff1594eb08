"""Practised sales. No other table names these, and these name no sale."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
)

from highstreet.kernel.tables import Document, Id, Instant, metadata

training_sale = Table(
    "training_sale",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("place_id", Id, nullable=False),
    Column("register_id", Id, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("at", Instant, nullable=False),
    Column("receipt", Document, nullable=False),
    Column("waits_for", Document),
    Column("reason", String(40)),
    CheckConstraint("state IN ('open', 'paid', 'abandoned')", name="state"),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
    Index("ix_training_sale_register_id", "brand_id", "register_id", "at"),
)

training_line = Table(
    "training_line",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("returned_quantity", Integer, nullable=False),
    Column("returned_minor", BigInteger, nullable=False),
    CheckConstraint("returned_quantity <= quantity", name="returned_quantity"),
    CheckConstraint("returned_minor <= net_minor", name="returned_minor"),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["training_sale.brand_id", "training_sale.id"]),
)

training_return = Table(
    "training_return",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Document, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["training_sale.brand_id", "training_sale.id"]),
)
