"""A person takes a coupon from an offer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from highstreet.kernel.errors import Refusal
from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Tx
from highstreet.rooms.offers.actions.counters import CLAIM_FROM_OFFER, UNLIMITED, count_persons
from highstreet.rooms.offers.errors import (
    CLAIMED_OUT,
    COUPON_EXISTS,
    NEEDS_NO_COUPON,
    NOT_RUNNING,
    OFFER_NOT_FOUND,
    PERSON_LIMIT,
)
from highstreet.rooms.offers.events import CouponClaimed
from highstreet.rooms.offers.model import MEMBER_PRICE, CouponFacts, OfferFacts
from highstreet.rooms.offers.queries import coupons_for, offer_by_id
from highstreet.rooms.offers.tables import coupon


@dataclass(frozen=True, slots=True)
class ClaimCoupon:
    """`coupon_id` comes from the caller: the same one twice is one claim."""

    brand_id: str
    offer_id: str
    coupon_id: str
    person_id: str
    now: datetime


def claim_coupon(tx: Tx, command: ClaimCoupon) -> CouponFacts:
    """The person's new coupon, good from now for the offer's `coupon_valid_s`; the same one for the same id.

    Errors: Refusal offers.offer_not_found, not_running, claimed_out, person_limit, needs_no_coupon,
    coupon_exists (the id is another coupon's).
    """
    key = (command.brand_id, command.coupon_id)
    known = coupons_for(tx, [key]).get(key)
    if known is not None:
        if (known.offer_id, known.person_id) != (command.offer_id, command.person_id):
            raise COUPON_EXISTS()
        return known
    facts = offer_by_id(tx, command.brand_id, command.offer_id)
    if facts is None:
        raise OFFER_NOT_FOUND()
    if facts.kind == MEMBER_PRICE:
        raise NEEDS_NO_COUPON()
    row = {"brand_id": command.brand_id, "offer_id": command.offer_id, "at": to_micros(command.now)}
    tx.change_all(CLAIM_FROM_OFFER, [row], _no_claim(facts, command.now))
    person = (command.brand_id, command.offer_id, command.person_id)
    most = UNLIMITED if facts.limit_per_person is None else facts.limit_per_person
    count_persons(tx, {person: 1}, {person: most}, PERSON_LIMIT(limit=most))
    valid_until = command.now + timedelta(seconds=facts.coupon_valid_s)
    tx.insert_many(
        coupon,
        [
            {
                "brand_id": command.brand_id,
                "id": command.coupon_id,
                "offer_id": command.offer_id,
                "person_id": command.person_id,
                "public_code": None,
                "cap": 1,
                "reserved": 0,
                "used": 0,
                "valid_from": command.now,
                "valid_until": valid_until,
            }
        ],
    )
    tx.announce(
        CouponClaimed(
            at=command.now,
            brand_id=command.brand_id,
            person_id=command.person_id,
            offer_id=command.offer_id,
            coupon_id=command.coupon_id,
            valid_until=valid_until,
        )
    )
    return coupons_for(tx, [key])[key]


def _no_claim(facts: OfferFacts, now: datetime) -> Refusal:
    """What to say if the guard holds: the reason does not decide, it only explains."""
    is_running = facts.is_active and facts.starts_at <= now < facts.ends_at
    return CLAIMED_OUT() if is_running else NOT_RUNNING()
