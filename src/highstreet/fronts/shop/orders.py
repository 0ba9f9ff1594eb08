"""Orders for pickup: goods kept for a deposit that is paid on the phone."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from highstreet.flows.order_goods import (
    OrderGoods,
    OrderPriced,
    OrderSeen,
    give_order_up,
    order_goods,
    order_seen,
    pay_on_phone,
    price_order,
)
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.sell_at_register import TenderWish
from highstreet.fronts.shop.access import PRIVATE, Shopper, person_of, problems, program_of
from highstreet.fronts.shop.models.shared import BrandId, PlaceId, SaleId, example
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor
from highstreet.rooms.goods import parse_gtin
from highstreet.rooms.sales import orders_of_person
from highstreet.rooms.sales.model import MAX_LINES, MAX_QUANTITY

router = APIRouter(prefix="/orders", tags=["shop: orders"], dependencies=[PRIVATE])
ORDERS_SHOWN = 50
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_max_length=400)


class OrderItemAsked(_Asked):
    """Pieces of one article."""

    gtin: str = Field(max_length=14, pattern="^[0-9]{8,14}$", examples=["2900000000018"])
    quantity: int = Field(1, ge=1, le=MAX_QUANTITY)


class OrderPriceAsked(_Asked):
    """A basket to be picked up at a place."""

    brand_id: BrandId = Field(examples=[example("brd")])
    place_id: PlaceId = Field(examples=[example("plc")])
    items: list[OrderItemAsked] = Field(min_length=1, max_length=MAX_LINES)
    coupons: list[Annotated[str, Field(max_length=40, pattern=_PRINTABLE)]] = Field([], max_length=8)


class OrderAsked(OrderPriceAsked):
    """The order. The same id again is answered the same."""

    id: SaleId = Field(description="Made by the phone: `sal_…`.", examples=[example("sal")])
    currency: str = Field(min_length=3, max_length=3, pattern="^[A-Z]{3}$")
    expected_total_minor: int = Field(ge=1, le=10**12, description="Refused if the price is another by now.")


class OrderPartAsked(_Asked):
    """A part to be paid on this phone; without an amount the deposit, then the rest."""

    id: str = Field(max_length=40, description="Made by the phone: `tnd_…`.", examples=[example("tnd")])
    rail: Literal["wallet", "alipay", "wechat", "stripe"]
    amount_minor: int | None = Field(None, ge=1, le=10**12)


class OrderPriceTold(BaseModel):
    """What the order would cost, and what is to be paid in advance. Minor units."""

    model_config = ConfigDict(from_attributes=True)

    currency: str
    total_minor: int
    deposit_minor: int
    hold_days: int = Field(description="Goods and price are kept so long once the deposit is paid.")


class OrderLineTold(BaseModel):
    """A line with its price."""

    model_config = ConfigDict(from_attributes=True)

    line_no: int
    name_en: str
    name_zh: str
    quantity: int
    unit_list_minor: int
    discount_minor: int
    net_minor: int


class OrderPartTold(BaseModel):
    """One payment of an order, or one that goes back."""

    tender_id: str
    direction: Literal["in", "out"]
    rail: str
    state: str
    amount_minor: int


class OrderTold(BaseModel):
    """An order and where it stands. `sale_id` is shown at the register: it is the pickup code."""

    sale_id: str
    brand_id: str
    place_id: str
    place_name_en: str
    place_name_zh: str
    state: Literal["open", "closing", "paid", "abandoned"]
    currency: str
    total_minor: int
    deposit_minor: int | None
    due_minor: int = Field(description="What no payment asks for yet.")
    held_minor: int = Field(description="What was paid and not given back.")
    held_until: datetime | None = Field(description="Goods and price are kept until then.")
    lines: list[OrderLineTold]
    parts: list[OrderPartTold]
    qr: str | None = Field(None, description="What to open or to scan in order to pay.")


def _told(seen: OrderSeen, answer: dict[str, Any] | None = None) -> OrderTold:
    sale, state = seen.sale, seen.state if answer is None else answer
    return OrderTold(
        sale_id=sale.id,
        brand_id=sale.brand_id,
        place_id=sale.place_id,
        place_name_en=seen.place.name_en,
        place_name_zh=seen.place.name_zh,
        state=sale.state,
        currency=sale.currency,
        total_minor=sale.total_minor,
        deposit_minor=sale.deposit_minor,
        due_minor=seen.state["due_minor"],
        held_minor=seen.state["held_minor"],
        held_until=sale.held_until,
        lines=[OrderLineTold.model_validate(line) for line in sale.lines],
        parts=[OrderPartTold.model_validate(part) for part in seen.state["parts"]],
        qr=state.get("qr"),
    )


async def _seen(request: Request, actor: Actor, brand_id: str, sale_id: str, **more: Any) -> OrderTold:
    found = await program_of(request).db.read(order_seen, brand_id, sale_id, person_of(actor))
    return _told(found, **more)


def _order(
    actor: Actor, asked: OrderPriceAsked, sale_id: str, currency: str, total: int | None
) -> OrderGoods:
    return OrderGoods(
        brand_id=asked.brand_id,
        person_id=person_of(actor),
        place_id=asked.place_id,
        sale_id=sale_id,
        items=tuple(BasketItem(parse_gtin(item.gtin), item.quantity) for item in asked.items),
        coupons=tuple(asked.coupons),
        currency=currency,
        expected_total_minor=total,
        fingerprint=fingerprint_of([person_of(actor), asked.model_dump()]),
    )


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
    priced: OrderPriced = await program.db.read(price_order, order, program.clock.now())
    return OrderPriceTold.model_validate(priced)


@router.post(
    "",
    operation_id="shop_order_goods",
    summary="Shopper orders goods for pickup",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
async def place_order(request: Request, actor: Shopper, asked: OrderAsked) -> OrderTold:
    """Keep the goods at their price: half an hour for the deposit, the brand's time once it is paid.

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
    return await _seen(request, actor, brand_id, sale_id, answer=answer)


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
