"""Offers and their shared coupons."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from highstreet.flows import lists
from highstreet.flows.change_offers import (
    ChangeCoupon,
    ChangeOffer,
    StopOrResume,
    publish_offer,
    publish_shared_coupon,
    set_offer_active,
)
from highstreet.fronts.office.asking import (
    Asked,
    Instant,
    Minor,
    Title,
    Told,
    brand_of,
    office,
    program_of,
)
from highstreet.fronts.parity_told import WAITS, waits
from highstreet.fronts.staff import CouponId, OfferId, PartyId, write_audited
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.offers import (
    CouponFacts,
    OfferFacts,
    PublishOffer,
    PublishSharedCoupon,
    SetOfferActive,
    offers_of_brand,
)

router = APIRouter(tags=["office: offers"], responses=PROBLEMS)
OffersReader = Annotated[Actor, office(Permission.OFFERS_READ)]
OffersWriter = Annotated[Actor, office(Permission.OFFERS_WRITE)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class SharedCouponTold(Told):
    """A coupon for everybody, by its public code."""

    coupon_id: str
    offer_id: str
    public_code: str
    cap: int = Field(description="The most uses.")
    reserved: int
    used: int
    valid_from: datetime
    valid_until: datetime


class OfferTold(Told):
    """An offer as it stands."""

    offer_id: str
    kind: str
    terms: dict[str, Any]
    title_en: str
    title_zh: str
    funder_party_id: str = Field(description="Who pays for the discount.")
    is_stackable: bool
    is_offline: bool
    is_active: bool
    starts_at: datetime
    ends_at: datetime
    coupon_valid_s: int
    limit_total: int | None
    limit_per_person: int | None
    claimed: int
    budget_minor: int | None
    spent_minor: int
    shared_coupons: list[SharedCouponTold] = Field(default_factory=list)


class TermsAsked(Asked):
    """The numbers of its kind. spend_get: spend_minor, off_minor. percent: percent_bp, max_off_minor."""

    spend_minor: Minor | None = None
    off_minor: Minor | None = None
    percent_bp: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None, description="Basis points: 1500 is 15 %."
    )
    max_off_minor: Minor | None = None


class OfferAsked(Asked):
    """A new offer. The same id again is answered the same."""

    id: OfferId | None = Field(None, description="`ofr_…`, made by who asks; left out: a new one.")
    kind: Literal["spend_get", "percent", "member_price"]
    terms: TermsAsked
    title_en: Title | None = Field(None, description="One language is enough: the other takes its title.")
    title_zh: Title | None = None
    funder_party_id: PartyId
    is_stackable: bool = False
    is_offline: bool = Field(
        False, description="Registers may take its shared coupons while they have no network."
    )
    starts_at: Instant
    ends_at: Instant
    coupon_valid_s: Annotated[int, Field(ge=1, le=315_360_000)] = Field(
        30 * 86_400, description="Seconds that a claimed coupon is good for."
    )
    limit_total: Count | None = None
    limit_per_person: Count | None = None
    budget_minor: Minor | None = Field(None, description="What the funder set aside; none: no limit.")


class SharedCouponAsked(Asked):
    """A coupon for everybody. The same id again is answered the same."""

    id: CouponId | None = Field(None, description="`cpn_…`, made by who asks; left out: a new one.")
    public_code: Annotated[str, StringConstraints(pattern=r"^[!-~]{3,20}$")] = Field(
        description="What is printed.", examples=["WINTER10"]
    )
    cap: Annotated[int, Field(ge=1, le=1_000_000_000)]
    valid_from: Instant
    valid_until: Instant


class ActiveAsked(Asked):
    """Whether an offer runs."""

    is_active: Annotated[bool, Field(strict=True)]


@router.get("/offers", operation_id="office_list_offers", summary="Head office lists all offers")
async def list_offers(request: Request, actor: OffersReader) -> list[OfferTold]:
    """All offers with what was claimed and spent, the newest first."""
    return await program_of(request).db.read(_offers, brand_of(actor))


def _offers(reader: Reader, brand_id: str) -> list[OfferTold]:
    shared: dict[str, list[SharedCouponTold]] = {}
    for coupon in lists.shared_coupons(reader, brand_id):
        shared.setdefault(coupon.offer_id, []).append(SharedCouponTold.model_validate(coupon))
    offers = [OfferTold.model_validate(facts) for facts in offers_of_brand(reader, brand_id, None)]
    for offer in offers:
        offer.shared_coupons = shared.get(offer.offer_id, [])
    return offers


@router.post(
    "/offers",
    operation_id="office_publish_offer",
    summary="Head office publishes an offer",
    status_code=201,
    response_model=OfferTold,
    responses=WAITS,
)
async def publish(request: Request, actor: OffersWriter, asked: OfferAsked) -> OfferFacts | Response | None:
    """Publish an offer. Its promise never changes afterwards."""
    program = program_of(request)
    command = PublishOffer(
        brand_id=brand_of(actor),
        offer_id=new_id("ofr") if asked.id is None else check_id(asked.id, "ofr"),
        kind=asked.kind,
        terms=asked.terms.model_dump(exclude_none=True),
        title_en=asked.title_en or "",
        title_zh=asked.title_zh or "",
        funder_party_id=asked.funder_party_id,
        is_stackable=asked.is_stackable,
        is_offline=asked.is_offline,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        coupon_valid_s=asked.coupon_valid_s,
        at=program.clock.now(),
        limit_total=asked.limit_total,
        limit_per_person=asked.limit_per_person,
        budget_minor=asked.budget_minor,
    )
    done = await write_audited(
        request,
        actor,
        command.offer_id,
        publish_offer,
        ChangeOffer(command, actor.id),
        kind=command.kind,
        title_en=command.title_en,
        budget_minor=command.budget_minor,
    )
    return done.result if done.waiting is None else await waits(request, actor, done.waiting)


@router.post(
    "/offers/{offer_id}/shared-coupons",
    operation_id="office_publish_shared_coupon",
    summary="Head office publishes a coupon for everybody",
    status_code=201,
    response_model=SharedCouponTold,
    responses=WAITS,
)
async def share(
    request: Request, actor: OffersWriter, offer_id: OfferId, asked: SharedCouponAsked
) -> CouponFacts | Response | None:
    """One coupon for everybody, by a public code."""
    program = program_of(request)
    command = PublishSharedCoupon(
        brand_id=brand_of(actor),
        offer_id=offer_id,
        coupon_id=new_id("cpn") if asked.id is None else check_id(asked.id, "cpn"),
        public_code=asked.public_code,
        cap=asked.cap,
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
    )
    done = await write_audited(
        request,
        actor,
        command.coupon_id,
        publish_shared_coupon,
        ChangeCoupon(command, actor.id, program.clock.now()),
        offer_id=offer_id,
        public_code=command.public_code,
        cap=command.cap,
    )
    return done.result if done.waiting is None else await waits(request, actor, done.waiting)


@router.put(
    "/offers/{offer_id}/active",
    operation_id="office_set_offer_active",
    summary="Head office stops or resumes an offer",
    status_code=204,
    responses=WAITS,
)
async def set_active(
    request: Request, actor: OffersWriter, offer_id: OfferId, asked: ActiveAsked
) -> Response:
    """Stop an offer, or let it go on. While it is stopped no coupon of it is given or can be used."""
    new = SetOfferActive(brand_of(actor), offer_id, asked.is_active)
    command = StopOrResume(new, actor.id, program_of(request).clock.now())
    done = await write_audited(request, actor, offer_id, set_offer_active, command, is_active=asked.is_active)
    if done.waiting is not None:
        return await waits(request, actor, done.waiting)
    return Response(status_code=204)
