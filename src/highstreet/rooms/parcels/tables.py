"""Orders that are delivered: to whom, in which parcels, from where; and what was done with each."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
)

from highstreet.kernel.tables import Id, Instant, Serial, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("state", String(10), nullable=False),
    Column("promised_by", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('waiting', 'packing', 'sent', 'ended')", name="state"),
)

# Where somebody lives: a row of its own, that can be taken away.
delivery_address = Table(
    "delivery_address",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("phone", String(30), nullable=False),
    Column("street", String(200), nullable=False),
    Column("postcode", String(20), nullable=False),
    Column("city", String(100), nullable=False),
    Column("note", String(200), nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["delivery.brand_id", "delivery.sale_id"]),
)

parcel = Table(
    "parcel",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("operator_party_id", Id, nullable=False),
    Column("state", String(10), nullable=False),
    Column("carrier", String(60), nullable=False, server_default=""),
    Column("tracking", String(100), nullable=False, server_default=""),
    Column("made_at", Instant, nullable=False),
    Column("queued_at", Instant),
    Column("picked_at", Instant),
    Column("sent_at", Instant),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["delivery.brand_id", "delivery.sale_id"]),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
    ForeignKeyConstraint(["brand_id", "operator_party_id"], ["party.brand_id", "party.id"]),
    CheckConstraint("state IN ('waiting', 'queued', 'picked', 'sent', 'ended')", name="state"),
    Index("ix_parcel_brand_id_sale_id", "brand_id", "sale_id"),
    Index("ix_parcel_brand_id_place_id_state", "brand_id", "place_id", "state"),
)

parcel_line = Table(
    "parcel_line",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("parcel_id", Id, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("variant_id", Id, nullable=False),
    Column("owner_party_id", Id, nullable=False),
    Column("quantity", Integer, nullable=False),
    # Looked for and not there.
    Column("missing", Integer, nullable=False, server_default="0"),
    # The line goes into another parcel now.
    Column("moved_to", Id),
    ForeignKeyConstraint(["brand_id", "parcel_id"], ["parcel.brand_id", "parcel.id"]),
    CheckConstraint("quantity > 0 AND missing >= 0 AND missing <= quantity", name="pieces"),
)

# What was done with a parcel, by whom; never altered.
parcel_step = Table(
    "parcel_step",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("brand_id", Id, nullable=False),
    Column("parcel_id", Id, nullable=False),
    Column("state", String(10), nullable=False),
    # Why pieces are missing, where some are.
    Column("note", String(200), nullable=False),
    # Nobody: the shopper paid, or gave it up.
    Column("by_id", Id),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "parcel_id"], ["parcel.brand_id", "parcel.id"]),
    CheckConstraint("state IN ('waiting', 'queued', 'picked', 'sent', 'ended')", name="state"),
    Index("ix_parcel_step_brand_id_parcel_id", "brand_id", "parcel_id", "seq"),
)
