"""Contracts with the companies that run places, version by version."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.change_contract import ChangeContract, change_contract
from highstreet.fronts.office.asking import Asked, Instant, Told, brand_of, office, program_of
from highstreet.fronts.office.sale_models import TermsTold
from highstreet.fronts.staff import ContractId, PartyId, PlaceId, write_audited
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.channel import Contract, contracts_of_brand, parse_terms

router = APIRouter(tags=["office: contracts"], responses=PROBLEMS)
ContractsReader = Annotated[Actor, office(Permission.CONTRACTS_READ)]
ContractsWriter = Annotated[Actor, office(Permission.CONTRACTS_WRITE)]
Role = Literal["brand", "operator", "stock_owner", "landlord"]


class ContractTold(Told):
    """One version of a contract."""

    id: str
    version: int
    operator_party_id: str
    place_id: str | None = Field(description="Only this place; None: all that the operator runs.")
    terms: TermsTold
    effective_from: datetime
    effective_to: datetime | None


class ShareAsked(Asked):
    """A role's part of each line's net."""

    role: Role
    bp: int = Field(ge=0, le=10_000, description="Basis points: 3000 is 30 %.")


class TermsAsked(Asked):
    """Who collects, what each role gets, and who takes the rest."""

    collector: Literal["operator", "brand", "landlord"]
    shares: list[ShareAsked] = Field(max_length=3)
    leftover_to: Role


class ContractAsked(Asked):
    """A new contract, or the next version of one."""

    id: ContractId | None = Field(None, description="`ctr_…` of the contract to change; left out: a new one.")
    operator_party_id: PartyId
    place_id: PlaceId | None = None
    terms: TermsAsked
    effective_from: Instant | None = Field(None, description="Not in the past; left out: now.")


@router.get("/contracts", operation_id="office_list_contracts", summary="Head office lists contracts")
async def list_contracts(request: Request, actor: ContractsReader) -> list[ContractTold]:
    """All versions, the oldest first."""
    found = await program_of(request).db.read(contracts_of_brand, brand_of(actor))
    return [_told(contract) for contract in found]


@router.post(
    "/contracts",
    operation_id="office_sign_contract",
    summary="Head office signs a contract's next version",
    status_code=201,
)
async def sign(request: Request, actor: ContractsWriter, asked: ContractAsked) -> ContractTold:
    """Sign the next version; it touches later sales only."""
    program = program_of(request)
    now = program.clock.now()
    command = ChangeContract(
        brand_id=brand_of(actor),
        contract_id=new_id("ctr") if asked.id is None else check_id(asked.id, "ctr"),
        is_new=asked.id is None,
        operator_party_id=asked.operator_party_id,
        place_id=asked.place_id,
        terms=parse_terms(asked.terms.model_dump()),
        effective_from=asked.effective_from or now,
        at=now,
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
    return _told(signed)


def _told(contract: Contract) -> ContractTold:
    return ContractTold(
        id=contract.id,
        version=contract.version,
        operator_party_id=contract.operator_party_id,
        place_id=contract.place_id,
        terms=TermsTold.model_validate(contract.terms.as_document()),
        effective_from=contract.effective_from,
        effective_to=contract.effective_to,
    )
