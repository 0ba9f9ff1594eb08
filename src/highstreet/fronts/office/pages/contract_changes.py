"""What a version of a contract changes: sentence by sentence against an earlier one, and on what was sold."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.fronts.contracts_shown import Compared, compare, days_of, sentences_compared
from highstreet.fronts.contracts_told import Version
from highstreet.fronts.contracts_tried import First, Last, try_version
from highstreet.fronts.office.contracts import version_of
from highstreet.fronts.office.pages.contracts import ContractsReader
from highstreet.fronts.office.pages.shell import page_router, pages, show
from highstreet.fronts.staff import ContractId, brand_of, program_of
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import contracts_of_brand
from highstreet.rooms.parties import PartyKind, parties_of_brand, places_of_brand

router = page_router()


@router.get("/contracts/{contract_id}/{version}/changes")
async def changes_page(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    against: Annotated[int | None, Query(ge=1, le=100_000)] = None,
) -> Response:
    """Against the version in force, else the one before; or against any earlier one."""
    program, brand_id = program_of(request), brand_of(actor)

    def read(reader: Reader) -> tuple[Compared, dict[str, Any]]:
        versions = [one for one in contracts_of_brand(reader, brand_id) if one.id == contract_id]
        return compare(reader, versions, version, against, program.clock.now()), names(reader, brand_id)

    compared, named = await program.db.read(read)
    return await show(
        request, actor, "contract_changes.html", compared=compared, compare=sentences_compared, **named
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
    """The days it is tried on; the answer comes after the page."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    days = days_of(first, last, program.clock.now(), desk.zone)
    contract = await program.db.read(version_of, brand_id, contract_id, version)
    named = await program.db.read(names, brand_id)
    return await show(request, actor, "contract_trial.html", contract=contract, days=days, **named)


@router.get("/contracts/{contract_id}/{version}/trial/result")
async def trial_result(
    request: Request,
    actor: ContractsReader,
    contract_id: ContractId,
    version: Version,
    first: First = None,
    last: Last = None,
) -> Response:
    """What each party got of that time's sales, and would have got."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    days = days_of(first, last, program.clock.now(), desk.zone)
    contract = await program.db.read(version_of, brand_id, contract_id, version)
    trial = await try_version(program, contract, days)
    named: dict[str, Any] = await program.db.read(names, brand_id)
    return pages.answer(request, "contract_tried.html", trial=trial, desk=desk, **named)


def names(reader: Reader, brand_id: str) -> dict[str, Any]:
    """Parties and places, as office/contract_who.html names them."""
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    return {
        "parties": parties,
        "brand_party": next((p for p in parties.values() if p.kind is PartyKind.BRAND), None),
        "places": {place.id: place for place in places_of_brand(reader, brand_id)},
    }
