"""What lies at their places: their own pieces, or everybody's."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from highstreet.flows.list_places import list_places
from highstreet.fronts.dealer import own
from highstreet.fronts.dealer.asking import brand_of, own_party_ids, own_place_ids, program_of
from highstreet.fronts.dealer.pages.shell import StockReader, names_of, page_router, show
from highstreet.fronts.staff import PlaceId
from highstreet.kernel.permissions import Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import categories_for, variants_for

router = page_router()


@router.get("/stock")
async def stock_page(
    request: Request,
    actor: StockReader,
    place: Annotated[PlaceId | None, Query()] = None,
    whose: Annotated[Literal["own", "all"], Query()] = "own",
) -> Response:
    """One place's stock by article and owner; the first place when none was chosen."""
    program = program_of(request)
    reached = await program.db.read(own_place_ids, actor, Permission.STOCK_READ)
    scopes = actor.scopes(Permission.STOCK_READ)
    listed = await program.db.read(list_places, brand_of(actor), scopes, "", 1000)
    places = sorted((p for p in listed if p.place_id in reached), key=lambda p: p.name_en)
    parties = own_party_ids(actor, Permission.STOCK_READ)
    chosen = place or (places[0].place_id if places else None)
    found = await own.read_stock(request, actor, chosen) if chosen else []
    shown = [item for item in found if whose == "all" or item.owner_party_id in parties]
    return await show(
        request,
        actor,
        "stock.html",
        places=places,
        chosen=chosen or "",
        whose=whose,
        items=sorted(shown, key=lambda i: (i.available > 0, i.name_en or "", i.sku or "")),
        categories=await program.db.read(_categories, brand_of(actor), {item.variant_id for item in shown}),
        others=len(found) - len(shown),
        own_parties=parties,
        names=await names_of(request, actor, {item.owner_party_id for item in shown}),
    )


def _categories(reader: Reader, brand_id: str, variant_ids: set[str]) -> dict[str, str]:
    """What each variant is, for its picture."""
    variants = variants_for(reader, [(brand_id, variant_id) for variant_id in variant_ids])
    categories = categories_for(reader, brand_id, {one.product_id for one in variants.values()})
    return {one.variant_id: categories.get(one.product_id, "") for one in variants.values()}
