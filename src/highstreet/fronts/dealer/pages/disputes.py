"""What they say is wrong with their statements or shares, and what was answered."""

from typing import Annotated, Any

from fastapi import Form, Query, Request, Response
from pydantic import ValidationError

from highstreet.flows.office_desk import desk_of
from highstreet.flows.settle_dispute import begin_dispute, finish_dispute, speak
from highstreet.fronts.dealer.asking import brand_of, own_party_ids, program_of
from highstreet.fronts.dealer.disputes import DisputeAsked, DisputesReader, opening, saying, withdrawing
from highstreet.fronts.dealer.pages.shell import names_of, page_router, pages, show
from highstreet.fronts.dealer.settlements import own_statements
from highstreet.fronts.disputes_told import DisputeId, WordId, disputes_shown
from highstreet.fronts.settlements_told import ShownSettlement
from highstreet.fronts.staff import SaleId, SettlementId, write_named
from highstreet.kernel.audit import Audited
from highstreet.kernel.errors import REQUEST_MALFORMED, Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.ids import new_id
from highstreet.kernel.money import Money
from highstreet.kernel.permissions import Actor, Permission
from highstreet.look import page_locale
from highstreet.rooms.settlements import MAX_TEXT, settlements_of

router = page_router()
Text = Annotated[str, Form(max_length=3 * MAX_TEXT)]
Typed = Annotated[str, Form(max_length=400)]


@router.get("/disputes")
async def disputes_page(
    request: Request,
    actor: DisputesReader,
    settlement: Annotated[SettlementId | None, Query()] = None,
    sale: Annotated[SaleId | None, Query()] = None,
) -> Response:
    """Theirs, the open ones first; and the form for a new one, about a statement or a sale."""
    shown = await _shown(request, actor)
    shown["typed"] = {"settlement_id": settlement or "", "sale_id": sale or ""}
    return await show(request, actor, "disputes.html", **shown)


@router.post("/disputes")
async def begin(
    request: Request,
    actor: DisputesReader,
    id_: Annotated[DisputeId, Form(alias="id")],
    party_id: Typed = "",
    settlement_id: Typed = "",
    sale_id: Typed = "",
    asked: Typed = "",
    text: Text = "",
) -> Response:
    """Say what is wrong."""
    typed = {"settlement_id": settlement_id, "sale_id": sale_id, "asked": asked, "text": text}
    try:
        desk = await program_of(request).db.read(desk_of, brand_of(actor), actor.id)
        body = DisputeAsked(
            id=id_,
            party_id=party_id,
            settlement_id=settlement_id or None,
            sale_id=sale_id or None,
            asked_minor=_minor(asked, desk.brand.currency),
            text=text,
        )
        command = await opening(request, actor, body)
        await _do(request, actor, "dealer.open_dispute", id_, begin_dispute, command)
    except ValidationError as malformed:
        field = str(malformed.errors()[0]["loc"][0])
        return await _list(request, actor, REQUEST_MALFORMED(field=field, reason="malformed"), typed)
    except Refusal as refusal:
        return await _list(request, actor, refusal, typed)
    return await _list(request, actor)


def _minor(typed: str, currency: str) -> int | None:
    plain = typed.strip().replace(",", ".")
    return Money.from_decimal_text(plain, currency).amount_minor if plain else None


@router.post("/disputes/{dispute_id}/say")
async def say(
    request: Request,
    actor: DisputesReader,
    dispute_id: DisputeId,
    word_id: Annotated[WordId, Form()],
    text: Text = "",
) -> Response:
    """A word for their side."""
    try:
        command = saying(request, actor, dispute_id, word_id, text)
        await _do(request, actor, "dealer.say_in_dispute", dispute_id, speak, command)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _list(request, actor, refusal, {"wrong_id": dispute_id, "text": text})
    return await _list(request, actor)


@router.post("/disputes/{dispute_id}/withdraw")
async def withdraw(request: Request, actor: DisputesReader, dispute_id: DisputeId) -> Response:
    """It comes to nothing."""
    try:
        command = withdrawing(request, actor, dispute_id)
        await _do(request, actor, "dealer.withdraw_dispute", dispute_id, finish_dispute, command)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _list(request, actor, refusal, {"wrong_id": dispute_id})
    return await _list(request, actor)


async def _do(request: Request, actor: Actor, action: str, dispute_id: str, flow: Any, command: Any) -> None:
    program = program_of(request)
    await write_named(program, Audited(actor, action, dispute_id, flow, command, program.clock.now()))


async def _list(
    request: Request, actor: Actor, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> Response:
    shown = await _shown(request, actor)
    if refusal is not None:
        shown["problem"] = refusal_texts(page_locale(request), refusal.code, refusal.facts)
        shown |= {"typed": typed or {}, "wrong_id": (typed or {}).get("wrong_id", "")}
    return pages.answer(request, "disputes_list.html", refusal.status if refusal else 200, **shown)


async def _shown(request: Request, actor: Actor) -> dict[str, Any]:
    db, brand_id = program_of(request).db, brand_of(actor)
    mine = own_party_ids(actor, Permission.EARNINGS_READ)
    desk = await db.read(desk_of, brand_id, actor.id)
    settled = await db.read(own_statements, brand_id, mine)
    known = {one.id: one for one in await db.read(settlements_of, brand_id)}
    periods = {settlement.id: ShownSettlement(known[settlement.id]) for settlement, _ in settled}
    return {
        "found": await db.read(disputes_shown, brand_id, mine, None),
        "names": await names_of(request, actor, mine),
        "mine": sorted(mine),
        "periods": periods,
        "zone": desk.zone,
        "desk_brand": desk.brand,
        "currency": desk.brand.currency,
        "dispute_id": new_id("dsp"),
        "word_id": lambda: new_id("dsw"),
        "problem": None,
        "wrong_id": "",
        "typed": {},
    }
