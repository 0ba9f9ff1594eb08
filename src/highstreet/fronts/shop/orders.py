"""Orders: goods kept for a deposit that is paid on the phone, or brought once they are paid."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from highstreet.flows.order_goods import (
    OrderGoods,
    end_own_part,
    give_order_up,
    link_for_order,
    order_goods,
    order_seen,
    pay_on_phone,
    price_order,
)
from highstreet.flows.pay_link import link_of
from highstreet.flows.phone_rails import phone_rails
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.sell_at_register import TenderWish
from highstreet.fronts.shop.access import PRIVATE, Shopper, person_of, problems, program_of
from highstreet.fronts.shop.models.orders import (
    LinkedPartAsked,
    OrderAsked,
    OrderPartAsked,
    OrderPriceAsked,
    OrderPriceTold,
    OrderTold,
    order_told,
    price_told,
)
from highstreet.fronts.shop.models.shared import BrandId, SaleId, example
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.geo import Point
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor
from highstreet.rooms.goods import parse_gtin
from highstreet.rooms.parcels import Address
from highstreet.rooms.sales import orders_of_person
from highstreet.rooms.tenders import LINK

router = APIRouter(prefix="/orders", tags=["shop: orders"], dependencies=[PRIVATE])
ORDERS_SHOWN = 50
TenderId = Annotated[str, Path(max_length=40, examples=[example("tnd")])]


async def _seen(
    request: Request, actor: Actor, brand_id: str, sale_id: str, answer: dict[str, Any] | None = None
) -> OrderTold:
    program = program_of(request)
    seen = await program.db.read(order_seen, brand_id, sale_id, person_of(actor))
    rails = await phone_rails(program, seen.sale, seen.sale.place_id) if seen.sale.state == "open" else []
    links = {one.id: link_of(program, one.id) for one in seen.tenders if one.state == "planned"}
    return order_told(seen, rails, links, answer)


def _order(
    actor: Actor, asked: OrderPriceAsked, sale_id: str, currency: str, total: int | None
) -> OrderGoods:
    return OrderGoods(
        brand_id=asked.brand_id,
        person_id=person_of(actor),
        place_id=asked.place_id,
        sale_id=sale_id,
        items=_items(asked),
        coupons=tuple(asked.coupons),
        currency=currency,
        expected_total_minor=total,
        fingerprint=fingerprint_of([person_of(actor), asked.model_dump()]),
        address=_address(asked) if isinstance(asked, OrderAsked) else None,
        is_delivery=asked.way == "delivery",
    )


def _items(asked: OrderPriceAsked) -> tuple[BasketItem, ...]:
    items = [BasketItem(parse_gtin(item.gtin), item.quantity) for item in asked.items]
    if asked.way == "pickup":
        return tuple(items)
    # What is brought has each article once: it is served from one place.
    pieces: dict[str, int] = {}
    for item in items:
        pieces[item.gtin] = pieces.get(item.gtin, 0) + item.quantity
    return tuple(BasketItem(gtin, quantity) for gtin, quantity in pieces.items())


def _address(asked: OrderAsked) -> Address | None:
    """Errors: Refusal request.malformed, for a delivery without an address and the other way round."""
    to = asked.to
    if (to is not None) != (asked.way == "delivery"):
        raise REQUEST_MALFORMED(field="body.to", reason="of_a_delivery")
    if to is None:
        return None
    point = None if to.lat is None or to.lon is None else Point(to.lat, to.lon)
    return Address(to.name, to.phone, to.street, to.postcode, to.city, to.note, point)


@router.post(
    "/prices",
    operation_id="shop_price_order",
    summary="Shopper asks what an order costs",
    responses=problems(401, 403, 404, 409, 422),
)
async def price(request: Request, actor: Shopper, asked: OrderPriceAsked) -> OrderPriceTold:
    """The total with the member's prices and coupons, and the deposit. Nothing is kept yet."""
    program = program_of(request)
    order = _order(actor, asked, "", "", None)
    return price_told(await program.db.read(price_order, order, program.clock.now()))


