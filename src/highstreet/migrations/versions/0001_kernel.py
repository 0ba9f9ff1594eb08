"""The kernel's tables."""

import sqlalchemy as sa
from alembic import op

from highstreet.migrations import columns
from highstreet.migrations.append_only import append_only, append_only_function

revision = "0001"
down_revision = None


def upgrade() -> None:
    append_only_function(op)
    create_audit_entry()
    create_checkpoint()
    create_idempotency()
    create_job()
    create_outbox()
    create_outbox_cursor()
    append_only(op, "audit_entry")
    append_only(op, "outbox", ("UPDATE",))


def create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=True),
        sa.Column("facts", columns.DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_brand_id_seq", "audit_entry", ["brand_id", "seq"], unique=False)


def create_checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", columns.DOCUMENT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_checkpoint")),
    )


def create_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", columns.DOCUMENT, nullable=False),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"], unique=False)


def create_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("once_key", sa.String(length=120), nullable=True),
        sa.Column("payload", columns.DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run_at", columns.INSTANT, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("leased_until", columns.INSTANT, nullable=True),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("once_key", name=op.f("uq_job_once_key")),
    )
    op.create_index("ix_job_state_run_at", "job", ["state", "run_at"], unique=False)


def create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=True),
        sa.Column("place_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("at", columns.INSTANT, nullable=False),
        sa.Column("body", columns.DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_brand_id_seq", "outbox", ["brand_id", "seq"], unique=False)
    op.create_index("ix_outbox_person_id_seq", "outbox", ["person_id", "seq"], unique=False)


def create_outbox_cursor() -> None:
    op.create_table(
        "outbox_cursor",
        sa.Column("consumer", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_outbox_cursor")),
    )
