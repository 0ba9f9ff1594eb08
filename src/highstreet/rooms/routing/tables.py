"""Rules by version and decisions, both only ever added to; and the facts of a decision, which can be forgotten."""

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, String, Table

from highstreet.kernel.tables import Document, Id, Instant, Minor, metadata

route_rules = Table(
    "route_rules",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("rules", Document, nullable=False),
    Column("note", String(200), nullable=False),
    Column("by_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id"], ["brand.id"]),
    CheckConstraint("version > 0", name="version"),
)

route_decision = Table(
    "route_decision",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("order_id", Id, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("channel", String(20), nullable=False),
    # 0: what every brand begins with, which stands in no row.
    Column("rules_version", Integer, nullable=False),
    Column("cost_minor", Minor, nullable=False),
    Column("routed", Document, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id"], ["brand.id"]),
    CheckConstraint("no > 0", name="no"),
    CheckConstraint("rules_version >= 0", name="rules_version"),
    CheckConstraint("cost_minor >= 0", name="cost_minor"),
    Index("ix_route_decision_brand_id_at", "brand_id", "at"),
)

# What the decision was made from. It says where somebody lives: unlike the decision, it can be taken away.
route_facts = Table(
    "route_facts",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("order_id", Id, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("facts", Document, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["brand_id", "order_id", "no"],
        ["route_decision.brand_id", "route_decision.order_id", "route_decision.no"],
    ),
    Index("ix_route_facts_brand_id_at", "brand_id", "at"),
)
