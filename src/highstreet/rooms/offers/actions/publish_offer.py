"""Bring offers and their shared coupons into being."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Text, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.offers.errors import (
    CODE_TAKEN,
    COUPON_EXISTS,
    NEEDS_NO_COUPON,
    OFFER_EXISTS,
    OFFER_NOT_FOUND,
    TERMS_MALFORMED,
)
from highstreet.rooms.offers.events import OfferPublished
from highstreet.rooms.offers.model import MEMBER_PRICE, CouponFacts, OfferFacts, check_limits, check_terms
from highstreet.rooms.offers.queries import coupons_for, offer_by_id
from highstreet.rooms.offers.tables import coupon, offer

_SET_ACTIVE = Change(
    {"brand_id": Text, "offer_id": Text, "is_active": Boolean},
    lambda v: (
        update(offer)
        .where(offer.c.brand_id == v.brand_id, offer.c.id == v.offer_id)
        .values(is_active=v.is_active)
    ),
)


@dataclass(frozen=True, slots=True)
class PublishOffer:
    """Limits and budget None: without limit. The funder pays for the discount. An empty title is the other one."""

    brand_id: str
    offer_id: str
    kind: str
    terms: Mapping[str, Any]
    title_en: str
    title_zh: str
    funder_party_id: str
    is_stackable: bool
    starts_at: datetime
    ends_at: datetime
    coupon_valid_s: int
    at: datetime
    limit_total: int | None = None
    limit_per_person: int | None = None
    budget_minor: int | None = None
    is_offline: bool = False


def check_offer(command: PublishOffer) -> OfferFacts:
    """The offer as it would be. Errors: Refusal offers.terms_malformed (field)."""
    facts = OfferFacts(
        brand_id=command.brand_id,
        offer_id=command.offer_id,
        kind=command.kind,
        terms=check_terms(command.kind, command.terms),
        title_en=command.title_en.strip() or command.title_zh,
        title_zh=command.title_zh.strip() or command.title_en,
        funder_party_id=command.funder_party_id,
        is_stackable=command.is_stackable,
        is_active=True,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        coupon_valid_s=command.coupon_valid_s,
        limit_total=command.limit_total,
        limit_per_person=command.limit_per_person,
        claimed=0,
        budget_minor=command.budget_minor,
        spent_minor=0,
        is_offline=command.is_offline,
    )
    check_limits(facts)
    return facts


def publish_offer(tx: Tx, command: PublishOffer) -> OfferFacts:
    """A new offer; the same one again is answered as it stands, and announced once.

    Errors: Refusal offers.terms_malformed (field), offers.offer_exists when the id names another offer.
    """
    facts = check_offer(command)
    known = offer_by_id(tx, command.brand_id, command.offer_id)
    if known is not None:
        if _promise(known) != _promise(facts):
            raise OFFER_EXISTS()
        return known
    row = {name: getattr(facts, name) for name in OfferFacts.__slots__ if name != "offer_id"}
    tx.insert_many(offer, [{"id": facts.offer_id, **row}])
    tx.announce(
        OfferPublished(
            at=command.at,
            brand_id=facts.brand_id,
            offer_id=facts.offer_id,
            kind=facts.kind,
            starts_at=facts.starts_at,
            ends_at=facts.ends_at,
        )
    )
    return facts


def _promise(facts: OfferFacts) -> list[Any]:
    """What never changes about an offer."""
    moving = {"is_active", "claimed", "spent_minor"}
    return [getattr(facts, name) for name in OfferFacts.__slots__ if name not in moving]


@dataclass(frozen=True, slots=True)
class SetOfferActive:
    """An offer that is not active gives no coupons, and its coupons cannot be used."""

    brand_id: str
    offer_id: str
    is_active: bool


def set_offer_active(tx: Tx, command: SetOfferActive) -> None:
    """Stop an offer, or let it go on. Errors: Refusal offers.offer_not_found."""
    row = {"brand_id": command.brand_id, "offer_id": command.offer_id, "is_active": command.is_active}
    tx.change_all(_SET_ACTIVE, [row], OFFER_NOT_FOUND())


@dataclass(frozen=True, slots=True)
class PublishSharedCoupon:
    """One coupon for everybody, by its `public_code`; at most `cap` uses."""

    brand_id: str
    offer_id: str
    coupon_id: str
    public_code: str
    cap: int
    valid_from: datetime
    valid_until: datetime


def publish_shared_coupon(tx: Tx, command: PublishSharedCoupon) -> CouponFacts:
    """A new shared coupon; the same one again is answered as it stands.

    Errors: Refusal offers.terms_malformed (field), offers.offer_not_found, offers.needs_no_coupon,
    offers.code_taken, offers.coupon_exists.
    """
    code = command.public_code
    if not 3 <= len(code) <= 20 or not code.isprintable() or code != code.strip() or code.startswith("cpn_"):
        raise TERMS_MALFORMED(field="public_code")
    if not 1 <= command.cap <= 1_000_000_000:
        raise TERMS_MALFORMED(field="cap")
    if command.valid_until <= command.valid_from:
        raise TERMS_MALFORMED(field="valid_until")
    known_offer = offer_by_id(tx, command.brand_id, command.offer_id)
    if known_offer is None:
        raise OFFER_NOT_FOUND()
    if known_offer.kind == MEMBER_PRICE:
        raise NEEDS_NO_COUPON()
    row = {
        "brand_id": command.brand_id,
        "id": command.coupon_id,
        "offer_id": command.offer_id,
        "person_id": None,
        "public_code": code,
        "cap": command.cap,
        "reserved": 0,
        "used": 0,
        "valid_from": command.valid_from,
        "valid_until": command.valid_until,
    }
    is_new = tx.insert_many(coupon, [row], ignore_existing=True) == 1
    key = (command.brand_id, command.coupon_id)
    known = coupons_for(tx, [key]).get(key)
    if known is None:
        raise CODE_TAKEN()
    said = (known.offer_id, known.public_code, known.cap, known.valid_from, known.valid_until)
    if not is_new and said != (command.offer_id, code, command.cap, command.valid_from, command.valid_until):
        raise COUPON_EXISTS()
    return known
