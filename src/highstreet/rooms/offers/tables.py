"""Offers, the coupons claimed from them, and each coupon's redemptions. Every limit is also a CHECK."""

from sqlalchemy import (
    Boolean,
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

from highstreet.kernel.tables import Document, Id, Instant, Minor, metadata

offer = Table(
    "offer",
    metadata,
    Column("brand_id", Id, ForeignKey("brand.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("terms", Document, nullable=False),
    Column("title_en", String(160), nullable=False),
    Column("title_zh", String(160), nullable=False),
    Column("funder_party_id", Id, nullable=False),
    Column("is_stackable", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("coupon_valid_s", Integer, nullable=False),
    Column("limit_total", Integer),
    Column("limit_per_person", Integer),
    Column("claimed", Integer, nullable=False),
    # Money the funder set aside; NULL means no budget limit.
    Column("budget_minor", Minor),
    Column("spent_minor", Minor, nullable=False),
    # Registers may take its shared coupons while they cannot ask.
    Column("is_offline", Boolean, nullable=False),
    ForeignKeyConstraint(["brand_id", "funder_party_id"], ["party.brand_id", "party.id"]),
    CheckConstraint("claimed >= 0 AND (limit_total IS NULL OR claimed <= limit_total)", name="claimed"),
    CheckConstraint(
        "spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)", name="budget"
    ),
)

claim_count = Table(
    "claim_count",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("offer_id", Id, primary_key=True),
    Column("person_id", Id, primary_key=True),
    # Coupons claimed from the offer, or uses of its shared coupon, by one person.
    Column("claimed", Integer, nullable=False),
    ForeignKeyConstraint(["brand_id", "offer_id"], ["offer.brand_id", "offer.id"]),
)

# What erased people had counted, by a keyed hash of their phone: who comes back does not begin anew.
kept_count = Table(
    "kept_count",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("offer_id", Id, primary_key=True),
    Column("phone_key", String(64), primary_key=True),
    Column("claimed", Integer, nullable=False),
    Column("kept_until", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "offer_id"], ["offer.brand_id", "offer.id"]),
    Index("ix_kept_count_phone_key", "phone_key"),
    Index("ix_kept_count_kept_until", "kept_until"),
)

coupon = Table(
    "coupon",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("offer_id", Id, nullable=False),
    # A personal coupon has a person; a shared one has a public code printed on a poster and a larger cap.
    Column("person_id", Id, ForeignKey("person.id")),
    Column("public_code", String(20)),
    Column("cap", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "offer_id"], ["offer.brand_id", "offer.id"]),
    CheckConstraint("reserved >= 0 AND used >= 0 AND reserved + used <= cap", name="cap"),
    UniqueConstraint("brand_id", "public_code"),
    Index("ix_coupon_person_id", "person_id"),
    Index("ix_coupon_brand_id_offer_id", "brand_id", "offer_id"),
)

redemption = Table(
    "redemption",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("coupon_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("offer_id", Id, nullable=False),
    Column("person_id", Id),
    Column("state", String(12), nullable=False),
    Column("discount_minor", Minor, nullable=False),
    Column("returned_minor", Minor, nullable=False),
    Column("reserved_at", Instant, nullable=False),
    Column("redeemed_at", Instant),
    ForeignKeyConstraint(["brand_id", "coupon_id"], ["coupon.brand_id", "coupon.id"]),
    CheckConstraint("state IN ('reserved', 'redeemed', 'rolled_back', 'returned')", name="state"),
    CheckConstraint("returned_minor >= 0 AND returned_minor <= discount_minor", name="returned"),
    Index("ix_redemption_brand_id_sale_id", "brand_id", "sale_id"),
)
