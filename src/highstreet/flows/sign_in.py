"""A shopper signs in on a device and ends sessions of their own."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.errors import AUTH_REQUIRED, REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms import identity
from highstreet.rooms.identity import (
    RevokeSession,
    SignedIn,
    SignIn,
    WrongCode,
    person_by_id,
    phone_key,
    sessions_of_person,
)
from highstreet.rooms.loop import LinkTouches, link_touches
from highstreet.rooms.members import MEASUREMENT, consents_of_person
from highstreet.rooms.offers import PhoneCounts, restore_counts


def sign_in(tx: Tx, command: SignIn) -> SignedIn | WrongCode:
    """Open a session; what this device touched becomes the person's for brands that may measure.

    Limits per person go on from where an erased person with this phone left them. A wrong code is answered,
    not raised, so that it counts.
    """
    done = identity.sign_in(tx, command)
    if isinstance(done, SignedIn):
        key = phone_key(command.pepper, command.phone)
        restore_counts(tx, PhoneCounts(done.person_id, key, command.now))
    if isinstance(done, SignedIn) and command.device_id is not None and not done.is_new:
        link_measured(tx, command.device_id, done.person_id, command.now)
    return done


def link_measured(tx: Tx, device_id: str, person_id: str, now: datetime) -> None:
    """What a device touched is the person's, for brands that may measure."""
    for brand_id in measured_brands(tx, person_id):
        link_touches(tx, LinkTouches(brand_id, [device_id], person_id, now))


def measured_brands(tx: Tx, person_id: str) -> list[str]:
    """Brands to which this person consented that they may know which code led to a sale."""
    receipts = consents_of_person(tx, person_id)
    return sorted({r.brand_id for r in receipts if r.purpose == MEASUREMENT and r.withdrawn_at is None})


def require_person(reader: Reader, person_id: str) -> None:
    """Refuse for whoever was erased since the request came in. Errors: Refusal auth.required."""
    person = person_by_id(reader, person_id)
    if person is None or person.erased_at is not None:
        raise AUTH_REQUIRED()


@dataclass(frozen=True, slots=True)
class EndSession:
    """A person ends one of their sessions, this one or another."""

    person_id: str
    session_id: str
    now: datetime


def end_session(tx: Tx, command: EndSession) -> None:
    """It opens nothing from the next request on. Errors: Refusal request.not_found, also for another's."""
    own = {session.id for session in sessions_of_person(tx, command.person_id, command.now)}
    if command.session_id not in own:
        raise REQUEST_NOT_FOUND()
    identity.revoke_session(tx, RevokeSession(command.session_id, command.now))
