"""What a flow is given: a `Reader` to look, a `Tx` to look and to write.

A `Tx` lives inside one database transaction that `db.py` opens and commits. Rows are written in sets:
`insert_many` and `change` send one statement for many rows on PostgreSQL (`unnest`) and one prepared
statement on SQLite, because the register's sale is settled for up to 64 commands at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Boolean, Connection, Delete, Text, Update, bindparam, func
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.sql import Executable
from sqlalchemy.sql.schema import Table
from sqlalchemy.types import Float, Integer, TypeEngine

from highstreet.kernel import tables
from highstreet.kernel.errors import Refusal
from highstreet.kernel.events import Event
from highstreet.kernel.time import to_micros

# Serialises the numbering of events across PostgreSQL writers, so that a reader that has seen event n
# will never meet a smaller number later (docs/decisions/0003-outbox-order.md).
OUTBOX_LOCK = 0x4847_4853
ACCESS_EVENTS = ("identity.", "parties.")
REGISTER_ACCESS_EVENTS = ("identity.register_key_", "parties.")


class Reader:
    """Reads inside one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect

    def run(self, statement: Executable, params: Any = None) -> CursorResult[Any]:
        """Execute a Core statement."""
        return self.connection.execute(statement, params)

    def rows(self, statement: Executable, params: Any = None) -> Sequence[Row[Any]]:
        """All rows of a SELECT."""
        return self.connection.execute(statement, params).all()

    def first(self, statement: Executable, params: Any = None) -> Row[Any] | None:
        """The first row of a SELECT, or None."""
        return self.connection.execute(statement, params).first()

    def value(self, statement: Executable, params: Any = None) -> Any:
        """The first column of the first row, or None."""
        return self.connection.execute(statement, params).scalar()


