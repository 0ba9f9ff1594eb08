"""People, devices, one-time codes, sessions, staff and register keys. Secrets are stored only as hashes."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Table,
)

from highstreet.kernel.tables import Id, Instant, metadata

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("phone", String(20), unique=True),
    Column("locale", String(5), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("erased_at", Instant),
)

device = Table(
    "device",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("linked_at", Instant, nullable=False),
    Index("ix_device_person_id", "person_id"),
)

sign_in_code = Table(
    "sign_in_code",
    metadata,
    Column("phone", String(20), primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("attempts_left", SmallInteger, nullable=False),
)

# Keyed hashes instead of phones and addresses: what was counted outlasts an erasure, for a day.
code_count = Table(
    "code_count",
    metadata,
    Column("phone_key", String(64), primary_key=True),
    # "": from all addresses together.
    Column("address_key", String(64), primary_key=True),
    Column("day_started_at", Instant, nullable=False),
    Column("sent_at", Instant, nullable=False),
    # Since `day_started_at`: codes sent, and tries since the last right one.
    Column("sent", SmallInteger, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Index("ix_code_count_day_started_at", "day_started_at"),
)

staff = Table(
    "staff",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("party_id", Id, nullable=False),
    Column("login", String(80), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("is_active", Boolean, nullable=False),
    ForeignKeyConstraint(["brand_id", "party_id"], ["party.brand_id", "party.id"]),
)

# What staff sign in with at a register. `tries_left` counts down with every try and is full again with a right one.
staff_pin = Table(
    "staff_pin",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("staff_id", Id, primary_key=True),
    Column("pin_hash", String(200), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("tries_left", SmallInteger, nullable=False),
    ForeignKeyConstraint(["brand_id", "staff_id"], ["staff.brand_id", "staff.id"]),
    CheckConstraint("tries_left >= 0", name="tries"),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("person_id", Id, ForeignKey("person.id")),
    Column("brand_id", Id),
    Column("staff_id", Id),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    # For its owner's list: browser and system in few words, and when it was used last, to some minutes.
    Column("device_name", String(40)),
    Column("seen_at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "staff_id"], ["staff.brand_id", "staff.id"]),
    Index("ix_session_person_id", "person_id"),
    Index("ix_session_staff_id", "brand_id", "staff_id"),
)

register_key = Table(
    "register_key",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("place_id", Id, nullable=False),
    Column("register_id", Id, nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("device_name", String(40)),
    Column("seen_at", Instant),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
)

# A code on the office's screen that a register's browser exchanges for a key of its own, once.
pairing = Table(
    "pairing",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("place_id", Id, nullable=False),
    Column("register_id", Id, nullable=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("staff_id", Id, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    ForeignKeyConstraint(["brand_id", "register_id"], ["register.brand_id", "register.id"]),
    ForeignKeyConstraint(["brand_id", "staff_id"], ["staff.brand_id", "staff.id"]),
    Index("ix_pairing_register_id", "brand_id", "register_id"),
)
