"""Periods that were settled, each party's statement of them, and what is paid by them.

Statements are never changed (`append_only`). A payment's amounts are frozen with it; only its state goes on.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from highstreet.kernel.tables import Currency, Document, Id, Instant, Minor, metadata

settlement = Table(
    "settlement",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    # Counts a brand's settlements: of two that begin at once, one finds its number taken.
    Column("no", Integer, nullable=False),
    # Whole days in a time zone, as they were asked for; the instants are what counts.
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("made_at", Instant),
    # What is before is added up: progress for whoever waits.
    Column("read_until", Instant, nullable=False),
    # Why it could not be made: where lines and ledger differ.
    Column("differs", Document),
    # Its payments were opened, once.
    Column("payments_at", Instant),
    UniqueConstraint("brand_id", "no"),
    CheckConstraint("since < until", name="time"),
    CheckConstraint("state IN ('making', 'made', 'differs')", name="state"),
)

statement = Table(
    "statement",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("settlement_id", Id, primary_key=True),
    Column("party_id", Id, primary_key=True),
    # By role, by who collected, by currency: lines and amounts of sales and of returns.
    Column("totals", Document, nullable=False),
    # By who collected, by currency: before, late, earned, paid, after.
    Column("balances", Document, nullable=False),
    ForeignKeyConstraint(["brand_id", "settlement_id"], ["settlement.brand_id", "settlement.id"]),
    ForeignKeyConstraint(["brand_id", "party_id"], ["party.brand_id", "party.id"], name="fk_statement_party"),
    Index("ix_statement_brand_id_party_id", "brand_id", "party_id"),
)

# Where a party is paid.
bank_account = Table(
    "bank_account",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("party_id", Id, primary_key=True),
    Column("holder", String(70), nullable=False),
    Column("iban", String(34), nullable=False),
    Column("bic", String(11)),
    Column("changed_at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "party_id"], ["party.brand_id", "party.id"]),
)

# What a landlord's own file says that it took at a place on a day.
reported_taking = Table(
    "reported_taking",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("party_id", Id, primary_key=True),
    Column("place_id", Id, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("reported_at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "party_id"], ["party.brand_id", "party.id"]),
    ForeignKeyConstraint(["brand_id", "place_id"], ["place.brand_id", "place.id"]),
)

# What a party says is wrong with a statement or a sale's shares.
dispute = Table(
    "dispute",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("party_id", Id, nullable=False),
    Column("settlement_id", Id),
    Column("sale_id", Id),
    Column("currency", Currency, nullable=False),
    # What the party thinks it is owed; None: it does not say.
    Column("asked_minor", Minor),
    Column("state", String(10), nullable=False),
    Column("granted_minor", Minor, nullable=False),
    Column("words", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    ForeignKeyConstraint(["brand_id", "party_id"], ["party.brand_id", "party.id"]),
    ForeignKeyConstraint(["brand_id", "settlement_id"], ["settlement.brand_id", "settlement.id"]),
    CheckConstraint("settlement_id IS NOT NULL OR sale_id IS NOT NULL", name="about"),
    CheckConstraint("state IN ('open', 'granted', 'declined', 'withdrawn')", name="state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("asked_minor IS NULL OR asked_minor > 0", name="asked"),
    CheckConstraint("granted_minor >= 0 AND (granted_minor > 0) = (state = 'granted')", name="granted"),
    Index("ix_dispute_brand_id_party_id", "brand_id", "party_id", "opened_at"),
    Index("ix_dispute_brand_id_state", "brand_id", "state", "opened_at"),
)

# What each side said, in order.
dispute_word = Table(
    "dispute_word",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("dispute_id", Id, nullable=False),
    Column("no", Integer, nullable=False),
    Column("side", String(5), nullable=False),
    Column("staff_id", Id, nullable=False),
    Column("text", String(2000), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("brand_id", "dispute_id", "no"),
    ForeignKeyConstraint(["brand_id", "dispute_id"], ["dispute.brand_id", "dispute.id"]),
    CheckConstraint("side IN ('party', 'brand')", name="side"),
)

payment = Table(
    "payment",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("settlement_id", Id, nullable=False),
    Column("payer_id", Id, nullable=False),
    Column("payee_id", Id, nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    # What each of the two owed the other; their difference is the amount.
    Column("parts", Document, nullable=False),
    Column("state", String(10), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("bank_ref", String(80)),
    # A pair is paid once for a settlement, whoever asks how often.
    UniqueConstraint("brand_id", "settlement_id", "payer_id", "payee_id", "currency"),
    ForeignKeyConstraint(["brand_id", "settlement_id"], ["settlement.brand_id", "settlement.id"]),
    ForeignKeyConstraint(["brand_id", "payer_id"], ["party.brand_id", "party.id"], name="fk_payment_payer"),
    ForeignKeyConstraint(["brand_id", "payee_id"], ["party.brand_id", "party.id"], name="fk_payment_payee"),
    CheckConstraint("amount_minor >= 0", name="amount"),
    CheckConstraint("payer_id <> payee_id", name="two_parties"),
    CheckConstraint("state IN ('open', 'paid', 'failed')", name="state"),
    Index("ix_payment_brand_id_payee_id", "brand_id", "payee_id"),
)
