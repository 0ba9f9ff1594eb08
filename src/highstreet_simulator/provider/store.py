"""The provider's own SQLite file.

One connection, used only on the event loop's thread: that alone puts all effects in one order.
`synchronous=NORMAL` in WAL mode keeps every commit when the process is killed; only a power cut could take
the last ones, which a simulator may risk for speed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

Row = sqlite3.Row
Tx = sqlite3.Connection

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS merchants (
  merchant_id TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  secret TEXT NOT NULL DEFAULT '',
  notify_url TEXT,
  balance_minor INTEGER NOT NULL DEFAULT 0 CHECK (balance_minor >= 0)
) STRICT;

CREATE TABLE IF NOT EXISTS accounts (
  account_id TEXT PRIMARY KEY,
  app_token TEXT NOT NULL,
  name TEXT NOT NULL,
  confirm_mode TEXT NOT NULL CHECK (confirm_mode IN ('auto', 'ask')),
  balance_minor INTEGER NOT NULL CHECK (balance_minor >= 0),
  funded_minor INTEGER NOT NULL,
  daily_limit_minor INTEGER,
  spent_day TEXT NOT NULL DEFAULT '',
  spent_minor INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE IF NOT EXISTS codes (
  auth_code TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts,
  expires_at REAL NOT NULL,
  used_by TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS codes_of_account ON codes (account_id, expires_at) WHERE used_by IS NULL;

CREATE TABLE IF NOT EXISTS trades (
  trade_id INTEGER PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  out_trade_no TEXT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('code', 'qr', 'none')),
  subject TEXT NOT NULL,
  currency TEXT NOT NULL,
  total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
  refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND total_minor),
  trade_state TEXT NOT NULL CHECK (trade_state IN ('paying', 'paid', 'declined', 'closed', 'reversed')),
  reason TEXT,
  reverse_action TEXT CHECK (reverse_action IN ('close', 'refund')),
  account_id TEXT REFERENCES accounts,
  transaction_id TEXT,
  code_url TEXT UNIQUE,
  notify_url TEXT,
  has_waited INTEGER NOT NULL,
  notice_copies INTEGER NOT NULL DEFAULT 1,
  created_at REAL NOT NULL,
  close_at REAL NOT NULL,
  late_at REAL,
  paid_at REAL,
  ended_at REAL,
  UNIQUE (merchant_id, out_trade_no)
) STRICT;
CREATE INDEX IF NOT EXISTS trades_to_close ON trades (close_at) WHERE trade_state = 'paying';
CREATE INDEX IF NOT EXISTS trades_late ON trades (late_at) WHERE late_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS trades_of_account ON trades (account_id, trade_id);
CREATE INDEX IF NOT EXISTS trades_pending ON trades (account_id) WHERE trade_state = 'paying';

CREATE TABLE IF NOT EXISTS refunds (
  refund_id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  out_refund_no TEXT NOT NULL,
  trade_id INTEGER NOT NULL REFERENCES trades,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  reason TEXT NOT NULL,
  refund_state TEXT NOT NULL CHECK (refund_state IN ('processing', 'done')),
  notice_copies INTEGER NOT NULL DEFAULT 1,
  created_at REAL NOT NULL,
  due_at REAL NOT NULL,
  done_at REAL,
  UNIQUE (merchant_id, out_refund_no)
) STRICT;
CREATE INDEX IF NOT EXISTS refunds_of_trade ON refunds (trade_id);
CREATE INDEX IF NOT EXISTS refunds_due ON refunds (due_at) WHERE refund_state = 'processing';

-- Append-only: bills, histories and the proof of conservation are read from here.
CREATE TABLE IF NOT EXISTS movements (
  movement_id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  day TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('paid', 'refund', 'reversed')),
  merchant_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  trade_id INTEGER NOT NULL REFERENCES trades,
  refund_id TEXT,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0)
) STRICT;
CREATE INDEX IF NOT EXISTS movements_of_day ON movements (merchant_id, day);
CREATE INDEX IF NOT EXISTS movements_of_account ON movements (account_id);

CREATE TABLE IF NOT EXISTS notices (
  seq INTEGER PRIMARY KEY,
  notice_id TEXT NOT NULL UNIQUE,
  merchant_id TEXT NOT NULL REFERENCES merchants,
  type TEXT NOT NULL,
  url TEXT,
  body BLOB NOT NULL,
  copies INTEGER NOT NULL,
  delivered INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at REAL NOT NULL,
  notice_state TEXT NOT NULL DEFAULT 'waiting'
    CHECK (notice_state IN ('waiting', 'held', 'delivered', 'dropped', 'given_up')),
  last_error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS notices_due ON notices (due_at) WHERE notice_state IN ('waiting', 'held');

CREATE TABLE IF NOT EXISTS nonces (
  merchant_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  PRIMARY KEY (merchant_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonces_by_time ON nonces (timestamp);
"""


class Store:
    """One open file; `path` may be `:memory:`."""

    def __init__(self, path: str) -> None:
        # The app may be built in one thread and served in another; it is still only used by one at a time.
        self.connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Run a block as one transaction; any exception rolls all of it back. Never await inside."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def read_meta(self, name: str) -> str | None:
        """A remembered setting, or None."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def write_meta(self, name: str, value: str) -> None:
        """Remember a setting across restarts."""
        self.connection.execute(
            """INSERT INTO meta (name, value) VALUES (?, ?)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            (name, value),
        )

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self.connection.close()


def one(tx: Tx, sql: str, *values: object) -> Row | None:
    """The first row of a query, or None."""
    row: Row | None = tx.execute(sql, values).fetchone()
    return row


def changed(tx: Tx, sql: str, *values: object) -> bool:
    """Run a guarded UPDATE of at most one row and say whether its guard held.

    One dict gives named values, anything else positional ones.
    """
    named = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
    return tx.execute(sql, named).rowcount == 1
