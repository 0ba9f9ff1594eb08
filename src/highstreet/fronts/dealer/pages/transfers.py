"""Goods on their way between places: what comes, what was sent, and a new transfer."""

from typing import Annotated, Any, Literal

from fastapi import Form, Query, Request, Response

from highstreet.flows.keep_stock import may_keep
from highstreet.flows.move_stock import story_of_transfer
from highstreet.flows.office_desk import desk_of
from highstreet.flows.register_desk import GoodsHere, goods_here, goods_of
from highstreet.fronts.dealer.asking import brand_of, program_of
from highstreet.fronts.dealer.pages.shell import go_to, names_of, page_router, pages, show
from highstreet.fronts.dealer.transfers import (
    TransfersReader,
    TransfersWriter,
    cancel_now,
    own_transfer,
    own_transfers,
    receive_now,
    send_now,
)
from highstreet.fronts.staff import StockTransferId
from highstreet.kernel.errors import REQUEST_MALFORMED, Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.parties import PartyKind, parties_of_brand, place_by_id, places_of_brand
from highstreet.rooms.stock import Reason, ReceivedLine, SentLine

router = page_router()
FOUND_MOST = 20
Which = Literal["open", "all"]


@router.get("/transfers")
async def transfers_page(
    request: Request, actor: TransfersReader, which: Annotated[Which, Query()] = "open"
) -> Response:
    """What is under way, or all."""
    found = await program_of(request).db.read(own_transfers, actor, which == "open")
    may_send = bool(actor.scopes(Permission.STOCK_WRITE))
    return await show(request, actor, "transfers.html", found=found, which=which, may_send=may_send)


@router.get("/transfers/new")
async def new_page(request: Request, actor: TransfersWriter) -> Response:
    """From where, to where, whose, and what."""
    shown = await _form(request, actor, {}, new_id("trn"))
    return await show(request, actor, "transfer_new.html", problem=None, **shown)


@router.post("/transfers/new/goods")
async def find_goods(request: Request, actor: TransfersWriter) -> Response:
    """Articles by their words or barcode; those that were chosen before stay."""
    typed = await _typed(request)
    goods = await program_of(request).db.read(_goods, actor, typed)
    return pages.answer(request, "transfer_goods.html", goods=goods, typed=typed)


@router.post("/transfers/new")
async def send(
    request: Request, actor: TransfersWriter, id_: Annotated[StockTransferId, Form(alias="id")]
) -> Response:
    """They leave the shelf."""
    typed = await _typed(request)
    try:
        lines = tuple(
            SentLine(name[2:], n) for name in typed if name[:2] == "q_" and (n := _pieces(typed, name))
        )
        if not lines:
            raise REQUEST_MALFORMED(field="lines", reason="none_chosen")
        owner = await program_of(request).db.read(_owner, actor, typed)
        await send_now(
            program_of(request), actor, id_, owner, typed.get("from", ""), typed.get("to", ""), lines
        )
    except Refusal as refusal:
        problem = refusal_texts(page_locale(request), refusal.code, refusal.facts)
        shown = await _form(request, actor, typed, id_)
        desk = await program_of(request).db.read(desk_of, brand_of(actor), actor.id)
        return pages.answer(
            request, "transfer_form.html", refusal.status, problem=problem, desk=desk, **shown
        )
    return go_to(f"/dealer/transfers/{id_}")


@router.get("/transfers/{transfer_id}")
async def transfer_page(request: Request, actor: TransfersReader, transfer_id: StockTransferId) -> Response:
    """What is in it, what came, and what is to be done."""
    shown = await _shown(request, actor, transfer_id)
    return await show(request, actor, "transfer.html", problem=None, typed={}, **shown)


@router.post("/transfers/{transfer_id}/receive")
async def receive(
    request: Request,
    actor: TransfersWriter,
    transfer_id: StockTransferId,
    id_: Annotated[str, Form(alias="id", max_length=40)] = "",
) -> Response:
    """What came of each article, and what will not."""
    typed = await _typed(request)
    try:
        one = await program_of(request).db.read(own_transfer, actor, transfer_id)
        reason = (
            Reason(typed["reason"]) if typed.get("reason") in ("lost", "damaged", "stolen") else Reason.LOST
        )
        lines = []
        for line in one.transfer.lines:
            came, lost = _pieces(typed, f"a_{line.variant_id}"), _pieces(typed, f"l_{line.variant_id}")
            if came > line.missing and not lost:
                lines.append(ReceivedLine(line.variant_id, line.missing, came - line.missing, Reason.FOUND))
            elif came or lost:
                lines.append(ReceivedLine(line.variant_id, came, -lost, reason if lost else None))
        if not lines:
            raise REQUEST_MALFORMED(field="lines", reason="nothing_came")
        await receive_now(program_of(request), actor, transfer_id, check_id(id_, "cnt"), tuple(lines))
    except Refusal as refusal:
        return await _again(request, actor, transfer_id, typed, refusal)
    return await _again(request, actor, transfer_id, {}, None)


