"""What dealers and landlords say is wrong, and the head office's answers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.settle_dispute import FinishDispute, SayInDispute, finish_dispute, speak
from highstreet.fronts.disputes_told import (
    Amount,
    DisputeId,
    DisputeTold,
    StateWord,
    WordAsked,
    WordId,
    Words,
    disputes_told,
    one_told,
    plain_text,
)
from highstreet.fronts.office.asking import Asked, brand_of, office, program_of
from highstreet.fronts.staff import write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.settlements import DisputeState, DisputeWord, EndDispute

router = APIRouter(tags=["office: disputes"], responses=PROBLEMS)
DisputesReader = Annotated[Actor, office(Permission.EARNINGS_READ)]
Settler = Annotated[Actor, office(Permission.SETTLEMENTS_WRITE)]


class LastWordAsked(Asked):
    """The brand grants an amount, or declines, and says why."""

    id: WordId = Field(default_factory=lambda: new_id("dsw"), description="Of the last word.")
    state: Literal["granted", "declined"]
    granted_minor: Amount | None = Field(None, description="With granted: what the brand owes for it.")
    text: Words


@router.get("/disputes", operation_id="office_list_disputes", summary="Head office lists disputes")
async def list_disputes(
    request: Request, actor: DisputesReader, state: StateWord | None = None
) -> list[DisputeTold]:
    """The newest 200, each with its words."""
    wanted = None if state is None else DisputeState(state)
    return await program_of(request).db.read(disputes_told, brand_of(actor), None, wanted)


@router.post(
    "/disputes/{dispute_id}/words",
    operation_id="office_say_in_dispute",
    summary="Head office says something in a dispute",
)
async def say(request: Request, actor: Settler, dispute_id: DisputeId, asked: WordAsked) -> DisputeTold:
    """Until it is over."""
    command = SayInDispute(word_of(request, actor, dispute_id, asked.id, asked.text), None)
    found = await write_audited(request, actor, dispute_id, speak, command)
    return await program_of(request).db.read(one_told, brand_of(actor), found)


def word_of(request: Request, actor: Actor, dispute_id: str, word_id: str, text: str) -> DisputeWord:
    """A word for the brand's side."""
    now = program_of(request).clock.now()
    return DisputeWord(brand_of(actor), word_id, dispute_id, 0, "brand", actor.id, plain_text(text), now)


@router.post(
    "/disputes/{dispute_id}/end", operation_id="office_end_dispute", summary="Head office ends a dispute"
)
async def end(request: Request, actor: Settler, dispute_id: DisputeId, asked: LastWordAsked) -> DisputeTold:
    """What is granted the brand owes at once; it is paid with the next statements. Once."""
    word = word_of(request, actor, dispute_id, asked.id, asked.text)
    command = ending(request, actor, asked.state, asked.granted_minor, word)
    facts = {"state": asked.state, "granted_minor": command.end.granted_minor}
    found = await write_audited(request, actor, dispute_id, finish_dispute, command, **facts)
    return await program_of(request).db.read(one_told, brand_of(actor), found)


def ending(
    request: Request, actor: Actor, state: str, granted_minor: int | None, word: DisputeWord
) -> FinishDispute:
    """Granted with an amount, declined without one. Errors: Refusal request.malformed."""
    found = DisputeState(state)
    if (found is DisputeState.GRANTED) is not bool(granted_minor):
        raise REQUEST_MALFORMED(field="granted_minor", reason="with_granted_only")
    now = program_of(request).clock.now()
    end = EndDispute(brand_of(actor), word.dispute_id, found, granted_minor or 0, now)
    return FinishDispute(end, word, None)
