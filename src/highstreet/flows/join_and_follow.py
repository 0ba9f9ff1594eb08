"""A shopper follows a brand, consents to what they want to, and becomes a member: one transaction."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.sign_in import require_person
from highstreet.kernel.errors import REQUEST_NOT_FOUND, RefusalKind
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.identity import devices_of_person
from highstreet.rooms.loop import CREDIT_WINDOW, LinkTouches, code_by_slug, last_touches, link_touches
from highstreet.rooms.members import (
    MEASUREMENT,
    SERVICE,
    WORDING,
    ConsentReceipt,
    Follow,
    FollowBrand,
    GiveConsents,
    JoinBrand,
    Member,
    follow_brand,
    follows_of_person,
    give_consents,
    has_consent,
    join_brand,
    member_of_person,
)
from highstreet.rooms.parties import brand_by_id

SERVICE_NEEDED = RefusalKind("shop.service_needed", 409)


@dataclass(frozen=True, slots=True)
class FollowAndJoin:
    """What a shopper chose on a brand's page; `consent_ids` belong to `purposes` in the same order.

    `code_slug` is the code that led here; `member_id` is used only when they join and are no member yet.
    """

    brand_id: str
    person_id: str
    entry: str
    code_slug: str | None
    joins: bool
    purposes: tuple[str, ...]
    consent_ids: tuple[str, ...]
    member_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Following:
    """How a person stands with a brand after it."""

    follow: Follow
    member: Member | None
    receipts: tuple[ConsentReceipt, ...]
    touches_linked: int


def join_and_follow(tx: Tx, command: FollowAndJoin) -> Following:
    """Consents first, because what follows depends on them. Asked again, it changes nothing.

    With consent to measurement the person's devices' touches of this brand become theirs, and the follow
    remembers its code; without it, neither. Errors: Refusal request.not_found for an unknown brand or a
    slug of none of its codes; shop.service_needed when joining without consent to service; members.id_taken.
    """
    brand_id, person_id, at = command.brand_id, command.person_id, command.at
    require_person(tx, person_id)
    brand = brand_by_id(tx, brand_id)
    if brand is None:
        raise REQUEST_NOT_FOUND()
    receipts = give_consents(
        tx,
        GiveConsents(
            brand_id=brand_id,
            person_id=person_id,
            entry=command.entry,
            recipient=brand.name_en,
            wording=WORDING,
            purposes=command.purposes,
            consent_ids=command.consent_ids,
            at=at,
        ),
    )
    linked = 0
    may_measure = has_consent(tx, brand_id, person_id, MEASUREMENT)
    if may_measure:
        device_ids = [device.id for device in devices_of_person(tx, person_id)]
        linked = link_touches(tx, LinkTouches(brand_id, device_ids, person_id, at)) if device_ids else 0
    code_id = _code_of(tx, command, may_measure=may_measure)
    follow_brand(tx, FollowBrand(brand_id, person_id, command.entry, code_id, at))
    if command.joins:
        require_service(tx, brand_id, person_id)
        join_brand(tx, JoinBrand(brand_id, command.member_id, person_id, command.entry, None, at))
    follow = next(f for f in follows_of_person(tx, person_id) if f.brand_id == brand_id)
    return Following(follow, member_of_person(tx, brand_id, person_id), tuple(receipts), linked)


def require_service(reader: Reader, brand_id: str, person_id: str) -> None:
    """Refuse without consent to membership and receipts (C1). Errors: Refusal shop.service_needed."""
    if not has_consent(reader, brand_id, person_id, SERVICE):
        raise SERVICE_NEEDED()


def _code_of(tx: Tx, command: FollowAndJoin, *, may_measure: bool) -> str | None:
    """The code given, else the last one touched; None while nobody may know."""
    code_id = None
    if command.code_slug is not None:
        code = code_by_slug(tx, command.code_slug)
        if code is None or code.brand_id != command.brand_id:
            raise REQUEST_NOT_FOUND()
        code_id = code.code_id
    if not may_measure:
        return None
    if code_id is None:
        key = (command.brand_id, command.person_id)
        touch = last_touches(tx, [key], command.at - CREDIT_WINDOW).get(key)
        code_id = touch.code_id if touch else None
    return code_id
