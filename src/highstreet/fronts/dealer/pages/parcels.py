"""What is to be packed and sent, oldest first, on the phone in somebody's hand."""

from typing import Annotated, Any, Literal

from fastapi import Form, Query, Request, Response

from highstreet.flows.show_parcel import story_of
from highstreet.fronts.dealer.asking import brand_of, program_of
from highstreet.fronts.dealer.pages.shell import page_router, pages, show
from highstreet.fronts.dealer.parcels import Packer, own_parcel, own_parcels, pick_now, send_now
from highstreet.fronts.staff import ParcelId
from highstreet.kernel.errors import REQUEST_MALFORMED, Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor
from highstreet.look import page_locale
from highstreet.rooms.parcels import ParcelState

router = page_router()
Which = Literal["open", "sent"]
STATES: dict[Which, list[ParcelState]] = {
    "open": [ParcelState.QUEUED, ParcelState.PICKED],
    "sent": [ParcelState.SENT],
}
Word = Annotated[str, Form(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get("/parcels")
async def parcels_page(
    request: Request, actor: Packer, which: Annotated[Which, Query()] = "open"
) -> Response:
    """What is to be done, or what was sent."""
    found = await program_of(request).db.read(own_parcels, actor, STATES[which])
    if which == "sent":
        found = found[::-1]
    return await show(request, actor, "parcels.html", found=found, which=which)


@router.get("/parcels/{parcel_id}")
async def parcel_page(request: Request, actor: Packer, parcel_id: ParcelId) -> Response:
    """What is in it, to whom it goes, and what is to be done next."""
    shown = await _shown(request, actor, parcel_id)
    return await show(request, actor, "parcel.html", problem=None, typed={}, **shown)


@router.post("/parcels/{parcel_id}/pick")
async def pick(request: Request, actor: Packer, parcel_id: ParcelId, reason: Word = "") -> Response:
    """It is put together; what is missing is said for each line."""
    form = await request.form(max_files=0, max_fields=250)
    typed = {name: str(value) for name, value in form.items()}
    try:
        missing = {
            int(name[8:]): _pieces(value)
            for name, value in typed.items()
            if name.startswith("missing_") and name[8:].isascii() and name[8:].isdigit()
        }
        await pick_now(program_of(request), actor, parcel_id, missing, reason.strip())
    except Refusal as refusal:
        return await _again(request, actor, parcel_id, typed, refusal)
    return await _again(request, actor, parcel_id, {}, None)


@router.post("/parcels/{parcel_id}/send")
async def send(
    request: Request,
    actor: Packer,
    parcel_id: ParcelId,
    carrier: Annotated[str, Form(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")] = "",
    tracking: Annotated[str, Form(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = "",
) -> Response:
    """It has left."""
    typed = {"carrier": carrier, "tracking": tracking}
    try:
        await send_now(program_of(request), actor, parcel_id, carrier.strip(), tracking.strip())
    except Refusal as refusal:
        return await _again(request, actor, parcel_id, typed, refusal)
    return await _again(request, actor, parcel_id, {}, None)


def _pieces(value: str) -> int:
    if not value.strip():
        return 0
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise REQUEST_MALFORMED(field="missing", reason="not_a_number")
    return int(value)


async def _again(
    request: Request, actor: Actor, parcel_id: str, typed: dict[str, str], refusal: Refusal | None
) -> Response:
    if refusal is not None and refusal.status == 404:
        raise refusal
    problem = refusal and refusal_texts(page_locale(request), refusal.code, refusal.facts)
    shown = await _shown(request, actor, parcel_id)
    now = program_of(request).clock.now()
    status = refusal.status if refusal else 200
    return pages.answer(request, "parcel_body.html", status, problem=problem, typed=typed, now=now, **shown)


async def _shown(request: Request, actor: Actor, parcel_id: str) -> dict[str, Any]:
    db = program_of(request).db
    one = await db.read(own_parcel, actor, parcel_id)
    return {"one": one, "story": await db.read(story_of, brand_of(actor), parcel_id)}
