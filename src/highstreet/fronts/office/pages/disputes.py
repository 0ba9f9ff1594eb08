"""What dealers and landlords say is wrong, as the head office answers it."""

from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.flows.settle_dispute import SayInDispute, finish_dispute, speak
from highstreet.fronts.disputes_told import DisputeId, WordId, disputes_shown
from highstreet.fronts.office.disputes import DisputesReader, Settler, ending, word_of
from highstreet.fronts.office.pages.changes import Read, Typed, change, problem_of
from highstreet.fronts.office.pages.shell import page_router, pages, show
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED, Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.rooms.settlements import MAX_TEXT, DisputeState

router = page_router()
Text = Annotated[str, Form(max_length=3 * MAX_TEXT)]
StateName = Annotated[str, Query(pattern="^(open|granted|declined|withdrawn)?$")]


@router.get("/disputes")
async def disputes_page(request: Request, actor: DisputesReader, state: StateName = "") -> Response:
    """The open ones first."""
    return await show(request, actor, "disputes.html", **await _shown(request, actor, state))


@router.post("/disputes/{dispute_id}/answer")
async def answer(
    request: Request,
    actor: Settler,
    dispute_id: DisputeId,
    word_id: Annotated[WordId, Form()],
    does: Typed = "say",
    text: Text = "",
    granted: Typed = "",
) -> Response:
    """Say something; or grant an amount, or decline, with a last word."""
    desk = await program_of(request).db.read(desk_of, brand_of(actor), actor.id)
    read = Read({"granted": granted}, desk.brand.currency, desk.zone)
    problem = None
    try:
        word = word_of(request, actor, dispute_id, word_id, text)
        if does == "say":
            await change(request, actor, "office.say_in_dispute", dispute_id, speak, SayInDispute(word, None))
        elif does in ("granted", "declined"):
            amount = read.money("granted") if does == "granted" else None
            command = ending(request, actor, does, amount, word)
            facts = {"state": does, "granted_minor": command.end.granted_minor}
            await change(request, actor, "office.end_dispute", dispute_id, finish_dispute, command, **facts)
        else:
            raise REQUEST_MALFORMED(field="does", reason="say_granted_declined")
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        problem = refusal
    shown = await _shown(request, actor, "")
    if problem is not None:
        shown |= {"problem": problem_of(request, problem), "wrong_id": dispute_id}
        shown["typed"] = {"text": text, "granted": granted}
    return pages.answer(request, "disputes_list.html", problem.status if problem else 200, **shown)


async def _shown(request: Request, actor: Actor, state: str) -> dict[str, Any]:
    db, brand_id = program_of(request).db, brand_of(actor)
    wanted = DisputeState(state) if state else None
    desk = await db.read(desk_of, brand_id, actor.id)
    return {
        "found": await db.read(disputes_shown, brand_id, None, wanted),
        "state": state,
        "states": [one.value for one in DisputeState],
        "may_settle": actor.may(Permission.SETTLEMENTS_WRITE, brand_id=brand_id),
        "zone": desk.zone,
        "desk_brand": desk.brand,
        "word_id": lambda: new_id("dsw"),
        "problem": None,
        "wrong_id": "",
        "typed": {},
    }
