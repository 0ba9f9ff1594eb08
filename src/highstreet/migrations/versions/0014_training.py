"""The tables of the room `training`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    create_training_sale()
    create_training_line()
    create_training_return()


def create_training_sale() -> None:
    op.create_table(
        "training_sale",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("receipt", columns.DOCUMENT, nullable=False),
        sa.Column("waits_for", columns.DOCUMENT, nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint("state IN ('open', 'paid', 'abandoned')", name=op.f("ck_training_sale_state")),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_training_sale_brand_id_register_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_training_sale")),
    )
    op.create_index(
        "ix_training_sale_register_id", "training_sale", ["brand_id", "register_id", "at"], unique=False
    )


def create_training_line() -> None:
    op.create_table(
        "training_line",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_quantity", sa.Integer(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("returned_minor <= net_minor", name=op.f("ck_training_line_returned_minor")),
        sa.CheckConstraint("returned_quantity <= quantity", name=op.f("ck_training_line_returned_quantity")),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["training_sale.brand_id", "training_sale.id"],
            name=op.f("fk_training_line_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", "line_no", name=op.f("pk_training_line")),
    )


def create_training_return() -> None:
    op.create_table(
        "training_return",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", columns.DOCUMENT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["training_sale.brand_id", "training_sale.id"],
            name=op.f("fk_training_return_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_training_return")),
    )
