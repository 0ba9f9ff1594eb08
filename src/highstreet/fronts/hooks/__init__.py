"""Messages that come in from payment providers; each is believed only with its signature."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from highstreet.flows.charge_sale import take_notice
from highstreet.flows.errors import RAIL_OFF
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import PROBLEMS, needs

router = APIRouter(prefix="/hooks", tags=["hooks"], responses=PROBLEMS)
# The signature of the body says who it is; there is no token to look at.
Anyone = Annotated[Actor, needs(ActorKind.NOBODY, ActorKind.PROVIDER)]


@router.post(
    "/wallet/notices",
    operation_id="hooks_take_wallet_notice",
    summary="Wallet provider reports a payment",
    status_code=204,
)
async def take_wallet_notice(request: Request, _actor: Anyone) -> Response:
    """A signed notice of the Wallet provider; taken once or more, with the effect of once."""
    program = request.app.state.program
    if program.wallet is None:
        raise RAIL_OFF(rail="wallet")
    body = await request.body()
    notice = program.wallet.read_notice(request.headers, body, program.clock.now())
    await take_notice(program, notice)
    return Response(status_code=204)
