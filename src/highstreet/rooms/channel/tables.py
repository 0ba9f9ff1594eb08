"""Contracts between parties, and the shares frozen with each sale."""

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, Table

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
    Column("effective_from", Instant, nullable=False),
    Column("effective_to", Instant),
    ForeignKeyConstraint(["brand_id", "operator_party_id"], ["party.brand_id", "party.id"]),
    CheckConstraint("version > 0", name="version"),
    Index("ix_contract_brand_id_operator", "brand_id", "operator_party_id", "effective_from"),
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
    # One entry a line: base, each role's party and amount; frozen (P1).
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