@router.post("/transfers/{transfer_id}/cancel")
async def cancel(request: Request, actor: TransfersWriter, transfer_id: StockTransferId) -> Response:
    """While nothing came."""
    try:
        await cancel_now(program_of(request), actor, transfer_id)
    except Refusal as refusal:
        return await _again(request, actor, transfer_id, {}, refusal)
    return await _again(request, actor, transfer_id, {}, None)


async def _typed(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=500)
    return {name: str(value)[:80] for name, value in form.items()}


def _pieces(typed: dict[str, str], name: str) -> int:
    """Errors: Refusal request.malformed."""
    text = typed.get(name, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise REQUEST_MALFORMED(field=name, reason="not_a_number")
    return int(text)


async def _again(
    request: Request, actor: Actor, transfer_id: str, typed: dict[str, str], refusal: Refusal | None
) -> Response:
    if refusal is not None and refusal.status == 404:
        raise refusal
    problem = refusal and refusal_texts(page_locale(request), refusal.code, refusal.facts)
    shown = await _shown(request, actor, transfer_id)
    status = refusal.status if refusal else 200
    return pages.answer(request, "transfer_body.html", status, problem=problem, typed=typed, **shown)


async def _shown(request: Request, actor: Actor, transfer_id: str) -> dict[str, Any]:
    db = program_of(request).db
    one = await db.read(own_transfer, actor, transfer_id)
    owner_id = one.transfer.owner_party_id
    return {
        "one": one,
        "owner": (await names_of(request, actor, [owner_id])).get(owner_id),
        "story": await db.read(story_of_transfer, brand_of(actor), transfer_id),
        "receipt_id": new_id("cnt"),
    }


async def _form(request: Request, actor: Actor, typed: dict[str, str], transfer_id: str) -> dict[str, Any]:
    starts, ends = await program_of(request).db.read(_places, actor)
    locale = page_locale(request)
    named = "name_zh" if locale == "zh" else "name_en"
    return {
        "starts": [(one.id, getattr(one, named)) for one in starts],
        "ends": [(one.id, getattr(one, named)) for one in ends],
        "goods": await program_of(request).db.read(_goods, actor, typed),
        "typed": typed,
        "transfer_id": transfer_id,
    }


def _places(reader: Reader, actor: Actor) -> tuple[list[Any], list[Any]]:
    """Places whose stock they keep, and where it may go: those of the same operators; the brand's go anywhere."""
    active = [one for one in places_of_brand(reader, brand_of(actor)) if one.is_active]
    starts = [one for one in active if may_keep(reader, actor, one.id)]
    operators = {one.operator_party_id for one in starts}
    is_all = brand_of(actor) in actor.scopes(Permission.STOCK_WRITE)
    return starts, [one for one in active if is_all or one.operator_party_id in operators]


def _owner(reader: Reader, actor: Actor, typed: dict[str, str]) -> str:
    """Errors: Refusal request.malformed, where no place was chosen."""
    if typed.get("owner") == "brand":
        parties = parties_of_brand(reader, brand_of(actor))
        return next(one.id for one in parties if one.kind is PartyKind.BRAND)
    start = place_by_id(reader, brand_of(actor), typed.get("from", ""))
    if start is None:
        raise REQUEST_MALFORMED(field="from", reason="no_place")
    return start.operator_party_id


def _goods(reader: Reader, actor: Actor, typed: dict[str, str]) -> list[GoodsHere]:
    """What was chosen, then what was looked for."""
    brand_id, place_id = brand_of(actor), typed.get("from", "")
    chosen = [
        name[2:] for name, value in typed.items() if name[:2] == "q_" and value.strip() not in ("", "0")
    ]
    kept = goods_of(reader, brand_id, place_id, chosen[:200])
    text = typed.get("text", "").strip()
    found = goods_here(reader, brand_id, place_id, text, FOUND_MOST) if text else []
    known = {one.variant.variant_id for one in kept}
    return [*kept, *(one for one in found if one.variant.variant_id not in known)]
