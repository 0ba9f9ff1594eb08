"""Signing in by a one-time code, and out."""

import secrets

from fastapi import APIRouter, Request, Response

from highstreet.flows.sign_in import EndSession, end_session, sign_in
from highstreet.fronts.shop.access import (
    PRIVATE,
    Anyone,
    Shopper,
    address_of,
    person_of,
    problems,
    program_of,
    rates_of,
)
from highstreet.fronts.shop.models.sign_in import CodeAsked, CodeTold, SignedInTold, SignInAsked
from highstreet.kernel.browsers import browser_name
from highstreet.kernel.ids import new_id
from highstreet.kernel.web import keep_session, locale_of
from highstreet.rooms.identity import (
    CODE_WRONG,
    RequestCode,
    SignIn,
    TokenKind,
    WrongCode,
    make_token,
    parse_phone,
    request_code,
    token_hash,
)

router = APIRouter(tags=["shop: sign-in"], dependencies=[PRIVATE])


@router.post(
    "/sign-in/codes",
    status_code=202,
    operation_id="shop_request_code",
    summary="Shopper asks for a one-time code",
    responses=problems(413, 422, 429),
)
async def ask_for_code(request: Request, _actor: Anyone, asked: CodeAsked) -> CodeTold:
    """Send a one-time code to a phone. The answer is the same whether or not the phone is known."""
    address = address_of(request)
    rates_of(request).sign_ins.check(address)
    program = program_of(request)
    requested = await program.db.write(
        request_code,
        RequestCode(
            phone=parse_phone(asked.phone, program.settings.default_region),
            code=f"{secrets.randbelow(1_000_000):06}",
            locale=locale_of(request),
            pepper=program.pepper,
            now=program.clock.now(),
            address=address,
        ),
    )
    return CodeTold(expires_at=requested.expires_at)


@router.post(
    "/sign-in",
    operation_id="shop_open_session",
    summary="Shopper signs in with a code",
    responses=problems(401, 413, 422, 429),
)
async def open_session(
    request: Request, response: Response, _actor: Anyone, asked: SignInAsked
) -> SignedInTold:
    """Sign in with the code; a phone not seen before becomes a new person."""
    rates, address = rates_of(request), address_of(request)
    rates.wrong_codes.check_only(address)
    rates.sign_ins.check(address)
    program = program_of(request)
    token = make_token(TokenKind.SESSION, secrets.token_bytes(32))
    done = await program.db.write(
        sign_in,
        SignIn(
            phone=parse_phone(asked.phone, program.settings.default_region),
            code=asked.code,
            pepper=program.pepper,
            token_hash=token_hash(token),
            session_id=new_id("ses"),
            person_id_if_new=new_id("psn"),
            device_id=asked.device_id,
            locale=locale_of(request),
            now=program.clock.now(),
            address=address,
            device_name=browser_name(request.headers.get("user-agent")),
        ),
    )
    if isinstance(done, WrongCode):
        rates.wrong_codes.count(address)
        raise CODE_WRONG()
    age_s = int((done.expires_at - program.clock.now()).total_seconds())
    return SignedInTold(
        token=None if keep_session(request, response, token, age_s) else token,
        person_id=done.person_id,
        session_id=done.session_id,
        expires_at=done.expires_at,
        is_new=done.is_new,
    )


@router.post(
    "/sign-out",
    status_code=204,
    operation_id="shop_close_session",
    summary="Shopper signs out",
    responses=problems(401, 403),
)
async def close_session(request: Request, response: Response, actor: Shopper) -> None:
    """End this session."""
    program = program_of(request)
    command = EndSession(person_of(actor), str(actor.session_id), program.clock.now())
    await program.db.write(end_session, command)
    keep_session(request, response, "", 0)
