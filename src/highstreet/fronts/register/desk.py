"""The shift's totals, and receipts to take goods back on."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from highstreet.flows.drawer import open_day_of
from highstreet.flows.order_goods import order_seen
from highstreet.flows.program import Program
from highstreet.flows.register_desk import (
    ReceiptAtDesk,
    Shift,
    member_sales_at_desk,
    receipt_at_desk,
    sales_seen,
    shift_totals,
)
from highstreet.fronts.register.models import LineTold, MemberAsked, PlaceTold, SaleTold
from highstreet.fronts.register.sales import ids_of, member_of
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS, needs
from highstreet.rooms.sales import Sale
from highstreet.rooms.tenders import Tender

router = APIRouter(tags=["register: desk"], responses=PROBLEMS)
Seller = Annotated[Actor, needs(ActorKind.REGISTER, permission=Permission.SALES_SELL)]
Refunder = Annotated[Actor, needs(ActorKind.REGISTER, permission=Permission.SALES_REFUND)]
AtWork = Annotated[Actor, needs(ActorKind.REGISTER, ActorKind.TRAINING, permission=Permission.SALES_SELL)]
COUNTED = ("cash", "slip")
"""What a person counts at the end of a day, not knowing what there should be."""
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
# How old a drawer's uncounted sales are that hide amounts: over a weekend; more would be read for each shift.
_LOOKS_BACK = timedelta(days=3)
# As it is, as printed in capitals, or within the address that a receipt's QR may hold.
_CODE = re.compile(r"(?:.*[/=#])?((?:sal_)?[0-9a-hjkmnp-tv-z]{26})", re.IGNORECASE | re.ASCII)


class _Told(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RailShiftTold(_Told):
    """What one rail took and gave back."""

    rail: str
    tenders: int
    captured_minor: int
    refunds: int
    refunded_minor: int
    pending_minor: int = Field(description="Refunds that their provider has not confirmed.")


class ShiftTold(_Told):
    """This register's totals since a moment."""

    since: datetime
    currency: str
    sales: int
    returns: int
    is_blind: bool = Field(
        description="Cash or slips wait for their count: they, and what they are a part of, are not told before it."
    )
    total_minor: int | None
    refunded_minor: int | None = Field(description="Given back here, of sales of any time and place.")
    rails: list[RailShiftTold] = Field(description="Without cash and slips before they are counted.")
    cash_minor: int | None = Field(
        description="What the drawer has more than at the start: cash in less cash back."
    )


class ReceiptLineTold(BaseModel):
    """A line, and what may still come back of it."""

    line_no: int
    gtin: str | None
    name_en: str
    name_zh: str
    quantity: int
    returned_quantity: int
    returnable_quantity: int
    net_minor: int = Field(description="Paid for the whole line.")
    returned_minor: int


class ReceiptTenderTold(_Told):
    """A captured payment (in) or refund (out)."""

    direction: str
    rail: str
    amount_minor: int


class OwedTold(BaseModel):
    """A refund that a register is to hand out: in cash, or with a slip's number by the card terminal."""

    tender_id: str
    rail: str
    amount_minor: int


class ReceiptTold(BaseModel):
    """A paid sale as the desk for returns needs it."""

    sale_id: str
    place: PlaceTold
    currency: str
    total_minor: int
    returned_minor: int
    paid_at: datetime
    lines: list[ReceiptLineTold]
    tenders: list[ReceiptTenderTold]
    owed: list[OwedTold] = Field(
        description="Refunds that no register has handed out yet: `POST /sales/{sale_id}/hand-out`."
    )
    is_returnable: bool = Field(description="Something is left, and the time for returns is not over.")
    is_in_time: bool = Field(description="False: the office has to approve the return first.")


def _program(request: Request) -> Program:
    program: Program = request.app.state.program
    return program


