"""The newest step makes what the rooms declare, the same on both databases, with brand_id first."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, create_engine, inspect, text
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import Boolean, Float, Integer, LargeBinary, Numeric, String

from highstreet.kernel.db import Database
from highstreet.migrations import run, steps
from highstreet.migrations.compare import check_schema, import_every_table
from tests.databases import PostgresServer, drop_postgres_database, fresh_postgres_database, sqlite_url

TABLES = import_every_table().tables
WRITE_ANEW = "the steps are not what the rooms declare: run scripts/write_migration.py"

# Tables whose key does not begin with brand_id though they have one, and why.
KEYS_WITHOUT_BRAND = {
    "audit_entry": "numbered as they come, written only, read by its index that begins with brand_id",
    "outbox": "one stream of all brands, numbered in commit order; some events belong to no brand",
    "parcel_step": "numbered as they come, written only, read by its index that begins with brand_id",
    "session": "found by the hash of its token; a shopper's session belongs to no brand",
    "stock_move": "numbered as they come, written only, read by its index that begins with brand_id",
    "stock_transfer_move": "numbered as they come, written only, read by its index that begins with brand_id",
    "tender_evidence": "numbered as they come, written only, read by its index that begins with brand_id",
}
# Indexes and uniques of such tables that do not begin with brand_id, and what is found by them.
INDEXES_WITHOUT_BRAND = {
    "ix_consent_person_id": "all consents of one person, over all brands",
    "ix_coupon_person_id": "a person's wallet, over all brands",
    "ix_follow_person_id": "what one person follows",
    "ix_kept_count_kept_until": "counts of erased people, of all brands, for the job that forgets them",
    "ix_kept_count_phone_key": "what one phone had counted, over all brands",
    "ix_member_person_id": "the brands a person is a member of",
    "ix_outbox_person_id_seq": "a person's own live stream, over all brands",
    "ix_points_entry_matures_at": "points that become available now, of all brands, for the job",
    "ix_sale_person_id_paid_at": "a person's receipts, over all brands",
    "ix_session_person_id": "a person's sessions, to end them",
    "ix_site_cell": "what is near, of all brands",
    "ix_tender_id": "a provider's notice names the tender, not its brand",
    "ix_tender_state_created_at": "tenders that wait for an answer, of all brands, for the job",
    "uq_code_slug": "a slug is printed without its brand",
    "uq_pairing_code_hash": "a pairing is known by its code alone",
    "uq_register_key_key_hash": "a register is known by its key alone",
    "uq_session_id": "a session is ended by its id",
    "uq_staff_login": "staff sign in without naming a brand",
}
# Foreign keys of a brand's table that do not lead with brand_id: to tables that have none.
BRANDLESS = {"brand", "person"}


@pytest.fixture
def migrated(migrated_url: str) -> Iterator[Connection]:
    """A connection to a database at the newest step."""
    with run.opened(migrated_url, is_writing=False) as connection:
        yield connection


def test_alembic_finds_nothing_to_do(migrated: Connection) -> None:
    """Tables, columns, types, nullability, keys, uniques, indexes."""
    assert check_schema(migrated) == [], WRITE_ANEW
    assert run.is_current(migrated)


def test_steps_make_what_the_rooms_declare(database_url: str) -> None:
    """All of it, as the database itself spells it: also CHECKs, partial indexes, WITHOUT ROWID."""
    run.upgrade(database_url)
    with run.opened(database_url) as connection:
        migrated = spelled_out(connection)
        import_every_table().drop_all(connection)
        import_every_table().create_all(connection)
        declared = spelled_out(connection)
    assert len(declared) > len(TABLES)
    assert sorted(migrated ^ declared, key=str) == [], WRITE_ANEW


def spelled_out(connection: Connection) -> set[tuple[Any, ...]]:
    """Every table, column, constraint and index in the database's own words, in no order."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND type <> 'trigger'"
        found = {
            (name, *sorted(line.strip().rstrip(",") for line in sql.splitlines()))
            for name, sql in connection.execute(text(query))
        }
        return {row for row in found if row[0] != "alembic_version"}
    queries = (
        """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid)
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
           LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
           WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace""",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    )
    return {
        tuple(row)
        for query in queries
        for row in connection.execute(text(query))
        if row[0] != "alembic_version"
    }


