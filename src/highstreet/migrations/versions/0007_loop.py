"""The tables of the room `loop`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    create_code()
    create_credit()
    create_touch()


def create_code() -> None:
    op.create_table(
        "code",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("campaign", sa.String(length=80), nullable=False),
        sa.Column("label_en", sa.String(length=160), nullable=False),
        sa.Column("label_zh", sa.String(length=160), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=True),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("offer_id", sa.String(length=40), nullable=True),
        sa.Column("lat", sa.Float(precision=53), nullable=True),
        sa.Column("lon", sa.Float(precision=53), nullable=True),
        sa.CheckConstraint(
            "kind IN ('poster', 'place', 'assistant', 'shelf', 'post')", name=op.f("ck_code_kind")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_code_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_code_slug")),
    )


def create_credit() -> None:
    op.create_table(
        "credit",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("code_id", sa.String(length=40), nullable=False),
        sa.Column("touch_id", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint(
            "returned_minor >= 0 AND returned_minor <= amount_minor", name=op.f("ck_credit_returned")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "code_id"], ["code.brand_id", "code.id"], name=op.f("fk_credit_brand_id_code_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", name=op.f("pk_credit")),
    )
    op.create_index("ix_credit_brand_id_code_id", "credit", ["brand_id", "code_id"], unique=False)


def create_touch() -> None:
    op.create_table(
        "touch",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("code_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "code_id"], ["code.brand_id", "code.id"], name=op.f("fk_touch_brand_id_code_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_touch")),
    )
    op.create_index("ix_touch_brand_id_at", "touch", ["brand_id", "at", "code_id", "device_id"], unique=False)
    op.create_index("ix_touch_brand_id_code_id", "touch", ["brand_id", "code_id"], unique=False)
    op.create_index("ix_touch_brand_id_device_id", "touch", ["brand_id", "device_id"], unique=False)
    op.create_index("ix_touch_brand_id_person_id_at", "touch", ["brand_id", "person_id", "at"], unique=False)
