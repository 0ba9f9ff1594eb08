"""Conflicts of prices with contracts: by dealer and by money, each in plain words (P3)."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.answer_parity import WithdrawChange, withdraw_change
from highstreet.fronts.conflicts_shown import STATES, conflicts, sums_by_dealer
from highstreet.fronts.office.conflicts import ConflictsReader, ConflictsWriter
from highstreet.fronts.office.pages.changes import change, go_to
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import ParityChangeId, brand_of, program_of
from highstreet.kernel.permissions import Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import CaseState

router = page_router()
StateName = Annotated[str, Query(pattern=f"^({'|'.join(STATES)})?$")]
PartyName = Annotated[str, Query(max_length=40)]


@router.get("/conflicts")
async def conflicts_page(
    request: Request, actor: ConflictsReader, state: StateName = "", party: PartyName = ""
) -> Response:
    """What waits first, then the newest; of one dealer or in one state."""
    shown = await program_of(request).db.read(_shown, brand_of(actor), state, party)
    may_write = actor.may(Permission.CONTRACTS_WRITE, brand_id=brand_of(actor))
    return await show(request, actor, "conflicts.html", may_write=may_write, **shown)


def _shown(reader: Reader, brand_id: str, state: str, party: str) -> dict[str, Any]:
    sums = sums_by_dealer(reader, brand_id)
    of = next((one.party for one in sums if one.party_id == party), None)
    operators = None if of is None else {of.id}
    found = conflicts(reader, brand_id, operators, CaseState(state) if state else None)
    return {
        "sums": sums,
        "found": found,
        "state": state,
        "states": STATES,
        "party": party if of else "",
        "of": of,
    }


@router.post("/conflicts/{change_id}/withdraw")
async def withdraw(request: Request, actor: ConflictsWriter, change_id: ParityChangeId) -> Response:
    """What waits comes to nothing."""
    command = WithdrawChange(brand_of(actor), change_id, program_of(request).clock.now())
    await change(request, actor, "office.withdraw_change", change_id, withdraw_change, command)
    return go_to("/office/conflicts")
