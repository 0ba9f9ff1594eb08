"""Prices in their territory that meet what was promised: what waits for their word, and what became of the rest (P3)."""

from collections import Counter
from typing import Any

from fastapi import Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.fronts.conflicts_shown import conflicts
from highstreet.fronts.dealer.asking import brand_of, own_party_ids, program_of
from highstreet.fronts.dealer.conflicts import ConflictsAnswerer, ConflictsReader, answer_now
from highstreet.fronts.dealer.pages.shell import page_router, pages, show
from highstreet.fronts.staff import ParityCaseId
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor, Permission
from highstreet.look import page_locale
from highstreet.rooms.channel import CaseState

router = page_router()


@router.get("/conflicts")
async def conflicts_page(request: Request, actor: ConflictsReader) -> Response:
    """What waits for their word first."""
    return await show(request, actor, "conflicts.html", problem=None, **await _shown(request, actor))


@router.post("/conflicts/{case_id}/acknowledge")
async def acknowledge(
    request: Request, actor: ConflictsAnswerer, case_id: ParityCaseId, *, is_whole: bool = False
) -> Response:
    """They know of it; with the last word that is asked for it is live."""
    return await _answer(request, actor, case_id, is_yes=True, is_whole=is_whole)


@router.post("/conflicts/{case_id}/decline")
async def decline(request: Request, actor: ConflictsAnswerer, case_id: ParityCaseId) -> Response:
    """It is not made."""
    return await _answer(request, actor, case_id, is_yes=False, is_whole=False)


async def _answer(request: Request, actor: Actor, case_id: str, *, is_yes: bool, is_whole: bool) -> Response:
    problem, status = None, 200
    try:
        await answer_now(program_of(request), actor, case_id, is_yes=is_yes, is_whole=is_whole)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        problem = refusal_texts(page_locale(request), refusal.code, refusal.facts)
        status = refusal.status
    shown = await _shown(request, actor)
    return pages.answer(request, "conflicts_list.html", status, problem=problem, **shown)


async def _shown(request: Request, actor: Actor) -> dict[str, Any]:
    db, brand_id = program_of(request).db, brand_of(actor)
    own = own_party_ids(actor, Permission.CONTRACTS_READ)
    desk = await db.read(desk_of, brand_id, actor.id)
    found = await db.read(conflicts, brand_id, own, None)
    return {
        "found": found,
        "waiting": Counter(one.change.id for one in found if one.case.state is CaseState.WAITING),
        "may_answer": bool(actor.scopes(Permission.CONTRACTS_ACCEPT)),
        "zone": desk.zone,
    }