class Change:
    """One UPDATE (or DELETE) with a guard, written once and applied to many keys.

    `build` receives an object whose attributes are the named parameters and returns the UPDATE. The
    keys of one call must be distinct: add the amounts up first.

        TAKE = Change({"id": Text, "n": BigInteger}, lambda v: update(t).where(t.c.id == v.id,
                      t.c.used + v.n <= t.c.cap).values(used=t.c.used + v.n))
    """

    def __init__(
        self,
        params: Mapping[str, type[TypeEngine[Any]] | TypeEngine[Any]],
        build: Callable[[Any], Update | Delete],
    ) -> None:
        self.params = {name: kind() if isinstance(kind, type) else kind for name, kind in params.items()}
        self.build = build
        self.stored = {name: of for name, kind in self.params.items() if (of := _stored_form(kind))}
        self._compiled: dict[str, _Compiled] = {}

    def compiled(self, connection: Connection) -> "_Compiled":
        """The statement's text for this database; compiled once."""
        dialect = connection.dialect
        known = self._compiled.get(dialect.name)
        if known is None:
            known = self._compile(dialect)
            self._compiled[dialect.name] = known
        return known

    def _compile(self, dialect: Any) -> "_Compiled":
        if dialect.name == "postgresql":
            arrays = [
                bindparam(f"p_{n}", None, type_=ARRAY(_element_type(k))) for n, k in self.params.items()
            ]
            values: Any = func.unnest(*arrays).table_valued(*self.params, name="v").render_derived().c
        else:
            binds = {n: bindparam(f"p_{n}", None, type_=k) for n, k in self.params.items()}
            values = type("Binds", (), binds)
        compiled: Any = self.build(values).compile(dialect=dialect)
        # With every IN of constants written out; PostgreSQL names parameters, SQLite counts them.
        spelled = compiled.construct_expanded_state(escape_names=not compiled.positional)
        processors = {**compiled._bind_processors, **spelled.processors}
        varying = {f"p_{name}" for name in self.params}
        # What the statement itself compares with or sets (state = 'paid') is bound, too.
        constants = {
            name: processors[name](value) if name in processors else value
            for name, value in spelled.parameters.items()
            if name not in varying
        }
        return _Compiled(spelled.statement, tuple(spelled.positiontup or ()), constants)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    order: tuple[str, ...]
    constants: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction brought that somebody may be waiting for."""

    events: frozenset[str] | None
    """The names of what was announced; None: anything may have been."""
    has_jobs: bool

    @property
    def has_events(self) -> bool:
        """Whether anything was announced."""
        return self.events is None or bool(self.events)

    @property
    def changes_access(self) -> bool:
        """Whether sessions, keys, roles or registers changed: whoever remembers actors must forget them."""
        return self._has_any(ACCESS_EVENTS)

    @property
    def changes_register_access(self) -> bool:
        """Whether registers' keys or places may have: shoppers come and go, which is none of a register's business."""
        return self._has_any(REGISTER_ACCESS_EVENTS)

    def _has_any(self, beginnings: tuple[str, ...]) -> bool:
        return self.events is None or any(name.startswith(beginnings) for name in self.events)

    def as_notice(self) -> str:
        """The same as text for NOTIFY, which takes 8,000 bytes."""
        return f"{self.has_jobs:d} {' '.join(sorted(self.events or ()))}"

    @classmethod
    def of_notice(cls, text: str) -> "Committed":
        """What another process committed."""
        jobs, *names = text.split()
        return cls(frozenset(names), jobs == "1")


class Tx(Reader):
    """Writes inside one transaction; never commits by itself."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.announced: list[Event] = []
        self.has_new_jobs = False

    def insert_many(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *, ignore_existing: bool = False
    ) -> int:
        """Insert rows that all name the same columns; the count really inserted comes back."""
        if not rows:
            return 0
        columns = tuple(rows[0])
        ending = " ON CONFLICT DO NOTHING" if ignore_existing else ""
        return self._insert(table, columns, rows, ending)

    def add_up(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        sums: Sequence[str],
        newest: Sequence[str] = (),
    ) -> None:
        """Insert rows; where the key is there already, add to its `sums` and raise its `newest`.

        One guarded statement, so that what is kept needs no reading first. The keys of one call must be distinct:
        add the amounts up first, and sort the rows by key, so that writers lock in one order.
        """
        if not rows:
            return
        kept = f'"{table.name}".'
        changes = [f'"{name}" = {kept}"{name}" + excluded."{name}"' for name in sums]
        changes += [
            f'"{name}" = CASE WHEN excluded."{name}" > {kept}"{name}" THEN excluded."{name}" ELSE {kept}"{name}" END'
            for name in newest
        ]
        key = ", ".join(f'"{column.name}"' for column in table.primary_key)
        self._insert(table, tuple(rows[0]), rows, f" ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}")

    def _insert(
        self, table: Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]], ending: str
    ) -> int:
        sql, processors = _insert_plan(table, columns, self.dialect, ending)
        by_column = [
            [process(row[name]) for row in rows] if process else [row[name] for row in rows]
            for name, process in zip(columns, processors, strict=True)
        ]
        values: Any
        if self.dialect.name == "postgresql":
            values = tuple(map(_array_text, by_column))
        else:
            values = list(zip(*by_column, strict=True))
        return self.connection.exec_driver_sql(sql, values).rowcount

    def change(self, change: Change, rows: Sequence[Mapping[str, Any]]) -> int:
        """Apply a guarded UPDATE for each row's keys; the count of rows changed comes back."""
        if not rows:
            return 0
        compiled = change.compiled(self.connection)
        if change.stored:
            rows = [{**row, **{name: of(row[name]) for name, of in change.stored.items()}} for row in rows]
        constants = compiled.constants
        if self.dialect.name == "postgresql":
            arrays = {f"p_{name}": [row[name] for row in rows] for name in change.params}
            params: Any = {**arrays, **constants}
        else:
            params = [
                tuple(constants[n] if n in constants else row[n[2:]] for n in compiled.order) for row in rows
            ]
        return self.connection.exec_driver_sql(compiled.sql, params).rowcount

    def change_all(self, change: Change, rows: Sequence[Mapping[str, Any]], refusal: Refusal) -> None:
        """Apply a guarded UPDATE and raise `refusal` unless every row was changed."""
        if self.change(change, rows) != len(rows):
            raise refusal

    def announce(self, event: Event) -> None:
        """Put an event into the outbox with this transaction."""
        self.announced.append(event)

    def flush(self) -> None:
        """Write what was announced, numbered in commit order. Called by db.py just before COMMIT."""
        if not self.announced:
            return
        if self.dialect.name == "postgresql":
            self.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({OUTBOX_LOCK})")
        self.insert_many(
            tables.outbox,
            [
                {
                    "name": event.name,
                    "brand_id": event.brand_id,
                    "place_id": event.place_id,
                    "person_id": event.person_id,
                    "at": event.at,
                    "body": event,
                }
                for event in self.announced
            ],
        )
        if self.dialect.name == "postgresql":
            self.connection.exec_driver_sql(f"NOTIFY highstreet_outbox, '{self.committed.as_notice()}'")

    @property
    def committed(self) -> "Committed":
        """What this transaction brings, once it is committed."""
        return Committed(frozenset(event.name for event in self.announced), self.has_new_jobs)


