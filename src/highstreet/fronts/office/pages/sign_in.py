"""Sign-in, own account with its sessions, sign-out."""

from typing import Annotated

from fastapi import Form, Request, Response

from highstreet.flows.sign_in_staff import (
    EndStaffSession,
    StaffAtWork,
    change_own_password,
    check_own_password,
    end_staff_session,
    show_staff,
    sign_in_staff,
    sign_out,
)
from highstreet.flows.stand_at_register import new_pin, set_pin
from highstreet.fronts.office.pages.changes import change, problem_of, say
from highstreet.fronts.office.pages.shell import Colleague, page_router, pages, show
from highstreet.fronts.staff import SessionId, brand_of, program_of
from highstreet.kernel.browsers import browser_name, is_from_page
from highstreet.kernel.errors import CROSS_SITE, Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.rate import asker_of
from highstreet.kernel.web import keep_session, needs
from highstreet.look import page_locale
from highstreet.rooms.identity import RevokeSession, SessionRecord, pin_of_staff, sessions_of_staff

router = page_router()
Typed = Annotated[str, Form(max_length=200)]


@router.get("/sign-in", dependencies=[needs(ActorKind.NOBODY)])
async def sign_in_page(request: Request) -> Response:
    """The page to sign in by."""
    return pages.answer(request, "sign_in.html", next="/office/", login="", problem=None)


@router.post("/sign-in", dependencies=[needs(ActorKind.NOBODY)])
async def sign_in(
    request: Request,
    login: Typed = "",
    password: Typed = "",
    next_: Annotated[str, Form(alias="next", max_length=400)] = "/office/",
) -> Response:
    """Open a session and go on to the page that was asked for; the form again with what is wrong."""
    if not is_from_page(request.headers):
        raise CROSS_SITE()
    program = program_of(request)
    device_name = browser_name(request.headers.get("user-agent"))
    try:
        done = await sign_in_staff(program, _asker(request), login, password, device_name)
    except Refusal as refusal:
        problem = refusal_texts(page_locale(request), refusal.code, refusal.facts)
        return pages.answer(
            request, "sign_in_form.html", refusal.status, next=next_, login=login, problem=problem
        )
    answer = Response(None, 204, {"HX-Redirect": inside(next_), "Cache-Control": "no-store"})
    age_s = int((done.expires_at - program.clock.now()).total_seconds())
    keep_session(request, answer, done.token, age_s)
    return answer


@router.post("/sign-out")
async def leave(request: Request, actor: Colleague) -> Response:
    """End this session."""
    program = program_of(request)
    await program.db.write(sign_out, RevokeSession(str(actor.session_id), program.clock.now()))
    return _gone(request)


@router.get("/account")
async def account_page(request: Request, actor: Colleague) -> Response:
    """Who is signed in, their roles, their sessions, their password and PIN."""
    found, sessions = await _account(request, actor)
    return await show(
        request,
        actor,
        "account.html",
        found=found,
        sessions=sessions,
        own=actor.session_id,
        has_pin=await _has_pin(request, actor),
        problem=None,
    )


@router.post("/account/sessions/{session_id}/end")
async def end_session(request: Request, actor: Colleague, session_id: SessionId) -> Response:
    """End one of one's own sessions."""
    program = program_of(request)
    command = EndStaffSession(brand_of(actor), actor.id, session_id, program.clock.now())
    await program.db.write(end_staff_session, command)
    if session_id == actor.session_id:
        return _gone(request)
    _, sessions = await _account(request, actor)
    return await show(request, actor, "account_sessions.html", sessions=sessions, own=actor.session_id)


@router.post("/account/password")
async def new_password(request: Request, actor: Colleague, password: Typed = "", new: Typed = "") -> Response:
    """Set a new password; every session ends."""
    try:
        await change_own_password(
            program_of(request), _asker(request), (brand_of(actor), actor.id), password, new
        )
    except Refusal as refusal:
        problem = refusal_texts(page_locale(request), refusal.code, refusal.facts)
        return await show(request, actor, "account_password.html", refusal.status, problem=problem)
    return _gone(request)


@router.post("/account/pin")
async def new_own_pin(
    request: Request, actor: Colleague, pin_password: Typed = "", pin: Typed = "", take: Typed = ""
) -> Response:
    """Set what oneself signs in with at registers, or take it away; the password proves who asks, as in JSON."""
    program, who = program_of(request), (brand_of(actor), actor.id)
    try:
        await check_own_password(program, _asker(request), who, pin_password)
        command = await new_pin(program, *who, None if take else pin.strip())
        await change(request, actor, "office.change_pin", actor.id, set_pin, command)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        has_pin = await _has_pin(request, actor)
        return await show(
            request, actor, "account_pin.html", refusal.status, problem=problem, has_pin=has_pin
        )
    told = say(request, "office-more_pin_gone" if take else "office-more_pin_set")
    return await show(request, actor, "account_pin.html", headers=told, problem=None, has_pin=not take)


def inside(target: str) -> str:
    """A page of the office to go on to; its first page for anything else."""
    is_ours = target.startswith("/office/") and "//" not in target and "\\" not in target
    return target if is_ours and target.isprintable() and target.isascii() else "/office/"


async def _account(request: Request, actor: Actor) -> tuple[StaffAtWork, list[SessionRecord]]:
    program, brand_id = program_of(request), brand_of(actor)
    found = await program.db.read(show_staff, brand_id, actor.id)
    return found, await program.db.read(sessions_of_staff, brand_id, actor.id, program.clock.now())


async def _has_pin(request: Request, actor: Actor) -> bool:
    pin = await program_of(request).db.read(pin_of_staff, brand_of(actor), actor.id)
    return pin is not None and pin.pin_hash is not None


def _asker(request: Request) -> str:
    return asker_of(request.client.host if request.client else None)


def _gone(request: Request) -> Response:
    answer = Response(None, 204, {"HX-Redirect": "/office/", "Cache-Control": "no-store"})
    keep_session(request, answer, "", 0)
    return answer
