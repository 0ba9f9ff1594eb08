"""The tables of the room `goods`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_price_list()
    create_product()
    create_variant()
    create_price()


def create_price_list() -> None:
    op.create_table(
        "price_list",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("kind IN ('list', 'member')", name=op.f("ck_price_list_kind")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_price_list_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_price_list")),
        sa.UniqueConstraint(
            "brand_id", "kind", "currency", name=op.f("uq_price_list_brand_id_kind_currency")
        ),
    )


def create_product() -> None:
    op.create_table(
        "product",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_product_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_product")),
    )


def create_variant() -> None:
    op.create_table(
        "variant",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("attributes", columns.DOCUMENT, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "product_id"],
            ["product.brand_id", "product.id"],
            name=op.f("fk_variant_brand_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_variant")),
        sa.UniqueConstraint("brand_id", "sku", name=op.f("uq_variant_brand_id_sku")),
    )
    op.create_index("uq_variant_brand_id_gtin", "variant", ["brand_id", "gtin"], unique=True)


def create_price() -> None:
    op.create_table(
        "price",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("price_list_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["brand_id", "price_list_id"], ["price_list.brand_id", "price_list.id"], name="fk_price_list"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "variant_id"],
            ["variant.brand_id", "variant.id"],
            name=op.f("fk_price_brand_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "variant_id", "price_list_id", name=op.f("pk_price")),
        sqlite_with_rowid=False,
    )
