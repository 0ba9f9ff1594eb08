"""How many, where, whose. Clustered by (brand, variant, cell) so that "who near me has it" is one range."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    text,
)

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
    # Sent to here (see `transfer`), not yet received.
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

stock_transfer = Table(
    "stock_transfer",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("owner_party_id", Id, nullable=False),
    Column("from_place_id", Id, nullable=False),
    Column("to_place_id", Id, nullable=False),
    Column("state", String(10), nullable=False),
    Column("sent_at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "owner_party_id"], ["party.brand_id", "party.id"]),
    ForeignKeyConstraint(["brand_id", "from_place_id"], ["place.brand_id", "place.id"]),
    ForeignKeyConstraint(["brand_id", "to_place_id"], ["place.brand_id", "place.id"]),
    CheckConstraint("state IN ('sent', 'partly', 'received', 'cancelled')", name="state"),
    CheckConstraint("from_place_id <> to_place_id", name="places"),
    Index("ix_stock_transfer_brand_id_from_place_id", "brand_id", "from_place_id", "sent_at"),
    Index("ix_stock_transfer_brand_id_to_place_id", "brand_id", "to_place_id", "sent_at"),
)

stock_transfer_line = Table(
    "stock_transfer_line",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("transfer_id", Id, primary_key=True),
    Column("variant_id", Id, primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("arrived", Integer, nullable=False, server_default="0"),
    # Declared damaged, lost or stolen: they will not arrive.
    Column("lost", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(["brand_id", "transfer_id"], ["stock_transfer.brand_id", "stock_transfer.id"]),
    CheckConstraint("sent >= 1 AND arrived >= 0 AND lost >= 0 AND arrived + lost <= sent", name="pieces"),
)

# What was done with a transfer, by whom; never altered.
stock_transfer_move = Table(
    "stock_transfer_move",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("brand_id", Id, nullable=False),
    Column("transfer_id", Id, nullable=False),
    Column("variant_id", Id, nullable=False),
    # sent, arrived, came_back; or why a difference: damaged, lost, stolen, found.
    Column("kind", String(20), nullable=False),
    Column("quantity", Integer, nullable=False),
    # Who did it, and by which request.
    Column("by_id", Id, nullable=False),
    Column("ref_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "transfer_id"], ["stock_transfer.brand_id", "stock_transfer.id"]),
    Index("ix_stock_transfer_move_brand_id_transfer_id", "brand_id", "transfer_id", "seq"),
)
