"""Gift cards: issued with their codes to print, found by the end of a code, stopped."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.gift_cards import (
    CARD_LIMIT_MINOR,
    BlockCard,
    block_gift_card,
    issue_gift_cards,
    make_cards,
)
from highstreet.flows.office_desk import desk_of
from highstreet.fronts.office.gift_cards import CardId, CardsIssuer, CardsReader
from highstreet.fronts.office.pages.changes import Read, change, go_to, problem_of
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders import GiftCard, IssueCards, gift_card_by_id, gift_cards_of

router = page_router()
SHOWN = 100
MOST_AT_ONCE = 500


async def _page(request: Request, actor: Actor, template: str, status: int = 200, **more: Any) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    last4 = more.get("last4", "")
    before = await program.db.read(_seen, brand_id, more.pop("before", ""))
    cards: list[GiftCard] = await program.db.read(gift_cards_of, brand_id, before, SHOWN + 1, last4 or None)
    shown = {"problem": None, "typed": {}, "wrong": {}, "last4": "", **more}
    return await show(
        request,
        actor,
        template,
        status,
        {"Cache-Control": "no-store"},
        cards=cards[:SHOWN],
        next_before=cards[SHOWN - 1].id if len(cards) > SHOWN else "",
        most=MOST_AT_ONCE,
        may_issue=actor.may(Permission.SALES_REFUND, brand_id=brand_id),
        **shown,
    )


def _seen(reader: Reader, brand_id: str, card_id: str) -> tuple[datetime, str] | None:
    card = gift_card_by_id(reader, brand_id, card_id) if card_id else None
    return None if card is None else (card.issued_at, card.id)


@router.get("/cards")
async def cards_page(
    request: Request,
    actor: CardsReader,
    last4: Annotated[str, Query(max_length=8)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The newest first; by the end of a code, the ones that have it."""
    return await _page(request, actor, "cards.html", last4=last4.strip().upper(), before=before)


@router.post("/cards")
async def issue(request: Request, actor: CardsIssuer) -> Response:
    """Issue cards; their codes are on the answer and nowhere else."""
    program, brand_id = program_of(request), brand_of(actor)
    async with request.form(max_files=0, max_fields=5) as form:
        typed = {name: str(form.get(name, "")) for name in ("count", "amount", "until")}
    desk = await program.db.read(desk_of, brand_id, actor.id)
    read = Read(typed, desk.brand.currency, desk.zone)
    count, amount = read.whole("count", 1, MOST_AT_ONCE), read.money("amount")
    until = read.day("until", is_end=True) if typed["until"] else None
    now = program.clock.now()
    if until is not None and until <= now:
        read.wrong["until"] = "office-more_wrong_day"
    if amount is not None and not 0 < amount <= CARD_LIMIT_MINOR:
        read.wrong["amount"] = "office-more_wrong_money"
    if read.wrong or count is None or amount is None:
        return await _page(request, actor, "cards_form.html", 422, typed=typed, wrong=read.wrong)
    printed, kept = make_cards(program.pepper, brand_id, count)
    command = IssueCards(brand_id, kept, desk.brand.currency, amount, until, actor.id, now)
    facts = {"count": count, "amount_minor": amount}
    await change(request, actor, "office.issue_gift_cards", printed[0].id, issue_gift_cards, command, **facts)
    return await _page(request, actor, "cards_printed.html", printed=printed, amount=amount)


@router.post("/cards/{card_id}/block")
async def block(request: Request, actor: CardsIssuer, card_id: CardId) -> Response:
    """Stop a card, or let a stopped one pay again."""
    program, brand_id = program_of(request), brand_of(actor)
    card = await program.db.read(gift_card_by_id, brand_id, card_id)
    is_blocked = card is None or card.blocked_at is None
    command = BlockCard(brand_id, card_id, program.clock.now() if is_blocked else None)
    try:
        await change(
            request,
            actor,
            "office.block_gift_card",
            card_id,
            block_gift_card,
            command,
            is_blocked=is_blocked,
        )
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _page(request, actor, "cards_form.html", refusal.status, problem=problem)
    return go_to("/office/cards")
