"""Cash moves and the entries of days, both only ever added to; and the turn of who writes about a place."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from highstreet.kernel.tables import Currency, Document, Id, Instant, Minor, metadata

place_turn = Table(
    "place_turn",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("place_id", Id, primary_key=True),
    # Raised by whoever is about to write: the row is locked until then, so that they come one after the other.
    Column("turns", Integer, nullable=False),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
)

drawer_move = Table(
    "drawer_move",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("place_id", Id, nullable=False),
    Column("register_id", Id, nullable=False),
    Column("day", String(10), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("reason", String(12), nullable=False),
    Column("note", String(200), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("at", Instant, nullable=False),
    # The key of the register that asked.
    Column("by_id", Id, nullable=False),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
    CheckConstraint("direction IN ('in', 'out')", name="direction"),
    CheckConstraint("amount_minor > 0", name="amount"),
    Index("ix_drawer_move_register_at", "brand_id", "register_id", "at"),
    Index("ix_drawer_move_place_at", "brand_id", "place_id", "at"),
)

day_entry = Table(
    "day_entry",
    metadata,
    Column("brand_id", Id, primary_key=True),
    # A register or a place.
    Column("subject_id", Id, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("counted_minor", Minor, nullable=False),
    Column("expected_minor", Minor, nullable=False),
    Column("seen_minor", Minor, nullable=False),
    # Null where no slip was taken since the last count.
    Column("slips_counted_minor", Minor),
    Column("slips_expected_minor", Minor, nullable=False),
    Column("slips_seen_minor", Minor, nullable=False),
    # What was under way when a place's day was closed.
    Column("carried", Document),
    # Pieces by face value, where it was counted so.
    Column("pieces", Document),
    Column("note", String(400), nullable=False),
    # Staff, or the key of a register.
    Column("by_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
    UniqueConstraint("brand_id", "id"),
    CheckConstraint("kind IN ('closed', 'reopened')", name="kind"),
    Index("ix_day_entry_place_day", "brand_id", "place_id", "day"),
)
