"""The contracts that bind them, in sentences, and their yes or no to what is proposed."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.fronts.contracts_shown import compare, days_of, sentences_compared
from highstreet.fronts.contracts_told import Version
from highstreet.fronts.contracts_tried import First, Last
from highstreet.fronts.dealer.asking import brand_of, dealer, own_party_ids, program_of
from highstreet.fronts.dealer.contracts import accept_now, decline_now, own_contracts, own_version, try_own
from highstreet.fronts.dealer.pages.shell import names_of, page_router, pages, show
from highstreet.fronts.staff import ContractId
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor, Permission
from highstreet.look import page_locale
from highstreet.rooms.channel import Acceptance, Contract, ContractState, ContractVersion, terms_hash
from highstreet.rooms.parties import PlaceOfBusiness, places_of_brand

router = page_router()
ContractsReader = Annotated[Actor, dealer(Permission.CONTRACTS_READ)]
ContractsAcceptor = Annotated[Actor, dealer(Permission.CONTRACTS_ACCEPT)]
Typed = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A version on the page. `waits_for`: their company whose word is missing; `seen`: what it would accept."""

    contract: Contract
    state: str
    acceptances: list[Acceptance]
    waits_for: str | None
    seen: str
    place: PlaceOfBusiness | None


@router.get("/contracts")
async def contracts_page(request: Request, actor: ContractsReader) -> Response:
    """What waits for their word first, then what is in force, what is to come, and what was."""
    return await show(request, actor, "contracts.html", problem=None, **await _shown(request, actor))


@router.get("/contracts/{contract_id}/{version}/changes")
async def changes_page(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    against: Annotated[int | None, Query(ge=1, le=100_000)] = None,
) -> Response:
    """What a version changes against an earlier one of theirs, before they give their word."""
    program, brand_id = program_of(request), brand_of(actor)
    own = own_party_ids(actor, Permission.CONTRACTS_READ)
    found = await program.db.read(own_contracts, brand_id, own)
    versions = [contract for contract, _ in found if contract.id == contract_id]
    compared = await program.db.read(compare, versions, version, against, program.clock.now())
    shown = await _named(request, actor, compared.contract)
    return await show(
        request, actor, "contract_changes.html", compared=compared, compare=sentences_compared, **shown
    )


@router.get("/contracts/{contract_id}/{version}/trial")
async def trial_page(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    first: First = None,
    last: Last = None,
) -> Response:
    """The days it is tried on; what they would have got comes after the page."""
    program, brand_id = program_of(request), brand_of(actor)
    own = own_party_ids(actor, Permission.CONTRACTS_READ)
    contract = await program.db.read(own_version, brand_id, own, contract_id, version)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    days = days_of(first, last, program.clock.now(), desk.zone)
    shown = await _named(request, actor, contract)
    return await show(request, actor, "contract_trial.html", contract=contract, days=days, **shown)


@router.get("/contracts/{contract_id}/{version}/trial/result")
async def trial_result(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    first: First = None,
    last: Last = None,
) -> Response:
    """Their own part of that time's sales: as it was, and as it would have been."""
    trial = await try_own(request, actor, contract_id, version, first, last)
    desk = await program_of(request).db.read(desk_of, brand_of(actor), actor.id)
    names = await names_of(request, actor, [one.party_id for one in trial.parties])
    return pages.answer(request, "contract_tried.html", trial=trial, desk=desk, names=names)


async def _named(request: Request, actor: Actor, contract: Contract) -> dict[str, Any]:
    places = await program_of(request).db.read(places_of_brand, brand_of(actor))
    return {
        "names": await names_of(request, actor, [contract.operator_party_id]),
        "place": next((place for place in places if place.id == contract.place_id), None),
    }


@router.post("/contracts/{contract_id}/{version}/accept")
async def accept(
    request: Request,
    actor: ContractsAcceptor,
    contract_id: ContractId,
    version: Version,
    party_id: Typed = "",
    seen: Typed = "",
) -> Response:
    """Yes to the terms that were on the page."""
    of = ContractVersion(brand_of(actor), contract_id, version)
    try:
        await accept_now(program_of(request), actor, of, party_id, seen)
    except Refusal as refusal:
        return await _list(request, actor, refusal)
    return await _list(request, actor)


@router.post("/contracts/{contract_id}/{version}/decline")
async def decline(
    request: Request,
    actor: ContractsAcceptor,
    contract_id: ContractId,
    version: Version,
    party_id: Typed = "",
) -> Response:
    """No to a proposed version."""
    of = ContractVersion(brand_of(actor), contract_id, version)
    try:
        await decline_now(program_of(request), actor, of, party_id)
    except Refusal as refusal:
        return await _list(request, actor, refusal)
    return await _list(request, actor)


async def _list(request: Request, actor: Actor, refusal: Refusal | None = None) -> Response:
    problem = refusal and refusal_texts(page_locale(request), refusal.code, refusal.facts)
    shown = await _shown(request, actor)
    return pages.answer(
        request, "contracts_list.html", refusal.status if refusal else 200, problem=problem, **shown
    )


async def _shown(request: Request, actor: Actor) -> dict[str, Any]:
    program, brand_id = program_of(request), brand_of(actor)
    own = own_party_ids(actor, Permission.CONTRACTS_READ)
    found = await program.db.read(own_contracts, brand_id, own)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    now = program.clock.now()
    places = await program.db.read(places_of_brand, brand_id)
    shown = []
    for contract, every in found:
        answers = [a for a in every if (a.contract_id, a.version) == (contract.id, contract.version)]
        state = contract.state_at(now)
        waits = [a.party_id for a in answers if a.accepted_at is None and a.party_id in own]
        is_asked = waits and state is ContractState.PROPOSED
        place = next((p for p in places if p.id == contract.place_id), None)
        shown.append(
            Shown(
                contract,
                state.value,
                answers,
                waits[0] if is_asked else None,
                terms_hash(contract.terms),
                place,
            )
        )
    order = list(ContractState)
    shown.sort(key=lambda one: (order.index(ContractState(one.state)), -one.contract.version))
    parties = {a.party_id for one in shown for a in one.acceptances}
    parties |= {one.contract.operator_party_id for one in shown}
    return {
        "contracts": shown,
        "names": await names_of(request, actor, parties),
        "may_accept": bool(actor.scopes(Permission.CONTRACTS_ACCEPT)),
        "zone": desk.zone,
        "currency": desk.brand.currency,
    }