@router.get("/shift", operation_id="register_read_shift", summary="Register reads the totals of its shift")
async def read_shift(
    request: Request,
    actor: Seller,
    since: Annotated[
        AwareDatetime | None, Query(description="Default: when the trading day began at this place.")
    ] = None,
) -> ShiftTold:
    """What this register took and gave back, by rail; what a person is to count is told after the count."""
    program = _program(request)
    now = program.clock.now()
    if since is not None and not FIRST <= since <= now:
        raise REQUEST_MALFORMED(field="query.since", reason="not_in_the_past")
    start = since.astimezone(UTC) if since else None
    return await program.db.read(_shift, str(actor.brand_id), str(actor.register_id), start, now)


def _shift(
    reader: Reader, brand_id: str, register_id: str, since: datetime | None, now: datetime
) -> ShiftTold:
    shift = shift_totals(reader, brand_id, register_id, since, now)
    drawer = open_day_of(reader, brand_id, register_id, now)
    # Who begins a new shift has not counted the drawer.
    begun_at = max(drawer.begun_at, now - _LOOKS_BACK)
    waits_from = drawer.begun_at if drawer.is_counted else min(shift.since, begun_at)
    uncounted = shift
    if waits_from != shift.since:
        uncounted = shift_totals(reader, brand_id, register_id, waits_from, now)
    is_blind = any(rail.rail in COUNTED for rail in uncounted.rails)
    told: dict[str, Any] = {name: getattr(shift, name) for name in Shift.__slots__}
    told["cash_minor"] = sum(r.captured_minor - r.refunded_minor for r in shift.rails if r.rail == "cash")
    if is_blind:
        told["rails"] = [rail for rail in shift.rails if rail.rail not in COUNTED]
        told.update(total_minor=None, refunded_minor=None, cash_minor=None)
    return ShiftTold.model_validate({**told, "is_blind": is_blind})


@router.get("/receipt", operation_id="register_find_receipt", summary="Register finds a receipt to take back")
async def find_receipt(
    request: Request,
    actor: Refunder,
    code: Annotated[str, Query(max_length=200, description="As scanned or typed from the receipt.")],
) -> ReceiptTold:
    """A paid sale of any of the brand's places, with what may still come back. Who bought is not told."""
    program = _program(request)
    sale_id = _sale_of(code)
    receipt = await program.db.read(
        receipt_at_desk,
        str(actor.brand_id),
        str(actor.register_id),
        sale_id,
        program.clock.now(),
        program.settings.return_days,
    )
    return _told(receipt)


def _sale_of(code: str) -> str:
    match = _CODE.fullmatch(code.strip())
    if match is None:
        raise REQUEST_MALFORMED(field="query.code", reason="no_receipt")
    found = match[1].lower()
    return check_id(found if found.startswith("sal_") else f"sal_{found}", "sal")


class OrderAtDeskTold(SaleTold):
    """A sale that is paid in parts: an order from the shop, or one that a register began."""

    place: PlaceTold
    lines: list[LineTold]
    is_pickup_here: bool = Field(description="Its goods are kept at this register's place.")


@router.get(
    "/orders", operation_id="register_find_order", summary="Register finds an order to take its balance"
)
async def find_order(
    request: Request,
    actor: Seller,
    code: Annotated[str, Query(max_length=200, description="As scanned from the phone, or typed.")],
) -> OrderAtDeskTold:
    """An order of any of the brand's places by its pickup code; its balance is a tender to it. Who ordered is not told."""
    brand_id, _, place_id = ids_of(actor)
    seen = await _program(request).db.read(order_seen, brand_id, _sale_of(code))
    place, sale = seen.place, seen.sale
    lines = [{name: getattr(line, name) for name in LineTold.model_fields} for line in sale.lines]
    return OrderAtDeskTold.model_validate(
        {
            **seen.state,
            "place": {"place_id": place.id, "name_en": place.name_en, "name_zh": place.name_zh},
            "lines": lines,
            "is_pickup_here": sale.place_id == place_id,
        }
    )


class MemberSalesTold(BaseModel):
    """What a member may bring back without its receipt."""

    sales: list[ReceiptTold]


