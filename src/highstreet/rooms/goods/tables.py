"""Products, their variants with GS1 numbers, and price lists."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    UniqueConstraint,
)

from highstreet.kernel.tables import Currency, Document, Id, Minor, metadata

product = Table(
    "product",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("name_en", String(200), nullable=False),
    Column("name_zh", String(200), nullable=False),
    Column("category", String(120), nullable=False),
)

variant = Table(
    "variant",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("product_id", Id, nullable=False),
    Column("sku", String(80), nullable=False),
    # GTIN-8, -12 and -13 are stored zero-filled to 14 digits, as GS1 asks; goods without one have none.
    Column("gtin", String(14)),
    Column("attributes", Document, nullable=False),
    Column("is_active", Boolean, nullable=False),
    ForeignKeyConstraint(["brand_id", "product_id"], ["product.brand_id", "product.id"]),
    UniqueConstraint("brand_id", "sku"),
    Index("uq_variant_brand_id_gtin", "brand_id", "gtin", unique=True),
)

price_list = Table(
    "price_list",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("currency", Currency, nullable=False),
    CheckConstraint("kind IN ('list', 'member')", name="kind"),
    UniqueConstraint("brand_id", "kind", "currency"),
)

price = Table(
    "price",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("variant_id", Id, primary_key=True),
    Column("price_list_id", Id, primary_key=True),
    Column("amount_minor", Minor, nullable=False),
    ForeignKeyConstraint(["brand_id", "variant_id"], ["variant.brand_id", "variant.id"]),
    ForeignKeyConstraint(
        ["brand_id", "price_list_id"], ["price_list.brand_id", "price_list.id"], name="fk_price_list"
    ),
    CheckConstraint("amount_minor >= 0", name="not_negative"),
    sqlite_with_rowid=False,
)
