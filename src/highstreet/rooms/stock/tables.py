"""How many, where, whose. Clustered by (brand, variant, cell) so that "who near me has it" is one range."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, SmallInteger, String, Table, text

from highstreet.kernel.tables import Id, Instant, Serial, metadata

NOT_SOLD = text("reason <> 'sold'")

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
    # Of those on hand: they stand on the shelf to be looked at.
    Column("display", Integer, nullable=False, server_default="0"),
    # So many are kept back from whoever is not at the register, however many there are.
    Column("safety", Integer, nullable=False, server_default="0"),
    # Sent from here, not yet received anywhere.
    Column("in_transit", Integer, nullable=False, server_default="0"),
    # Since the count: pieces sold, and pieces that were looked for and not found.
    Column("sold_since", Integer, nullable=False, server_default="0"),
    Column("missed_since", Integer, nullable=False, server_default="0"),
    Column("counted_at", Instant, nullable=False),
    CheckConstraint("on_hand >= 0", name="on_hand"),
    CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
    CheckConstraint("display >= 0 AND display <= on_hand", name="display"),
    CheckConstraint("safety >= 0 AND safety <= 1000000", name="safety"),
    CheckConstraint("in_transit >= 0 AND sold_since >= 0 AND missed_since >= 0", name="since"),
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
    # Of pieces that stay on hand: how many more (or fewer) are on display, or kept back from online channels.
    Column("level_change", Integer),
    Column("reason", String(20), nullable=False),
    Column("ref_id", Id, nullable=False),
    Column("line_no", SmallInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_stock_move_brand_id_ref_id", "brand_id", "ref_id"),
    # What happened to an article beside sales. Those are found by their sale, and must not pay for another index.
    Index(
        "ix_stock_move_brand_id_place_id_variant_id",
        "brand_id",
        "place_id",
        "variant_id",
        "seq",
        sqlite_where=NOT_SOLD,
        postgresql_where=NOT_SOLD,
    ),
)
