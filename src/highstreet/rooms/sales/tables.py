"""Sales, their lines, and returns by line."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
)

from highstreet.kernel.tables import Currency, Document, Id, Instant, Minor, metadata

sale = Table(
    "sale",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("place_id", Id, nullable=False),
    Column("register_id", Id),
    Column("member_id", Id),
    Column("person_id", Id),
    Column("state", String(10), nullable=False),
    Column("origin", String(10), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("list_minor", Minor, nullable=False),
    Column("discount_minor", Minor, nullable=False),
    Column("total_minor", Minor, nullable=False),
    Column("returned_minor", Minor, nullable=False),
    # The one price function's own account of how the total came about (goods/model.py, Proof).
    Column("proof", Document, nullable=False),
    Column("business_day", String(10), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("paid_at", Instant),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
    # A sale paid in parts: how long goods and price are kept for it, and what its parts ask for by now.
    Column("held_until", Instant),
    Column("tendered_minor", Minor, nullable=False, server_default="0"),
    # An order in the shop: once so much is paid, it is kept for the brand's time.
    Column("deposit_minor", Minor),
    CheckConstraint("state IN ('open', 'closing', 'paid', 'abandoned')", name="state"),
    CheckConstraint("tendered_minor >= 0 AND tendered_minor <= total_minor", name="tendered"),
    CheckConstraint("total_minor = list_minor - discount_minor AND total_minor >= 0", name="total"),
    CheckConstraint("returned_minor >= 0 AND returned_minor <= total_minor", name="returned"),
    Index("ix_sale_brand_id_place_id_paid_at", "brand_id", "place_id", "paid_at"),
    Index("ix_sale_brand_id_paid_at", "brand_id", "paid_at"),
    Index("ix_sale_person_id_paid_at", "person_id", "paid_at"),
)

sale_line = Table(
    "sale_line",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("variant_id", Id, nullable=False),
    Column("gtin", String(14)),
    Column("name_en", String(200), nullable=False),
    Column("name_zh", String(200), nullable=False),
    Column("owner_party_id", Id),
    # Where its pieces come from, if not from the sale's own place.
    Column("place_id", Id),
    Column("quantity", Integer, nullable=False),
    Column("unit_list_minor", Minor, nullable=False),
    Column("discount_minor", Minor, nullable=False),
    Column("net_minor", Minor, nullable=False),
    Column("returned_quantity", Integer, nullable=False),
    Column("returned_minor", Minor, nullable=False),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
    CheckConstraint(
        "quantity > 0 AND returned_quantity >= 0 AND returned_quantity <= quantity", name="quantity"
    ),
    CheckConstraint("net_minor = quantity * unit_list_minor - discount_minor AND net_minor >= 0", name="net"),
    CheckConstraint("returned_minor >= 0 AND returned_minor <= net_minor", name="returned"),
    sqlite_with_rowid=False,
)

# Paid sales added up by the hour (UTC) they were paid in, in the transaction of each payment or return, so that a
# day is read without its sales (docs/decisions/0008-kept-sums.md). `returned_minor`: of these sales, by now.
sale_hour = Table(
    "sale_hour",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("hour", Instant, primary_key=True),
    Column("place_id", Id, primary_key=True),
    # "" for a sale without a register: imported history.
    Column("register_id", Id, primary_key=True),
    Column("currency", Currency, primary_key=True),
    Column("sales", Integer, nullable=False),
    Column("member_sales", Integer, nullable=False),
    Column("total_minor", Minor, nullable=False),
    Column("discount_minor", Minor, nullable=False),
    Column("returned_minor", Minor, nullable=False),
    Column("last_paid_at", Instant, nullable=False),
    Index("ix_sale_hour_brand_id_register_id_hour", "brand_id", "register_id", "hour"),
    sqlite_with_rowid=False,
)

sale_return = Table(
    "sale_return",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("register_id", Id),
    Column("currency", Currency, nullable=False),
    Column("refund_minor", Minor, nullable=False),
    Column("reason", String(160), nullable=False),
    # Who gave money back while the goods stayed; null when goods came back at a register.
    Column("staff_id", Id),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
    Index("ix_sale_return_brand_id_sale_id", "brand_id", "sale_id"),
    Index("ix_sale_return_brand_id_place_id_at", "brand_id", "place_id", "at"),
    Index("ix_sale_return_brand_id_at", "brand_id", "at"),
)

# Who let a sale's goods come back after the time for returns; good until `valid_until`.
return_approval = Table(
    "return_approval",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False),
    Column("staff_id", Id, nullable=False),
    Column("approved_at", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
    Index("ix_return_approval_brand_id_sale_id", "brand_id", "sale_id"),
)

sale_return_line = Table(
    "sale_return_line",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("return_id", Id, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("refund_minor", Minor, nullable=False),
    ForeignKeyConstraint(["brand_id", "return_id"], ["sale_return.brand_id", "sale_return.id"]),
    # No pieces: money only, the goods stay.
    CheckConstraint(
        "quantity >= 0 AND refund_minor >= 0 AND (quantity > 0 OR refund_minor > 0)", name="quantity"
    ),
)

# How a brand takes orders for pickup; without a row it takes none.
order_rule = Table(
    "order_rule",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("deposit_bp", Integer, nullable=False),
    Column("minimum_minor", Minor, nullable=False),
    Column("hold_days", Integer, nullable=False),
    # Within so many hours an order is on its way to the shopper; null: the brand delivers none.
    Column("delivery_hours", Integer),
    CheckConstraint("deposit_bp >= 0 AND deposit_bp <= 10000 AND minimum_minor >= 0", name="deposit"),
    CheckConstraint("deposit_bp + minimum_minor > 0", name="something"),
    CheckConstraint("hold_days >= 1 AND hold_days <= 90", name="hold"),
    CheckConstraint("delivery_hours BETWEEN 1 AND 720", name="delivery"),
)