def _stored_form(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What a value is before it meets the driver, None where it is itself."""
    if isinstance(kind, tables.Instant):
        return lambda at: None if at is None else to_micros(at)
    if isinstance(kind, Float):  # psycopg refuses a list of whole and broken numbers
        return lambda number: None if number is None else float(number)
    return None


def _element_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, tables.Instant):
        return BigInteger()
    return Text() if kind.python_type is str else kind


def _array_cast(kind: TypeEngine[Any], dialect: Any) -> tuple[str, str]:
    """(array type of the parameter, cast of the element): text stays text so that too long is refused."""
    inner = kind.dialect_impl(dialect)
    if isinstance(kind, tables.Document):
        return "text[]", "::jsonb"
    if isinstance(kind, tables.Instant) or isinstance(inner, BigInteger):
        return "bigint[]", ""
    if isinstance(inner, Integer):
        return "int[]", ""
    if isinstance(inner, Boolean):
        return "boolean[]", ""
    if isinstance(inner, Float):
        return "float8[]", ""
    return "text[]", ""


def _dump(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _array_text(values: Sequence[Any]) -> str:
    """An array as PostgreSQL reads it; psycopg's own dumper took 40 % of a batch of sales for the quotes in JSON."""
    return "{" + ",".join(map(_element_text, values)) + "}"


def _element_text(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "NULL" if value is None else str(value)


_plans: dict[Any, tuple[str, list[Any]]] = {}


def _insert_plan(table: Table, columns: tuple[str, ...], dialect: Any, ending: str) -> tuple[str, list[Any]]:
    key = (table, columns, dialect.name, ending)
    plan = _plans.get(key)
    if plan is not None:
        return plan
    kinds = [table.c[name].type for name in columns]
    processors: list[Any] = [
        _dump
        if isinstance(kind, tables.Document)
        else _stored_form(kind) or kind.dialect_impl(dialect).bind_processor(dialect)
        for kind in kinds
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect.name == "postgresql":
        casts = [_array_cast(kind, dialect) for kind in kinds]
        arrays = ", ".join(f"%s::{array}" for array, _ in casts)
        picked = ", ".join(f'v."{name}"{cast}' for name, (_, cast) in zip(columns, casts, strict=True))
        sql = f'INSERT INTO "{table.name}" ({names}) SELECT {picked} FROM unnest({arrays}) AS v({names}){ending}'  # noqa: S608
    else:
        marks = ", ".join("?" for _ in columns)
        sql = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}){ending}'  # noqa: S608
    _plans[key] = (sql, processors)
    return _plans[key]
