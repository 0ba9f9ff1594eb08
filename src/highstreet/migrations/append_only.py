"""Tables whose rows stay as they were written: the database itself refuses to change them.

A trigger stops every writer, our own mistakes included; only who may drop the trigger gets past it.
Batch mode on SQLite makes a table anew and so loses its triggers: call `append_only` again after it.
"""

from types import ModuleType

from alembic.operations import Operations

Op = Operations | ModuleType

UPDATE, DELETE, TRUNCATE = "UPDATE", "DELETE", "TRUNCATE"
ALL = (UPDATE, DELETE, TRUNCATE)

# Table: what is refused. The outbox may be pruned once everyone has read it, but never rewritten.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "audit_entry": ALL,
    "bill_posting": ALL,
    "day_entry": ALL,
    "difference_word": ALL,
    "dispute_word": ALL,
    "drawer_move": ALL,
    "outbox": (UPDATE,),
    "parcel_step": ALL,
    "route_decision": ALL,
    "route_rules": ALL,
    "share_reversal": ALL,
    "share_sheet": ALL,
    "statement": ALL,
    "stock_move": ALL,
    "stock_transfer_move": ALL,
    "tender_evidence": ALL,
    "transfer": ALL,
}

_FUNCTION = """
CREATE FUNCTION refuse_append_only_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE restrict_violation USING MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
END $$
"""


def append_only_function(op: Op) -> None:
    """What PostgreSQL's triggers call; made once, by the first step."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(_FUNCTION)


def append_only(op: Op, table: str, refused: tuple[str, ...] = ALL) -> None:
    """Refuse these changes of a table's rows; on both databases a writer gets an IntegrityError.

    PostgreSQL refuses the statement even when no row matches; SQLite has no TRUNCATE.
    """
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER append_only_{table} BEFORE {' OR '.join(refused)} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_append_only_change()"
        )
        return
    for change in refused:
        if change != TRUNCATE:
            op.execute(
                f"CREATE TRIGGER append_only_{table}_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {change} is refused'); END"
            )
