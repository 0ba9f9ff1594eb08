"""A person is forgotten: what stays is bookkeeping that names nobody (docs/privacy.md)."""

from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, sales
from highstreet.rooms.identity import ErasePerson
from highstreet.rooms.loop import UnlinkTouches, unlink_touches
from highstreet.rooms.members import consents_of_person, erase_member


def erase_person(tx: Tx, command: ErasePerson) -> bool:
    """Forget them in every room and end their sessions; False when unknown or forgotten before."""
    # A touch has a person only after consent, so the receipts name every brand that may have one.
    for brand_id in sorted({receipt.brand_id for receipt in consents_of_person(tx, command.person_id)}):
        unlink_touches(tx, UnlinkTouches(brand_id, command.person_id))
    erase_member(tx, command.person_id, command.now)
    sales.forget_person(tx, command.person_id)
    return identity.erase_person(tx, command)
