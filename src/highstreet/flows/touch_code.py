"""A phone meets a code: the touch is recorded and the phone is told where the code leads."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.loop import RecordTouch, TouchedCode, code_by_slug, record_touch
from highstreet.rooms.members import MEASUREMENT, has_consent
from highstreet.rooms.offers import OfferFacts, offer_by_id
from highstreet.rooms.parties import Brand, PlaceOfBusiness, brand_by_id, place_by_id


@dataclass(frozen=True, slots=True)
class TouchCode:
    """A device met a code; `person_id` is who is signed in there, if anybody."""

    touch_id: str
    slug: str
    device_id: str
    person_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Touched:
    """Where a code leads: its brand, and what of place and offer there is now."""

    code: TouchedCode
    brand: Brand
    place: PlaceOfBusiness | None
    offer: OfferFacts | None


def touch_code(tx: Tx, command: TouchCode) -> Touched:
    """Record the touch, once for each touch id; it is the person's only if they consented to measurement (C1).

    Errors: Refusal request.not_found for a slug of no code.
    """
    found = code_by_slug(tx, command.slug)
    if found is None:
        raise REQUEST_NOT_FOUND()
    person_id = command.person_id
    if person_id is not None and not has_consent(tx, found.brand_id, person_id, MEASUREMENT):
        person_id = None
    code = record_touch(
        tx, RecordTouch(command.touch_id, command.slug, command.device_id, person_id, command.at)
    )
    brand = brand_by_id(tx, code.brand_id)
    if brand is None:
        raise REQUEST_NOT_FOUND()
    place = place_by_id(tx, code.brand_id, code.place_id) if code.place_id else None
    offer = offer_by_id(tx, code.brand_id, code.offer_id) if code.offer_id else None
    return Touched(
        code=code,
        brand=brand,
        place=place if place is not None and place.is_active else None,
        offer=offer if offer is not None and _is_running(offer, command.at) else None,
    )


def _is_running(offer: OfferFacts, at: datetime) -> bool:
    return offer.is_active and offer.starts_at <= at < offer.ends_at
