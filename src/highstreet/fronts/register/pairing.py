"""A browser becomes a register by a code from the office's screen, and stops being one."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from highstreet.flows.pair_register import accept_pairing, unpair_register
from highstreet.flows.program import Program
from highstreet.fronts.register.models import Asked, PlaceTold, Printable
from highstreet.kernel.browsers import REGISTER_DAYS, browser_name
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.rate import RateLimit, asker_of
from highstreet.kernel.web import PROBLEMS, keep_session, needs
from highstreet.rooms.identity import (
    EndPairing,
    RevokeRegisterKey,
    TokenKind,
    make_token,
    pairing_hash,
    token_hash,
)
from highstreet.rooms.parties import RegisterFacts

router = APIRouter(tags=["register: pairing"], responses=PROBLEMS)
Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]
Register = Annotated[Actor, needs(ActorKind.REGISTER, ActorKind.TRAINING, permission=Permission.SALES_SELL)]

# Of 2^40 codes few are good, for minutes or a roll-out's days: whoever guesses has no chance, and is told so soon.
WRONG_CODES_AN_HOUR = 20
DAY_S = 86_400


class PairingAsked(Asked):
    """The code on the office's screen, or in its QR after `#pair=`."""

    code: Printable = Field(min_length=8, max_length=20, examples=["7KQ2-M9XB"])


class PairedTold(Asked):
    """Which register this browser is now."""

    register_id: str
    brand_id: str
    currency: str
    place: PlaceTold
    key_id: str
    key: str | None = Field(description="Told once and kept nowhere; null for a page, whose cookie has it.")


def _program(request: Request) -> Program:
    program: Program = request.app.state.program
    return program


def _wrong_codes(request: Request) -> RateLimit:
    state = request.app.state
    if not hasattr(state, "wrong_pairings"):
        limit = min(_program(request).settings.sign_ins_an_hour, WRONG_CODES_AN_HOUR)
        state.wrong_pairings = RateLimit(limit, 3600)
    limit_of_all: RateLimit = state.wrong_pairings
    return limit_of_all


@router.post(
    "/pairing",
    operation_id="register_accept_pairing",
    summary="Register exchanges a pairing code for its key",
)
async def accept(request: Request, response: Response, _actor: Anyone, asked: PairingAsked) -> PairedTold:
    """Exchange a code for a key of this register's own. A code opens one browser, until it ends."""
    response.headers["Cache-Control"] = "no-store"
    program, wrong_codes = _program(request), _wrong_codes(request)
    asker = asker_of(request.client.host if request.client else None)
    wrong_codes.check_only(asker)
    key, key_id = make_token(TokenKind.REGISTER_KEY, secrets.token_bytes(32)), new_id("rky")
    command = EndPairing(
        code_hash=pairing_hash(program.pepper, asked.code),
        key_id=key_id,
        key_hash=token_hash(key),
        device_name=browser_name(request.headers.get("user-agent")),
        now=program.clock.now(),
    )
    try:
        register: RegisterFacts = await program.db.write(accept_pairing, command)
    except Refusal:
        wrong_codes.count(asker)
        raise
    place = PlaceTold(
        place_id=register.place_id, name_en=register.place_name_en, name_zh=register.place_name_zh
    )
    return PairedTold(
        register_id=register.register_id,
        brand_id=register.brand_id,
        currency=register.currency,
        place=place,
        key_id=key_id,
        key=None if keep_session(request, response, key, REGISTER_DAYS * DAY_S) else key,
    )


@router.post(
    "/sign-out", operation_id="register_sign_out", summary="Register ends its own key", status_code=204
)
async def end(request: Request, response: Response, actor: Register) -> None:
    """This browser is no register any more: its key ends."""
    program = _program(request)
    command = RevokeRegisterKey(str(actor.brand_id), actor.id, program.clock.now())
    await program.db.write(unpair_register, command)
    keep_session(request, response, "", 0)
