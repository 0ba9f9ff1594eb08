"""Where prices, offers and other people's online prices meet what contracts promise (P3)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.flows.answer_parity import WithdrawChange, withdraw_change
from highstreet.fronts.office.asking import brand_of, office, program_of
from highstreet.fronts.parity_told import CaseWord, ParityCaseTold, read_case, read_cases
from highstreet.fronts.staff import ParityCaseId, ParityChangeId, PartyId, write_audited
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.channel import CaseState

router = APIRouter(tags=["office: conflicts"], responses=PROBLEMS)
ConflictsReader = Annotated[Actor, office(Permission.CONTRACTS_READ)]
ConflictsWriter = Annotated[Actor, office(Permission.CONTRACTS_WRITE)]


@router.get(
    "/parity-cases",
    operation_id="office_list_parity_cases",
    summary="Head office lists conflicts with contracts",
)
async def list_cases(
    request: Request,
    actor: ConflictsReader,
    state: CaseWord | None = None,
    party_id: Annotated[PartyId | None, Query(description="Only this operator's.")] = None,
) -> list[ParityCaseTold]:
    """The newest 500."""
    return await program_of(request).db.read(
        read_cases,
        brand_of(actor),
        None if party_id is None else frozenset({party_id}),
        None if state is None else CaseState(state),
    )


@router.get(
    "/parity-cases/{case_id}",
    operation_id="office_read_parity_case",
    summary="Head office reads a conflict with all its articles",
)
async def read_one(request: Request, actor: ConflictsReader, case_id: ParityCaseId) -> ParityCaseTold:
    """Every article that breaks the contract."""
    return await program_of(request).db.read(read_case, brand_of(actor), case_id, None)


@router.post(
    "/parity-changes/{change_id}/withdraw",
    operation_id="office_withdraw_change",
    summary="Head office withdraws a change that waits",
    status_code=204,
)
async def withdraw(request: Request, actor: ConflictsWriter, change_id: ParityChangeId) -> None:
    """Nothing of it was live, and nothing will be."""
    command = WithdrawChange(brand_of(actor), change_id, program_of(request).clock.now())
    await write_audited(request, actor, change_id, withdraw_change, command)
