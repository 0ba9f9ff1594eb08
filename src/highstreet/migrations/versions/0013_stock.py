"""The tables of the room `stock`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    create_stock_item()
    create_stock_move()
    create_stock_transfer()
    create_stock_transfer_line()
    create_stock_transfer_move()
    append_only(op, "stock_move")
    append_only(op, "stock_transfer_move")


def create_stock_item() -> None:
    op.create_table(
        "stock_item",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("owner_party_id", sa.String(length=40), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("display", sa.Integer(), server_default="0", nullable=False),
        sa.Column("safety", sa.Integer(), server_default="0", nullable=False),
        sa.Column("in_transit", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sold_since", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missed_since", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_at", columns.INSTANT, nullable=False),
        sa.CheckConstraint("display >= 0 AND display <= on_hand", name=op.f("ck_stock_item_display")),
        sa.CheckConstraint(
            "in_transit >= 0 AND sold_since >= 0 AND missed_since >= 0", name=op.f("ck_stock_item_since")
        ),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_item_on_hand")),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name=op.f("ck_stock_item_reserved")),
        sa.CheckConstraint("safety >= 0 AND safety <= 1000000", name=op.f("ck_stock_item_safety")),
        sa.PrimaryKeyConstraint(
            "brand_id", "variant_id", "cell", "place_id", "owner_party_id", name=op.f("pk_stock_item")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stock_item_brand_id_place_id", "stock_item", ["brand_id", "place_id"], unique=False)


def create_stock_move() -> None:
    op.create_table(
        "stock_move",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("owner_party_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("level_change", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_stock_move")),
    )
    op.create_index(
        "ix_stock_move_brand_id_place_id_variant_id",
        "stock_move",
        ["brand_id", "place_id", "variant_id", "seq"],
        unique=False,
        sqlite_where=sa.text("reason <> 'sold'"),
        postgresql_where=sa.text("reason <> 'sold'"),
    )
    op.create_index("ix_stock_move_brand_id_ref_id", "stock_move", ["brand_id", "ref_id"], unique=False)


def create_stock_transfer() -> None:
    op.create_table(
        "stock_transfer",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner_party_id", sa.String(length=40), nullable=False),
        sa.Column("from_place_id", sa.String(length=40), nullable=False),
        sa.Column("to_place_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sent_at", columns.INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('sent', 'partly', 'received', 'cancelled')", name=op.f("ck_stock_transfer_state")
        ),
        sa.CheckConstraint("from_place_id <> to_place_id", name=op.f("ck_stock_transfer_places")),
        sa.ForeignKeyConstraint(
            ["brand_id", "from_place_id"],
            ["place.brand_id", "place.id"],
            name=op.f("fk_stock_transfer_brand_id_from_place_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "owner_party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_stock_transfer_brand_id_owner_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "to_place_id"],
            ["place.brand_id", "place.id"],
            name=op.f("fk_stock_transfer_brand_id_to_place_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_stock_transfer")),
    )
    op.create_index(
        "ix_stock_transfer_brand_id_from_place_id",
        "stock_transfer",
        ["brand_id", "from_place_id", "sent_at"],
        unique=False,
    )
    op.create_index(
        "ix_stock_transfer_brand_id_to_place_id",
        "stock_transfer",
        ["brand_id", "to_place_id", "sent_at"],
        unique=False,
    )


def create_stock_transfer_line() -> None:
    op.create_table(
        "stock_transfer_line",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("arrived", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "sent >= 1 AND arrived >= 0 AND lost >= 0 AND arrived + lost <= sent",
            name=op.f("ck_stock_transfer_line_pieces"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "transfer_id"],
            ["stock_transfer.brand_id", "stock_transfer.id"],
            name=op.f("fk_stock_transfer_line_brand_id_transfer_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "transfer_id", "variant_id", name=op.f("pk_stock_transfer_line")),
    )


def create_stock_transfer_move() -> None:
    op.create_table(
        "stock_transfer_move",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "transfer_id"],
            ["stock_transfer.brand_id", "stock_transfer.id"],
            name=op.f("fk_stock_transfer_move_brand_id_transfer_id"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_stock_transfer_move")),
    )
    op.create_index(
        "ix_stock_transfer_move_brand_id_transfer_id",
        "stock_transfer_move",
        ["brand_id", "transfer_id", "seq"],
        unique=False,
    )
