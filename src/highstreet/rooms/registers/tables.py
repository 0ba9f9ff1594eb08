"""Journals that devices keep while they cannot reach us; who stood at a register, and who approved what there."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    text,
)

from highstreet.kernel.tables import Currency, Document, Id, Instant, Minor, metadata

journal = Table(
    "journal",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("register_id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("acknowledged_seq", Integer, nullable=False),
    Column("tail_hash", String(64), nullable=False),
    Column("last_device_at", Instant),
    Column("last_at", Instant),
    Column("sent_at", Instant),
    Column("heard_at", Instant, nullable=False),
    # Set by the device's own word, or when another journal of the register took its place.
    Column("closed_at", Instant),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
    CheckConstraint("acknowledged_seq >= 0", name="acknowledged_seq"),
    Index("ix_journal_brand_id_register_id", "brand_id", "register_id"),
)

# Each number of a journal once, for ever; only who has dealt with it is added later.
journal_entry = Table(
    "journal_entry",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("register_id", Id, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("device_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("heard_at", Instant, nullable=False),
    Column("sent", Document, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer", Document),
    Column("problem", Document),
    Column("seen_at", Instant),
    Column("seen_by", Id),
    Column("note", String(400)),
    ForeignKeyConstraint(["brand_id", "journal_id"], ["journal.brand_id", "journal.id"]),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("kind IN ('sale', 'return', 'note')", name="kind"),
    CheckConstraint("state IN ('done', 'done_with_difference', 'refused')", name="state"),
    Index(
        "ix_journal_entry_to_see",
        "brand_id",
        "register_id",
        postgresql_where=text("state <> 'done' AND seen_at IS NULL"),
        sqlite_where=text("state <> 'done' AND seen_at IS NULL"),
    ),
)

register_alert = Table(
    "register_alert",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("register_id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("facts", Document, nullable=False),
    Column("seen_at", Instant),
    Column("seen_by", Id),
    ForeignKeyConstraint(["brand_id", "journal_id"], ["journal.brand_id", "journal.id"]),
    Index("ix_register_alert_brand_id_register_id", "brand_id", "register_id"),
)

# Who was signed in at the register when it did something: a sale, a return, a cash move, a count. No row: nobody.
clerk_act = Table(
    "clerk_act",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("subject_id", Id, primary_key=True),
    Column("register_id", Id, nullable=False),
    Column("staff_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
    ForeignKeyConstraint(["brand_id", "staff_id"], ["staff.brand_id", "staff.id"]),
)

# From what amount on each act needs an approval; null: from none.
approval_rule = Table(
    "approval_rule",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("return_from_minor", Minor),
    Column("no_receipt_from_minor", Minor),
    Column("give_up_from_minor", Minor),
    CheckConstraint("return_from_minor >= 0", name="return_from"),
    CheckConstraint("no_receipt_from_minor >= 0", name="no_receipt_from"),
    CheckConstraint("give_up_from_minor >= 0", name="give_up_from"),
)

# A manager's PIN let exactly this be done once, here: the guarded change of `used_for` is what uses it up.
register_approval = Table(
    "register_approval",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("register_id", Id, nullable=False),
    Column("place_id", Id, nullable=False),
    Column("staff_id", Id, nullable=False),
    Column("act", String(12), nullable=False),
    Column("sale_id", Id, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("currency", Currency, nullable=False),
    Column("approved_at", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    # The return's or the sale's id.
    Column("used_for", Id),
    Column("used_at", Instant),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
    ForeignKeyConstraint(["brand_id", "staff_id"], ["staff.brand_id", "staff.id"]),
    CheckConstraint("act IN ('return', 'give_up', 'allowance', 'price')", name="act"),
    CheckConstraint("(used_for IS NULL) = (used_at IS NULL)", name="used"),
    Index("ix_register_approval_sale", "brand_id", "sale_id"),
)
