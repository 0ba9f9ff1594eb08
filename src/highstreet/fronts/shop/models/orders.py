"""Orders: what is asked, what it costs, where one stands and how it was paid."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from highstreet.flows.order_goods import OrderPriced, OrderSeen
from highstreet.flows.pay_in_parts import LINK_TIME
from highstreet.flows.phone_rails import PhoneRail
from highstreet.fronts.shop.models.shared import (
    BrandId,
    BrandTold,
    GoodsTold,
    PlaceId,
    PlaceName,
    SaleId,
    brand_told,
    example,
    goods_told,
    place_name,
)
from highstreet.rooms.parcels import Parcel
from highstreet.rooms.sales.model import MAX_LINES, MAX_QUANTITY
from highstreet.rooms.tenders import LINK, Tender

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
LinkState = Literal["open", "waiting", "paid", "expired", "ended"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_max_length=400)


class OrderItemAsked(_Asked):
    """Pieces of one article."""

    gtin: str = Field(max_length=14, pattern="^[0-9]{8,14}$", examples=["2900000000018"])
    quantity: int = Field(1, ge=1, le=MAX_QUANTITY)


Way = Literal["pickup", "delivery"]


class AddressAsked(_Asked):
    """To whom and where. `lat`, `lon` (WGS-84): where that is, if the phone knows; it is served from near there."""

    name: str = Field(min_length=1, max_length=100, pattern=_PRINTABLE, examples=["Aino Virtanen"])
    phone: str = Field("", max_length=30, pattern=_PRINTABLE)
    street: str = Field(min_length=1, max_length=200, pattern=_PRINTABLE, examples=["Aleksanterinkatu 1"])
    postcode: str = Field("", max_length=20, pattern=_PRINTABLE)
    city: str = Field(min_length=1, max_length=100, pattern=_PRINTABLE, examples=["Helsinki"])
    note: str = Field("", max_length=200, pattern=_PRINTABLE)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


class OrderPriceAsked(_Asked):
    """A basket from a place, to be picked up there or to be brought."""

    brand_id: BrandId = Field(examples=[example("brd")])
    place_id: PlaceId = Field(examples=[example("plc")])
    items: list[OrderItemAsked] = Field(min_length=1, max_length=MAX_LINES)
    coupons: list[Annotated[str, Field(max_length=40, pattern=_PRINTABLE)]] = Field([], max_length=8)
    way: Way = "pickup"


class OrderAsked(OrderPriceAsked):
    """The order. The same id again is answered the same."""

    to: AddressAsked | None = Field(None, description="Of a delivery, and only of one.")

    id: SaleId = Field(description="Made by the phone: `sal_…`.", examples=[example("sal")])
    currency: str = Field(min_length=3, max_length=3, pattern="^[A-Z]{3}$")
    expected_total_minor: int = Field(ge=1, le=10**12, description="Refused if the price is another by now.")


class OrderPartAsked(_Asked):
    """A part to be paid on this phone; without an amount the deposit, then the rest."""

    id: str = Field(max_length=40, description="Made by the phone: `tnd_…`.", examples=[example("tnd")])
    rail: Literal["wallet", "alipay", "wechat", "stripe"]
    amount_minor: int | None = Field(None, ge=1, le=10**12)


class LinkedPartAsked(_Asked):
    """A part for somebody else to pay."""

    id: str = Field(max_length=40, description="Made by the phone: `tnd_…`.", examples=[example("tnd")])
    amount_minor: int = Field(ge=1, le=10**12)


class OrderLineTold(BaseModel):
    """A line with its price."""

    model_config = ConfigDict(from_attributes=True)

    line_no: int
    gtin: str | None = Field(description="14 digits.")
    name_en: str
    name_zh: str
    quantity: int
    unit_list_minor: int
    discount_minor: int
    net_minor: int


class OrderPriceTold(BaseModel):
    """What the order would cost, and what is to be paid in advance. Minor units."""

    currency: str
    total_minor: int
    deposit_minor: int
    hold_days: int = Field(description="Goods and price are kept so long once the deposit is paid.")
    delivery_hours: int | None = Field(
        description="Within so many hours it could be on its way to them; null: the brand delivers nothing."
    )
    brand: BrandTold
    place: PlaceName
    lines: list[OrderLineTold]
    goods: list[GoodsTold] = Field(description="What the lines are of.")
    is_member: bool = Field(description="Others may not order yet: they join, and consent to `service`.")
    unusable: list[str] = Field(description="Coupons that cannot go with the order.")


class OrderPartTold(BaseModel):
    """One payment of an order, or one that goes back."""

    tender_id: str
    direction: Literal["in", "out"]
    rail: str
    state: str = Field(description="`planned`, `pending`, `captured`, `failed`, `reversed` or `unknown`.")
    amount_minor: int
    at: datetime = Field(description="When it was begun.")
    is_by_phone: bool = Field(description="Begun on the phone: it can be called back there.")
    refunds_tender_id: str | None = Field(description="Of what goes back: the payment that it came by.")
    link_state: LinkState | None = Field(description="Of a pay link; null: it is none.")
    link: str | None = Field(description="To be sent to whoever pays, while it is open.")
    ends_at: datetime | None = Field(description="Until when a link is open.")


class OrderRailTold(BaseModel):
    """A rail that can be paid on a phone now, and how much by it."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["wallet"])
    least_minor: int
    most_minor: int | None = Field(description="What its limits leave; null: it has none.")


