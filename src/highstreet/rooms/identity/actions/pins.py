"""PINs that staff sign in with at a register. Their hashes are made and checked outside of transactions."""

from sqlalchemy import and_, delete, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import errors, model
from highstreet.rooms.identity.queries import pin_of_staff, staff_by_id
from highstreet.rooms.identity.tables import staff_pin

_p = staff_pin.c


def set_pin(tx: Tx, command: model.SetPin) -> None:
    """From now on this is their PIN, with all its tries. Errors: Refusal identity.staff_not_found, also who left."""
    found = staff_by_id(tx, command.brand_id, command.staff_id)
    if found is None or not found.is_active:
        raise errors.STAFF_NOT_FOUND()
    is_theirs = and_(_p.brand_id == command.brand_id, _p.staff_id == command.staff_id)
    if command.pin_hash is None:
        tx.run(delete(staff_pin).where(is_theirs))
        return
    values = {"pin_hash": command.pin_hash, "set_at": command.now, "tries_left": model.PIN_TRIES}
    row = {"brand_id": command.brand_id, "staff_id": command.staff_id, **values}
    if tx.insert_many(staff_pin, [row], ignore_existing=True) != 1:
        tx.run(update(staff_pin).where(is_theirs).values(**values))


def take_pin_try(tx: Tx, who: tuple[str, str]) -> model.StaffPin | None:
    """Count a try of (brand, staff) before it is checked: many at once are no more than one after another.

    None for who has no PIN. Errors: Refusal identity.pin_locked when no try is left.
    """
    is_theirs = and_(_p.brand_id == who[0], _p.staff_id == who[1])
    counted = tx.run(
        update(staff_pin).where(is_theirs, _p.tries_left > 0).values(tries_left=_p.tries_left - 1)
    )
    found = pin_of_staff(tx, *who)
    if found is not None and counted.rowcount != 1:
        raise errors.PIN_LOCKED()
    return found


def free_pin_tries(tx: Tx, right: tuple[str, str, str]) -> None:
    """The PIN of (brand, staff, its hash) was right: all tries are there again.

    Errors: Refusal identity.pin_wrong when another was set meanwhile.
    """
    brand_id, staff_id, pin_hash = right
    freed = tx.run(
        update(staff_pin)
        .where(_p.brand_id == brand_id, _p.staff_id == staff_id, _p.pin_hash == pin_hash)
        .values(tries_left=model.PIN_TRIES)
    )
    if freed.rowcount != 1:
        raise errors.PIN_WRONG()
