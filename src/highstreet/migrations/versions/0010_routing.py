"""The tables of the room `routing`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    create_route_decision()
    create_route_rules()
    create_route_facts()
    append_only(op, "route_decision")
    append_only(op, "route_rules")


def create_route_decision() -> None:
    op.create_table(
        "route_decision",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("routed", columns.DOCUMENT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_route_decision_cost_minor")),
        sa.CheckConstraint("no > 0", name=op.f("ck_route_decision_no")),
        sa.CheckConstraint("rules_version >= 0", name=op.f("ck_route_decision_rules_version")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_route_decision_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "order_id", "no", name=op.f("pk_route_decision")),
    )
    op.create_index("ix_route_decision_brand_id_at", "route_decision", ["brand_id", "at"], unique=False)


def create_route_rules() -> None:
    op.create_table(
        "route_rules",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", columns.DOCUMENT, nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_route_rules_version")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_route_rules_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("pk_route_rules")),
    )


def create_route_facts() -> None:
    op.create_table(
        "route_facts",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facts", columns.DOCUMENT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "order_id", "no"],
            ["route_decision.brand_id", "route_decision.order_id", "route_decision.no"],
            name=op.f("fk_route_facts_brand_id_order_id_no"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "order_id", "no", name=op.f("pk_route_facts")),
    )
    op.create_index("ix_route_facts_brand_id_at", "route_facts", ["brand_id", "at"], unique=False)