class ParcelTold(BaseModel):
    """What one place packs and sends."""

    state: Literal["waiting", "queued", "picked", "sent", "ended"]
    carrier: str
    tracking: str
    sent_at: datetime | None
    line_nos: list[int] = Field(description="Lines of which something is in it.")


class DeliveryTold(BaseModel):
    """Where an order is brought, by when, and how far it is. Missing pieces are paid back once the others are sent."""

    state: Literal["waiting", "packing", "sent", "ended"]
    promised_by: datetime = Field(description="By then it was to be on its way.")
    name: str
    street: str
    postcode: str
    city: str
    parcels: list[ParcelTold]
    missing: int = Field(description="Pieces that nobody found.")


class OrderTold(BaseModel):
    """An order and where it stands. `sale_id` is shown at the register: it is the pickup code."""

    sale_id: str
    brand_id: str
    brand: BrandTold
    place_id: str
    place_name_en: str
    place_name_zh: str
    time_zone: str = Field(description="IANA, the place's.")
    state: Literal["open", "closing", "paid", "abandoned"]
    currency: str
    total_minor: int
    deposit_minor: int | None
    due_minor: int = Field(description="What no payment asks for yet.")
    held_minor: int = Field(description="What was paid and not given back.")
    held_until: datetime | None = Field(description="Goods and price are kept until then.")
    lines: list[OrderLineTold]
    parts: list[OrderPartTold]
    rails: list[OrderRailTold] = Field(description="While it is open: how a phone can pay.")
    qr: str | None = Field(None, description="What to open or to scan in order to pay.")
    delivery: DeliveryTold | None = Field(description="null: it is picked up.")


def price_told(priced: OrderPriced) -> OrderPriceTold:
    """What an order would cost."""
    return OrderPriceTold(
        currency=priced.currency,
        total_minor=priced.total_minor,
        deposit_minor=priced.deposit_minor,
        hold_days=priced.hold_days,
        delivery_hours=priced.delivery_hours,
        brand=brand_told(priced.brand),
        place=place_name(priced.place),
        lines=[OrderLineTold.model_validate(line) for line in priced.lines],
        goods=[goods_told(variant) for variant in priced.goods],
        is_member=priced.is_member,
        unusable=list(priced.unusable),
    )


def order_told(
    seen: OrderSeen, rails: list[PhoneRail], links: dict[str, str], answer: dict[str, Any] | None
) -> OrderTold:
    """An order; `links`: the address of each open link, by its tender; `answer`: what a payment just begun said."""
    sale = seen.sale
    return OrderTold(
        sale_id=sale.id,
        brand_id=sale.brand_id,
        brand=brand_told(seen.brand),
        place_id=sale.place_id,
        place_name_en=seen.place.name_en,
        place_name_zh=seen.place.name_zh,
        time_zone=seen.time_zone,
        state=sale.state,
        currency=sale.currency,
        total_minor=sale.total_minor,
        deposit_minor=sale.deposit_minor,
        due_minor=seen.state["due_minor"],
        held_minor=seen.state["held_minor"],
        held_until=sale.held_until,
        lines=[OrderLineTold.model_validate(line) for line in sale.lines],
        parts=[_part_told(tender, links.get(tender.id)) for tender in seen.tenders],
        rails=[OrderRailTold.model_validate(rail) for rail in rails],
        qr=(answer or {}).get("qr"),
        delivery=_delivery_told(seen),
    )


def _delivery_told(seen: OrderSeen) -> DeliveryTold | None:
    if seen.delivery is None:
        return None
    to = seen.address
    return DeliveryTold(
        state=seen.delivery.state.value,
        promised_by=seen.delivery.promised_by,
        name=to.name if to else "",
        street=to.street if to else "",
        postcode=to.postcode if to else "",
        city=to.city if to else "",
        parcels=[_parcel_told(parcel) for parcel in seen.parcels],
        missing=sum(line.lost for parcel in seen.parcels for line in parcel.lines),
    )


def _parcel_told(parcel: Parcel) -> ParcelTold:
    return ParcelTold(
        state=parcel.state.value,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        sent_at=parcel.sent_at,
        line_nos=[line.line_no for line in parcel.lines if line.packed],
    )


def _part_told(tender: Tender, link: str | None) -> OrderPartTold:
    state = _link_state(tender)
    return OrderPartTold.model_validate(
        {
            "tender_id": tender.id,
            "direction": tender.direction,
            "rail": tender.rail,
            "state": tender.state,
            "amount_minor": tender.amount_minor,
            "at": tender.created_at,
            "is_by_phone": tender.register_id is None,
            "refunds_tender_id": tender.refunds_tender_id,
            "link_state": state,
            "link": link,
            "ends_at": tender.created_at + LINK_TIME if state == "open" else None,
        }
    )


def _link_state(tender: Tender) -> LinkState | None:
    if tender.way != LINK or tender.direction != "in":
        return None
    states: dict[str, LinkState] = {
        "planned": "open",
        "pending": "waiting",
        "unknown": "waiting",
        "captured": "paid",
    }
    if tender.state in states:
        return states[tender.state]
    return "expired" if tender.reason == "link_expired" else "ended"
