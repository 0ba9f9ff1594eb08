"""Dealers, landlords and store staff sign in and out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from highstreet.flows.sign_in_staff import StaffSignedIn, sign_in_staff, sign_out
from highstreet.fronts.dealer.asking import Asked, Told, program_of
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.rate import asker_of
from highstreet.kernel.web import PROBLEMS, needs
from highstreet.rooms.identity import RevokeSession

router = APIRouter(tags=["dealer: sign-in"], responses=PROBLEMS)
Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]
Staff = Annotated[Actor, needs(ActorKind.STAFF)]


class SignInAsked(Asked):
    """Login and password."""

    login: str = Field(min_length=1, max_length=80, examples=["anna@kaukauppa"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SignedInTold(Told):
    """A session: send the token as `Authorization: Bearer …`."""

    token: str = Field(description="Told once and kept nowhere.")
    expires_at: datetime
    staff_id: str
    name: str
    brand_id: str
    party_id: str = Field(description="The company they work for.")


@router.post("/sign-in", operation_id="dealer_sign_in", response_model=SignedInTold)
async def sign_in(request: Request, response: Response, _actor: Anyone, asked: SignInAsked) -> StaffSignedIn:
    """Open a session. An unknown login and a wrong password are told the same."""
    response.headers["Cache-Control"] = "no-store"
    asker = asker_of(request.client.host if request.client else None)
    return await sign_in_staff(program_of(request), asker, asked.login, asked.password)


@router.post("/sign-out", operation_id="dealer_sign_out", status_code=204)
async def end_session(request: Request, actor: Staff) -> Response:
    """End this session: its token opens nothing any more."""
    program = program_of(request)
    await program.db.write(sign_out, RevokeSession(str(actor.session_id), program.clock.now()))
    return Response(status_code=204)
