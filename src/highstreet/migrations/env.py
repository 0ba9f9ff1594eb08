"""What Alembic runs for each command. `run.py` hands in the connection, or the name of a database to print SQL for."""

from typing import Any

from alembic import context

from highstreet.migrations.compare import import_every_table, render_item

attributes = context.config.attributes
options: dict[str, Any] = {
    "target_metadata": import_every_table(),
    "render_as_batch": True,
    "render_item": render_item,
}
if context.is_offline_mode():
    context.configure(dialect_name=attributes["dialect"], transactional_ddl=True, **options)
else:
    context.configure(connection=attributes["connection"], **options)

with context.begin_transaction():
    if context.get_context().dialect.name == "postgresql":
        # A step that waits for a lock holds up everyone behind it: better to fail and be run again.
        context.execute("SET LOCAL lock_timeout = '5s'")
        context.execute("SET LOCAL statement_timeout = '15min'")
    context.run_migrations()
