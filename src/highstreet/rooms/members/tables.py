"""Follows, memberships, consent receipts and points."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from highstreet.kernel.tables import Id, Instant, metadata

member = Table(
    "member",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("tier", String(20), nullable=False),
    Column("home_place_id", Id),
    Column("entry", String(40), nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("points_pending", BigInteger, nullable=False),
    Column("points_available", BigInteger, nullable=False),
    CheckConstraint("points_pending >= 0", name="pending"),
    UniqueConstraint("brand_id", "person_id"),
    Index("ix_member_person_id", "person_id"),
    Index("ix_member_brand_id_joined_at", "brand_id", "joined_at"),
)

follow = Table(
    "follow",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("entry", String(40), nullable=False),
    Column("code_id", Id),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Index("ix_follow_person_id", "person_id"),
    Index("ix_follow_brand_id_code_id", "brand_id", "code_id"),
)

consent = Table(
    "consent",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("entry", String(40), nullable=False),
    Column("recipient", String(120), nullable=False),
    Column("wording", String(40), nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Index("ix_consent_brand_id_person_id", "brand_id", "person_id"),
    Index("ix_consent_person_id", "person_id"),
)

points_entry = Table(
    "points_entry",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("member_id", Id, nullable=False),
    Column("sale_id", Id, nullable=False),
    Column("line_no", SmallInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    # Of an earn row: how many of its points were taken back; of a spend row: given back. The guard of every reversal.
    Column("reversed", BigInteger, nullable=False),
    # earn rows: pending, then available; reverse rows take from where the earned points stand; spend and restore
    # rows are about a tender (id), line_no 0, always available.
    Column("kind", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("matures_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "member_id"], ["member.brand_id", "member.id"]),
    CheckConstraint("points > 0 AND reversed >= 0 AND reversed <= points", name="reversed"),
    # A line earns once.
    Index(
        "uq_points_entry_earn",
        "brand_id",
        "sale_id",
        "line_no",
        unique=True,
        sqlite_where=text("kind = 'earn'"),
        postgresql_where=text("kind = 'earn'"),
    ),
    # Only what can still mature, so that the index stays small.
    Index(
        "ix_points_entry_matures_at",
        "matures_at",
        sqlite_where=text("kind = 'earn' AND state = 'pending'"),
        postgresql_where=text("kind = 'earn' AND state = 'pending'"),
    ),
    Index("ix_points_entry_brand_id_member_id", "brand_id", "member_id"),
)

points_rule = Table(
    "points_rule",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    # So many points are worth so many minor units of the brand's currency.
    Column("points", BigInteger, nullable=False),
    Column("worth_minor", BigInteger, nullable=False),
    Column("earns_on_points", Boolean, nullable=False),
    CheckConstraint("points > 0 AND worth_minor > 0", name="rate"),
)
