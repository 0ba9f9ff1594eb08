"""The tables of the room `channel`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    create_parity_change()
    create_parity_turn()
    create_contract()
    create_acceptance()
    create_online_price()
    create_parity_case()
    create_shelf_price()
    create_sale_terms()
    create_share_sheet()
    create_share_reversal()
    append_only(op, "share_sheet")
    append_only(op, "share_reversal")


def create_parity_change() -> None:
    op.create_table(
        "parity_change",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("asked", columns.DOCUMENT, nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("ended_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_parity_change_ended")),
        sa.CheckConstraint(
            "kind IN ('price', 'offer', 'coupon', 'resume', 'online')", name=op.f("ck_parity_change_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'live', 'declined', 'refused', 'withdrawn', 'told')",
            name=op.f("ck_parity_change_state"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_parity_change_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_parity_change")),
    )
    op.create_index(
        "ix_parity_change_brand_id_subject_id",
        "parity_change",
        ["brand_id", "subject_id", "state"],
        unique=False,
    )


def create_parity_turn() -> None:
    op.create_table(
        "parity_turn",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_parity_turn_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_parity_turn")),
    )


def create_contract() -> None:
    op.create_table(
        "contract",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("operator_party_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=True),
        sa.Column("terms", columns.DOCUMENT, nullable=False),
        sa.Column("proposed_at", columns.INSTANT, nullable=False),
        sa.Column("effective_from", columns.INSTANT, nullable=False),
        sa.Column("in_force_from", columns.INSTANT, nullable=True),
        sa.Column("effective_to", columns.INSTANT, nullable=True),
        sa.Column("closed_at", columns.INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("in_force_from IS NULL OR closed_at IS NULL", name=op.f("ck_contract_one_end")),
        sa.CheckConstraint("version > 0", name=op.f("ck_contract_version")),
        sa.ForeignKeyConstraint(
            ["brand_id", "operator_party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_contract_brand_id_operator_party_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", "version", name=op.f("pk_contract")),
    )
    op.create_index(
        "ix_contract_brand_id_operator",
        "contract",
        ["brand_id", "operator_party_id", "effective_from"],
        unique=False,
    )


def create_acceptance() -> None:
    op.create_table(
        "acceptance",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("contract_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", columns.INSTANT, nullable=True),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("is_on_paper", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "contract_id", "version"],
            ["contract.brand_id", "contract.id", "contract.version"],
            name="fk_acceptance_contract",
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "party_id"], ["party.brand_id", "party.id"], name="fk_acceptance_party"
        ),
        sa.PrimaryKeyConstraint("brand_id", "contract_id", "version", "party_id", name=op.f("pk_acceptance")),
    )
    op.create_index("ix_acceptance_brand_id_party_id", "acceptance", ["brand_id", "party_id"], unique=False)


def create_online_price() -> None:
    op.create_table(
        "online_price",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("lowest_minor", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("seen_at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "variant_id"],
            ["variant.brand_id", "variant.id"],
            name=op.f("fk_online_price_brand_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "variant_id", "source", name=op.f("pk_online_price")),
    )


def create_parity_case() -> None:
    op.create_table(
        "parity_case",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("change_id", sa.String(length=40), nullable=False),
        sa.Column("contract_id", sa.String(length=40), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=False),
        sa.Column("operator_party_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("goods", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("worst", columns.DOCUMENT, nullable=False),
        sa.Column("lines", columns.DOCUMENT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("ended_at", columns.INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_parity_case_ended")),
        sa.CheckConstraint("paid_minor = 0 OR state = 'compensated'", name=op.f("ck_parity_case_paid")),
        sa.CheckConstraint(
            "state <> 'acknowledged' OR ended_by IS NOT NULL", name=op.f("ck_parity_case_named")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'acknowledged', 'declined', 'compensated', 'refused', 'withdrawn', 'told')",
            name=op.f("ck_parity_case_state"),
        ),
        sa.CheckConstraint(
            "verdict IN ('allowed', 'compensated', 'waits', 'refused')", name=op.f("ck_parity_case_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "change_id"],
            ["parity_change.brand_id", "parity_change.id"],
            name=op.f("fk_parity_case_brand_id_change_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "contract_id", "contract_version"],
            ["contract.brand_id", "contract.id", "contract.version"],
            name="fk_parity_case_contract",
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_parity_case")),
    )
    op.create_index(
        "ix_parity_case_brand_id_change_id", "parity_case", ["brand_id", "change_id"], unique=False
    )
    op.create_index(
        "ix_parity_case_brand_id_operator",
        "parity_case",
        ["brand_id", "operator_party_id", "at"],
        unique=False,
    )


def create_shelf_price() -> None:
    op.create_table(
        "shelf_price",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("contract_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("shelf_minor", sa.BigInteger(), nullable=False),
        sa.Column("since", columns.INSTANT, nullable=False),
        sa.CheckConstraint("shelf_minor >= 0", name=op.f("ck_shelf_price_shelf")),
        sa.ForeignKeyConstraint(
            ["brand_id", "variant_id"],
            ["variant.brand_id", "variant.id"],
            name=op.f("fk_shelf_price_brand_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "contract_id", "variant_id", name=op.f("pk_shelf_price")),
    )


def create_sale_terms() -> None:
    op.create_table(
        "sale_terms",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("contract_id", sa.String(length=40), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=False),
        sa.Column("operator_party_id", sa.String(length=40), nullable=False),
        sa.Column("landlord_party_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "contract_id", "contract_version"],
            ["contract.brand_id", "contract.id", "contract.version"],
            name="fk_sale_terms_contract",
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"], ["sale.brand_id", "sale.id"], name=op.f("fk_sale_terms_brand_id_sale_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", name=op.f("pk_sale_terms")),
    )


def create_share_sheet() -> None:
    op.create_table(
        "share_sheet",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("contract_id", sa.String(length=40), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=False),
        sa.Column("collector_party_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("roles", columns.DOCUMENT, nullable=False),
        sa.Column("lines", columns.DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "contract_id", "contract_version"],
            ["contract.brand_id", "contract.id", "contract.version"],
            name="fk_share_sheet_contract",
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["sale.brand_id", "sale.id"],
            name=op.f("fk_share_sheet_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", name=op.f("pk_share_sheet")),
    )


def create_share_reversal() -> None:
    op.create_table(
        "share_reversal",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("return_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("lines", columns.DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["share_sheet.brand_id", "share_sheet.sale_id"],
            name=op.f("fk_share_reversal_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "return_id", name=op.f("pk_share_reversal")),
    )
    op.create_index(
        "ix_share_reversal_brand_id_sale_id", "share_reversal", ["brand_id", "sale_id"], unique=False
    )
