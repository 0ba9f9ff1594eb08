"""What all imports share: a batch of groups, and where the import has come to.

The checkpoint is moved in the transaction that writes the batch. So an import that was cut off goes on
after the last batch that is on disk, and nothing is counted twice.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import select, update

from highstreet.kernel.errors import JsonScalar, Refusal
from highstreet.kernel.tables import checkpoint
from highstreet.kernel.time import from_micros, to_micros
from highstreet.kernel.tx import Reader, Tx

G = TypeVar("G")

REFUSED_KEPT = 1_000
"""Refused rows that a checkpoint keeps, so that a resumed import can still name them."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken in: where it stands, the field at fault and why."""

    line: int
    field: str
    code: str
    facts: dict[str, JsonScalar]

    @classmethod
    def of(cls, line: int, refusal: Refusal, field: str = "") -> "RefusedRow":
        """The refusal of one row; its fact `field` names the field unless given."""
        named = field or str(refusal.facts.get("field", ""))
        return cls(line, named, refusal.code, refusal.facts)


@dataclass(frozen=True, slots=True)
class ImportState:
    """Where an import has come to: the key of the last group written, and the rows counted so far.

    `waiting`: rows of those whose price waits for dealers' word.
    """

    started_at: datetime
    position: str = ""
    imported: int = 0
    unchanged: int = 0
    refused: int = 0
    refused_rows: tuple[RefusedRow, ...] = ()
    is_done: bool = False
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class ImportBatch(Generic[G]):
    """Whole groups (a place, a product with its variants, a sale) to be written in one transaction."""

    brand_id: str
    import_name: str
    state: ImportState
    groups: Sequence[G]
    last_key: str
    at: datetime


def find_state(reader: Reader, import_name: str) -> ImportState | None:
    """The state of an import begun earlier, finished or not."""
    kept: dict[str, Any] | None = reader.value(
        select(checkpoint.c.state).where(checkpoint.c.name == import_name)
    )
    if kept is None:
        return None
    return ImportState(
        started_at=from_micros(kept["started_at"]),
        position=kept["position"],
        imported=kept["imported"],
        unchanged=kept["unchanged"],
        refused=kept["refused"],
        refused_rows=tuple(RefusedRow(**row) for row in kept["refused_rows"]),
        is_done=kept["is_done"],
        waiting=kept.get("waiting", 0),
    )


def count_batch(
    tx: Tx, batch: ImportBatch[Any], imported: int, unchanged: int, *, waiting: int = 0
) -> ImportState:
    """Add a batch's rows to the state and keep it."""
    state = replace(
        batch.state,
        position=batch.last_key,
        imported=batch.state.imported + imported,
        unchanged=batch.state.unchanged + unchanged,
        waiting=batch.state.waiting + waiting,
    )
    return _keep(tx, batch, state)


@dataclass(frozen=True, slots=True)
class RefusedGroup:
    """A group that its room refused, as a whole."""

    row: RefusedRow
    rows: int


def pass_over(tx: Tx, batch: ImportBatch[RefusedGroup]) -> ImportState:
    """Move on behind groups that cannot be written."""
    refused = batch.state.refused_rows + tuple(group.row for group in batch.groups)
    state = replace(
        batch.state,
        position=batch.last_key,
        refused=batch.state.refused + sum(group.rows for group in batch.groups),
        refused_rows=refused[:REFUSED_KEPT],
    )
    return _keep(tx, batch, state)


def finish_import(tx: Tx, batch: ImportBatch[Any]) -> ImportState:
    """The file is done; the same file again begins anew."""
    return _keep(tx, batch, replace(batch.state, is_done=True))


def _keep(tx: Tx, batch: ImportBatch[Any], state: ImportState) -> ImportState:
    plain = asdict(state) | {"started_at": to_micros(state.started_at)}
    changed = tx.run(
        update(checkpoint).where(checkpoint.c.name == batch.import_name).values(state=plain, at=batch.at)
    )
    if changed.rowcount != 1:
        tx.insert_many(checkpoint, [{"name": batch.import_name, "state": plain, "at": batch.at}])
    return state
