"""Codes, the touches they record, and the credit a sale gives to one of them."""

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, ForeignKeyConstraint, Index, String, Table

from highstreet.kernel.tables import Currency, Id, Instant, Minor, metadata

code = Table(
    "code",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("slug", String(20), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    Column("campaign", String(80), nullable=False),
    Column("label_en", String(160), nullable=False),
    Column("label_zh", String(160), nullable=False),
    Column("place_id", Id),
    Column("staff_id", Id),
    Column("offer_id", Id),
    Column("lat", Float(53)),
    Column("lon", Float(53)),
    CheckConstraint("kind IN ('poster', 'place', 'assistant', 'shelf', 'post')", name="kind"),
)

touch = Table(
    "touch",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("code_id", Id, nullable=False),
    # A touch needs no sign-in: the device is known, the person only after consent to measurement.
    Column("device_id", Id, nullable=False),
    Column("person_id", Id),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "code_id"], ["code.brand_id", "code.id"]),
    Index("ix_touch_brand_id_person_id_at", "brand_id", "person_id", "at"),
    Index("ix_touch_brand_id_device_id", "brand_id", "device_id"),
    Index("ix_touch_brand_id_code_id", "brand_id", "code_id"),
    # A time's touches by code are counted within the index.
    Index("ix_touch_brand_id_at", "brand_id", "at", "code_id", "device_id"),
)

credit = Table(
    "credit",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("code_id", Id, nullable=False),
    Column("touch_id", Id, nullable=False),
    Column("rule", String(20), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("returned_minor", Minor, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "code_id"], ["code.brand_id", "code.id"]),
    CheckConstraint("returned_minor >= 0 AND returned_minor <= amount_minor", name="returned"),
    Index("ix_credit_brand_id_code_id", "brand_id", "code_id"),
)
