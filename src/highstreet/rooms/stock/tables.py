"""How many, where, whose. Clustered by (brand, variant, cell) so that "who near me has it" is one range."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, SmallInteger, String, Table

from highstreet.kernel.tables import Id, Instant, Serial, metadata

stock_item = Table(
    "stock_item",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("variant_id", Id, primary_key=True),
    # H3 cell (resolution 7) of the place, 0 for a place without a position.
    Column("cell", BigInteger, primary_key=True, autoincrement=False),
    Column("place_id", Id, primary_key=True),
    Column("owner_party_id", Id, primary_key=True),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("counted_at", Instant, nullable=False),
    CheckConstraint("on_hand >= 0", name="on_hand"),
    CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
    Index("ix_stock_item_brand_id_place_id", "brand_id", "place_id"),
    sqlite_with_rowid=False,
)

stock_move = Table(
    "stock_move",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("brand_id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("variant_id", Id, nullable=False),
    Column("owner_party_id", Id, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("ref_id", Id, nullable=False),
    Column("line_no", SmallInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_stock_move_brand_id_ref_id", "brand_id", "ref_id"),
)
