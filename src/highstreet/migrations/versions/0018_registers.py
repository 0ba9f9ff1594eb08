"""The tables of the room `registers`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    create_approval_rule()
    create_clerk_act()
    create_journal()
    create_register_approval()
    create_journal_entry()
    create_register_alert()


def create_approval_rule() -> None:
    op.create_table(
        "approval_rule",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("return_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("no_receipt_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("give_up_from_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("give_up_from_minor >= 0", name=op.f("ck_approval_rule_give_up_from")),
        sa.CheckConstraint("no_receipt_from_minor >= 0", name=op.f("ck_approval_rule_no_receipt_from")),
        sa.CheckConstraint("return_from_minor >= 0", name=op.f("ck_approval_rule_return_from")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_approval_rule_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_approval_rule")),
    )


def create_clerk_act() -> None:
    op.create_table(
        "clerk_act",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_clerk_act_brand_id_register_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_clerk_act_brand_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "subject_id", name=op.f("pk_clerk_act")),
    )


def create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("opened_at", columns.INSTANT, nullable=False),
        sa.Column("acknowledged_seq", sa.Integer(), nullable=False),
        sa.Column("tail_hash", sa.String(length=64), nullable=False),
        sa.Column("last_device_at", columns.INSTANT, nullable=True),
        sa.Column("last_at", columns.INSTANT, nullable=True),
        sa.Column("sent_at", columns.INSTANT, nullable=True),
        sa.Column("heard_at", columns.INSTANT, nullable=False),
        sa.Column("closed_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint("acknowledged_seq >= 0", name=op.f("ck_journal_acknowledged_seq")),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_journal_brand_id_register_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_brand_id_register_id", "journal", ["brand_id", "register_id"], unique=False)


def create_register_approval() -> None:
    op.create_table(
        "register_approval",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("approved_at", columns.INSTANT, nullable=False),
        sa.Column("valid_until", columns.INSTANT, nullable=False),
        sa.Column("used_for", sa.String(length=40), nullable=True),
        sa.Column("used_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint(
            "act IN ('return', 'give_up', 'allowance', 'price')", name=op.f("ck_register_approval_act")
        ),
        sa.CheckConstraint("(used_for IS NULL) = (used_at IS NULL)", name=op.f("ck_register_approval_used")),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_register_approval_brand_id_register_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_register_approval_brand_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_register_approval")),
    )
    op.create_index("ix_register_approval_sale", "register_approval", ["brand_id", "sale_id"], unique=False)


def create_journal_entry() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("journal_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("device_at", columns.INSTANT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("heard_at", columns.INSTANT, nullable=False),
        sa.Column("sent", columns.DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", columns.DOCUMENT, nullable=True),
        sa.Column("problem", columns.DOCUMENT, nullable=True),
        sa.Column("seen_at", columns.INSTANT, nullable=True),
        sa.Column("seen_by", sa.String(length=40), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.CheckConstraint("kind IN ('sale', 'return', 'note')", name=op.f("ck_journal_entry_kind")),
        sa.CheckConstraint(
            "state IN ('done', 'done_with_difference', 'refused')", name=op.f("ck_journal_entry_state")
        ),
        sa.CheckConstraint("seq > 0", name=op.f("ck_journal_entry_seq")),
        sa.ForeignKeyConstraint(
            ["brand_id", "journal_id"],
            ["journal.brand_id", "journal.id"],
            name=op.f("fk_journal_entry_brand_id_journal_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "journal_id", "seq", name=op.f("pk_journal_entry")),
    )
    op.create_index(
        "ix_journal_entry_to_see",
        "journal_entry",
        ["brand_id", "register_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'done' AND seen_at IS NULL"),
        sqlite_where=sa.text("state <> 'done' AND seen_at IS NULL"),
    )


def create_register_alert() -> None:
    op.create_table(
        "register_alert",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("journal_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("facts", columns.DOCUMENT, nullable=False),
        sa.Column("seen_at", columns.INSTANT, nullable=True),
        sa.Column("seen_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "journal_id"],
            ["journal.brand_id", "journal.id"],
            name=op.f("fk_register_alert_brand_id_journal_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "journal_id", "kind", "seq", name=op.f("pk_register_alert")),
    )
    op.create_index(
        "ix_register_alert_brand_id_register_id", "register_alert", ["brand_id", "register_id"], unique=False
    )
