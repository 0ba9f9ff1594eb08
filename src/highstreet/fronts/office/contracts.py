"""Contracts with the companies that run places, version by version."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.change_contract import ChangeContract, change_contract
from highstreet.fronts.contracts_told import ContractTold, TermsTold, contract_told
from highstreet.fronts.office.asking import Asked, Instant, brand_of, office, program_of
from highstreet.fronts.staff import ContractId, PartyId, PlaceId, write_audited
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.channel import Acceptance, Contract, acceptances_of, contracts_of_brand, parse_terms

router = APIRouter(tags=["office: contracts"], responses=PROBLEMS)
ContractsReader = Annotated[Actor, office(Permission.CONTRACTS_READ)]
ContractsWriter = Annotated[Actor, office(Permission.CONTRACTS_WRITE)]


class ContractAsked(Asked):
    """A new contract, or the next version of one."""

    id: ContractId | None = Field(None, description="`ctr_…` of the contract to change; left out: a new one.")
    operator_party_id: PartyId
    place_id: PlaceId | None = None
    terms: TermsTold
    effective_from: Instant | None = Field(None, description="Not in the past; left out: now.")
    is_on_paper: bool = Field(
        False, description="The others have signed on paper, which the brand keeps: they are not asked here."
    )


@router.get("/contracts", operation_id="office_list_contracts", summary="Head office lists contracts")
async def list_contracts(request: Request, actor: ContractsReader) -> list[ContractTold]:
    """All versions, the oldest first."""
    found, acceptances = await program_of(request).db.read(_contracts, brand_of(actor))
    return [contract_told(contract, acceptances) for contract in found]


@router.post(
    "/contracts",
    operation_id="office_sign_contract",
    summary="Head office signs a contract's next version",
    status_code=201,
)
async def sign(request: Request, actor: ContractsWriter, asked: ContractAsked) -> ContractTold:
    """Propose the next version; once all whom it binds have accepted, it touches later sales only."""
    program = program_of(request)
    now = program.clock.now()
    command = ChangeContract(
        brand_id=brand_of(actor),
        contract_id=new_id("ctr") if asked.id is None else check_id(asked.id, "ctr"),
        is_new=asked.id is None,
        operator_party_id=asked.operator_party_id,
        place_id=asked.place_id,
        terms=parse_terms(asked.terms.as_document()),
        effective_from=asked.effective_from or now,
        at=now,
        staff_id=actor.id,
        is_on_paper=asked.is_on_paper,
    )
    signed = await write_audited(
        request,
        actor,
        command.contract_id,
        change_contract,
        command,
        operator_party_id=command.operator_party_id,
        place_id=command.place_id,
        terms=command.terms.as_document(),
    )
    acceptances = await program.db.read(acceptances_of, command.brand_id, command.contract_id)
    return contract_told(signed, acceptances)


def _contracts(reader: Reader, brand_id: str) -> tuple[list[Contract], list[Acceptance]]:
    return contracts_of_brand(reader, brand_id), acceptances_of(reader, brand_id)
