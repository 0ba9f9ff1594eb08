"""The page of a pay link: somebody pays a part of another's bill on their own phone."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response

from highstreet.flows.pay_link import link_seen, pay_by_link, rails_for, tender_of
from highstreet.flows.program import Program
from highstreet.fronts.door.page import pages
from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.rate import RateLimit, asker_of
from highstreet.kernel.web import needs

router = APIRouter(include_in_schema=False, dependencies=[needs(ActorKind.NOBODY)])
Token = Annotated[str, Path(max_length=80)]
LOOKS_A_MINUTE = 60
"""For each address: a page that waits asks every four seconds."""


def _count(request: Request) -> None:
    state = request.app.state
    if not hasattr(state, "pay_link_rate"):
        state.pay_link_rate = RateLimit(LOOKS_A_MINUTE, 60)
    state.pay_link_rate.check(asker_of(request.client.host if request.client else None))


async def _page(request: Request, token: str, qr: str | None = None, *, is_refused: bool = False) -> Response:
    program: Program = request.app.state.program
    try:
        seen = await program.db.read(link_seen, tender_of(program, token))
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return pages.answer(request, "pay.html", 404, seen=None, state="lost", qr=None, rails=[])
    state = seen.state_at(program.clock.now())
    rails = await rails_for(program, seen) if state == "choose" else []
    return pages.answer(
        request,
        "pay.html",
        seen=seen,
        state=state,
        qr=qr,
        rails=rails,
        is_refused=is_refused,
    )


@router.get("/pay/{token}")
async def show(request: Request, token: Token) -> Response:
    """Whose bill, how much, for what, by which rails; while it is under way the page looks again by itself.

    What shows the way to the provider keeps it: it only asks whether the payment is still under way.
    """
    _count(request)
    if request.headers.get("hx-request") != "true":
        return await _page(request, token)
    program: Program = request.app.state.program
    seen = await program.db.read(link_seen, tender_of(program, token))
    is_waiting = seen.state_at(program.clock.now()) == "waiting"
    return Response(None, 204, {} if is_waiting else {"HX-Redirect": request.url.path})


@router.post("/pay/{token}")
async def pay(request: Request, token: Token, rail: Annotated[str, Form(max_length=20)]) -> Response:
    """Begin by the chosen rail; the page then has the way to the provider."""
    _count(request)
    program: Program = request.app.state.program
    is_refused = False
    try:
        answer = await pay_by_link(program, tender_of(program, token), rail)
    except Refusal as refusal:
        if refusal.status not in (404, 409):
            raise
        answer, is_refused = {}, refusal.status == 409
    return await _page(request, token, answer.get("qr"), is_refused=is_refused)