@router.post(
    "",
    operation_id="shop_order_goods",
    summary="Shopper orders goods",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
async def place_order(request: Request, actor: Shopper, asked: OrderAsked) -> OrderTold:
    """Keep the goods at their price: half an hour for the deposit, the brand's time once it is paid.

    `delivery`: paid whole in advance, and served from wherever the brand's routing says, as its owners' contracts allow.
    For members who consented to `service`. The balance is paid here or at any place of the brand.
    """
    order = _order(actor, asked, asked.id, asked.currency, asked.expected_total_minor)
    await order_goods(program_of(request), order)
    return await _seen(request, actor, asked.brand_id, asked.id)


@router.get(
    "", operation_id="shop_list_orders", summary="Shopper lists own orders", responses=problems(401, 403)
)
async def list_orders(request: Request, actor: Shopper) -> list[OrderTold]:
    """Own orders in any state, over all brands, newest first, at most fifty."""
    db = program_of(request).db
    sales = await db.read(orders_of_person, person_of(actor), ORDERS_SHOWN)
    return [await _seen(request, actor, sale.brand_id, sale.id) for sale in sales]


@router.get(
    "/{brand_id}/{sale_id}",
    operation_id="shop_read_order",
    summary="Shopper reads one order",
    responses=problems(401, 403, 404, 422),
)
async def read_order(request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId) -> OrderTold:
    """One order. 404 also when it is another person's."""
    return await _seen(request, actor, brand_id, sale_id)


@router.post(
    "/{brand_id}/{sale_id}/tenders",
    operation_id="shop_pay_order",
    summary="Shopper pays a part of an order",
    responses=problems(401, 403, 404, 409, 422),
)
async def pay(
    request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId, asked: OrderPartAsked
) -> OrderTold:
    """Begin a payment on this phone: open `qr`, or scan it with another. The same id again shows it again."""
    wish = TenderWish(check_id(asked.id, "tnd"), asked.rail, asked.amount_minor, None, "qr")
    answer = await pay_on_phone(program_of(request), person_of(actor), brand_id, sale_id, wish)
    return await _seen(request, actor, brand_id, sale_id, answer)


@router.post(
    "/{brand_id}/{sale_id}/links",
    operation_id="shop_link_order",
    summary="Shopper lets somebody else pay a part",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
async def make_link(
    request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId, asked: LinkedPartAsked
) -> OrderTold:
    """A link for half an hour that whoever has it can pay, once; its amount is kept for it. The same id adds nothing."""
    wish = TenderWish(check_id(asked.id, "tnd"), LINK, asked.amount_minor, None, LINK)
    await link_for_order(program_of(request), person_of(actor), brand_id, sale_id, wish)
    return await _seen(request, actor, brand_id, sale_id)


@router.post(
    "/{brand_id}/{sale_id}/tenders/{tender_id}/cancel",
    operation_id="shop_cancel_part",
    summary="Shopper calls a part of an order back",
    responses=problems(401, 403, 404, 409, 422),
)
async def cancel_part(
    request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId, tender_id: TenderId
) -> OrderTold:
    """End a link, or call back a payment begun on the phone; its amount is due again once that is sure."""
    await end_own_part(program_of(request), person_of(actor), brand_id, sale_id, check_id(tender_id, "tnd"))
    return await _seen(request, actor, brand_id, sale_id)


@router.post(
    "/{brand_id}/{sale_id}/cancel",
    operation_id="shop_cancel_order",
    summary="Shopper gives an order up",
    responses=problems(401, 403, 404, 409, 422),
)
async def cancel(request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId) -> OrderTold:
    """Give an open order up: what was paid goes back to where it came from; cash waits at its place."""
    await give_order_up(program_of(request), person_of(actor), brand_id, sale_id)
    return await _seen(request, actor, brand_id, sale_id)
