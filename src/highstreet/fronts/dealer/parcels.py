"""What a place has to pack and to send, and what of it is not there."""

import secrets
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from highstreet.flows.program import Program
from highstreet.flows.serve_parcel import PickParcel, SendParcel, pick_parcel, send_parcel
from highstreet.flows.show_parcel import ShownParcel, show_parcel, show_parcels
from highstreet.fronts.dealer.asking import Told, brand_of, dealer, program_of
from highstreet.fronts.staff import Asked, ParcelId
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parcels import PARCEL_UNKNOWN, ParcelState

router = APIRouter(tags=["dealer: parcels"], responses=PROBLEMS)
Packer = Annotated[Actor, dealer(Permission.PARCELS_PACK)]
StateWord = Literal["waiting", "queued", "picked", "sent", "ended"]
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


class MissingAsked(Asked):
    """Pieces of a line that are not there."""

    line_no: int = Field(ge=1, le=200)
    pieces: int = Field(ge=0, le=9_999)


class PickAsked(Asked):
    """A parcel was put together; what is missing is looked for elsewhere, else paid back."""

    missing: list[MissingAsked] = Field([], max_length=200)
    reason: str = Field("", max_length=200, pattern=PRINTABLE, description="Why, where something is missing.")


class SendAsked(Asked):
    """Who carries it."""

    carrier: str = Field("", max_length=60, pattern=PRINTABLE, examples=["Posti"])
    tracking: str = Field("", max_length=100, pattern=PRINTABLE)


class ParcelLineTold(Told):
    """An article in a parcel."""

    line_no: int
    gtin: str | None
    name_en: str
    name_zh: str
    quantity: int
    missing: int
    is_moved: bool = Field(description="Another parcel brings it.")


class AddressTold(Told):
    """To whom it goes; told while it is being packed."""

    name: str
    phone: str
    street: str
    postcode: str
    city: str
    note: str


class PackedTold(Told):
    """A parcel and how far it is."""

    parcel_id: str
    sale_id: str
    place_id: str
    state: StateWord
    promised_by: datetime
    queued_at: datetime | None
    sent_at: datetime | None
    carrier: str
    tracking: str
    lines: list[ParcelLineTold]
    address: AddressTold | None


@router.get("/parcels", operation_id="dealer_list_parcels", summary="Staff list what is to be packed")
async def list_parcels(
    request: Request,
    actor: Packer,
    state: Annotated[list[StateWord] | None, Query(description="By default what is to be done.")] = None,
) -> list[PackedTold]:
    """Of own places, the oldest first, at most 200."""
    states = [ParcelState(word) for word in state or ("queued", "picked")]
    found = await program_of(request).db.read(own_parcels, actor, states)
    return [told(one) for one in found]


@router.get("/parcels/{parcel_id}", operation_id="dealer_read_parcel", summary="Staff read one parcel")
async def read_parcel(request: Request, actor: Packer, parcel_id: ParcelId) -> PackedTold:
    """404 also when another place packs it."""
    return told(await program_of(request).db.read(own_parcel, actor, parcel_id))


@router.post(
    "/parcels/{parcel_id}/pick", operation_id="dealer_pick_parcel", summary="Staff put a parcel together"
)
async def pick(request: Request, actor: Packer, parcel_id: ParcelId, asked: PickAsked) -> PackedTold:
    """Once. What is missing another place brings, if one may; else it is paid back when the rest was sent."""
    missing = {one.line_no: one.pieces for one in asked.missing}
    await pick_now(program_of(request), actor, parcel_id, missing, asked.reason)
    return await read_parcel(request, actor, parcel_id)


@router.post("/parcels/{parcel_id}/send", operation_id="dealer_send_parcel", summary="Staff send a parcel")
async def send(request: Request, actor: Packer, parcel_id: ParcelId, asked: SendAsked) -> PackedTold:
    """It has left. With the last parcel of an order its sale is settled."""
    await send_now(program_of(request), actor, parcel_id, asked.carrier, asked.tracking)
    return await read_parcel(request, actor, parcel_id)


async def pick_now(
    program: Program, actor: Actor, parcel_id: str, missing: dict[int, int], reason: str
) -> None:
    """Errors: as `own_parcel`, `pick_parcel`."""
    await program.db.read(own_parcel, actor, parcel_id)
    now, days = program.clock.now(), program.settings.return_days
    pieces = tuple(sorted(missing.items()))
    nonce = secrets.token_hex(16)
    command = PickParcel(brand_of(actor), parcel_id, pieces, reason, actor.id, now, days, nonce)
    await program.db.write(
        audited, Audited(actor, "dealer.pick_parcel", parcel_id, pick_parcel, command, now)
    )


async def send_now(program: Program, actor: Actor, parcel_id: str, carrier: str, tracking: str) -> None:
    """Errors: as `own_parcel`, `send_parcel`."""
    await program.db.read(own_parcel, actor, parcel_id)
    now, days = program.clock.now(), program.settings.return_days
    nonce = secrets.token_hex(16)
    command = SendParcel(brand_of(actor), parcel_id, carrier, tracking, actor.id, now, days, nonce)
    await program.db.write(
        audited, Audited(actor, "dealer.send_parcel", parcel_id, send_parcel, command, now)
    )


def own_parcels(reader: Reader, actor: Actor, states: list[ParcelState]) -> list[ShownParcel]:
    """Of the places that the actor packs for."""
    return show_parcels(reader, brand_of(actor), actor.scopes(Permission.PARCELS_PACK), states)


def own_parcel(reader: Reader, actor: Actor, parcel_id: str) -> ShownParcel:
    """Errors: Refusal parcels.unknown, also for another place's."""
    shown = show_parcel(reader, brand_of(actor), parcel_id)
    parcel = shown.parcel
    if not actor.may(
        Permission.PARCELS_PACK,
        brand_id=parcel.brand_id,
        party_id=parcel.operator_party_id,
        place_id=parcel.place_id,
    ):
        raise PARCEL_UNKNOWN()
    return shown


def told(shown: ShownParcel) -> PackedTold:
    """A parcel as it is told."""
    parcel = shown.parcel
    return PackedTold(
        parcel_id=parcel.id,
        sale_id=parcel.sale_id,
        place_id=parcel.place_id,
        state=parcel.state.value,
        promised_by=shown.delivery.promised_by,
        queued_at=parcel.queued_at,
        sent_at=parcel.sent_at,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        lines=[
            ParcelLineTold(
                line_no=line.line_no,
                gtin=sold.gtin,
                name_en=sold.name_en,
                name_zh=sold.name_zh,
                quantity=line.quantity,
                missing=line.missing,
                is_moved=line.moved_to is not None,
            )
            for line, sold in shown.lines
        ],
        address=None if shown.address is None else AddressTold.model_validate(shown.address),
    )
