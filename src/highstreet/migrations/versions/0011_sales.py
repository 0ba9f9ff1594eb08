"""The tables of the room `sales`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    create_sale_hour()
    create_order_rule()
    create_sale()
    create_return_approval()
    create_sale_line()
    create_sale_return()
    create_sale_return_line()


def create_sale_hour() -> None:
    op.create_table(
        "sale_hour",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("hour", columns.INSTANT, nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sales", sa.Integer(), nullable=False),
        sa.Column("member_sales", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("last_paid_at", columns.INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(
            "brand_id", "hour", "place_id", "register_id", "currency", name=op.f("pk_sale_hour")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_sale_hour_brand_id_register_id_hour",
        "sale_hour",
        ["brand_id", "register_id", "hour"],
        unique=False,
    )


def create_order_rule() -> None:
    op.create_table(
        "order_rule",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("deposit_bp", sa.Integer(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("delivery_hours", sa.Integer(), nullable=True),
        sa.CheckConstraint("delivery_hours BETWEEN 1 AND 720", name=op.f("ck_order_rule_delivery")),
        sa.CheckConstraint("deposit_bp + minimum_minor > 0", name=op.f("ck_order_rule_something")),
        sa.CheckConstraint(
            "deposit_bp >= 0 AND deposit_bp <= 10000 AND minimum_minor >= 0",
            name=op.f("ck_order_rule_deposit"),
        ),
        sa.CheckConstraint("hold_days >= 1 AND hold_days <= 90", name=op.f("ck_order_rule_hold")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_order_rule_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_order_rule")),
    )


def create_sale() -> None:
    op.create_table(
        "sale",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=True),
        sa.Column("member_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("list_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("proof", columns.DOCUMENT, nullable=False),
        sa.Column("business_day", sa.String(length=10), nullable=False),
        sa.Column("opened_at", columns.INSTANT, nullable=False),
        sa.Column("paid_at", columns.INSTANT, nullable=True),
        sa.Column("held_until", columns.INSTANT, nullable=True),
        sa.Column("tendered_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closing', 'paid', 'abandoned')", name=op.f("ck_sale_state")),
        sa.CheckConstraint(
            "returned_minor >= 0 AND returned_minor <= total_minor", name=op.f("ck_sale_returned")
        ),
        sa.CheckConstraint(
            "tendered_minor >= 0 AND tendered_minor <= total_minor", name=op.f("ck_sale_tendered")
        ),
        sa.CheckConstraint(
            "total_minor = list_minor - discount_minor AND total_minor >= 0", name=op.f("ck_sale_total")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"], ["place.brand_id", "place.id"], name=op.f("fk_sale_brand_id_place_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_sale")),
    )
    op.create_index("ix_sale_brand_id_paid_at", "sale", ["brand_id", "paid_at"], unique=False)
    op.create_index(
        "ix_sale_brand_id_place_id_paid_at", "sale", ["brand_id", "place_id", "paid_at"], unique=False
    )
    op.create_index("ix_sale_person_id_paid_at", "sale", ["person_id", "paid_at"], unique=False)


def create_return_approval() -> None:
    op.create_table(
        "return_approval",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("approved_at", columns.INSTANT, nullable=False),
        sa.Column("valid_until", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["sale.brand_id", "sale.id"],
            name=op.f("fk_return_approval_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_return_approval")),
    )
    op.create_index(
        "ix_return_approval_brand_id_sale_id", "return_approval", ["brand_id", "sale_id"], unique=False
    )


def create_sale_line() -> None:
    op.create_table(
        "sale_line",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("owner_party_id", sa.String(length=40), nullable=True),
        sa.Column("place_id", sa.String(length=40), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_list_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_quantity", sa.Integer(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "net_minor = quantity * unit_list_minor - discount_minor AND net_minor >= 0",
            name=op.f("ck_sale_line_net"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND returned_quantity >= 0 AND returned_quantity <= quantity",
            name=op.f("ck_sale_line_quantity"),
        ),
        sa.CheckConstraint(
            "returned_minor >= 0 AND returned_minor <= net_minor", name=op.f("ck_sale_line_returned")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"], ["sale.brand_id", "sale.id"], name=op.f("fk_sale_line_brand_id_sale_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", "line_no", name=op.f("pk_sale_line")),
        sqlite_with_rowid=False,
    )


def create_sale_return() -> None:
    op.create_table(
        "sale_return",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=160), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["sale.brand_id", "sale.id"],
            name=op.f("fk_sale_return_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_sale_return")),
    )
    op.create_index("ix_sale_return_brand_id_at", "sale_return", ["brand_id", "at"], unique=False)
    op.create_index(
        "ix_sale_return_brand_id_place_id_at", "sale_return", ["brand_id", "place_id", "at"], unique=False
    )
    op.create_index("ix_sale_return_brand_id_sale_id", "sale_return", ["brand_id", "sale_id"], unique=False)


def create_sale_return_line() -> None:
    op.create_table(
        "sale_return_line",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("return_id", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0 AND refund_minor >= 0 AND (quantity > 0 OR refund_minor > 0)",
            name=op.f("ck_sale_return_line_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "return_id"],
            ["sale_return.brand_id", "sale_return.id"],
            name=op.f("fk_sale_return_line_brand_id_return_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "return_id", "line_no", name=op.f("pk_sale_return_line")),
    )
