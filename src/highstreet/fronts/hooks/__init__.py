"""Messages that come in from payment providers; each is believed only with its signature."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from highstreet.flows.charge_sale import take_notice
from highstreet.flows.errors import RAIL_OFF
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import PROBLEMS, needs

router = APIRouter(prefix="/hooks", tags=["hooks"], responses=PROBLEMS)
# The signature of the body says who it is; there is no token to look at.
AccountId = Annotated[
    str,
    Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", examples=["wallet"], description="As in the list of rails."),
]
Anyone = Annotated[Actor, needs(ActorKind.NOBODY, ActorKind.PROVIDER)]


@router.post(
    "/{account}/notices",
    operation_id="hooks_take_notice",
    summary="A payment provider reports a payment",
    status_code=204,
)
async def take_provider_notice(request: Request, _actor: Anyone, account: AccountId) -> Response:
    """A notice of the provider behind a rail account, in that provider's own words and with its signature.

    Taken once or more, with the effect of once; answered as that provider wants to hear it.
    """
    program = request.app.state.program
    found = program.rails.account(account)
    if found is None:
        raise RAIL_OFF(rail=account)
    body = await request.body()
    notice = found.rail.read_notice(request.headers, body, program.clock.now())
    if notice is not None:
        await take_notice(program, notice, found)
    answer = found.rail.notice_answer
    return Response(answer.body, answer.status, media_type=answer.media_type)
