"""The tables of the room `tenders`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    create_bill()
    create_bill_net()
    create_bill_posting()
    create_bill_row()
    create_difference_word()
    create_tender_evidence()
    create_gift_card()
    create_rail_day()
    create_rail_day_use()
    create_rail_off()
    create_rail_rule()
    create_slip_number()
    create_gift_card_entry()
    create_tender()
    index_tender()
    append_only(op, "bill_posting")
    append_only(op, "difference_word")
    append_only(op, "tender_evidence")


def create_bill() -> None:
    op.create_table(
        "bill",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "provider", "day", name=op.f("pk_bill")),
    )


def create_bill_net() -> None:
    op.create_table(
        "bill_net",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("payout_day", sa.String(length=10), nullable=True),
        sa.Column("payout_ref", sa.String(length=80), nullable=True),
        sa.CheckConstraint("(payout_day IS NULL) = (payout_ref IS NULL)", name=op.f("ck_bill_net_payout")),
        sa.PrimaryKeyConstraint("brand_id", "provider", "day", "currency", name=op.f("pk_bill_net")),
    )


def create_bill_posting() -> None:
    op.create_table(
        "bill_posting",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("row_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_bill_posting_amount")),
        sa.PrimaryKeyConstraint("brand_id", "provider", "day", "row_id", "no", name=op.f("pk_bill_posting")),
    )


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
        sa.Column("moved_at", columns.INSTANT, nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
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
    op.create_index(
        "ix_bill_row_difference",
        "bill_row",
        ["brand_id", "day"],
        unique=False,
        sqlite_where=sa.text("finding <> 'matched'"),
        postgresql_where=sa.text("finding <> 'matched'"),
    )


def create_difference_word() -> None:
    op.create_table(
        "difference_word",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("difference_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_cleared", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "difference_id", "no", name=op.f("pk_difference_word")),
    )


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


def create_gift_card() -> None:
    op.create_table(
        "gift_card",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("issued_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", columns.INSTANT, nullable=False),
        sa.Column("expires_at", columns.INSTANT, nullable=True),
        sa.Column("blocked_at", columns.INSTANT, nullable=True),
        sa.Column("issued_by", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "balance_minor >= 0 AND balance_minor <= issued_minor", name=op.f("ck_gift_card_balance")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_gift_card_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_gift_card")),
        sa.UniqueConstraint("brand_id", "code_hash", name=op.f("uq_gift_card_brand_id_code_hash")),
    )
    op.create_index("ix_gift_card_brand_id_issued_at", "gift_card", ["brand_id", "issued_at"], unique=False)


def create_rail_day() -> None:
    op.create_table(
        "rail_day",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("rail", sa.String(length=20), nullable=False),
        sa.Column("limit_kind", sa.String(length=12), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_minor >= 0", name=op.f("ck_rail_day_used")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rail_day_brand_id")),
        sa.PrimaryKeyConstraint(
            "brand_id", "member_id", "rail", "limit_kind", "day", name=op.f("pk_rail_day")
        ),
    )


def create_rail_day_use() -> None:
    op.create_table(
        "rail_day_use",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("tender_id", sa.String(length=40), nullable=False),
        sa.Column("limit_kind", sa.String(length=12), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("rail", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rail_day_use_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "tender_id", "limit_kind", name=op.f("pk_rail_day_use")),
    )


def create_rail_off() -> None:
    op.create_table(
        "rail_off",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("rail", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rail_off_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "rail", "place_id", name=op.f("pk_rail_off")),
    )


def create_rail_rule() -> None:
    op.create_table(
        "rail_rule",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("rail", sa.String(length=20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("min_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_minor", sa.BigInteger(), nullable=True),
        sa.Column("day_minor", sa.BigInteger(), nullable=True),
        sa.Column("dynamic_day_minor", sa.BigInteger(), nullable=True),
        sa.Column("static_day_minor", sa.BigInteger(), nullable=True),
        sa.Column("qr_class", sa.String(length=8), nullable=False),
        sa.Column("fee_bp", sa.Integer(), nullable=False),
        sa.Column("fee_fixed_minor", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("qr_class IN ('dynamic', 'static')", name=op.f("ck_rail_rule_qr_class")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rail_rule_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "rail", name=op.f("pk_rail_rule")),
    )


def create_slip_number() -> None:
    op.create_table(
        "slip_number",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("tender_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_slip_number_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "register_id", "day", "number", name=op.f("pk_slip_number")),
    )


def create_gift_card_entry() -> None:
    op.create_table(
        "gift_card_entry",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("tender_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("card_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_gift_card_entry_amount")),
        sa.ForeignKeyConstraint(
            ["brand_id", "card_id"],
            ["gift_card.brand_id", "gift_card.id"],
            name=op.f("fk_gift_card_entry_brand_id_card_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "tender_id", "kind", name=op.f("pk_gift_card_entry")),
    )
    op.create_index(
        "ix_gift_card_entry_brand_id_card_id", "gift_card_entry", ["brand_id", "card_id", "at"], unique=False
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


def index_tender() -> None:
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
    op.create_index(
        "uq_tender_transfer",
        "tender",
        ["brand_id", "reference"],
        unique=True,
        sqlite_where=sa.text("rail = 'transfer'"),
        postgresql_where=sa.text("rail = 'transfer'"),
    )
