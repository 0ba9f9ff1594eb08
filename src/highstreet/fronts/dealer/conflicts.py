"""What waits for a dealer's word on prices in its territory, and what became of the rest (P3)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.flows.answer_parity import AnswerCase, answer_case
from highstreet.flows.program import Program
from highstreet.fronts.dealer.asking import brand_of, dealer, own_party_ids, program_of
from highstreet.fronts.parity_told import CaseWord, ParityCaseTold, read_case, read_cases
from highstreet.fronts.staff import ParityCaseId
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.channel import CaseState

router = APIRouter(tags=["dealer: conflicts"], responses=PROBLEMS)
ConflictsReader = Annotated[Actor, dealer(Permission.CONTRACTS_READ)]
ConflictsAnswerer = Annotated[Actor, dealer(Permission.CONTRACTS_ACCEPT)]


@router.get(
    "/parity-cases", operation_id="dealer_list_parity_cases", summary="Dealer lists conflicts of prices"
)
async def list_cases(
    request: Request, actor: ConflictsReader, state: CaseWord | None = None
) -> list[ParityCaseTold]:
    """Their own, the newest 500."""
    operators = own_party_ids(actor, Permission.CONTRACTS_READ)
    wanted = None if state is None else CaseState(state)
    return await program_of(request).db.read(read_cases, brand_of(actor), operators, wanted)


@router.get(
    "/parity-cases/{case_id}",
    operation_id="dealer_read_parity_case",
    summary="Dealer reads a conflict with all its articles",
)
async def read_one(request: Request, actor: ConflictsReader, case_id: ParityCaseId) -> ParityCaseTold:
    """Every article that may be had for less than was promised."""
    operators = own_party_ids(actor, Permission.CONTRACTS_READ)
    return await program_of(request).db.read(read_case, brand_of(actor), case_id, operators)


@router.post(
    "/parity-cases/{case_id}/acknowledge",
    operation_id="dealer_acknowledge_parity_case",
    summary="Dealer acknowledges a price in its territory",
    status_code=204,
)
async def acknowledge(
    request: Request,
    actor: ConflictsAnswerer,
    case_id: ParityCaseId,
    *,
    is_whole: Annotated[
        bool, Query(description="Also under all other own contracts that the same change waits for.")
    ] = False,
) -> None:
    """With the last word that is asked for, the change is made."""
    await answer_now(program_of(request), actor, case_id, is_yes=True, is_whole=is_whole)


@router.post(
    "/parity-cases/{case_id}/decline",
    operation_id="dealer_decline_parity_case",
    summary="Dealer declines a price in its territory",
    status_code=204,
)
async def decline(request: Request, actor: ConflictsAnswerer, case_id: ParityCaseId) -> None:
    """The change is not made."""
    await answer_now(program_of(request), actor, case_id, is_yes=False)


async def answer_now(
    program: Program, actor: Actor, case_id: str, *, is_yes: bool, is_whole: bool = False
) -> None:
    """Their word on a case of one of their companies. Errors: as `answer_case`."""
    now = program.clock.now()
    operators = own_party_ids(actor, Permission.CONTRACTS_ACCEPT)
    command = AnswerCase(brand_of(actor), case_id, operators, is_yes, actor.id, now, is_whole)
    action = "dealer.acknowledge_parity_case" if is_yes else "dealer.decline_parity_case"
    await program.db.write(audited, Audited(actor, action, case_id, answer_case, command, now))
