"""The tables of the room `ledger`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_account()
    create_transfer()
    append_only(op, "transfer")


def create_account() -> None:
    op.create_table(
        "account",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("counterparty_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "balance_minor BETWEEN -9000000000000000 AND 9000000000000000", name=op.f("ck_account_balance")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "brand_id",
            "owner_id",
            "kind",
            "counterparty_id",
            "currency",
            name=op.f("uq_account_brand_id_owner_id_kind_counterparty_id_currency"),
        ),
    )


def create_transfer() -> None:
    op.create_table(
        "transfer",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.SmallInteger(), nullable=False),
        sa.Column("debit_account_id", sa.String(length=40), nullable=False),
        sa.Column("credit_account_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_transfer_amount")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_transfer_two_accounts")),
        sa.ForeignKeyConstraint(
            ["brand_id", "credit_account_id"], ["account.brand_id", "account.id"], name="fk_transfer_credit"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "debit_account_id"],
            ["account.brand_id", "account.id"],
            name=op.f("fk_transfer_brand_id_debit_account_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "ref_id", "no", name=op.f("pk_transfer")),
    )
    op.create_index(
        "ix_transfer_brand_id_credit",
        "transfer",
        ["brand_id", "credit_account_id", "at", "amount_minor"],
        unique=False,
    )
    op.create_index(
        "ix_transfer_brand_id_debit",
        "transfer",
        ["brand_id", "debit_account_id", "at", "amount_minor"],
        unique=False,
    )
