"""The head office publishes offers and their shared coupons, as far as contracts let it.

The funder must be one of the brand's parties. An offer is checked as it would be if all its coupons were used with those of
other offers; a coupon for everybody that outlives its offer, and an offer that goes on, are checked as a new one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from highstreet.flows.guard_parity import Attempt, Guarded, decide, withdraw_waiting
from highstreet.flows.weigh_parity import promises_at, weigh_offer
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.time import from_micros, to_micros
from highstreet.kernel.tx import Tx
from highstreet.rooms import offers
from highstreet.rooms.channel import ParityChange, take_turn
from highstreet.rooms.offers import (
    CouponFacts,
    OfferFacts,
    PublishOffer,
    PublishSharedCoupon,
    SetOfferActive,
    check_offer,
    coupons_for,
    last_use,
    offer_by_id,
)
from highstreet.rooms.parties import brand_by_id, parties_of_brand

_TIMES = ("starts_at", "ends_at", "at", "valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class ChangeOffer:
    """A change of an offer, and who asks for it. `released`: it waited until now, as this change."""

    of: PublishOffer
    staff_id: str
    released: ParityChange | None = None


@dataclass(frozen=True, slots=True)
class ChangeCoupon:
    """A coupon for everybody, and who asks for it."""

    of: PublishSharedCoupon
    staff_id: str
    at: datetime
    released: ParityChange | None = None


@dataclass(frozen=True, slots=True)
class StopOrResume:
    """An offer is stopped, or goes on, and who asks for it."""

    of: SetOfferActive
    staff_id: str
    at: datetime
    released: ParityChange | None = None


def publish_offer(tx: Tx, command: ChangeOffer) -> Guarded[OfferFacts]:
    """Publish, or keep it waiting.

    Errors: Refusal request.not_found for a funder of another brand; offers.terms_malformed; channel.parity_broken.
    """
    new = command.of
    if new.funder_party_id not in {p.id for p in parties_of_brand(tx, new.brand_id)}:
        raise REQUEST_NOT_FOUND()
    facts = check_offer(new)
    take_turn(tx, new.brand_id)
    if offer_by_id(tx, new.brand_id, new.offer_id) is None:
        asked = _document(asdict(new), "at")
        attempt = Attempt(
            *(new.brand_id, "offer", new.offer_id, asked, command.staff_id, new.at), command.released
        )
        waiting = _guard(tx, attempt, facts)
        if waiting is not None:
            return Guarded(None, waiting)
    return Guarded(offers.publish_offer(tx, new))


def publish_shared_coupon(tx: Tx, command: ChangeCoupon) -> Guarded[CouponFacts]:
    """Publish a coupon for everybody, or keep it waiting. Errors: as the room's; Refusal channel.parity_broken."""
    new = command.of
    take_turn(tx, new.brand_id)
    offer = offer_by_id(tx, new.brand_id, new.offer_id)
    is_new = not coupons_for(tx, [(new.brand_id, new.coupon_id)])
    # Of an offer that is over before the coupon is, the price would come back unasked.
    if offer is not None and is_new and new.valid_until > last_use(offer):
        asked = _document(asdict(new))
        attempt = Attempt(
            *(new.brand_id, "coupon", new.coupon_id, asked, command.staff_id, command.at), command.released
        )
        waiting = _guard(tx, attempt, offer) if offer.is_active else None
        if waiting is not None:
            return Guarded(None, waiting)
    return Guarded(offers.publish_shared_coupon(tx, new))


def set_offer_active(tx: Tx, command: StopOrResume) -> Guarded[None]:
    """Stop an offer at once; let it go on, or keep that waiting.

    Errors: Refusal offers.offer_not_found; channel.parity_broken.
    """
    new = command.of
    take_turn(tx, new.brand_id)
    offer = offer_by_id(tx, new.brand_id, new.offer_id)
    if offer is not None and new.is_active and not offer.is_active:
        attempt = Attempt(
            *(new.brand_id, "resume", new.offer_id, asdict(new), command.staff_id, command.at),
            command.released,
        )
        waiting = _guard(tx, attempt, offer)
        if waiting is not None:
            return Guarded(None, waiting)
    if not new.is_active:
        withdraw_waiting(tx, new.brand_id, new.offer_id, command.at)
    offers.set_offer_active(tx, new)
    return Guarded(None)


def offer_of(change: ParityChange, at: datetime) -> ChangeOffer:
    """The offer that a change which waited asked for."""
    return ChangeOffer(PublishOffer(**_read(change.asked), at=at), change.asked_by, change)


def coupon_of(change: ParityChange, at: datetime) -> ChangeCoupon:
    """The coupon that a change which waited asked for."""
    return ChangeCoupon(PublishSharedCoupon(**_read(change.asked)), change.asked_by, at, change)


def resume_of(change: ParityChange, at: datetime) -> StopOrResume:
    """The offer that is to go on."""
    return StopOrResume(SetOfferActive(**change.asked), change.asked_by, at, change)


def _guard(tx: Tx, attempt: Attempt, facts: OfferFacts) -> ParityChange | None:
    promises = promises_at(tx, attempt.brand_id, attempt.at, None)
    said = [] if promises is None else weigh_offer(tx, attempt.brand_id, attempt.at, facts, promises)
    brand = brand_by_id(tx, attempt.brand_id)
    decided = decide(tx, attempt, said, brand.currency if brand else "")
    return decided if isinstance(decided, ParityChange) else None


def _document(command: Mapping[str, Any], *without: str) -> dict[str, Any]:
    return {
        name: to_micros(value) if isinstance(value, datetime) else value
        for name, value in command.items()
        if name not in without
    }


def _read(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_micros(value) if name in _TIMES else value for name, value in asked.items()}
