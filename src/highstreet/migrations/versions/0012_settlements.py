"""The tables of the room `settlements`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    create_settlement()
    create_bank_account()
    create_dispute()
    create_payment()
    create_statement()
    create_dispute_word()
    create_reported_taking()
    append_only(op, "statement")
    append_only(op, "dispute_word")


def create_settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("since", columns.INSTANT, nullable=False),
        sa.Column("until", columns.INSTANT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", columns.INSTANT, nullable=False),
        sa.Column("made_at", columns.INSTANT, nullable=True),
        sa.Column("read_until", columns.INSTANT, nullable=False),
        sa.Column("differs", columns.DOCUMENT, nullable=True),
        sa.Column("payments_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('making', 'made', 'differs')", name=op.f("ck_settlement_state")),
        sa.CheckConstraint("since < until", name=op.f("ck_settlement_time")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_settlement_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("brand_id", "no", name=op.f("uq_settlement_brand_id_no")),
    )


def create_bank_account() -> None:
    op.create_table(
        "bank_account",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=70), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=True),
        sa.Column("changed_at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_bank_account_brand_id_party_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_bank_account_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "party_id", name=op.f("pk_bank_account")),
    )


def create_dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("settlement_id", sa.String(length=40), nullable=True),
        sa.Column("sale_id", sa.String(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("granted_minor", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("opened_at", columns.INSTANT, nullable=False),
        sa.Column("ended_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_dispute_ended")),
        sa.CheckConstraint(
            "granted_minor >= 0 AND (granted_minor > 0) = (state = 'granted')",
            name=op.f("ck_dispute_granted"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'granted', 'declined', 'withdrawn')", name=op.f("ck_dispute_state")
        ),
        sa.CheckConstraint("asked_minor IS NULL OR asked_minor > 0", name=op.f("ck_dispute_asked")),
        sa.CheckConstraint("settlement_id IS NOT NULL OR sale_id IS NOT NULL", name=op.f("ck_dispute_about")),
        sa.ForeignKeyConstraint(
            ["brand_id", "party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_dispute_brand_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "settlement_id"],
            ["settlement.brand_id", "settlement.id"],
            name=op.f("fk_dispute_brand_id_settlement_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_dispute_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_dispute")),
    )
    op.create_index(
        "ix_dispute_brand_id_party_id", "dispute", ["brand_id", "party_id", "opened_at"], unique=False
    )
    op.create_index("ix_dispute_brand_id_state", "dispute", ["brand_id", "state", "opened_at"], unique=False)


def create_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("settlement_id", sa.String(length=40), nullable=False),
        sa.Column("payer_id", sa.String(length=40), nullable=False),
        sa.Column("payee_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("parts", columns.DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("ended_at", columns.INSTANT, nullable=True),
        sa.Column("bank_ref", sa.String(length=80), nullable=True),
        sa.CheckConstraint("state IN ('open', 'paid', 'failed')", name=op.f("ck_payment_state")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint("payer_id <> payee_id", name=op.f("ck_payment_two_parties")),
        sa.ForeignKeyConstraint(
            ["brand_id", "payee_id"], ["party.brand_id", "party.id"], name="fk_payment_payee"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "payer_id"], ["party.brand_id", "party.id"], name="fk_payment_payer"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "settlement_id"],
            ["settlement.brand_id", "settlement.id"],
            name=op.f("fk_payment_brand_id_settlement_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_payment_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "brand_id",
            "settlement_id",
            "payer_id",
            "payee_id",
            "currency",
            name=op.f("uq_payment_brand_id_settlement_id_payer_id_payee_id_currency"),
        ),
    )
    op.create_index("ix_payment_brand_id_payee_id", "payment", ["brand_id", "payee_id"], unique=False)


def create_statement() -> None:
    op.create_table(
        "statement",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("settlement_id", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("totals", columns.DOCUMENT, nullable=False),
        sa.Column("balances", columns.DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "party_id"], ["party.brand_id", "party.id"], name="fk_statement_party"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "settlement_id"],
            ["settlement.brand_id", "settlement.id"],
            name=op.f("fk_statement_brand_id_settlement_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "settlement_id", "party_id", name=op.f("pk_statement")),
    )
    op.create_index("ix_statement_brand_id_party_id", "statement", ["brand_id", "party_id"], unique=False)


def create_dispute_word() -> None:
    op.create_table(
        "dispute_word",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("dispute_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=5), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("side IN ('party', 'brand')", name=op.f("ck_dispute_word_side")),
        sa.ForeignKeyConstraint(
            ["brand_id", "dispute_id"],
            ["dispute.brand_id", "dispute.id"],
            name=op.f("fk_dispute_word_brand_id_dispute_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_dispute_word_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_dispute_word")),
        sa.UniqueConstraint(
            "brand_id", "dispute_id", "no", name=op.f("uq_dispute_word_brand_id_dispute_id_no")
        ),
    )


def create_reported_taking() -> None:
    op.create_table(
        "reported_taking",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_reported_taking_brand_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"],
            ["place.brand_id", "place.id"],
            name=op.f("fk_reported_taking_brand_id_place_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_reported_taking_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "party_id", "place_id", "day", name=op.f("pk_reported_taking")),
    )
