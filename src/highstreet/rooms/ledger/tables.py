"""Accounts and transfers. A transfer debits one account and credits another, so the sum is zero by shape.

The database itself refuses UPDATE and DELETE on `transfer` (migrations, `append_only`).
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from highstreet.kernel.tables import Currency, Id, Instant, Minor, metadata

MAX_BALANCE_MINOR = 9 * 10**15

account = Table(
    "account",
    metadata,
    Column("brand_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("owner_id", Id, nullable=False),
    Column("kind", String(30), nullable=False),
    # The party on the other side, where the balance is a claim between two ('' where it is not).
    Column("counterparty_id", Id, nullable=False),
    Column("currency", Currency, nullable=False),
    # Credits minus debits of its transfers, added with each posting (docs/decisions/0008-kept-sums.md).
    Column("balance_minor", Minor, nullable=False),
    UniqueConstraint("brand_id", "owner_id", "kind", "counterparty_id", "currency"),
    # What is beyond is refused (409): SQLite would make it a float. Below 2**53, and a thousand accounts sum up below 2**63.
    CheckConstraint(f"balance_minor BETWEEN -{MAX_BALANCE_MINOR} AND {MAX_BALANCE_MINOR}", name="balance"),
)

transfer = Table(
    "transfer",
    metadata,
    Column("brand_id", Id, primary_key=True),
    # What it belongs to: a sale, a return, a tender settled late, a payout.
    Column("ref_id", Id, primary_key=True),
    Column("no", SmallInteger, primary_key=True),
    Column("debit_account_id", Id, nullable=False),
    Column("credit_account_id", Id, nullable=False),
    Column("currency", Currency, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("code", String(30), nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["brand_id", "debit_account_id"], ["account.brand_id", "account.id"]),
    ForeignKeyConstraint(
        ["brand_id", "credit_account_id"], ["account.brand_id", "account.id"], name="fk_transfer_credit"
    ),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
    # With time and amount, so that what an account moved in a time is added up within the index.
    Index("ix_transfer_brand_id_debit", "brand_id", "debit_account_id", "at", "amount_minor"),
    Index("ix_transfer_brand_id_credit", "brand_id", "credit_account_id", "at", "amount_minor"),
)
