"""Write migrations: `write_migration.py "what changes"` for the next step, `write_migration.py initial` for the first.

The next step is what Alembic finds between the newest step and the rooms' tables.py. Read it before you commit it:
Alembic sees no CHECKs and no renames. `initial` makes one step a room; after the first release it is not to be used.
"""

import subprocess
import sys
import tempfile
from graphlib import TopologicalSorter
from pathlib import Path

from alembic import command
from alembic.autogenerate import produce_migrations
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op_text
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateIndexOp, CreateTableOp
from sqlalchemy import MetaData, create_engine

import highstreet.migrations
from highstreet.migrations import run
from highstreet.migrations.append_only import ALL, APPEND_ONLY
from highstreet.migrations.compare import import_every_table, render_item

VERSIONS = Path(highstreet.migrations.__file__).parent / "versions"
BIN = Path(sys.executable).parent
# A table and so many indexes fit into one function.
MANY = 7
STEP = '''"""{title}"""

import sqlalchemy as sa
from alembic import op

{imports}
revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
{calls}

{functions}
'''


def room_of_each_table(metadata: MetaData) -> dict[str, str]:
    """Which room declares a table; what no room declares is the kernel's."""
    rooms = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("highstreet.rooms.") and name.split(".")[3:4] == ["tables"]:
            for table in metadata.tables.values():
                if any(value is table for value in vars(module).values()):
                    rooms[table.name] = name.split(".")[2]
    return {table: rooms.get(table, "kernel") for table in metadata.tables}


def rooms_in_order(metadata: MetaData, room_of: dict[str, str]) -> list[str]:
    """Rooms so that each comes after those its foreign keys point at, the kernel first."""
    needs: dict[str, set[str]] = {room: set() for room in sorted(set(room_of.values()))}
    for table in metadata.tables.values():
        room = room_of[table.name]
        needs[room] |= {"kernel"} - {room}
        needs[room] |= {room_of[key.column.table.name] for key in table.foreign_keys} - {room}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    order = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def rendered_tables() -> dict[str, list[str]]:
    """The code that makes each table and its indexes, tables in the order of their foreign keys."""
    code: dict[str, list[str]] = {}
    with create_engine("sqlite://").connect() as connection:
        options = {
            "sqlalchemy_module_prefix": "sa.",
            "alembic_module_prefix": "op.",
            "user_module_prefix": None,
        }
        options |= {"render_item": render_item, "render_as_batch": False, "include_name": None}
        context = MigrationContext.configure(connection, opts=options)
        found = produce_migrations(context, import_every_table())
        rendering = AutogenContext(context, autogenerate=False)
        for op in found.upgrade_ops.ops:
            for one in getattr(op, "ops", [op]):
                if not isinstance(one, CreateTableOp | CreateIndexOp):
                    raise SystemExit(f"not a new table or index: {one}")
                code.setdefault(one.table_name, []).append(render_op_text(rendering, one))
    return code


def write_initial() -> None:
    """Write one step a room."""
    metadata = import_every_table()
    room_of = room_of_each_table(metadata)
    code = rendered_tables()
    for old in VERSIONS.glob("*.py"):
        old.unlink()
    before = "None"
    for number, room in enumerate(rooms_in_order(metadata, room_of), start=1):
        revision = f"{number:04}"
        tables = [name for name in code if room_of[name] == room]
        calls = ["append_only_function(op)"] if room == "kernel" else []
        for name in tables:
            calls.append(f"create_{name}()")
            if len(code[name]) > MANY:
                calls.append(f"index_{name}()")
        for name in tables:
            if name in APPEND_ONLY:
                refused = APPEND_ONLY[name]
                calls.append(f'append_only(op, "{name}"{"" if refused == ALL else f", {refused!r}"})')
        functions = [written for name in tables for written in written_functions(name, code[name])]
        text = STEP.format(
            title="The kernel's tables." if room == "kernel" else f"The tables of the room `{room}`.",
            imports=imports_for("\n".join([*calls, *functions])),
            revision=revision,
            before=before,
            calls="\n".join(f"    {call}" for call in calls),
            functions="\n\n\n".join(functions),
        )
        (VERSIONS / f"{revision}_{room}.py").write_text(text)
        before = f'"{revision}"'


def written_functions(name: str, statements: list[str]) -> list[str]:
    """The function that makes a table; one of many indexes has another for these, so that both stay short."""
    parts = [("create", statements)]
    if len(statements) > MANY:
        parts = [("create", statements[:1]), ("index", statements[1:])]
    return [f"def {verb}_{name}() -> None:\n    " + "\n    ".join(some) for verb, some in parts]


def imports_for(code: str) -> str:
    """The imports from our own package that a step's code needs."""
    lines = []
    if "columns." in code:
        lines.append("from highstreet.migrations import columns")
    names = [name for name in ("append_only", "append_only_function") if f"{name}(" in code]
    if names:
        lines.append(f"from highstreet.migrations.append_only import {', '.join(names)}")
    return "\n".join([*lines, ""])


def write_next(message: str) -> None:
    """Write what differs now as the next step."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/now.db"
        run.upgrade(url)
        with run.opened(url) as connection:
            number = f"{int(run.head()) + 1:04}"
            config = run.alembic_config(connection=connection)
            command.revision(config, message, autogenerate=True, rev_id=number)


def main(message: str) -> None:
    """Write, then put into the house's style."""
    if message == "initial":
        write_initial()
    else:
        write_next(message)
    for arguments in (["format"], ["check", "--select", "F,I,W,UP", "--fix"], ["format"]):
        subprocess.run([BIN / "ruff", *arguments, "--quiet", VERSIONS], check=True)
    print(*sorted(path.name for path in VERSIONS.glob("*.py")), sep="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python scripts/write_migration.py initial | "what changes"')
    main(sys.argv[1])
