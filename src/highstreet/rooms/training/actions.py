"""What `training` does. It announces nothing: nobody else may hear of it."""

from sqlalchemy import BigInteger, Integer, Text, update

from highstreet.kernel.errors import IDEMPOTENCY_MISMATCH
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.training import errors, queries
from highstreet.rooms.training.model import EndTraining, TakeBack, TrainingSale
from highstreet.rooms.training.tables import training_line, training_return, training_sale

_l = training_line.c
TAKE_BACK = Change(
    {"brand_id": Text, "sale_id": Text, "line_no": Integer, "quantity": Integer, "refund": BigInteger},
    lambda v: (
        update(training_line)
        .where(_l.brand_id == v.brand_id, _l.sale_id == v.sale_id, _l.line_no == v.line_no)
        .where(_l.returned_quantity + v.quantity <= _l.quantity)
        .where(_l.returned_minor + v.refund <= _l.net_minor)
        .values(
            returned_quantity=_l.returned_quantity + v.quantity, returned_minor=_l.returned_minor + v.refund
        )
    ),
)


def keep_training_sale(tx: Tx, sale: TrainingSale) -> TrainingSale:
    """Keep a practised sale; the same id again gives the one that is there. Errors: idempotency.mismatch."""
    row = {
        "brand_id": sale.brand_id,
        "id": sale.id,
        "place_id": sale.place_id,
        "register_id": sale.register_id,
        "fingerprint": sale.fingerprint,
        "state": sale.state,
        "at": sale.at,
        "receipt": sale.receipt,
        "waits_for": sale.waits_for,
        "reason": sale.reason,
    }
    if tx.insert_many(training_sale, [row], ignore_existing=True) != 1:
        before = queries.training_sale_by_id(tx, sale.brand_id, sale.id)
        if before is None or before.fingerprint != sale.fingerprint:
            raise IDEMPOTENCY_MISMATCH()
        return before
    lines = [
        {
            "brand_id": sale.brand_id,
            "sale_id": sale.id,
            "line_no": line.line_no,
            "quantity": line.quantity,
            "net_minor": line.net_minor,
            "returned_quantity": 0,
            "returned_minor": 0,
        }
        for line in sale.lines
    ]
    tx.insert_many(training_line, lines)
    return sale


def end_training_sale(tx: Tx, command: EndTraining) -> bool:
    """Pay or abandon what is open; False when it is not open any more."""
    s = training_sale.c
    changed = tx.run(
        update(training_sale)
        .where(s.brand_id == command.brand_id, s.id == command.sale_id, s.state == "open")
        .values(state=command.state, reason=command.reason)
    )
    return changed.rowcount == 1


def take_training_back(tx: Tx, command: TakeBack) -> None:
    """Take pieces back. Errors: training.not_open when more than was sold would come back."""
    rows = [
        {
            "brand_id": command.brand_id,
            "sale_id": command.sale_id,
            "line_no": line_no,
            "quantity": quantity,
            "refund": refund,
        }
        for line_no, quantity, refund in command.pieces
    ]
    tx.change_all(TAKE_BACK, rows, errors.NOT_OPEN())
    row = {
        "brand_id": command.brand_id,
        "id": command.return_id,
        "sale_id": command.sale_id,
        "fingerprint": command.fingerprint,
        "answer": command.answer,
        "at": command.at,
    }
    tx.insert_many(training_return, [row])
