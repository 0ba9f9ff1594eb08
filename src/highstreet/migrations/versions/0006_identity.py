"""The tables of the room `identity`."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_code_count()
    create_person()
    create_sign_in_code()
    create_device()
    create_staff()
    create_session()
    create_staff_pin()
    create_pairing()
    create_register_key()


def create_code_count() -> None:
    op.create_table(
        "code_count",
        sa.Column("phone_key", sa.String(length=64), nullable=False),
        sa.Column("address_key", sa.String(length=64), nullable=False),
        sa.Column("day_started_at", columns.INSTANT, nullable=False),
        sa.Column("sent_at", columns.INSTANT, nullable=False),
        sa.Column("sent", sa.SmallInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("phone_key", "address_key", name=op.f("pk_code_count")),
    )
    op.create_index("ix_code_count_day_started_at", "code_count", ["day_started_at"], unique=False)


def create_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("created_at", columns.INSTANT, nullable=False),
        sa.Column("erased_at", columns.INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("phone", name=op.f("uq_person_phone")),
    )


def create_sign_in_code() -> None:
    op.create_table(
        "sign_in_code",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", columns.INSTANT, nullable=False),
        sa.Column("expires_at", columns.INSTANT, nullable=False),
        sa.Column("attempts_left", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_sign_in_code")),
    )


def create_device() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("linked_at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index("ix_device_person_id", "device", ["person_id"], unique=False)


def create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "party_id"], ["party.brand_id", "party.id"], name=op.f("fk_staff_brand_id_party_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )


def create_session() -> None:
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("brand_id", sa.String(length=40), nullable=True),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", columns.INSTANT, nullable=False),
        sa.Column("expires_at", columns.INSTANT, nullable=False),
        sa.Column("revoked_at", columns.INSTANT, nullable=True),
        sa.Column("device_name", sa.String(length=40), nullable=True),
        sa.Column("seen_at", columns.INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_session_brand_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
        sa.UniqueConstraint("id", name=op.f("uq_session_id")),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"], unique=False)
    op.create_index("ix_session_staff_id", "session", ["brand_id", "staff_id"], unique=False)


def create_staff_pin() -> None:
    op.create_table(
        "staff_pin",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("set_at", columns.INSTANT, nullable=False),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_staff_pin_tries")),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_staff_pin_brand_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "staff_id", name=op.f("pk_staff_pin")),
    )


def create_pairing() -> None:
    op.create_table(
        "pairing",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.INSTANT, nullable=False),
        sa.Column("expires_at", columns.INSTANT, nullable=False),
        sa.Column("used_at", columns.INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_pairing_brand_id_register_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_pairing_brand_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_pairing")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_pairing_code_hash")),
    )
    op.create_index("ix_pairing_register_id", "pairing", ["brand_id", "register_id"], unique=False)


def create_register_key() -> None:
    op.create_table(
        "register_key",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("register_id", sa.String(length=40), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", columns.INSTANT, nullable=False),
        sa.Column("revoked_at", columns.INSTANT, nullable=True),
        sa.Column("device_name", sa.String(length=40), nullable=True),
        sa.Column("seen_at", columns.INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "register_id"],
            ["register.brand_id", "register.id"],
            name=op.f("fk_register_key_brand_id_register_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_register_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_register_key_key_hash")),
    )
