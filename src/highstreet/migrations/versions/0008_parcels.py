"""The tables of the room `parcels`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    create_delivery()
    create_delivery_address()
    create_parcel()
    create_parcel_line()
    create_parcel_step()
    append_only(op, "parcel_step")


def create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("promised_by", columns.INSTANT, nullable=False),
        sa.Column("opened_at", columns.INSTANT, nullable=False),
        sa.Column("ended_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'packing', 'sent', 'ended')", name=op.f("ck_delivery_state")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_delivery_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", name=op.f("pk_delivery")),
    )


def create_delivery_address() -> None:
    op.create_table(
        "delivery_address",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["delivery.brand_id", "delivery.sale_id"],
            name=op.f("fk_delivery_address_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "sale_id", name=op.f("pk_delivery_address")),
    )


def create_parcel() -> None:
    op.create_table(
        "parcel",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("operator_party_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("carrier", sa.String(length=60), server_default="", nullable=False),
        sa.Column("tracking", sa.String(length=100), server_default="", nullable=False),
        sa.Column("made_at", columns.INSTANT, nullable=False),
        sa.Column("queued_at", columns.INSTANT, nullable=True),
        sa.Column("picked_at", columns.INSTANT, nullable=True),
        sa.Column("sent_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'queued', 'picked', 'sent', 'ended')", name=op.f("ck_parcel_state")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "operator_party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_parcel_brand_id_operator_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"], ["place.brand_id", "place.id"], name=op.f("fk_parcel_brand_id_place_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "sale_id"],
            ["delivery.brand_id", "delivery.sale_id"],
            name=op.f("fk_parcel_brand_id_sale_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_parcel")),
    )
    op.create_index(
        "ix_parcel_brand_id_place_id_state", "parcel", ["brand_id", "place_id", "state"], unique=False
    )
    op.create_index("ix_parcel_brand_id_sale_id", "parcel", ["brand_id", "sale_id"], unique=False)


def create_parcel_line() -> None:
    op.create_table(
        "parcel_line",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("parcel_id", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("owner_party_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("moved_to", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "quantity > 0 AND missing >= 0 AND missing <= quantity", name=op.f("ck_parcel_line_pieces")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "parcel_id"],
            ["parcel.brand_id", "parcel.id"],
            name=op.f("fk_parcel_line_brand_id_parcel_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "parcel_id", "line_no", name=op.f("pk_parcel_line")),
    )


def create_parcel_step() -> None:
    op.create_table(
        "parcel_step",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("parcel_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.String(length=40), nullable=True),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'queued', 'picked', 'sent', 'ended')", name=op.f("ck_parcel_step_state")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "parcel_id"],
            ["parcel.brand_id", "parcel.id"],
            name=op.f("fk_parcel_step_brand_id_parcel_id"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_parcel_step")),
    )
    op.create_index(
        "ix_parcel_step_brand_id_parcel_id", "parcel_step", ["brand_id", "parcel_id", "seq"], unique=False
    )
