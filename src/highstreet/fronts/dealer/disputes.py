"""What a dealer or landlord says is wrong with its statements or shares."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.settle_dispute import (
    FinishDispute,
    OpenDispute,
    SayInDispute,
    begin_dispute,
    finish_dispute,
    speak,
)
from highstreet.fronts.dealer import own
from highstreet.fronts.dealer.asking import brand_of, dealer, own_party_ids, program_of
from highstreet.fronts.disputes_told import (
    Amount,
    DisputeId,
    DisputeTold,
    StateWord,
    WordAsked,
    Words,
    disputes_told,
    one_told,
    plain_text,
)
from highstreet.fronts.staff import Asked, PartyId, SaleId, SettlementId, write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parties import brand_by_id
from highstreet.rooms.settlements import Dispute, DisputeState, DisputeWord, EndDispute

router = APIRouter(tags=["dealer: disputes"], responses=PROBLEMS)
DisputesReader = Annotated[Actor, dealer(Permission.EARNINGS_READ)]


class DisputeAsked(Asked):
    """About a statement, a sale, or both; its id makes it once."""

    id: DisputeId = Field(default_factory=lambda: new_id("dsp"))
    party_id: PartyId = Field(description="Which of the own companies says so.")
    settlement_id: SettlementId | None = None
    sale_id: SaleId | None = None
    asked_minor: Amount | None = Field(None, description="What it thinks it is owed.")
    text: Words


@router.get("/disputes", operation_id="dealer_list_disputes", summary="Dealer or landlord lists its disputes")
async def list_disputes(
    request: Request, actor: DisputesReader, state: StateWord | None = None
) -> list[DisputeTold]:
    """The newest 200, each with its words."""
    mine = own_party_ids(actor, Permission.EARNINGS_READ)
    wanted = None if state is None else DisputeState(state)
    return await program_of(request).db.read(disputes_told, brand_of(actor), mine, wanted)


@router.post(
    "/disputes",
    operation_id="dealer_open_dispute",
    summary="Dealer or landlord disputes a statement or a sale's shares",
    status_code=201,
)
async def open_one(request: Request, actor: DisputesReader, asked: DisputeAsked) -> DisputeTold:
    """The brand answers; what it grants is paid with the next statements. The same id again is the same dispute."""
    command = await opening(request, actor, asked)
    found = await write_audited(request, actor, asked.id, begin_dispute, command)
    return await program_of(request).db.read(one_told, brand_of(actor), found)


async def opening(request: Request, actor: Actor, asked: DisputeAsked) -> OpenDispute:
    """What is asked, where it is theirs to ask. Errors: Refusal request.not_found, request.malformed."""
    program, brand_id = program_of(request), brand_of(actor)
    if asked.party_id not in own_party_ids(actor, Permission.EARNINGS_READ):
        raise REQUEST_NOT_FOUND()
    if asked.settlement_id is None and asked.sale_id is None:
        raise REQUEST_MALFORMED(field="settlement_id", reason="neither_statement_nor_sale")
    if asked.sale_id is not None:
        await own.read_sale(request, actor, asked.sale_id)
    brand = await program.db.read(brand_by_id, brand_id)
    if brand is None:
        raise REQUEST_NOT_FOUND()
    now = program.clock.now()
    new = Dispute(
        brand_id=brand_id,
        id=asked.id,
        party_id=asked.party_id,
        settlement_id=asked.settlement_id,
        sale_id=asked.sale_id,
        currency=brand.currency,
        asked_minor=asked.asked_minor,
        state=DisputeState.OPEN,
        granted_minor=0,
        words=1,
        opened_at=now,
        ended_at=None,
    )
    first = stable_id("dsw", asked.id, "first")
    text = plain_text(asked.text)
    return OpenDispute(new, DisputeWord(brand_id, first, asked.id, 1, "party", actor.id, text, now))


@router.post(
    "/disputes/{dispute_id}/words",
    operation_id="dealer_say_in_dispute",
    summary="Dealer or landlord says something in a dispute",
)
async def say(
    request: Request, actor: DisputesReader, dispute_id: DisputeId, asked: WordAsked
) -> DisputeTold:
    """Until it is over."""
    command = saying(request, actor, dispute_id, asked.id, asked.text)
    found = await write_audited(request, actor, dispute_id, speak, command)
    return await program_of(request).db.read(one_told, brand_of(actor), found)


def saying(request: Request, actor: Actor, dispute_id: str, word_id: str, text: str) -> SayInDispute:
    """A word for their side."""
    word = DisputeWord(
        *(brand_of(actor), word_id, dispute_id, 0, "party", actor.id),
        *(plain_text(text), program_of(request).clock.now()),
    )
    return SayInDispute(word, own_party_ids(actor, Permission.EARNINGS_READ))


@router.post(
    "/disputes/{dispute_id}/withdraw",
    operation_id="dealer_withdraw_dispute",
    summary="Dealer or landlord withdraws a dispute",
)
async def withdraw(request: Request, actor: DisputesReader, dispute_id: DisputeId) -> DisputeTold:
    """It is over, and nobody owes anything for it."""
    found = await write_audited(
        request, actor, dispute_id, finish_dispute, withdrawing(request, actor, dispute_id)
    )
    return await program_of(request).db.read(one_told, brand_of(actor), found)


def withdrawing(request: Request, actor: Actor, dispute_id: str) -> FinishDispute:
    """Their own one comes to nothing."""
    end = EndDispute(brand_of(actor), dispute_id, DisputeState.WITHDRAWN, 0, program_of(request).clock.now())
    return FinishDispute(end, None, own_party_ids(actor, Permission.EARNINGS_READ))
