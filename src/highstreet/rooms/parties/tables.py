"""Brands, the companies around them, their places of business, registers and staff roles."""

from sqlalchemy import (
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

from highstreet.kernel.tables import Currency, Id, Instant, metadata

brand = Table(
    "brand",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name_en", String(120), nullable=False),
    Column("name_zh", String(120), nullable=False),
    Column("category", String(40), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Until so many days after a payment goods are taken back; NULL: as the installation says.
    Column("return_days", SmallInteger),
    CheckConstraint("return_days >= 0", name="return_days"),
)

party = Table(
    "party",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("name_zh", String(120), nullable=False),
    # What the law wants on receipts: the company's registered name and its VAT or tax number.
    Column("legal_name", String(160)),
    Column("tax_number", String(40)),
    CheckConstraint("kind IN ('brand', 'dealer', 'landlord')", name="kind"),
    # A brand has one party of its own; the register's hot path finds it here.
    Index(
        "uq_party_brand",
        "brand_id",
        unique=True,
        sqlite_where=text("kind = 'brand'"),
        postgresql_where=text("kind = 'brand'"),
    ),
)

place = Table(
    "place",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("operator_party_id", Id, nullable=False),
    Column("landlord_party_id", Id),
    Column("name_en", String(160), nullable=False),
    Column("name_zh", String(160), nullable=False),
    Column("external_ref", String(80)),
    Column("is_active", Boolean, nullable=False),
    ForeignKeyConstraint(["brand_id", "operator_party_id"], ["party.brand_id", "party.id"]),
    ForeignKeyConstraint(
        ["brand_id", "landlord_party_id"], ["party.brand_id", "party.id"], name="fk_place_landlord"
    ),
    UniqueConstraint("brand_id", "external_ref"),
)

register = Table(
    "register",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("place_id", Id, nullable=False),
    Column("name", String(80), nullable=False),
    Column("is_active", Boolean, nullable=False),
    # What it sells is practice: priced as ever, kept apart, no money and no stock.
    Column("is_training", Boolean, nullable=False),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
    Index("ix_register_brand_id_place_id", "brand_id", "place_id"),
)

staff_role = Table(
    "staff_role",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("staff_id", Id, primary_key=True),
    Column("role", String(20), primary_key=True),
    # What the role reaches: the whole brand (scope_id = brand), one party's places, or one place.
    Column("scope_id", Id, primary_key=True),
)
