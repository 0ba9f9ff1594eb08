"""Staff at the shelf, on a phone: find an article, see whose pieces there are, count them, or say what changed."""

from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from highstreet.flows.keep_stock import article_here, may_keep
from highstreet.flows.list_places import ListedPlace, list_places
from highstreet.flows.register_desk import goods_here
from highstreet.fronts.dealer.asking import brand_of, dealer, own_party_ids, own_place_ids, program_of
from highstreet.fronts.dealer.pages.shell import StockReader, names_of, page_router, show
from highstreet.fronts.staff import (
    AdjustmentAsked,
    AdjustmentId,
    CountAsked,
    CountRowAsked,
    PartyId,
    PlaceId,
    StockDesk,
    VariantId,
)
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parties import place_by_id
from highstreet.rooms.stock import Reason

router = page_router()
StockWriter = Annotated[Actor, dealer(Permission.STOCK_WRITE)]
Text = Annotated[str, Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Typed = Annotated[str, Form(max_length=40)]
FOUND_MOST = 20
MOST_PIECES = 1_000_000
WHY: dict[str, tuple[Reason, int]] = {
    "damaged": (Reason.DAMAGED, -1),
    "lost": (Reason.LOST, -1),
    "stolen": (Reason.STOLEN, -1),
    "found": (Reason.FOUND, 1),
    "display_more": (Reason.DISPLAY, 1),
    "display_less": (Reason.DISPLAY, -1),
    "safety_more": (Reason.SAFETY, 1),
    "safety_less": (Reason.SAFETY, -1),
    "correction_more": (Reason.CORRECTION, 1),
    "correction_less": (Reason.CORRECTION, -1),
}
"""What staff choose, with a number that is never below zero; the text is `dealer-why_<name>`."""


@router.get("/stock/count")
async def shelf_page(
    request: Request, actor: StockReader, place: Annotated[PlaceId | None, Query()] = None, text: Text = ""
) -> Response:
    """Find an article at one of their places, by words or barcode; those that lie here come first."""
    read, brand_id = program_of(request).db.read, brand_of(actor)
    places = await read(_places, actor)
    chosen = place or (places[0].place_id if places else "")
    if chosen and chosen not in {one.place_id for one in places}:
        raise REQUEST_NOT_FOUND()
    found = await read(goods_here, brand_id, chosen, text, FOUND_MOST) if text.strip() and chosen else []
    return await show(request, actor, "shelf.html", places=places, chosen=chosen, text=text, found=found)


@router.get("/stock/count/{variant_id}")
async def article_page(
    request: Request,
    actor: StockReader,
    variant_id: VariantId,
    place: Annotated[PlaceId, Query()],
    text: Text = "",
) -> Response:
    """One article at one place: whose pieces, how many are promised, what happened, and the forms to change it."""
    if place not in await program_of(request).db.read(own_place_ids, actor, Permission.STOCK_READ):
        raise REQUEST_NOT_FOUND()
    return await _article(request, actor, "shelf_article.html", place, variant_id, text=text)


@router.post("/stock/count/{variant_id}")
async def count_article(
    request: Request,
    actor: StockWriter,
    variant_id: VariantId,
    place: Annotated[PlaceId, Form()],
    owner: Annotated[PartyId, Form()],
    on_hand: Typed = "",
) -> Response:
    """Set on hand to what was seen."""
    await _check_may_keep(request, actor, place)
    pieces = _whole(on_hand, 0)
    if pieces is None:
        wrong = {owner: "dealer-keep_wrong"}
        return await _article(request, actor, "shelf_owners.html", place, variant_id, 422, wrong_count=wrong)
    row = CountRowAsked(variant_id=variant_id, owner_party_id=owner, on_hand=pieces)
    try:
        await StockDesk(request, actor).count(CountAsked(place_id=place, rows=[row]))
    except Refusal as refusal:
        return await _refused(request, actor, place, variant_id, refusal)
    return await _article(request, actor, "shelf_owners.html", place, variant_id, is_done=True)


@router.post("/stock/count/{variant_id}/adjust")
async def adjust_article(
    request: Request,
    actor: StockWriter,
    variant_id: VariantId,
    id_: Annotated[AdjustmentId, Form(alias="id")],
    place: Annotated[PlaceId, Form()],
    owner: Annotated[PartyId, Form()],
    why: Typed = "",
    pieces: Typed = "",
) -> Response:
    """So many more or fewer, and why; the form's own id lets it happen once."""
    await _check_may_keep(request, actor, place)
    number = _whole(pieces, 1)
    if number is None or why not in WHY:
        wrong = {owner: "dealer-keep_wrong_pieces"}
        return await _article(request, actor, "shelf_owners.html", place, variant_id, 422, wrong_adjust=wrong)
    reason, sign = WHY[why]
    asked = AdjustmentAsked(
        id=id_,
        place_id=place,
        variant_id=variant_id,
        owner_party_id=owner,
        reason=reason,
        quantity=sign * number,
    )
    try:
        await StockDesk(request, actor).adjust(asked)
    except Refusal as refusal:
        return await _refused(request, actor, place, variant_id, refusal)
    return await _article(request, actor, "shelf_owners.html", place, variant_id, is_done=True)


def _whole(typed: str, least: int) -> int | None:
    text = typed.strip()
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    return found if least <= found <= MOST_PIECES else None


def _places(reader: Reader, actor: Actor) -> list[ListedPlace]:
    reached = own_place_ids(reader, actor, Permission.STOCK_READ)
    listed = list_places(reader, brand_of(actor), actor.scopes(Permission.STOCK_READ), "", 1000)
    return sorted((p for p in listed if p.place_id in reached), key=lambda p: p.name_en)


async def _check_may_keep(request: Request, actor: Actor, place_id: str) -> None:
    if not await program_of(request).db.read(may_keep, actor, place_id):
        raise REQUEST_NOT_FOUND()


async def _refused(
    request: Request, actor: Actor, place_id: str, variant_id: str, refusal: Refusal
) -> Response:
    problem = refusal_texts(page_locale(request), refusal.code, refusal.facts)
    return await _article(
        request, actor, "shelf_owners.html", place_id, variant_id, refusal.status, problem=problem
    )


async def _article(
    request: Request,
    actor: Actor,
    template: str,
    place_id: str,
    variant_id: str,
    status: int = 200,
    **more: Any,
) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    here = await program.db.read(article_here, brand_id, place_id, variant_id, program.clock.now())
    place = await program.db.read(place_by_id, brand_id, place_id)
    owners = {one.stock.owner_party_id for one in here.owners}
    operator = place.operator_party_id if place else ""
    staff = await program.db.read(staff_of_brand, brand_id)
    shown: dict[str, Any] = {
        "here": here,
        "place": place,
        "may_write": await program.db.read(may_keep, actor, place_id),
        "operator": operator,
        "own_parties": own_party_ids(actor, Permission.STOCK_READ),
        "people": {one.id: one.name for one in staff},
        "names": await names_of(request, actor, owners | {operator, *(m.owner_party_id for m in here.moves)}),
        "why": list(WHY),
        "form_id": lambda: new_id("adj"),
        "text": "",
        "problem": None,
        "is_done": False,
        "wrong_count": {},
        "wrong_adjust": {},
    }
    return await show(request, actor, template, status, **shown | more)
