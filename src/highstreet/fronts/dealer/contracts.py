"""Contracts that bind their own parties: what they say, and the word given on them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.office_desk import desk_of
from highstreet.flows.program import Program
from highstreet.fronts.contracts_shown import days_of
from highstreet.fronts.contracts_told import ContractTold, Version, contract_told
from highstreet.fronts.contracts_tried import (
    First,
    Last,
    ShownTrial,
    TriedTold,
    trial_told,
    try_version,
)
from highstreet.fronts.dealer.asking import brand_of, dealer, own_party_ids, program_of
from highstreet.fronts.staff import Asked, ContractId, PartyId
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.channel import (
    Acceptance,
    AcceptContract,
    CloseContract,
    Contract,
    ContractVersion,
    accept_contract,
    acceptances_of,
    close_contract,
    contracts_of_brand,
)

router = APIRouter(tags=["dealer: contracts"], responses=PROBLEMS)
ContractsReader = Annotated[Actor, dealer(Permission.CONTRACTS_READ)]
ContractsAcceptor = Annotated[Actor, dealer(Permission.CONTRACTS_ACCEPT)]


class AcceptAsked(Asked):
    """Yes to what was read."""

    party_id: PartyId = Field(description="For which of their companies.")
    terms_hash: str = Field(pattern="^[0-9a-f]{64}$", description="Of the terms that were read.")


class DeclineAsked(Asked):
    """No."""

    party_id: PartyId = Field(description="For which of their companies.")


@router.get(
    "/contracts", operation_id="dealer_list_contracts", summary="Dealer or landlord lists own contracts"
)
async def list_contracts(request: Request, actor: ContractsReader) -> list[ContractTold]:
    """All versions of the contracts that bind them, or would, the oldest first."""
    parties = own_party_ids(actor, Permission.CONTRACTS_READ)
    found = await program_of(request).db.read(own_contracts, brand_of(actor), parties)
    return [contract_told(contract, acceptances) for contract, acceptances in found]


@router.get(
    "/contracts/{contract_id}/{version}/dry-run",
    operation_id="dealer_try_version",
    summary="Dealer or landlord tries a version on past sales",
)
async def try_one(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    first: First = None,
    last: Last = None,
) -> TriedTold:
    """What they got themselves, and would have got: by default of the last 90 days. Nothing is changed."""
    return trial_told(await try_own(request, actor, contract_id, version, first, last))


async def try_own(
    request: Request, actor: Actor, contract_id: str, version: int, first: date | None, last: date | None
) -> ShownTrial:
    """Errors: Refusal request.not_found, request.malformed."""
    program, brand_id = program_of(request), brand_of(actor)
    own = own_party_ids(actor, Permission.CONTRACTS_READ)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    days = days_of(first, last, program.clock.now(), desk.zone)
    contract = await program.db.read(own_version, brand_id, own, contract_id, version)
    return await try_version(program, contract, days, own)


def own_version(
    reader: Reader, brand_id: str, own: frozenset[str], contract_id: str, version: int
) -> Contract:
    """A version that binds them, or would. Errors: Refusal request.not_found."""
    for contract, _ in own_contracts(reader, brand_id, own):
        if (contract.id, contract.version) == (contract_id, version):
            return contract
    raise REQUEST_NOT_FOUND()


@router.post(
    "/contracts/{contract_id}/{version}/accept",
    operation_id="dealer_accept_contract",
    summary="Dealer or landlord accepts a proposed version",
    status_code=204,
)
async def accept(
    request: Request, actor: ContractsAcceptor, contract_id: ContractId, version: Version, asked: AcceptAsked
) -> None:
    """The version holds once all whom it binds have accepted. Twice is once."""
    of = ContractVersion(brand_of(actor), contract_id, version)
    await accept_now(program_of(request), actor, of, asked.party_id, asked.terms_hash)


@router.post(
    "/contracts/{contract_id}/{version}/decline",
    operation_id="dealer_decline_contract",
    summary="Dealer or landlord declines a proposed version",
    status_code=204,
)
async def decline(
    request: Request, actor: ContractsAcceptor, contract_id: ContractId, version: Version, asked: DeclineAsked
) -> None:
    """The version comes to nothing; the one before it goes on."""
    of = ContractVersion(brand_of(actor), contract_id, version)
    await decline_now(program_of(request), actor, of, asked.party_id)


async def accept_now(
    program: Program, actor: Actor, of: ContractVersion, party_id: str, terms_hash: str
) -> None:
    """Accept for one of their own companies. Errors: Refusal request.not_found, and as `accept_contract`."""
    _check_own(actor, party_id)
    now = program.clock.now()
    command = AcceptContract(of, party_id, terms_hash, actor.id, now)
    facts = {"version": of.version, "party_id": party_id, "terms_hash": terms_hash}
    action = "dealer.accept_contract"
    await program.db.write(
        audited, Audited(actor, action, of.contract_id, accept_contract, command, now, facts)
    )


async def decline_now(program: Program, actor: Actor, of: ContractVersion, party_id: str) -> None:
    """Decline for one of their own companies. Errors: Refusal request.not_found, and as `close_contract`."""
    _check_own(actor, party_id)
    acceptances = await program.db.read(acceptances_of, of.brand_id, of.contract_id)
    if not any((a.version, a.party_id) == (of.version, party_id) for a in acceptances):
        raise REQUEST_NOT_FOUND()
    now = program.clock.now()
    command = CloseContract(of, party_id, now)
    facts = {"version": of.version, "party_id": party_id}
    action = "dealer.decline_contract"
    await program.db.write(
        audited, Audited(actor, action, of.contract_id, close_contract, command, now, facts)
    )


def _check_own(actor: Actor, party_id: str) -> None:
    if party_id not in own_party_ids(actor, Permission.CONTRACTS_ACCEPT):
        raise REQUEST_NOT_FOUND()


def own_contracts(
    reader: Reader, brand_id: str, party_ids: frozenset[str]
) -> list[tuple[Contract, list[Acceptance]]]:
    """Contracts of these operators, and those that these parties were asked to accept."""
    acceptances = acceptances_of(reader, brand_id)
    asked = {(a.contract_id, a.version) for a in acceptances if a.party_id in party_ids}
    return [
        (contract, acceptances)
        for contract in contracts_of_brand(reader, brand_id)
        if contract.operator_party_id in party_ids or (contract.id, contract.version) in asked
    ]
