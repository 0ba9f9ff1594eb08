"""Money in and back: tenders, the evidence behind each state, and the providers' bills."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
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
    # asked, answered, queried, noticed, reversed, billed, approved
    Column("kind", String(20), nullable=False),
    Column("body", Document, nullable=False),
    Index("ix_tender_evidence_brand_id_tender_id", "brand_id", "tender_id"),
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
    # Not our_ref alone: a provider that charged one number twice must be found, not stumbled over.
    UniqueConstraint("brand_id", "provider", "day", "kind", "our_ref", "provider_ref"),
    Index("ix_bill_row_brand_id_tender_id", "brand_id", "tender_id"),
)
