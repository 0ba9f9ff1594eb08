"""What `training` can be asked."""

from typing import Any

from sqlalchemy import Row, select

from highstreet.kernel.errors import IDEMPOTENCY_MISMATCH
from highstreet.kernel.tx import Reader
from highstreet.rooms.training.model import TrainingLine, TrainingSale
from highstreet.rooms.training.tables import training_line, training_return, training_sale


def training_sale_by_id(reader: Reader, brand_id: str, sale_id: str) -> TrainingSale | None:
    """One sale with its lines."""
    s = training_sale.c
    row = reader.first(select(training_sale).where(s.brand_id == brand_id, s.id == sale_id))
    return None if row is None else _sale(row, _lines(reader, brand_id, sale_id))


def training_sales_of(reader: Reader, brand_id: str, register_id: str, limit: int) -> list[TrainingSale]:
    """A register's newest sales, without their lines."""
    s = training_sale.c
    query = select(training_sale).where(s.brand_id == brand_id, s.register_id == register_id)
    return [_sale(row, ()) for row in reader.rows(query.order_by(s.at.desc(), s.id.desc()).limit(limit))]


def answered_return(reader: Reader, brand_id: str, return_id: str, fingerprint: str) -> dict[str, Any] | None:
    """What was told when this return was asked for before. Errors: Refusal idempotency.mismatch."""
    r = training_return.c
    row = reader.first(select(r.fingerprint, r.answer).where(r.brand_id == brand_id, r.id == return_id))
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise IDEMPOTENCY_MISMATCH()
    answer: dict[str, Any] = row.answer
    return answer


def _lines(reader: Reader, brand_id: str, sale_id: str) -> tuple[TrainingLine, ...]:
    c = training_line.c
    query = select(training_line).where(c.brand_id == brand_id, c.sale_id == sale_id).order_by(c.line_no)
    return tuple(
        TrainingLine(r.line_no, r.quantity, r.net_minor, r.returned_quantity, r.returned_minor)
        for r in reader.rows(query)
    )


def _sale(row: Row[Any], lines: tuple[TrainingLine, ...]) -> TrainingSale:
    return TrainingSale(
        brand_id=row.brand_id,
        id=row.id,
        place_id=row.place_id,
        register_id=row.register_id,
        fingerprint=row.fingerprint,
        state=row.state,
        at=row.at,
        receipt=row.receipt,
        lines=lines,
        waits_for=row.waits_for,
        reason=row.reason,
    )
