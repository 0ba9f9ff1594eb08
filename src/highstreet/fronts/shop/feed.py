"""What the brands followed offer, to claim with one tap."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.flows.show_feed import feed_of
from highstreet.fronts.shop.access import PRIVATE, Shopper, person_of, problems, program_of
from highstreet.fronts.shop.models.shared import brand_told, offer_told
from highstreet.fronts.shop.models.wallet import FeedItemTold, coupon_told

router = APIRouter(tags=["shop: feed"], dependencies=[PRIVATE])


@router.get(
    "/feed",
    operation_id="shop_read_feed",
    summary="Shopper reads the offers of the brands they follow",
    responses=problems(401, 403, 422),
)
async def read_feed(
    request: Request, actor: Shopper, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[FeedItemTold]:
    """Offers that run now, the newest first, each with the coupon held of it, if any."""
    program = program_of(request)
    found = await program.db.read(feed_of, person_of(actor), program.clock.now(), limit)
    return [
        FeedItemTold(
            brand=brand_told(item.brand),
            offer=offer_told(item.offer),
            coupon=coupon_told(item.coupon) if item.coupon else None,
            can_claim=item.can_claim,
        )
        for item in found
    ]
