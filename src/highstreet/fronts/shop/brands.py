"""Brands: what they are, sell and offer; following, joining, consenting, claiming."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.flows.claim_offer import claim_offer
from highstreet.flows.join_and_follow import FollowAndJoin, join_and_follow
from highstreet.flows.withdraw_consent import withdraw_consent
from highstreet.fronts.shop.access import (
    PRIVATE,
    Anyone,
    Shopper,
    address_of,
    person_of,
    problems,
    program_of,
    rates_of,
)
from highstreet.fronts.shop.models.me import FollowAsked, FollowingTold, WithdrawnTold, consent_told
from highstreet.fronts.shop.models.shared import (
    BrandId,
    BrandTold,
    GoodsTold,
    OfferId,
    OfferTold,
    Purpose,
    Words,
    brand_told,
    goods_told,
    offer_told,
)
from highstreet.fronts.shop.models.wallet import ClaimAsked, CouponTold, coupon_told
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import PricedVariant, find_variants
from highstreet.rooms.members import UnfollowBrand, WithdrawConsent, unfollow_brand
from highstreet.rooms.offers import ClaimCoupon, OfferFacts, offers_of_brand
from highstreet.rooms.parties import Brand, brand_by_id, brands

router = APIRouter(tags=["shop: brands"])


@router.get(
    "/brands", operation_id="shop_list_brands", summary="Anyone lists brands", responses=problems(422)
)
async def list_brands(
    request: Request,
    _actor: Anyone,
    after: BrandId | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[BrandTold]:
    """Brands by id; for more, ask again with the last one's id as `after`."""
    found = await program_of(request).db.read(brands)
    return [brand_told(brand) for brand in found if after is None or brand.id > after][:limit]


@router.get(
    "/brands/{brand_id}",
    operation_id="shop_read_brand",
    summary="Anyone reads about a brand",
    responses=problems(404, 422),
)
async def read_brand(request: Request, _actor: Anyone, brand_id: BrandId) -> BrandTold:
    """One brand."""
    return brand_told(await program_of(request).db.read(_brand, brand_id))


@router.get(
    "/brands/{brand_id}/offers",
    operation_id="shop_list_offers",
    summary="Anyone lists the running offers of a brand",
    responses=problems(404, 422),
)
async def list_offers(request: Request, _actor: Anyone, brand_id: BrandId) -> list[OfferTold]:
    """The offers that run now, the newest first, with what is left of them."""
    program = program_of(request)

    def running(reader: Reader) -> list[OfferFacts]:
        _brand(reader, brand_id)
        return offers_of_brand(reader, brand_id, program.clock.now())

    return [offer_told(offer) for offer in await program.db.read(running)]


@router.get(
    "/brands/{brand_id}/goods",
    operation_id="shop_find_goods",
    summary="Anyone searches the goods of a brand",
    responses=problems(404, 422, 429),
)
async def find_goods(
    request: Request,
    _actor: Anyone,
    brand_id: BrandId,
    text: Annotated[Words, Query(description="At most four words of a name, number or barcode.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[GoodsTold]:
    """A brand's goods by name, with list and members' prices."""
    if text:
        rates_of(request).searches.check(address_of(request))

    def found(reader: Reader) -> list[PricedVariant]:
        _brand(reader, brand_id)
        return find_variants(reader, brand_id, text, limit)

    return [goods_told(variant) for variant in await program_of(request).db.read(found)]


@router.put(
    "/brands/{brand_id}/follow",
    operation_id="shop_follow_brand",
    summary="Shopper follows a brand",
    dependencies=[PRIVATE],
    responses=problems(401, 403, 404, 409, 413, 422),
)
async def follow_brand(
    request: Request, actor: Shopper, brand_id: BrandId, asked: FollowAsked
) -> FollowingTold:
    """Follow, consent and join in one step; asked again it changes nothing."""
    program = program_of(request)
    done = await program.db.write(
        join_and_follow,
        FollowAndJoin(
            brand_id=brand_id,
            person_id=person_of(actor),
            entry=asked.entry,
            code_slug=asked.code_slug,
            joins=asked.joins,
            purposes=tuple(asked.purposes),
            consent_ids=tuple(asked.consent_ids),
            member_id=asked.member_id or new_id("mbr"),
            at=program.clock.now(),
        ),
    )
    return FollowingTold(
        brand_id=brand_id,
        entry=done.follow.entry,
        since=done.follow.since,
        member_id=done.member.member_id if done.member else None,
        consents=[consent_told(receipt) for receipt in done.receipts],
    )


@router.delete(
    "/brands/{brand_id}/follow",
    status_code=204,
    operation_id="shop_unfollow_brand",
    summary="Shopper stops following a brand",
    responses=problems(401, 403, 422),
)
async def stop_following(request: Request, actor: Shopper, brand_id: BrandId) -> None:
    """Hear no more of a brand. Membership and consents stay as they are."""
    program = program_of(request)
    await program.db.write(unfollow_brand, UnfollowBrand(brand_id, person_of(actor), program.clock.now()))


@router.delete(
    "/brands/{brand_id}/consents/{purpose}",
    operation_id="shop_withdraw_consent",
    summary="Shopper takes a consent back",
    dependencies=[PRIVATE],
    responses=problems(401, 403, 422),
)
async def withdraw(request: Request, actor: Shopper, brand_id: BrandId, purpose: Purpose) -> WithdrawnTold:
    """Take a consent back; it works at once. Measurement: touches are nobody's again."""
    program = program_of(request)
    command = WithdrawConsent(brand_id, person_of(actor), purpose, program.clock.now())
    return WithdrawnTold(purpose=purpose, withdrawn=await program.db.write(withdraw_consent, command))


@router.post(
    "/brands/{brand_id}/offers/{offer_id}/claims",
    operation_id="shop_claim_offer",
    summary="Shopper claims an offer as a coupon",
    dependencies=[PRIVATE],
    responses=problems(401, 403, 404, 409, 413, 422),
)
async def claim(
    request: Request, actor: Shopper, brand_id: BrandId, offer_id: OfferId, asked: ClaimAsked
) -> CouponTold:
    """An offer becomes a coupon."""
    program = program_of(request)
    command = ClaimCoupon(brand_id, offer_id, asked.coupon_id, person_of(actor), program.clock.now())
    return coupon_told(await program.db.write(claim_offer, command))


def _brand(reader: Reader, brand_id: str) -> Brand:
    brand = brand_by_id(reader, brand_id)
    if brand is None:
        raise REQUEST_NOT_FOUND()
    return brand
