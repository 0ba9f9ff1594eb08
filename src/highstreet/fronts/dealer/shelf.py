"""Counting and adjusting what lies at their own places."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.fronts.dealer.asking import dealer, own_place_ids, program_of
from highstreet.fronts.staff import (
    AdjustmentAsked,
    ArticleHereTold,
    CountAsked,
    CountedTold,
    PlaceId,
    StockDesk,
    VariantId,
)
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS

router = APIRouter(tags=["dealer: own places"], responses=PROBLEMS)
StockReader = Annotated[Actor, dealer(Permission.STOCK_READ)]
StockWriter = Annotated[Actor, dealer(Permission.STOCK_WRITE)]


@router.post(
    "/stock/counts",
    operation_id="dealer_count_stock",
    summary="Dealer or store counts stock",
)
async def count_stock_here(request: Request, actor: StockWriter, asked: CountAsked) -> CountedTold:
    """Set on hand to what was seen; below what is reserved is refused. Counting the same again changes nothing."""
    return CountedTold(changed=await StockDesk(request, actor).count(asked))


@router.post(
    "/stock/adjustments",
    operation_id="dealer_adjust_stock",
    summary="Dealer or store adjusts stock, with a reason",
)
async def adjust_stock_here(request: Request, actor: StockWriter, asked: AdjustmentAsked) -> ArticleHereTold:
    """So many pieces more or fewer, and why. The same id again changes nothing."""
    return await StockDesk(request, actor).adjust(asked)


@router.get(
    "/stock/{variant_id}",
    operation_id="dealer_read_article_stock",
    summary="Dealer or store reads an article's stock at a place",
)
async def read_article_stock(
    request: Request,
    actor: StockReader,
    variant_id: VariantId,
    place_id: Annotated[PlaceId, Query(description="Which place.")],
) -> ArticleHereTold:
    """Whose pieces there are, how sure we are of them, and what happened to them beside sales."""
    if place_id not in await program_of(request).db.read(own_place_ids, actor, Permission.STOCK_READ):
        raise REQUEST_NOT_FOUND()
    return await StockDesk(request, actor).article(place_id, variant_id)
