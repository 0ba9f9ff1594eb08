"""What was written to the ledger, and to other records of what happened, stays as it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from highstreet.migrations import run
from highstreet.migrations.append_only import APPEND_ONLY, DELETE, TRUNCATE, UPDATE
from highstreet.migrations.compare import import_every_table

SRC = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    """A database with one row in each append-only table; foreign keys are off on SQLite, absent here on PostgreSQL."""
    engine = create_engine(migrated_url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in APPEND_ONLY:
            table = MetaData()
            table.reflect(connection, only=[name])
            connection.execute(table.tables[name].insert(), [_row(table.tables[name])])
    yield engine
    engine.dispose()


# Columns that hold one of a few words.
OF_A_FEW = {"kind": "closed", "state": "queued", "direction": "in", "side": "party"}


def _row(table) -> dict[str, object]:
    """One row that passes every CHECK: text is the column's name, numbers are 1, a debit is no credit."""
    row: dict[str, object] = {}
    for column in table.columns:
        if column.name == "seq":
            continue
        kind = column.type.python_type if str(column.type) != "JSONB" else dict
        long_enough = getattr(column.type, "length", None) or 40
        text = OF_A_FEW.get(column.name, column.name)[:long_enough]
        row[column.name] = 1 if kind is int else {} if kind is dict else kind is bool or text
    return row


def attempts() -> list[tuple[str, str, str]]:
    """Every table with every statement that it refuses."""
    statements = {UPDATE: "UPDATE {} SET {} = {}", DELETE: "DELETE FROM {}", TRUNCATE: "TRUNCATE {} CASCADE"}
    return [(table, refused, statements[refused]) for table, all_ in APPEND_ONLY.items() for refused in all_]


def test_raw_sql_is_refused(engine: Engine) -> None:
    """Not by our code but by the database, whoever asks, with a message that says why; nothing changes."""
    for table, refused, statement in attempts():
        if engine.dialect.name == "sqlite" and refused == TRUNCATE:
            continue  # it has none
        column = inspect(engine).get_columns(table)[0]["name"]
        with engine.connect() as connection:
            before = connection.execute(text(f"SELECT * FROM {table}")).all()
        assert len(before) == 1
        message = f"{table} is append-only: {refused} is refused"
        with engine.connect() as connection, pytest.raises(IntegrityError, match=message):
            connection.execute(text(statement.format(table, column, column)))
        with engine.connect() as connection:
            assert connection.execute(text(f"SELECT * FROM {table}")).all() == before


def test_the_outbox_may_be_pruned(engine: Engine) -> None:
    """Events that everyone has read can go; they cannot be rewritten."""
    with engine.begin() as connection:
        assert connection.execute(text("DELETE FROM outbox")).rowcount == 1


def test_an_upsert_is_an_update(engine: Engine) -> None:
    """ON CONFLICT DO UPDATE does not get round it."""
    columns = "brand_id, ref_id, no, debit_account_id, credit_account_id, currency, amount_minor, code, at"
    row = "'brand_id', 'ref_id', 1, 'debit_account_id', 'credit_account_id', 'cur', 900, 'x', 1"
    statement = (
        f"INSERT INTO transfer ({columns}) VALUES ({row}) "
        "ON CONFLICT (brand_id, ref_id, no) DO UPDATE SET amount_minor = 900"
    )
    with engine.connect() as connection:
        assert connection.execute(text("SELECT amount_minor FROM transfer")).scalars().all() == [1]
    with (
        engine.connect() as connection,
        pytest.raises(IntegrityError, match="transfer is append-only: UPDATE"),
    ):
        connection.execute(text(statement))


def test_every_append_only_table_is_one_of_ours() -> None:
    """A renamed table must not lose its guard in silence."""
    assert import_every_table().tables.keys() >= APPEND_ONLY.keys()


def test_no_code_tries() -> None:
    """No statement of ours updates or deletes an append-only table, and none replaces rows on SQLite.

    INSERT OR REPLACE removes the old row without asking SQLite's triggers.
    """
    found = []
    for path in SRC.rglob("*.py"):
        source = path.read_text()
        if re.search(r"\b(INSERT\s+OR\s+REPLACE|REPLACE\s+INTO)\b|recursive_triggers", source, re.I):
            found.append(f"{path}: replaces rows")
        if "migrations" in path.parts:
            continue
        found += [f"{path}:{line}" for line in forbidden_changes(source)]
    assert found == []


def forbidden_changes(source: str) -> Iterator[int]:
    """Lines with `update(table)`, `delete(table)`, `table.update()`, `table.delete()` or the same in SQL text."""
    names = "|".join(APPEND_ONLY)
    sql = re.compile(rf"\b(UPDATE|DELETE\s+FROM|TRUNCATE(\s+TABLE)?)\s+\"?({names})\b", re.I)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (hit := sql.search(node.value)):
            verb, table = hit[1].split()[0].upper(), hit[3].lower()
        elif isinstance(node, ast.Call):
            verb, table = changed_table(node)
        else:
            continue
        if verb in APPEND_ONLY.get(table, ()):
            yield node.lineno


def changed_table(call: ast.Call) -> tuple[str, str]:
    """The verb and the table of a SQLAlchemy call; empty when it changes nothing."""
    function = call.func
    if isinstance(function, ast.Name) and call.args:
        verb, target = function.id, call.args[0]
    elif isinstance(function, ast.Attribute) and function.attr in ("update", "delete"):
        if call.args and isinstance(function.value, ast.Name) and function.value.id in ("sa", "sqlalchemy"):
            verb, target = function.attr, call.args[0]
        else:
            verb, target = function.attr, function.value
    else:
        return "", ""
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return verb.upper(), name


def test_forbidden_changes_are_found() -> None:
    """The search finds each way of writing it, and nothing else."""
    for line in (
        "update(transfer).values(code='x')",
        "delete(tables.stock_move)",
        "transfer.delete().where(True)",
        "sa.update(outbox)",
        "tx.run(text('UPDATE transfer SET code = 1'))",
        "exec_driver_sql('delete from \"share_sheet\"')",
    ):
        assert list(forbidden_changes(line)) == [1], line
    for line in (
        "delete(outbox)",
        "update(account)",
        "insert(transfer)",
        "move.update(x)",
        "'DELETE FROM outbox'",
    ):
        assert list(forbidden_changes(line)) == [], line


def test_triggers_stand_at_the_newest_step(migrated_url: str) -> None:
    """Each guard is there under its name, and no other trigger."""
    with run.opened(migrated_url, is_writing=False) as connection:
        if connection.dialect.name == "postgresql":
            query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            expected = {f"append_only_{table}" for table in APPEND_ONLY}
        else:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            expected = {
                f"append_only_{table}_{refused.lower()}"
                for table, all_ in APPEND_ONLY.items()
                for refused in all_
                if refused != TRUNCATE
            }
        assert {name for (name,) in connection.execute(text(query))} == expected
