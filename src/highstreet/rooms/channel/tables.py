"""Contracts between parties, and the shares frozen with each sale."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
)

from highstreet.kernel.tables import Document, Id, Instant, metadata

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
