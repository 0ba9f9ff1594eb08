"""Contracts with the companies that run places, version by version."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.change_contract import ChangeContract, change_contract
from highstreet.flows.office_desk import desk_of
from highstreet.flows.try_contract import TryTerms, try_contract
from highstreet.fronts.contracts_shown import days_of
from highstreet.fronts.contracts_told import ContractTold, TermsTold, Version, contract_told
from highstreet.fronts.contracts_tried import First, Last, TriedTold, trial_told, try_version
from highstreet.fronts.office.asking import Asked, Instant, Told, brand_of, office, period, program_of
from highstreet.fronts.staff import ContractId, PartyId, PlaceId, write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.i18n import text
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS, locale_of
from highstreet.rooms.channel import (
    TEMPLATES,
    Acceptance,
    CloseContract,
    Contract,
    ContractVersion,
    EndContract,
    acceptances_of,
    close_contract,
    contracts_of_brand,
    end_contract,
    parse_terms,
)

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


class TemplateTold(Told):
    """A known model to start from; title and sentence are in the language asked for."""

    name: str
    title: str
    does: str = Field(description="What it is, in one sentence.")
    is_own: bool = Field(description="For places that the brand runs itself.")
    terms: TermsTold


@router.get(
    "/contracts/templates",
    operation_id="office_list_contract_templates",
    summary="Head office lists known models of contracts",
)
async def list_templates(request: Request, _actor: ContractsReader) -> list[TemplateTold]:
    """What a new contract may start from: `terms` can be proposed as they are, or changed."""
    locale = locale_of(request)
    return [
        TemplateTold(
            name=one.name,
            title=text(locale, one.title_key),
            does=text(locale, one.does_key),
            is_own=one.is_own,
            terms=TermsTold.model_validate(one.terms.as_document()),
        )
        for one in TEMPLATES
    ]


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


class EndAsked(Asked):
    """When a contract ends."""

    at: Instant | None = Field(None, description="Not in the past; left out: now.")


@router.post(
    "/contracts/{contract_id}/{version}/withdraw",
    operation_id="office_withdraw_contract",
    summary="Head office withdraws a proposed version",
    status_code=204,
)
async def withdraw(
    request: Request, actor: ContractsWriter, contract_id: ContractId, version: Version
) -> None:
    """It was not accepted by all yet, and comes to nothing."""
    of = ContractVersion(brand_of(actor), contract_id, version)
    command = CloseContract(of, str(actor.party_id), program_of(request).clock.now())
    await write_audited(request, actor, contract_id, close_contract, command, version=version)


@router.post(
    "/contracts/{contract_id}/{version}/end",
    operation_id="office_end_contract",
    summary="Head office ends a contract",
    status_code=204,
)
async def end(
    request: Request, actor: ContractsWriter, contract_id: ContractId, version: Version, asked: EndAsked
) -> None:
    """No version follows: from then on nothing is sold under it. What was sold stays as it is, returns too."""
    now = program_of(request).clock.now()
    of = ContractVersion(brand_of(actor), contract_id, version)
    if asked.at is not None and asked.at < now:
        raise REQUEST_MALFORMED(field="at", reason="in_the_past")
    command = EndContract(of, asked.at or now, now)
    await write_audited(request, actor, contract_id, end_contract, command, version=version, at=str(asked.at))


class DryRunAsked(Asked):
    """A draft, tried on what was sold."""

    operator_party_id: PartyId
    place_id: PlaceId | None = None
    terms: TermsTold
    since: Instant
    until: Instant


class PartyChangeTold(Told):
    """What a party got, and would have got."""

    party_id: str
    currency: str
    was_minor: int
    would_be_minor: int


class DryRunTold(Told):
    """What the draft would have changed."""

    sales: int
    lines: int
    below_zero: int = Field(description="Lines on which who takes the rest would have had to pay.")
    parties: list[PartyChangeTold]


@router.post(
    "/contracts/dry-run",
    operation_id="office_try_contract",
    summary="Head office tries a draft on past sales",
)
async def try_terms(request: Request, actor: ContractsReader, asked: DryRunAsked) -> DryRunTold:
    """Every sale of the time, less what came back, shared once more under the draft. Nothing is changed."""
    period(asked.since, asked.until, asked.until)
    terms = parse_terms(asked.terms.as_document())
    tried = TryTerms(
        brand_of(actor), asked.operator_party_id, asked.place_id, terms, asked.since, asked.until
    )
    return DryRunTold.model_validate(await try_contract(program_of(request).db, tried))


@router.get(
    "/contracts/{contract_id}/{version}/dry-run",
    operation_id="office_try_version",
    summary="Head office tries a version on past sales",
)
async def try_one(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    first: First = None,
    last: Last = None,
) -> TriedTold:
    """By default the last 90 days. Nothing is changed."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    days = days_of(first, last, program.clock.now(), desk.zone)
    contract = await program.db.read(version_of, brand_id, contract_id, version)
    return trial_told(await try_version(program, contract, days))


def version_of(reader: Reader, brand_id: str, contract_id: str, version: int) -> Contract:
    """Errors: Refusal request.not_found."""
    for one in contracts_of_brand(reader, brand_id):
        if (one.id, one.version) == (contract_id, version):
            return one
    raise REQUEST_NOT_FOUND()


def _contracts(reader: Reader, brand_id: str) -> tuple[list[Contract], list[Acceptance]]:
    return contracts_of_brand(reader, brand_id), acceptances_of(reader, brand_id)