def test_both_databases_have_the_same_schema(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """What SQLAlchemy reads back from one is what it reads back from the other."""
    sqlite, postgres = sqlite_url(tmp_path), fresh_postgres_database(postgres_server)
    shapes = []
    for url in (sqlite, postgres):
        run.upgrade(url)
        with run.opened(url, is_writing=False) as connection:
            shapes.append(shape(connection))
    drop_postgres_database(postgres_server, postgres)
    assert shapes[0].keys() == {*TABLES, "alembic_version"}
    assert shapes[0] == shapes[1]


def shape(connection: Connection) -> dict[str, Any]:
    """Each table's columns, keys, constraints and indexes, in words that both databases use."""
    seen = inspect(connection)
    return {
        name: {
            "columns": [(c["name"], kind_of(c["type"]), c["nullable"]) for c in seen.get_columns(name)],
            "primary key": seen.get_pk_constraint(name)["constrained_columns"],
            "foreign keys": sorted(
                (k["name"], k["constrained_columns"], k["referred_table"], k["referred_columns"])
                for k in seen.get_foreign_keys(name)
            ),
            "uniques": sorted((u["name"], u["column_names"]) for u in seen.get_unique_constraints(name)),
            "checks": sorted(c["name"] for c in seen.get_check_constraints(name)),
            "indexes": sorted(
                (i["name"], i["column_names"], bool(i["unique"]), where(i))
                for i in seen.get_indexes(name)
                if not i.get("duplicates_constraint")
            ),
        }
        for name in seen.get_table_names()
    }


def where(index: Any) -> bool:
    """Whether an index is partial."""
    return any(name.endswith("_where") for name in index.get("dialect_options", {}))


def kind_of(kind: Any) -> tuple[str, int | None]:
    """The family of a type, with its length where the database refuses longer."""
    if type(kind).__name__ == "JSONB":
        return "text", None
    families = {
        Boolean: "boolean",
        Integer: "integer",
        Float: "float",
        Numeric: "number",
        String: "text",
        LargeBinary: "bytes",
    }
    family = next(name for family, name in families.items() if isinstance(kind, family))
    return family, getattr(kind, "length", None)


def brand_tables() -> list[Table]:
    """Tables with a brand_id."""
    return [table for table in TABLES.values() if "brand_id" in table.c]


def test_brand_comes_first_in_keys() -> None:
    """So that the schema can one day be spread over machines by brand."""
    late = {
        table.name for table in brand_tables() if next(iter(table.primary_key.columns)).name != "brand_id"
    }
    assert late == KEYS_WITHOUT_BRAND.keys()


def test_brand_comes_first_in_indexes() -> None:
    """An index that all brands share is listed, with what is found by it."""
    late = set()
    for table in brand_tables():
        uniques = [c for c in table.constraints if type(c).__name__ == "UniqueConstraint"]
        for index in [*table.indexes, *uniques]:
            if next(iter(index.columns)).name != "brand_id":
                late.add(index.name or f"uq_{table.name}_{'_'.join(index.columns.keys())}")
    assert late == INDEXES_WITHOUT_BRAND.keys()


def test_foreign_keys_stay_within_a_brand() -> None:
    """A row points only at rows of its own brand: (brand_id, x) at (brand_id, x), and its table has a brand_id."""
    loose = []
    for table in TABLES.values():
        for key in table.foreign_key_constraints:
            referred = key.referred_table
            pairs = [(element.parent.name, element.column.name) for element in key.elements]
            if "brand_id" in referred.c and pairs[0] != ("brand_id", "brand_id"):
                loose.append(f"{table.name} -> {referred.name}")
            if "brand_id" not in referred.c and "brand_id" in table.c and referred.name not in BRANDLESS:
                loose.append(f"{table.name} -> {referred.name}, which has no brand")
    assert loose == []


def test_every_brand_exists() -> None:
    """A brand's row leads to its brand by foreign keys, or its table is listed with the reason."""
    without = {
        "account": "opened by the hot path with its first transfer; its parts are checked by the flow",
        "audit_entry": "append-only, written by staff, who lead to their brand",
        "bill": "a provider's bill as it came",
        "bill_net": "written with its bill",
        "bill_posting": "append-only, written with its bill",
        "bill_row": "a provider's bill as it came",
        "difference_word": "append-only, written by staff, who lead to their brand",
        "outbox": "an event may belong to no brand",
        "sale_hour": "the hot path's table; sums of sales, which lead to their places",
        "stock_item": "the hot path's table; rows come from counts at places that exist",
        "stock_move": "append-only, written with its stock item",
        "tender_evidence": "append-only, written with its tender",
        "transfer": "leads to its accounts",
        "staff_role": "what a role reaches is checked by the parties room",
    }
    leading = {"brand"}
    while found := {
        table.name
        for table in brand_tables()
        if table.name not in leading
        for key in table.foreign_key_constraints
        if key.elements[0].parent.name == "brand_id" and key.referred_table.name in leading
    }:
        leading |= found
    assert {table.name for table in brand_tables()} - leading == without.keys()


def test_names_fit_postgresql() -> None:
    """PostgreSQL cuts a name after 63 bytes; every constraint and index has a name of its own."""
    names: list[str] = []
    for table in TABLES.values():
        made = CreateTable(table).compile(dialect=create_engine("postgresql+psycopg://").dialect)
        names += [word for word in str(made).split() if word.startswith(("pk_", "fk_", "uq_", "ck_"))]
        names += [str(index.name) for index in table.indexes]
    assert [name for name in names if len(name) > 63] == []
    assert len(names) == len(set(names))


def test_upgrade_starts_from_any_step(database_url: str) -> None:
    """From nothing, again, and never beyond what this program knows."""
    assert run.current(database_url) is None
    run.upgrade(database_url)
    run.upgrade(database_url)
    assert run.current(database_url) == run.head()
    database = Database(database_url)
    assert database.read_now(lambda reader: run.is_current(reader.connection))
    database.close()
    with run.opened(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(RuntimeError, match="later"):
        run.upgrade(database_url)
    run.stamp(database_url)
    assert run.current(database_url) == run.head()


def test_an_upgrade_is_whole_or_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch, failing_step: Callable[[], None]
) -> None:
    """A step that fails leaves the database as it was, tables of earlier steps included."""
    failing_step()
    with pytest.raises(ZeroDivisionError):
        run.upgrade(database_url)
    with run.opened(database_url, is_writing=False) as connection:
        assert inspect(connection).get_table_names() == []


def test_steps_are_read_as_alembic_reads_them() -> None:
    """Its own reading would take a quarter of a second of every start."""
    script = ScriptDirectory.from_config(run.alembic_config())
    assert steps.steps() == {step.revision: step.down_revision for step in script.walk_revisions()}
    assert steps.head() == script.get_current_head()


@pytest.fixture
def failing_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the tree end in a step that fails."""

    def plant() -> None:
        copy = tmp_path / "migrations"
        shutil.copytree(Path(run.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
        step = f"revision = '9999'\ndown_revision = '{run.head()}'\n\n\ndef upgrade():\n    1 / 0\n"
        (copy / "versions" / "9999_fails.py").write_text(step)
        monkeypatch.setattr(run, "__file__", str(copy / "run.py"))
        monkeypatch.setattr(steps, "VERSIONS", copy / "versions")
        steps.head.cache_clear()
        steps.steps.cache_clear()

    yield plant
    monkeypatch.undo()
    steps.head.cache_clear()
    steps.steps.cache_clear()


def test_squawk_finds_no_dangerous_step(tmp_path: Path) -> None:
    """A step must not lock a large table for long on PostgreSQL."""
    squawk = Path(sys.executable).parent / "squawk"
    sql = tmp_path / "all.sql"
    sql.write_text(run.write_sql("postgresql"))
    allowed = {
        "prefer-text-field": "bounded text is refused alike on both databases; Change and insert_many count on it",
        "prefer-bigint-over-int": "counts of pieces and coupons stay small; keys and money are bigint",
        "prefer-bigint-over-smallint": "line numbers and attempts stay small",
        "prefer-identity": "one tree for both databases: SQLAlchemy spells a numbered key SERIAL",
    }
    command = [squawk, "--pg-version", "15", "--reporter", "gcc", "--exclude", ",".join(allowed), sql]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
