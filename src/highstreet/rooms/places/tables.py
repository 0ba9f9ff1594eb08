"""Where a place of business stands and when it is open."""

from sqlalchemy import BigInteger, Column, Float, ForeignKeyConstraint, Index, String, Table, Text

from highstreet.kernel.tables import Id, metadata

site = Table(
    "site",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("place_id", Id, primary_key=True),
    Column("lat", Float(53), nullable=False),
    Column("lon", Float(53), nullable=False),
    # As it was given, in its own datum, so that a wrong guess of the datum can be mended.
    Column("given_lat", Float(53), nullable=False),
    Column("given_lon", Float(53), nullable=False),
    Column("datum", String(6), nullable=False),
    Column("cell", BigInteger, nullable=False),
    Column("time_zone", String(40), nullable=False),
    Column("country", String(2), nullable=False),
    Column("opening_hours", Text),
    Column("address", String(300)),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
    Index("ix_site_cell", "cell"),
)
