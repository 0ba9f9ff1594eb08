"""What a version of a contract changes: sentence by sentence against an earlier one, and on what was sold."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.fronts.contracts_shown import Compared, compare, sentences_compared
from highstreet.fronts.contracts_told import Version
from highstreet.fronts.office.pages.contracts import ContractsReader
from highstreet.fronts.office.pages.shell import page_router, show
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


def names(reader: Reader, brand_id: str) -> dict[str, Any]:
    """Parties and places, as office/contract_who.html names them."""
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    return {
        "parties": parties,
        "brand_party": next((p for p in parties.values() if p.kind is PartyKind.BRAND), None),
        "places": {place.id: place for place in places_of_brand(reader, brand_id)},
    }
