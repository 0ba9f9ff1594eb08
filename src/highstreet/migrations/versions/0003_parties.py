"""The tables of the room `parties`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_brand()
    create_staff_role()
    create_party()
    create_place()
    create_register()


def create_brand() -> None:
    op.create_table(
        "brand",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", columns.INSTANT, nullable=False),
        sa.Column("return_days", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("return_days >= 0", name=op.f("ck_brand_return_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )


def create_staff_role() -> None:
    op.create_table(
        "staff_role",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "staff_id", "role", "scope_id", name=op.f("pk_staff_role")),
    )


def create_party() -> None:
    op.create_table(
        "party",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("legal_name", sa.String(length=160), nullable=True),
        sa.Column("tax_number", sa.String(length=40), nullable=True),
        sa.CheckConstraint("kind IN ('brand', 'dealer', 'landlord')", name=op.f("ck_party_kind")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_party_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_party")),
    )
    op.create_index(
        "uq_party_brand",
        "party",
        ["brand_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'brand'"),
        postgresql_where=sa.text("kind = 'brand'"),
    )


def create_place() -> None:
    op.create_table(
        "place",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("operator_party_id", sa.String(length=40), nullable=False),
        sa.Column("landlord_party_id", sa.String(length=40), nullable=True),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("name_zh", sa.String(length=160), nullable=False),
        sa.Column("external_ref", sa.String(length=80), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "landlord_party_id"], ["party.brand_id", "party.id"], name="fk_place_landlord"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "operator_party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_place_brand_id_operator_party_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_place_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_place")),
        sa.UniqueConstraint("brand_id", "external_ref", name=op.f("uq_place_brand_id_external_ref")),
    )


def create_register() -> None:
    op.create_table(
        "register",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_training", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"],
            ["place.brand_id", "place.id"],
            name=op.f("fk_register_brand_id_place_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_register")),
    )
    op.create_index("ix_register_brand_id_place_id", "register", ["brand_id", "place_id"], unique=False)
