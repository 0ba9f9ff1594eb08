"""The tables of the room `offers`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    create_offer()
    create_claim_count()
    create_coupon()
    create_kept_count()
    create_redemption()


def create_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("terms", columns.DOCUMENT, nullable=False),
        sa.Column("title_en", sa.String(length=160), nullable=False),
        sa.Column("title_zh", sa.String(length=160), nullable=False),
        sa.Column("funder_party_id", sa.String(length=40), nullable=False),
        sa.Column("is_stackable", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("starts_at", columns.INSTANT, nullable=False),
        sa.Column("ends_at", columns.INSTANT, nullable=False),
        sa.Column("coupon_valid_s", sa.Integer(), nullable=False),
        sa.Column("limit_total", sa.Integer(), nullable=True),
        sa.Column("limit_per_person", sa.Integer(), nullable=True),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "claimed >= 0 AND (limit_total IS NULL OR claimed <= limit_total)", name=op.f("ck_offer_claimed")
        ),
        sa.CheckConstraint(
            "spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)",
            name=op.f("ck_offer_budget"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "funder_party_id"],
            ["party.brand_id", "party.id"],
            name=op.f("fk_offer_brand_id_funder_party_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_offer_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_offer")),
    )


def create_claim_count() -> None:
    op.create_table(
        "claim_count",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("offer_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "offer_id"],
            ["offer.brand_id", "offer.id"],
            name=op.f("fk_claim_count_brand_id_offer_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "offer_id", "person_id", name=op.f("pk_claim_count")),
    )


def create_coupon() -> None:
    op.create_table(
        "coupon",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("offer_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("public_code", sa.String(length=20), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("valid_from", columns.INSTANT, nullable=False),
        sa.Column("valid_until", columns.INSTANT, nullable=False),
        sa.CheckConstraint(
            "reserved >= 0 AND used >= 0 AND reserved + used <= cap", name=op.f("ck_coupon_cap")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "offer_id"], ["offer.brand_id", "offer.id"], name=op.f("fk_coupon_brand_id_offer_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_coupon_person_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("brand_id", "public_code", name=op.f("uq_coupon_brand_id_public_code")),
    )
    op.create_index("ix_coupon_brand_id_offer_id", "coupon", ["brand_id", "offer_id"], unique=False)
    op.create_index("ix_coupon_person_id", "coupon", ["person_id"], unique=False)


def create_kept_count() -> None:
    op.create_table(
        "kept_count",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("offer_id", sa.String(length=40), nullable=False),
        sa.Column("phone_key", sa.String(length=64), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("kept_until", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "offer_id"],
            ["offer.brand_id", "offer.id"],
            name=op.f("fk_kept_count_brand_id_offer_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "offer_id", "phone_key", name=op.f("pk_kept_count")),
    )
    op.create_index("ix_kept_count_kept_until", "kept_count", ["kept_until"], unique=False)
    op.create_index("ix_kept_count_phone_key", "kept_count", ["phone_key"], unique=False)


def create_redemption() -> None:
    op.create_table(
        "redemption",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("coupon_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("offer_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserved_at", columns.INSTANT, nullable=False),
        sa.Column("redeemed_at", columns.INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('reserved', 'redeemed', 'rolled_back', 'returned')", name=op.f("ck_redemption_state")
        ),
        sa.CheckConstraint(
            "returned_minor >= 0 AND returned_minor <= discount_minor", name=op.f("ck_redemption_returned")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "coupon_id"],
            ["coupon.brand_id", "coupon.id"],
            name=op.f("fk_redemption_brand_id_coupon_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "coupon_id", "sale_id", name=op.f("pk_redemption")),
    )
    op.create_index("ix_redemption_brand_id_sale_id", "redemption", ["brand_id", "sale_id"], unique=False)
