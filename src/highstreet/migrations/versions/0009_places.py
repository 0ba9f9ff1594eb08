"""The tables of the room `places`."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    create_site()


def create_site() -> None:
    op.create_table(
        "site",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("lat", sa.Float(precision=53), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=False),
        sa.Column("given_lat", sa.Float(precision=53), nullable=False),
        sa.Column("given_lon", sa.Float(precision=53), nullable=False),
        sa.Column("datum", sa.String(length=6), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "place_id"], ["place.brand_id", "place.id"], name=op.f("fk_site_brand_id_place_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "place_id", name=op.f("pk_site")),
    )
    op.create_index("ix_site_cell", "site", ["cell"], unique=False)
