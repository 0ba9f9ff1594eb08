"""What Stripe keeps beside the trades and refunds that all providers have; in the same file."""

import json
import secrets
from typing import Any

from highstreet_simulator.provider.store import Row, Tx, one

SCHEMA = """
CREATE TABLE IF NOT EXISTS stripe_intents (
  intent_id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  trade_id INTEGER NOT NULL UNIQUE REFERENCES trades,
  session_id TEXT UNIQUE,
  metadata TEXT NOT NULL,
  description TEXT,
  capture_method TEXT NOT NULL,
  method_types TEXT NOT NULL,
  created INTEGER NOT NULL,
  authorized INTEGER NOT NULL DEFAULT 0,
  cancel_reason TEXT,
  last_error TEXT,
  -- How a fault of the dial bends the card's presentation to come.
  late_s REAL,
  decline_reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS stripe_intents_newest ON stripe_intents (merchant_id, created);
CREATE TABLE IF NOT EXISTS stripe_sessions (
  session_id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  intent_id TEXT NOT NULL UNIQUE REFERENCES stripe_intents,
  url TEXT NOT NULL,
  metadata TEXT NOT NULL,
  client_reference_id TEXT,
  success_url TEXT,
  created INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS stripe_sessions_newest ON stripe_sessions (merchant_id, created);
CREATE TABLE IF NOT EXISTS stripe_refunds (
  refund_id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  intent_id TEXT NOT NULL REFERENCES stripe_intents,
  metadata TEXT NOT NULL,
  reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS stripe_refunds_of_intent ON stripe_refunds (intent_id);
CREATE TABLE IF NOT EXISTS stripe_readers (
  reader_id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  label TEXT NOT NULL,
  is_online INTEGER NOT NULL DEFAULT 1,
  intent_id TEXT REFERENCES stripe_intents,
  failure_code TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS stripe_runs (
  run_id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  file_id TEXT NOT NULL UNIQUE,
  report_type TEXT NOT NULL,
  parameters TEXT NOT NULL,
  content BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS stripe_keys (
  merchant_id TEXT NOT NULL REFERENCES merchants,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body BLOB NOT NULL,
  kept_at REAL NOT NULL,
  PRIMARY KEY (merchant_id, key)
) STRICT, WITHOUT ROWID;
"""

INTENT = """SELECT i.*, t.trade_state, t.total_minor, t.refunded_minor, t.currency, t.paid_at, t.ended_at, t.late_at,
              t.account_id, t.reason AS trade_reason
            FROM stripe_intents i JOIN trades t USING (trade_id)"""
REFUND = """SELECT s.*, r.amount_minor, r.refund_state, r.created_at, r.trade_id, t.currency
            FROM stripe_refunds s JOIN refunds r ON r.out_refund_no = s.refund_id
              JOIN trades t ON t.trade_id = r.trade_id"""


def new_id(prefix: str) -> str:
    """`pi_3a9f...`"""
    return f"{prefix}_{secrets.token_hex(12)}"


def insert(tx: Tx, table: str, **columns: Any) -> None:
    """One row; dicts and lists as JSON."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    values = [json.dumps(v) if isinstance(v, dict | list) else v for v in columns.values()]
    # Table and column names come from this folder alone, never from a request.
    tx.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608


def find_intent(tx: Tx, merchant_id: str, intent_id: str) -> Row | None:
    """A PaymentIntent with its trade."""
    return one(tx, f"{INTENT} WHERE i.merchant_id = ? AND i.intent_id = ?", merchant_id, intent_id)


def refunds_of(tx: Tx, intent_id: str) -> list[Row]:
    """The refunds of a payment, newest first."""
    return tx.execute(
        f"{REFUND} WHERE s.intent_id = ? ORDER BY r.created_at DESC, r.rowid DESC", (intent_id,)
    ).fetchall()
