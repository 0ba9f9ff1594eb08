"""Contracts between parties, and the shares frozen with each sale."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
)

from highstreet.kernel.tables import Currency, Document, Id, Instant, Minor, metadata

contract = Table(
    "contract",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # Whom it binds: the company that runs the place, and, where narrower, one place.
    Column("operator_party_id", Id, nullable=False),
    Column("place_id", Id),
    Column("terms", Document, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    # From when on it is meant to hold; it does from `in_force_from` on, once all have accepted it.
    Column("effective_from", Instant, nullable=False),
    Column("in_force_from", Instant),
    Column("effective_to", Instant),
    # Declined by a party, or withdrawn by the brand, before it came into force.
    Column("closed_at", Instant),
    Column("closed_by", Id),
    ForeignKeyConstraint(["brand_id", "operator_party_id"], ["party.brand_id", "party.id"]),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("in_force_from IS NULL OR closed_at IS NULL", name="one_end"),
    Index("ix_contract_brand_id_operator", "brand_id", "operator_party_id", "effective_from"),
)

# Who was asked to accept a version, and who did: what they saw is in `terms_hash`, so that nobody can say it was another.
acceptance = Table(
    "acceptance",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("contract_id", Id, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("party_id", Id, primary_key=True),
    Column("terms_hash", String(64), nullable=False),
    Column("accepted_at", Instant),
    # Who clicked, for whom; on paper: who of the brand says that they have the paper.
    Column("staff_id", Id),
    Column("is_on_paper", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["brand_id", "contract_id", "version"],
        ["contract.brand_id", "contract.id", "contract.version"],
        name="fk_acceptance_contract",
    ),
    ForeignKeyConstraint(
        ["brand_id", "party_id"], ["party.brand_id", "party.id"], name="fk_acceptance_party"
    ),
    Index("ix_acceptance_brand_id_party_id", "brand_id", "party_id"),
)

# Under what a sale whose payment is still under way will be settled: as it was when the sale began.
sale_terms = Table(
    "sale_terms",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("contract_id", Id, nullable=False),
    Column("contract_version", Integer, nullable=False),
    Column("operator_party_id", Id, nullable=False),
    Column("landlord_party_id", Id),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
    ForeignKeyConstraint(
        ["brand_id", "contract_id", "contract_version"],
        ["contract.brand_id", "contract.id", "contract.version"],
        name="fk_sale_terms_contract",
    ),
)

share_sheet = Table(
    "share_sheet",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("contract_id", Id, nullable=False),
    Column("contract_version", Integer, nullable=False),
    Column("collector_party_id", Id, nullable=False),
    Column("channel", String(10), nullable=False),
    # Which party had which role.
    Column("roles", Document, nullable=False),
    # One entry a line: what decided its shares, and each share; frozen (P1).
    Column("lines", Document, nullable=False),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["sale.brand_id", "sale.id"]),
    ForeignKeyConstraint(
        ["brand_id", "contract_id", "contract_version"],
        ["contract.brand_id", "contract.id", "contract.version"],
        name="fk_share_sheet_contract",
    ),
)

share_reversal = Table(
    "share_reversal",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("return_id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False),
    Column("lines", Document, nullable=False),
    ForeignKeyConstraint(["brand_id", "sale_id"], ["share_sheet.brand_id", "share_sheet.sale_id"]),
    Index("ix_share_reversal_brand_id_sale_id", "brand_id", "sale_id"),
)

# Whose turn it is to change prices or offers of a brand: a lock, so that two changes never miss each other (P3).
parity_turn = Table(
    "parity_turn",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("turns", BigInteger, nullable=False),
)

# The list price that an operator last knew, where the list has fallen below it since; without a row it is the list's.
shelf_price = Table(
    "shelf_price",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("contract_id", Id, primary_key=True),
    Column("variant_id", Id, primary_key=True),
    Column("shelf_minor", Minor, nullable=False),
    Column("since", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "variant_id"], ["variant.brand_id", "variant.id"]),
    CheckConstraint("shelf_minor >= 0", name="shelf"),
)

# A change that some contract does not let pass as it is, with what was asked for.
parity_change = Table(
    "parity_change",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("kind", String(12), nullable=False),
    # The article, offer or coupon that it changes.
    Column("subject_id", Id, nullable=False),
    Column("asked", Document, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("state", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("kind IN ('price', 'offer', 'coupon', 'resume', 'online')", name="kind"),
    CheckConstraint("state IN ('waiting', 'live', 'declined', 'refused', 'withdrawn', 'told')", name="state"),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
    Index("ix_parity_change_brand_id_subject_id", "brand_id", "subject_id", "state"),
)

# What one contract says of it. `lines`: every article; `worst`: the first of them, for lists.
parity_case = Table(
    "parity_case",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("change_id", Id, nullable=False),
    Column("contract_id", Id, nullable=False),
    Column("contract_version", Integer, nullable=False),
    Column("operator_party_id", Id, nullable=False),
    Column("place_id", Id),
    Column("verdict", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("currency", Currency, nullable=False),
    Column("goods", Integer, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("lost_minor", Minor, nullable=False),
    Column("paid_minor", Minor, nullable=False),
    Column("worst", Document, nullable=False),
    Column("lines", Document, nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
    # Who acknowledged or declined it, for the operator.
    Column("ended_by", Id),
    ForeignKeyConstraint(["brand_id", "change_id"], ["parity_change.brand_id", "parity_change.id"]),
    ForeignKeyConstraint(
        ["brand_id", "contract_id", "contract_version"],
        ["contract.brand_id", "contract.id", "contract.version"],
        name="fk_parity_case_contract",
    ),
    CheckConstraint("verdict IN ('allowed', 'compensated', 'waits', 'refused')", name="verdict"),
    CheckConstraint(
        "state IN ('waiting', 'acknowledged', 'declined', 'compensated', 'refused', 'withdrawn', 'told')",
        name="state",
    ),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("state <> 'acknowledged' OR ended_by IS NOT NULL", name="named"),
    CheckConstraint("paid_minor = 0 OR state = 'compensated'", name="paid"),
    Index("ix_parity_case_brand_id_operator", "brand_id", "operator_party_id", "at"),
    Index("ix_parity_case_brand_id_change_id", "brand_id", "change_id"),
)

# What others ask for an article online, as it was last seen, and the least that they ever asked.
online_price = Table(
    "online_price",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("variant_id", Id, primary_key=True),
    Column("source", String(80), primary_key=True),
    Column("price_minor", Minor, nullable=False),
    Column("lowest_minor", Minor, nullable=False),
    Column("url", String(400), nullable=False),
    Column("seen_at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "variant_id"], ["variant.brand_id", "variant.id"]),
)