@router.post(
    "/members/sales",
    operation_id="register_find_member_sales",
    summary="Register finds what a member may bring back",
)
async def find_member_sales(request: Request, actor: Refunder, asked: MemberAsked) -> MemberSalesTold:
    """Without the receipt: the member's sales at the brand's places that are in time, newest first, at most ten."""
    program = _program(request)
    brand_id, register_id, _ = ids_of(actor)
    member_id = str(member_of(program, brand_id, register_id, asked.member_code))
    found = await program.db.read(
        member_sales_at_desk,
        brand_id,
        register_id,
        member_id,
        program.clock.now(),
        program.settings.return_days,
    )
    return MemberSalesTold(sales=[_told(receipt) for receipt in found])


class SeenSaleTold(BaseModel):
    """A sale of this register at a glance."""

    sale_id: str
    state: str
    currency: str
    total_minor: int
    returned_minor: int
    pieces: int
    first_name_en: str
    first_name_zh: str
    is_member: bool
    opened_at: datetime
    paid_at: datetime | None
    tender_state: str | None = Field(description="What the payment of an open sale waits for.")
    reason: str | None
    due_minor: int | None = Field(
        description="Of an open sale that is paid in parts: what no part asks for yet."
    )


class SeenSalesTold(BaseModel):
    """Open sales, then paid ones, each the newest first."""

    sales: list[SeenSaleTold]


@router.get("/sales", operation_id="register_list_sales", summary="Register lists its open and last sales")
async def list_sales(
    request: Request, actor: AtWork, limit: Annotated[int, Query(ge=1, le=50)] = 20
) -> SeenSalesTold:
    """What is open here, and what was paid last; each at most `limit`. In training: nothing real is shown."""
    if actor.kind is ActorKind.TRAINING:
        return SeenSalesTold(sales=[])
    sales, waits = await _program(request).db.read(
        sales_seen, str(actor.brand_id), str(actor.place_id), str(actor.register_id), limit
    )
    return SeenSalesTold(sales=[_seen(sale, waits.get(sale.id)) for sale in sales])


def _seen(sale: Sale, waiting: Tender | None) -> SeenSaleTold:
    return SeenSaleTold(
        sale_id=sale.id,
        state=sale.state,
        currency=sale.currency,
        total_minor=sale.total_minor,
        returned_minor=sale.returned_minor,
        pieces=sum(line.quantity for line in sale.lines),
        first_name_en=sale.lines[0].name_en if sale.lines else "",
        first_name_zh=sale.lines[0].name_zh if sale.lines else "",
        is_member=sale.member_id is not None,
        opened_at=sale.opened_at,
        paid_at=sale.paid_at,
        tender_state=waiting.state if waiting else None,
        reason=waiting.reason if waiting else None,
        due_minor=sale.total_minor - sale.tendered_minor
        if sale.is_in_parts and sale.state == "open"
        else None,
    )


def _told(receipt: ReceiptAtDesk) -> ReceiptTold:
    sale, place = receipt.sale, receipt.place
    lines = [
        ReceiptLineTold(
            line_no=line.line_no,
            gtin=line.gtin,
            name_en=line.name_en,
            name_zh=line.name_zh,
            quantity=line.quantity,
            returned_quantity=line.returned_quantity,
            returnable_quantity=line.quantity - line.returned_quantity,
            net_minor=line.net_minor,
            returned_minor=line.returned_minor,
        )
        for line in sale.lines
    ]
    return ReceiptTold(
        sale_id=sale.id,
        place=PlaceTold(place_id=place.id, name_en=place.name_en, name_zh=place.name_zh),
        currency=sale.currency,
        total_minor=sale.total_minor,
        returned_minor=sale.returned_minor,
        paid_at=sale.paid_at or sale.opened_at,
        lines=lines,
        tenders=[ReceiptTenderTold.model_validate(t) for t in receipt.tenders],
        owed=[OwedTold(tender_id=t.id, rail=t.rail, amount_minor=t.amount_minor) for t in receipt.owed],
        is_returnable=receipt.is_in_time and any(line.returnable_quantity for line in lines),
        is_in_time=receipt.is_in_time,
    )
