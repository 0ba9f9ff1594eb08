"""Gift cards of the brand: issued with a code to print, looked at, stopped."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from highstreet.flows.gift_cards import (
    CARD_LIMIT_MINOR,
    BlockCard,
    block_gift_card,
    issue_gift_cards,
    make_cards,
)
from highstreet.fronts.office.asking import Asked, Told, brand_of, office, program_of
from highstreet.fronts.staff import write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.ids import stable_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parties import brand_by_id
from highstreet.rooms.tenders import (
    CARD_UNKNOWN,
    GiftCard,
    IssueCards,
    entries_of_card,
    gift_card_by_id,
    gift_cards_of,
)

router = APIRouter(tags=["office: gift cards"], responses=PROBLEMS)
CardsReader = Annotated[Actor, office(Permission.SALES_READ)]
CardsIssuer = Annotated[Actor, office(Permission.SALES_REFUND)]
CardId = Annotated[str, Path(pattern="^gcd_[0-9a-z]{26}$", examples=[stable_id("gcd", "example")])]
ON_A_PAGE = 100


class CardsAsked(Asked):
    """Cards of one value, in the brand's currency."""

    count: int = Field(1, ge=1, le=500)
    amount_minor: int = Field(gt=0, le=CARD_LIMIT_MINOR, description="What is on each, in minor units.")
    expires_at: AwareDatetime | None = Field(None, description="Null: never.")


class PrintedTold(Told):
    """A card and the code to print on it: it is told this once, and kept nowhere."""

    id: str
    code: str


class CardTold(Told):
    """A card; of its code only the end is known."""

    id: str
    last4: str
    currency: str
    issued_minor: int
    balance_minor: int
    issued_at: datetime
    expires_at: datetime | None
    blocked_at: datetime | None


class CardEntryTold(Told):
    """A payment with the card (pay), or money that went back on to it (back)."""

    tender_id: str
    kind: str
    amount_minor: int
    at: datetime


class CardWholeTold(CardTold):
    """A card and all that happened to it."""

    entries: list[CardEntryTold]


class BlockAsked(Asked):
    """Whether a card is stopped."""

    is_blocked: bool


@router.post(
    "/gift-cards",
    operation_id="office_issue_gift_cards",
    summary="Head office issues gift cards",
    status_code=201,
)
async def issue(
    request: Request, response: Response, actor: CardsIssuer, asked: CardsAsked
) -> list[PrintedTold]:
    """Issue cards. What is on them is the brand's debt from now on; the codes are shown this once."""
    program, brand_id = program_of(request), brand_of(actor)
    now = program.clock.now()
    if asked.expires_at is not None and asked.expires_at <= now:
        raise REQUEST_MALFORMED(field="body.expires_at", reason="not_in_the_future")
    brand = await program.db.read(brand_by_id, brand_id)
    if brand is None:
        raise REQUEST_NOT_FOUND()
    response.headers["Cache-Control"] = "no-store"
    printed, kept = make_cards(program.pepper, brand_id, asked.count)
    command = IssueCards(brand_id, kept, brand.currency, asked.amount_minor, asked.expires_at, actor.id, now)
    facts = {"count": asked.count, "amount_minor": asked.amount_minor}
    await write_audited(request, actor, printed[0].id, issue_gift_cards, command, **facts)
    return [PrintedTold.model_validate(card) for card in printed]


@router.get(
    "/gift-cards", operation_id="office_list_gift_cards", summary="Head office lists the brand's gift cards"
)
async def list_cards(
    request: Request,
    actor: CardsReader,
    last4: Annotated[str | None, Query(pattern="^[0-9A-Z]{4}$", description="The end of a code.")] = None,
    before: Annotated[str | None, Query(pattern="^gcd_[0-9a-z]{26}$")] = None,
) -> list[CardTold]:
    """The newest first, at most a hundred; the next after `before`."""
    program, brand_id = program_of(request), brand_of(actor)
    after = None
    if before is not None:
        last = await program.db.read(gift_card_by_id, brand_id, before)
        if last is None:
            raise CARD_UNKNOWN()
        after = (last.issued_at, last.id)
    cards = await program.db.read(gift_cards_of, brand_id, after, ON_A_PAGE, last4)
    return [CardTold.model_validate(card) for card in cards]


@router.get(
    "/gift-cards/{card_id}", operation_id="office_read_gift_card", summary="Head office reads a gift card"
)
async def read_one(request: Request, actor: CardsReader, card_id: CardId) -> CardWholeTold:
    """What is on it, and what it paid for."""
    program, brand_id = program_of(request), brand_of(actor)
    card: GiftCard | None = await program.db.read(gift_card_by_id, brand_id, card_id)
    if card is None:
        raise CARD_UNKNOWN()
    entries = await program.db.read(entries_of_card, brand_id, card_id)
    told = [CardEntryTold.model_validate(entry) for entry in entries]
    return CardWholeTold(**CardTold.model_validate(card).model_dump(), entries=told)


@router.put(
    "/gift-cards/{card_id}/block",
    operation_id="office_block_gift_card",
    summary="Head office stops a gift card, or lets it pay again",
)
async def block(request: Request, actor: CardsIssuer, card_id: CardId, asked: BlockAsked) -> CardWholeTold:
    """A lost card is stopped at once; what is on it stays."""
    program = program_of(request)
    command = BlockCard(brand_of(actor), card_id, program.clock.now() if asked.is_blocked else None)
    await write_audited(request, actor, card_id, block_gift_card, command, is_blocked=asked.is_blocked)
    return await read_one(request, actor, card_id)
