"""The tables of the room `days`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_day_entry()
    create_place_turn()
    create_drawer_move()
    append_only(op, "day_entry")
    append_only(op, "drawer_move")


def create_day_entry() -> None:
    op.create_table(
        "day_entry",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counted_minor", sa.BigInteger(), nullable=False),
        sa.Column("expected_minor", sa.BigInteger(), nullable=False),
        sa.Column("seen_minor", sa.BigInteger(), nullable=False),
        sa.Column("slips_counted_minor", sa.BigInteger(), nullable=True),
        sa.Column("slips_expected_minor", sa.BigInteger(), nullable=False),
        sa.Column("slips_seen_minor", sa.BigInteger(), nullable=False),
        sa.Column("carried", columns.DOCUMENT, nullable=True),
        sa.Column("pieces", columns.DOCUMENT, nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('closed', 'reopened')", name=op.f("ck_day_entry_kind")),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"],
            ["place.brand_id", "place.id"],
            name=op.f("fk_day_entry_brand_id_place_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "subject_id", "day", "no", name=op.f("pk_day_entry")),
        sa.UniqueConstraint("brand_id", "id", name=op.f("uq_day_entry_brand_id_id")),
    )
    op.create_index("ix_day_entry_place_day", "day_entry", ["brand_id", "place_id", "day"], unique=False)


def create_place_turn() -> None:
    op.create_table(
        "place_turn",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"],
            ["place.brand_id", "place.id"],
            name=op.f("fk_place_turn_brand_id_place_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "place_id", name=op.f("pk_place_turn")),
    )


def create_drawer_move() -> None:
    op.create_table(
        "drawer_move",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_drawer_move_direction")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_drawer_move_amount")),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_drawer_move_brand_id_register_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_drawer_move")),
    )
    op.create_index("ix_drawer_move_place_at", "drawer_move", ["brand_id", "place_id", "at"], unique=False)
    op.create_index(
        "ix_drawer_move_register_at", "drawer_move", ["brand_id", "register_id", "at"], unique=False
    )
