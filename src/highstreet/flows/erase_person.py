"""A person is forgotten: what stays is bookkeeping that names nobody (docs/privacy.md)."""

from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, sales
from highstreet.rooms.identity import ErasePerson, person_by_id, phone_key
from highstreet.rooms.loop import UnlinkTouches, unlink_touches
from highstreet.rooms.members import consents_of_person, erase_member
from highstreet.rooms.offers import PhoneCounts, keep_counts
from highstreet.rooms.parcels import forget_addresses
from highstreet.rooms.routing import ForgetFacts, forget_facts


def erase_person(tx: Tx, command: ErasePerson) -> bool:
    """Forget them in every room and end their sessions; False when unknown or forgotten before."""
    # A touch has a person only after consent, so the receipts name every brand that may have one.
    for brand_id in sorted({receipt.brand_id for receipt in consents_of_person(tx, command.person_id)}):
        unlink_touches(tx, UnlinkTouches(brand_id, command.person_id))
    person = person_by_id(tx, command.person_id)
    if person is not None and person.phone is not None:
        key = phone_key(command.pepper, person.phone)
        keep_counts(tx, PhoneCounts(person.id, key, command.now))
    erase_member(tx, command.person_id, command.now)
    orders = {
        (sale.brand_id, sale.id) for sale in sales.export_person(tx, command.person_id) if sale.is_in_parts
    }
    forget_addresses(tx, orders)
    for brand_id, sale_id in sorted(orders):
        forget_facts(tx, ForgetFacts(brand_id, order_id=sale_id))
    sales.forget_person(tx, command.person_id)
    return identity.erase_person(tx, command)
