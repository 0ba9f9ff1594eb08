"""What a shopper holds: coupons, memberships with their turning code, receipts."""

from base64 import urlsafe_b64encode
from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.flows.show_wallet import (
    Membership,
    coupons_held,
    member_id_to_show,
    memberships_held,
    points_held,
    receipt_of,
    receipts_of,
)
from highstreet.fronts.shop.access import PRIVATE, Shopper, person_of, problems, program_of
from highstreet.fronts.shop.models.shared import BrandId, CouponId, Instant, PointsId, SaleId, brand_told
from highstreet.fronts.shop.models.wallet import (
    BrandReceiptTold,
    CodeKeyTold,
    CouponTold,
    MemberCodeKeysTold,
    MemberCodeTold,
    MembershipTold,
    PointsEntryTold,
    PointsTold,
    ReceiptsTold,
    coupon_told,
    receipt_told,
)
from highstreet.kernel.time import from_micros, to_micros
from highstreet.rooms.members import (
    ALPHABET,
    STEP_S,
    STEPS_A_WEEK,
    STEPS_ACCEPTED,
    code_head,
    code_keys,
    member_code,
)

router = APIRouter(tags=["shop: wallet"], dependencies=[PRIVATE])


@router.get(
    "/coupons",
    operation_id="shop_list_coupons",
    summary="Shopper lists own coupons",
    responses=problems(401, 403, 422),
)
async def list_coupons(
    request: Request,
    actor: Shopper,
    after: Annotated[CouponId | None, Query(description="The coupon_id of the last one seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[CouponTold]:
    """Coupons that have not expired, used ones too; the first to expire first."""
    program = program_of(request)
    held = await program.db.read(coupons_held, person_of(actor), program.clock.now(), after, limit)
    return [coupon_told(one) for one in held]


@router.get(
    "/memberships",
    operation_id="shop_list_memberships",
    summary="Shopper lists own memberships and points",
    responses=problems(401, 403),
)
async def list_memberships(request: Request, actor: Shopper) -> list[MembershipTold]:
    """Memberships and their points, the oldest first."""
    held = await program_of(request).db.read(memberships_held, person_of(actor))
    return [_membership(one) for one in held]


@router.get(
    "/memberships/{brand_id}/code",
    operation_id="shop_show_member_code",
    summary="Shopper shows a member code at the register",
    responses=problems(401, 403, 404, 409, 422),
)
async def show_member_code(request: Request, actor: Shopper, brand_id: BrandId) -> MemberCodeTold:
    """The code to show at the register; it turns every half minute. Needs consent to `service`."""
    program = program_of(request)
    member_id = await program.db.read(member_id_to_show, brand_id, person_of(actor))
    now = program.clock.now()
    step = to_micros(now) // (STEP_S * 1_000_000)
    return MemberCodeTold(
        code=member_code(program.member_secret, brand_id, member_id, now),
        changes_at=from_micros((step + 1) * STEP_S * 1_000_000),
        valid_until=from_micros((step + STEPS_ACCEPTED) * STEP_S * 1_000_000),
    )


@router.get(
    "/memberships/{brand_id}/code-keys",
    operation_id="shop_keep_code_keys",
    summary="Shopper's phone keeps what it shows codes with offline",
    responses=problems(401, 403, 404, 409, 422),
)
async def keep_code_keys(request: Request, actor: Shopper, brand_id: BrandId) -> MemberCodeKeysTold:
    """Keys of this week and the next, so that the code turns without a network. Needs consent to `service`."""
    program = program_of(request)
    member_id = await program.db.read(member_id_to_show, brand_id, person_of(actor))
    now = program.clock.now()
    return MemberCodeKeysTold(
        head=code_head(brand_id, member_id),
        alphabet=ALPHABET,
        step_s=STEP_S,
        now=now,
        keys=[
            CodeKeyTold(
                key=urlsafe_b64encode(key).rstrip(b"=").decode(),
                first_step=week * STEPS_A_WEEK,
                last_step=(week + 1) * STEPS_A_WEEK - 1,
            )
            for week, key in code_keys(program.member_secret, brand_id, member_id, now)
        ],
    )


@router.get(
    "/memberships/{brand_id}/points",
    operation_id="shop_list_points",
    summary="Shopper lists own points with a brand",
    responses=problems(401, 403, 404, 422),
)
async def list_points(
    request: Request,
    actor: Shopper,
    brand_id: BrandId,
    before: Annotated[Instant | None, Query(description="`next_before` of the page before.")] = None,
    before_id: Annotated[PointsId | None, Query(description="Its `next_before_id`.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PointsTold:
    """What points came from and went to, the newest first."""
    after = None if before is None else (before, before_id or "")
    held, entries = await program_of(request).db.read(points_held, brand_id, person_of(actor), after, limit)
    last = entries[-1] if len(entries) == limit else None
    return PointsTold(
        membership=_membership(held),
        entries=[
            PointsEntryTold(
                entry_id=e.id,
                sale_id=e.sale_id,
                kind=e.kind,
                state=e.state,
                points=e.points,
                matures_at=e.matures_at,
                at=e.at,
            )
            for e in entries
        ],
        next_before=last.at if last else None,
        next_before_id=last.id if last else None,
    )


def _membership(one: Membership) -> MembershipTold:
    return MembershipTold(
        brand=brand_told(one.brand),
        member_id=one.member.member_id,
        tier=one.member.tier,
        joined_at=one.member.joined_at,
        points_pending=one.member.points_pending,
        points_available=one.member.points_available,
    )


@router.get(
    "/receipts",
    operation_id="shop_list_receipts",
    summary="Shopper lists own receipts",
    responses=problems(401, 403, 422),
)
async def list_receipts(
    request: Request,
    actor: Shopper,
    before: Annotated[Instant | None, Query(description="`next_before` of the page before.")] = None,
    before_id: Annotated[SaleId | None, Query(description="Its `next_before_id`.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ReceiptsTold:
    """Receipts over all brands, the newest first, with every line and why its price is lower."""
    after = None if before is None else (before, before_id or "")
    found = await program_of(request).db.read(receipts_of, person_of(actor), after, limit)
    last = found[-1].sale if len(found) == limit else None
    return ReceiptsTold(
        receipts=[receipt_told(one) for one in found],
        next_before=last.paid_at if last else None,
        next_before_id=last.id if last else None,
    )


@router.get(
    "/receipts/{brand_id}/{sale_id}",
    operation_id="shop_read_receipt",
    summary="Shopper reads one receipt",
    responses=problems(401, 403, 404, 422),
)
async def read_receipt(
    request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId
) -> BrandReceiptTold:
    """One receipt, with what came back. 404 also when it is another person's."""
    return receipt_told(await program_of(request).db.read(receipt_of, person_of(actor), brand_id, sale_id))
