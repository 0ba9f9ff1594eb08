"""Own sales, and one of them with why they get what they get."""

from typing import Annotated

from fastapi import Query, Request, Response

from highstreet.fronts.dealer import own
from highstreet.fronts.dealer.asking import Instant, brand_of, own_party_ids, program_of
from highstreet.fronts.dealer.pages.shell import SalesReader, names_of, page_router, show
from highstreet.fronts.staff import PlaceId, SaleId
from highstreet.kernel.permissions import Permission
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import categories_for, prices_for

router = page_router()
PAGE = 30


@router.get("/sales")
async def sales_page(
    request: Request,
    actor: SalesReader,
    place: Annotated[PlaceId | None, Query()] = None,
    before: Annotated[Instant | None, Query()] = None,
    before_id: Annotated[SaleId | None, Query()] = None,
) -> Response:
    """Paid sales, the newest first."""
    places = await own.read_places(request, actor)
    found = await own.list_sales(request, actor, before, before_id, place, PAGE + 1)
    sales, last = found[:PAGE], None
    if len(found) > PAGE and sales[-1].paid_at is not None:
        last = {"before": format_utc(sales[-1].paid_at), "before_id": sales[-1].id}
    return await show(
        request,
        actor,
        "sales.html",
        sales=sales,
        places=sorted(places, key=lambda p: p.name_en),
        place_names={p.place_id: p for p in places},
        chosen=place or "",
        is_first=before is None,
        last=last,
    )


@router.get("/sales/{sale_id}")
async def sale_page(request: Request, actor: SalesReader, sale_id: SaleId) -> Response:
    """A sale as far as it is theirs. 404 for any other."""
    sale = await own.read_sale(request, actor, sale_id)
    places = {p.place_id: p for p in await own.read_places(request, actor)}
    told = (
        {s.party_id for s in sale.shares} | {n.owner_party_id for n in sale.lines} | {sale.collector_party_id}
    )
    parties = own_party_ids(actor, Permission.SALES_READ)
    place = places.get(sale.place_id)
    return await show(
        request,
        actor,
        "sale.html",
        sale=sale,
        categories=await program_of(request).db.read(
            _categories, brand_of(actor), {line.gtin for line in sale.lines if line.gtin}
        ),
        place=place,
        zone=(place.time_zone if place else None) or "UTC",
        names=await names_of(request, actor, told),
        may_dispute=bool(own_party_ids(actor, Permission.EARNINGS_READ)),
        own_minor=sum(share.amount_minor for share in sale.shares),
        lines={line.line_no: line for line in sale.lines},
        is_collector=sale.collector_party_id in parties,
        is_housed=place is not None
        and place.landlord_party_id in parties
        and place.operator_party_id not in parties,
    )


def _categories(reader: Reader, brand_id: str, gtins: set[str]) -> dict[str, str]:
    """What each barcode is, for its picture."""
    variants = prices_for(reader, [(brand_id, gtin) for gtin in gtins])
    categories = categories_for(reader, brand_id, {one.product_id for one in variants.values()})
    return {gtin: categories.get(one.product_id, "") for (_, gtin), one in variants.items()}
