"""The tables of the room `members`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    create_consent()
    create_follow()
    create_member()
    create_points_rule()
    create_points_entry()


def create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("wording", sa.String(length=40), nullable=False),
        sa.Column("given_at", columns.INSTANT, nullable=False),
        sa.Column("withdrawn_at", columns.INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_consent_brand_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_brand_id_person_id", "consent", ["brand_id", "person_id"], unique=False)
    op.create_index("ix_consent_person_id", "consent", ["person_id"], unique=False)


def create_follow() -> None:
    op.create_table(
        "follow",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("code_id", sa.String(length=40), nullable=True),
        sa.Column("since", columns.INSTANT, nullable=False),
        sa.Column("until", columns.INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_follow_brand_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follow_person_id")),
        sa.PrimaryKeyConstraint("brand_id", "person_id", name=op.f("pk_follow")),
    )
    op.create_index("ix_follow_brand_id_code_id", "follow", ["brand_id", "code_id"], unique=False)
    op.create_index("ix_follow_person_id", "follow", ["person_id"], unique=False)


def create_member() -> None:
    op.create_table(
        "member",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("home_place_id", sa.String(length=40), nullable=True),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("joined_at", columns.INSTANT, nullable=False),
        sa.Column("points_pending", sa.BigInteger(), nullable=False),
        sa.Column("points_available", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points_pending >= 0", name=op.f("ck_member_pending")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_member_brand_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_person_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_member")),
        sa.UniqueConstraint("brand_id", "person_id", name=op.f("uq_member_brand_id_person_id")),
    )
    op.create_index("ix_member_brand_id_joined_at", "member", ["brand_id", "joined_at"], unique=False)
    op.create_index("ix_member_person_id", "member", ["person_id"], unique=False)


def create_points_rule() -> None:
    op.create_table(
        "points_rule",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("earns_on_points", sa.Boolean(), nullable=False),
        sa.CheckConstraint("points > 0 AND worth_minor > 0", name=op.f("ck_points_rule_rate")),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_points_rule_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_points_rule")),
    )


def create_points_entry() -> None:
    op.create_table(
        "points_entry",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("matures_at", columns.INSTANT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.CheckConstraint(
            "points > 0 AND reversed >= 0 AND reversed <= points", name=op.f("ck_points_entry_reversed")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["member.brand_id", "member.id"],
            name=op.f("fk_points_entry_brand_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_points_entry")),
    )
    op.create_index(
        "ix_points_entry_brand_id_member_id", "points_entry", ["brand_id", "member_id"], unique=False
    )
    op.create_index(
        "ix_points_entry_matures_at",
        "points_entry",
        ["matures_at"],
        unique=False,
        sqlite_where=sa.text("kind = 'earn' AND state = 'pending'"),
        postgresql_where=sa.text("kind = 'earn' AND state = 'pending'"),
    )
    op.create_index(
        "uq_points_entry_earn",
        "points_entry",
        ["brand_id", "sale_id", "line_no"],
        unique=True,
        sqlite_where=sa.text("kind = 'earn'"),
        postgresql_where=sa.text("kind = 'earn'"),
    )
