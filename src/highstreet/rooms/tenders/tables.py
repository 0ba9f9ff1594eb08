"""Money in and back: tenders, the evidence behind each state, and the providers' bills."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from highstreet.kernel.tables import Currency, Document, Id, Instant, Minor, Serial, metadata

# Nobody has answered for it yet, or a refund that was refused for good and goes by no other rail yet.
# As text, so that both databases know the partial index by it.
STILL_OPEN = (
    "(state IN ('pending', 'unknown') OR (direction = 'out' AND state = 'failed' AND replaced_by_id IS NULL))"
)

tender = Table(
    "tender",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False),
    # Set on a refund: the return it pays out, and the captured tender it gives back.
    Column("return_id", Id),
    Column("refunds_tender_id", Id),
    Column("place_id", Id, nullable=False),
    # The register that took a part of a sale, or gave it back; null otherwise: the sale's or the return's register.
    Column("register_id", Id),
    Column("direction", String(3), nullable=False),
    Column("rail", String(20), nullable=False),
    # How the payer was asked: their code was scanned, or a QR was shown; null without a provider, or for a refund.
    Column("way", String(8)),
    Column("state", String(10), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("refunded_minor", Minor, nullable=False),
    # Cash handed over; the change is given_minor - amount_minor.
    Column("given_minor", Minor),
    Column("provider_ref", String(80)),
    # A refund that its provider refused for good, and was approved to go by another rail: the tender that does.
    Column("replaced_by_id", Id),
    # What people know it by where no provider numbers it: a slip's number, the reference of a bank transfer.
    Column("reference", String(40)),
    Column("reason", String(60)),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
    CheckConstraint(
        "state IN ('planned', 'pending', 'captured', 'failed', 'reversed', 'unknown')", name="state"
    ),
    CheckConstraint("direction IN ('in', 'out')", name="direction"),
    CheckConstraint("way IN ('code', 'qr', 'reader', 'link')", name="way"),
    CheckConstraint(
        "amount_minor > 0 AND refunded_minor >= 0 AND refunded_minor <= amount_minor", name="amount"
    ),
    Index("ix_tender_brand_id_sale_id", "brand_id", "sale_id"),
    Index("ix_tender_state_created_at", "state", "created_at"),
    Index("ix_tender_brand_id_settled_at", "brand_id", "settled_at"),
    Index(
        "ix_tender_part_register",
        "brand_id",
        "register_id",
        "settled_at",
        sqlite_where=text("register_id IS NOT NULL"),
        postgresql_where=text("register_id IS NOT NULL"),
    ),
    Index(
        "ix_tender_still_open",
        "brand_id",
        "created_at",
        sqlite_where=text(STILL_OPEN),
        postgresql_where=text(STILL_OPEN),
    ),
    Index(
        "ix_tender_reference",
        "brand_id",
        "reference",
        sqlite_where=text("reference IS NOT NULL"),
        postgresql_where=text("reference IS NOT NULL"),
    ),
    # What a payer writes on a bank transfer names one payment.
    Index(
        "uq_tender_transfer",
        "brand_id",
        "reference",
        unique=True,
        sqlite_where=text("rail = 'transfer'"),
        postgresql_where=text("rail = 'transfer'"),
    ),
    # A notice names the tender only; and nobody can take another brand's tender id for their own.
    Index("ix_tender_id", "id", unique=True),
)

tender_evidence = Table(
    "tender_evidence",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("brand_id", Id, nullable=False),
    Column("tender_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    # asked, answered, queried, noticed, reversed, billed, approved, sent
    Column("kind", String(20), nullable=False),
    Column("body", Document, nullable=False),
    Index("ix_tender_evidence_brand_id_tender_id", "brand_id", "tender_id"),
)

slip_number = Table(
    "slip_number",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("register_id", Id, primary_key=True),
    # The place's trading day (ISO): terminals begin anew.
    Column("day", String(10), primary_key=True),
    Column("number", String(20), primary_key=True),
    Column("tender_id", Id, nullable=False),
)

gift_card = Table(
    "gift_card",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    # HMAC-SHA256 of the printed code: the code itself is nowhere but on the card.
    Column("code_hash", String(64), nullable=False),
    Column("last4", String(4), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("issued_minor", Minor, nullable=False),
    Column("balance_minor", Minor, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("blocked_at", Instant),
    Column("issued_by", Id, nullable=False),
    CheckConstraint("balance_minor >= 0 AND balance_minor <= issued_minor", name="balance"),
    UniqueConstraint("brand_id", "code_hash"),
    Index("ix_gift_card_brand_id_issued_at", "brand_id", "issued_at"),
)

gift_card_entry = Table(
    "gift_card_entry",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("tender_id", Id, primary_key=True),
    # pay, or back: a payment that came to nothing, or a refund
    Column("kind", String(4), primary_key=True),
    Column("card_id", Id, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "card_id"], ["gift_card.brand_id", "gift_card.id"]),
    CheckConstraint("amount_minor > 0", name="amount"),
    Index("ix_gift_card_entry_brand_id_card_id", "brand_id", "card_id", "at"),
)

rail_rule = Table(
    "rail_rule",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("rail", String(20), primary_key=True),
    Column("is_on", Boolean, nullable=False),
    # Of one payment.
    Column("min_minor", Minor),
    Column("max_minor", Minor),
    # Of one member's payments of a day: all, and those by dynamic and by static codes.
    Column("day_minor", Minor),
    Column("dynamic_day_minor", Minor),
    Column("static_day_minor", Minor),
    Column("qr_class", String(8), nullable=False),
    # What the rail costs: hundredths of a percent, and minor units for each payment.
    Column("fee_bp", Integer, nullable=False),
    Column("fee_fixed_minor", Minor, nullable=False),
    # How much the brand likes it: 0 comes first.
    Column("rank", SmallInteger, nullable=False),
    CheckConstraint("qr_class IN ('dynamic', 'static')", name="qr_class"),
)

rail_off = Table(
    "rail_off",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("rail", String(20), primary_key=True),
    Column("place_id", Id, primary_key=True),
)

rail_day = Table(
    "rail_day",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("member_id", Id, primary_key=True),
    Column("rail", String(20), primary_key=True),
    # day, dynamic_day or static_day
    Column("limit_kind", String(12), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("used_minor", Minor, nullable=False),
    CheckConstraint("used_minor >= 0", name="used"),
)

rail_day_use = Table(
    "rail_day_use",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("tender_id", Id, primary_key=True),
    Column("limit_kind", String(12), primary_key=True),
    Column("member_id", Id, nullable=False),
    Column("rail", String(20), nullable=False),
    Column("day", String(10), nullable=False),
    Column("amount_minor", Minor, nullable=False),
)

bill_row = Table(
    "bill_row",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("provider", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("row_no", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("our_ref", String(80), nullable=False),
    Column("provider_ref", String(80), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("tender_id", Id),
    # matched, or the kind of difference a person must clear
    Column("finding", String(30), nullable=False),
    # Null for a tender that the bill lacks.
    Column("moved_at", Instant),
    Column("fee_minor", Minor, nullable=False),
    # Not our_ref alone: a provider that charged one number twice must be found, not stumbled over.
    UniqueConstraint("brand_id", "provider", "day", "kind", "our_ref", "provider_ref"),
    Index("ix_bill_row_brand_id_tender_id", "brand_id", "tender_id"),
    Index(
        "ix_bill_row_difference",
        "brand_id",
        "day",
        sqlite_where=text("finding <> 'matched'"),
        postgresql_where=text("finding <> 'matched'"),
    ),
)

# The bills that were read, also those of days without a payment.
bill = Table(
    "bill",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("provider", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    # fetched or uploaded, the last time
    Column("source", String(10), nullable=False),
    Column("matched", Integer, nullable=False),
    Column("differences", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)

# What the bill of a day adds to the balance at its provider, and the row of the bank's statement that paid it out.
bill_net = Table(
    "bill_net",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("provider", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("currency", Currency, primary_key=True),
    Column("net_minor", Minor, nullable=False),
    Column("payout_day", String(10)),
    Column("payout_ref", String(80)),
    CheckConstraint("(payout_day IS NULL) = (payout_ref IS NULL)", name="payout"),
)

# What a bill brought to the ledger, row by row; what a changed bill takes back is another row.
bill_posting = Table(
    "bill_posting",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("provider", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    # Of the bill's row, whoever pays for it, and the currency.
    Column("row_id", Id, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("party_id", Id, nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("amount_minor <> 0", name="amount"),
)

# A person let a difference stand, or took that back.
difference_word = Table(
    "difference_word",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("difference_id", Id, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("is_cleared", Boolean, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("note", String(400), nullable=False),
    Column("by_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
)
