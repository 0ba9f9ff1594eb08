"""Goods, their prices, and stock by owner."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from highstreet.flows.change_price import ChangePrice, change_price
from highstreet.flows.list_places import ListedStock, list_stock
from highstreet.fronts.office.asking import (
    Asked,
    Currency,
    Minor,
    Told,
    Words,
    brand_of,
    office,
    program_of,
)
from highstreet.fronts.parity_told import WAITS, waits
from highstreet.fronts.staff import (
    AdjustmentAsked,
    ArticleHereTold,
    CountAsked,
    CountedTold,
    PlaceId,
    StockDesk,
    VariantId,
    write_audited,
)
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.goods import (
    PricedVariant,
    SetPrice,
    find_variants,
)
from highstreet.rooms.parties import place_by_id

router = APIRouter(tags=["office: goods"], responses=PROBLEMS)
GoodsReader = Annotated[Actor, office(Permission.GOODS_READ)]
GoodsWriter = Annotated[Actor, office(Permission.GOODS_WRITE)]
StockReader = Annotated[Actor, office(Permission.STOCK_READ)]
StockWriter = Annotated[Actor, office(Permission.STOCK_WRITE)]


class VariantTold(Told):
    """An article with its prices."""

    variant_id: str
    product_id: str
    gtin: str | None
    sku: str
    name_en: str
    name_zh: str
    attributes: dict[str, Any]
    currency: str
    list_minor: int
    member_minor: int | None = Field(description="None: members pay the list price.")


class PriceAsked(Asked):
    """New unit prices."""

    currency: Currency = Field(description="Must be the brand's.")
    list_minor: Minor
    member_minor: Minor | None = None


class StockTold(Told):
    """One owner's pieces of an article at a place."""

    variant_id: str
    sku: str | None
    gtin: str | None
    name_en: str | None
    name_zh: str | None
    owner_party_id: str
    on_hand: int
    reserved: int = Field(description="Of these: promised to somebody.")
    display: int = Field(description="Of these: on the shelf to be looked at, never promised online.")
    safety: int = Field(description="Kept back from online channels; sold at the register.")
    in_transit: int = Field(description="Sent to here, not yet received.")
    available: int = Field(description="What a register may sell.")
    available_online: int = Field(description="What may be promised to somebody who is not there.")
    counted_at: datetime


@router.get(
    "/goods",
    operation_id="office_find_goods",
    summary="Head office searches goods",
    response_model=list[VariantTold],
)
async def find_goods(
    request: Request,
    actor: GoodsReader,
    text: Annotated[Words, Query(description="Words of a name, SKU or barcode.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many were seen already.")] = 0,
) -> list[PricedVariant]:
    """The brand's goods that have every word, by name."""
    return await program_of(request).db.read(find_variants, brand_of(actor), text, limit, offset)


@router.put(
    "/goods/{variant_id}/price",
    operation_id="office_set_price",
    summary="Head office changes a price",
    response_model=VariantTold,
    responses=WAITS,
)
async def put_price(
    request: Request, actor: GoodsWriter, variant_id: VariantId, asked: PriceAsked
) -> PricedVariant | Response | None:
    """Change an article's prices; sales from now on see them. Where contracts promise dealers something, they decide."""
    program = program_of(request)
    command = SetPrice(
        brand_id=brand_of(actor),
        variant_id=variant_id,
        currency=asked.currency,
        list_minor=asked.list_minor,
        member_minor=asked.member_minor,
        at=program.clock.now(),
    )
    done = await write_audited(
        request,
        actor,
        variant_id,
        change_price,
        ChangePrice(command, actor.id),
        currency=asked.currency,
        list_minor=asked.list_minor,
        member_minor=asked.member_minor,
    )
    return done.result if done.waiting is None else await waits(request, actor, done.waiting)


@router.get(
    "/stock",
    operation_id="office_read_stock",
    summary="Head office reads the stock of a place",
    response_model=list[StockTold],
)
async def read_stock(
    request: Request,
    actor: StockReader,
    place_id: Annotated[PlaceId, Query(description="Which place.")],
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many were seen already.")] = 0,
) -> list[ListedStock]:
    """A place's stock by article and owner."""
    found = await program_of(request).db.read(list_stock, brand_of(actor), place_id)
    return found[offset : offset + limit]


@router.post(
    "/stock/counts",
    operation_id="office_count_stock",
    summary="Head office counts stock",
)
async def count_stock_here(request: Request, actor: StockWriter, asked: CountAsked) -> CountedTold:
    """Set on hand to what was seen; below what is reserved is refused. Counting the same again changes nothing."""
    return CountedTold(changed=await StockDesk(request, actor).count(asked))


@router.post(
    "/stock/adjustments",
    operation_id="office_adjust_stock",
    summary="Head office adjusts stock, with a reason",
)
async def adjust_stock_here(request: Request, actor: StockWriter, asked: AdjustmentAsked) -> ArticleHereTold:
    """So many pieces more or fewer, and why. The same id again changes nothing."""
    return await StockDesk(request, actor).adjust(asked)


@router.get(
    "/stock/{variant_id}",
    operation_id="office_read_article_stock",
    summary="Head office reads an article's stock at a place",
)
async def read_article_stock(
    request: Request,
    actor: StockReader,
    variant_id: VariantId,
    place_id: Annotated[PlaceId, Query(description="Which place.")],
) -> ArticleHereTold:
    """Whose pieces there are, how sure we are of them, and what happened to them beside sales."""
    if await program_of(request).db.read(place_by_id, brand_of(actor), place_id) is None:
        raise REQUEST_NOT_FOUND()
    return await StockDesk(request, actor).article(place_id, variant_id)
