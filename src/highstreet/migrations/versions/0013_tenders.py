"""The tables of the room `tenders`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    create_bill_row()
    create_tender_evidence()
    create_tender()
    append_only(op, "tender_evidence")


def create_bill_row() -> None:
    op.create_table(
        "bill_row",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("row_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("our_ref", sa.String(length=80), nullable=False),
        sa.Column("provider_ref", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tender_id", sa.String(length=40), nullable=True),
        sa.Column("finding", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "provider", "day", "row_no", name=op.f("pk_bill_row")),
        sa.UniqueConstraint(
            "brand_id",
            "provider",
            "day",
            "kind",
            "our_ref",
            "provider_ref",
            name=op.f("uq_bill_row_brand_id_provider_day_kind_our_ref_provider_ref"),
        ),
    )
    op.create_index("ix_bill_row_brand_id_tender_id", "bill_row", ["brand_id", "tender_id"], unique=False)


def create_tender_evidence() -> None:
    op.create_table(
        "tender_evidence",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("tender_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", columns.DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_tender_evidence")),
    )
    op.create_index(
        "ix_tender_evidence_brand_id_tender_id", "tender_evidence", ["brand_id", "tender_id"], unique=False
    )


def create_tender() -> None:
    op.create_table(
        "tender",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("return_id", sa.String(length=40), nullable=True),
        sa.Column("refunds_tender_id", sa.String(length=40), nullable=True),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("rail", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("given_minor", sa.BigInteger(), nullable=True),
        sa.Column("provider_ref", sa.String(length=80), nullable=True),
        sa.Column("replaced_by_id", sa.String(length=40), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("created_at", columns.INSTANT, nullable=False),
        sa.Column("settled_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_tender_direction")),
        sa.CheckConstraint(
            "state IN ('planned', 'pending', 'captured', 'failed', 'reversed', 'unknown')",
            name=op.f("ck_tender_state"),
        ),
        sa.CheckConstraint("way IN ('code', 'qr', 'reader', 'link')", name=op.f("ck_tender_way")),
        sa.CheckConstraint(
            "amount_minor > 0 AND refunded_minor >= 0 AND refunded_minor <= amount_minor",
            name=op.f("ck_tender_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"], ["sale.brand_id", "sale.id"], name=op.f("fk_tender_brand_id_sale_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_tender")),
    )
    op.create_index("ix_tender_brand_id_sale_id", "tender", ["brand_id", "sale_id"], unique=False)
    op.create_index("ix_tender_brand_id_settled_at", "tender", ["brand_id", "settled_at"], unique=False)
    op.create_index("ix_tender_id", "tender", ["id"], unique=True)
    op.create_index(
        "ix_tender_part_register",
        "tender",
        ["brand_id", "register_id", "settled_at"],
        unique=False,
        sqlite_where=sa.text("register_id IS NOT NULL"),
        postgresql_where=sa.text("register_id IS NOT NULL"),
    )
    op.create_index(
        "ix_tender_reference",
        "tender",
        ["brand_id", "reference"],
        unique=False,
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.create_index("ix_tender_state_created_at", "tender", ["state", "created_at"], unique=False)
    op.create_index(
        "ix_tender_still_open",
        "tender",
        ["brand_id", "created_at"],
        unique=False,
        sqlite_where=sa.text(
            "(state IN ('pending', 'unknown') OR (direction = 'out' AND state = 'failed' AND replaced_by_id IS NULL))"
        ),
        postgresql_where=sa.text(
            "(state IN ('pending', 'unknown') OR (direction = 'out' AND state = 'failed' AND replaced_by_id IS NULL))"
        ),
    )
