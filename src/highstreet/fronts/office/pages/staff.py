"""Staff: who works for the brand and its partners, what each may do and where, and where they are signed in."""

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from highstreet.flows.change_staff import (
    DismissStaff,
    ListedStaff,
    TakeRoleBy,
    add_staff,
    dismiss_staff,
    give_role,
    list_staff,
    sign_staff_out,
    take_role,
)
from highstreet.flows.sign_in_staff import EndStaffSession, end_staff_session
from highstreet.flows.stand_at_register import new_pin, set_pin
from highstreet.fronts.office.asking import Words, office
from highstreet.fronts.office.pages.changes import Typed, change, go_to, problem_of, say
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import ScopeId, SessionId, StaffId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import ROLE_SCOPES, Actor, Permission, ScopeKind
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import (
    AddStaff,
    RevokeSessionsOf,
    hash_password,
    parse_login,
    pin_of_staff,
    sessions_of_staff,
)
from highstreet.rooms.parties import (
    GiveRole,
    TakeRole,
    brand_by_id,
    parties_of_brand,
    places_of_brand,
)

router = page_router()
StaffWriter = Annotated[Actor, office(Permission.STAFF_WRITE)]
RoleName = Annotated[str, Path(pattern="^[a-z_]{1,20}$")]
LEAST_PASSWORD = 8


def _staff(reader: Reader, brand_id: str) -> dict[str, Any]:
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    scopes: dict[str, Any] = {place.id: place for place in places_of_brand(reader, brand_id)}
    scopes |= parties
    scopes[brand_id] = brand_by_id(reader, brand_id)
    return {"staff": list_staff(reader, brand_id), "parties": parties, "scopes": scopes}


@router.get("/staff")
async def staff_page(request: Request, actor: StaffWriter, text: Annotated[Words, Query()] = "") -> Response:
    """Everybody who works here, by name; those who left, after them."""
    found = await program_of(request).db.read(_staff, brand_of(actor))
    words = text.lower().split()
    shown = [
        one
        for one in found["staff"]
        if all(w in f"{one.staff.name} {one.staff.login}".lower() for w in words)
    ]
    shown.sort(key=lambda one: (not one.staff.is_active, one.staff.name.lower()))
    total = sum(one.staff.is_active for one in found["staff"])
    return await show(
        request,
        actor,
        "staff.html",
        **{**found, "staff": shown},
        text=text,
        total=total,
        typed={},
        problem=None,
        suffix=_suffix(found["staff"], actor),
    )


@router.post("/staff")
async def hire(
    request: Request,
    actor: StaffWriter,
    name: Typed = "",
    login: Typed = "",
    party_id: Typed = "",
    password: Typed = "",
) -> Response:
    """Add somebody, and go to their page to give them a role; the form again with what is wrong."""
    program, brand_id = program_of(request), brand_of(actor)
    staff_id = new_id("stf")
    try:
        parsed = parse_login(login.strip())
        command = AddStaff(
            brand_id=brand_id,
            staff_id=staff_id,
            party_id=party_id,
            login=parsed,
            name=name.strip()[:120],
            password_hash=await asyncio.to_thread(hash_password, password),  # slow: before the transaction
            now=program.clock.now(),
        )
        await change(request, actor, "office.add_staff", staff_id, add_staff, command, login=parsed)
    except Refusal as refusal:
        found = await program.db.read(_staff, brand_id)
        return await show(
            request,
            actor,
            "staff_new.html",
            refusal.status,
            **found,
            typed={"name": name, "login": login, "party_id": party_id},
            problem=problem_of(request, refusal),
            suffix=_suffix(found["staff"], actor),
        )
    return go_to(f"/office/staff/{staff_id}")


@router.get("/staff/{staff_id}")
async def one_page(request: Request, actor: StaffWriter, staff_id: StaffId) -> Response:
    """One person: roles by what they are for, and the browsers they are signed in with."""
    return await _one(request, actor, "colleague.html", staff_id)


@router.get("/staff/{staff_id}/scopes")
async def scopes_of_role(
    request: Request, actor: StaffWriter, staff_id: StaffId, role: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """What the chosen role can be given for."""
    return await _one(request, actor, "colleague_scopes.html", staff_id, role=role)


@router.post("/staff/{staff_id}/roles")
async def give(
    request: Request, actor: StaffWriter, staff_id: StaffId, role: Typed = "", scope_id: Typed = ""
) -> Response:
    """Give a role; it counts from the next request on."""
    command = GiveRole(brand_of(actor), staff_id, role, scope_id, program_of(request).clock.now())
    facts = {"role": role, "scope_id": scope_id}
    try:
        await change(request, actor, "office.give_role", staff_id, give_role, command, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _one(request, actor, "colleague_body.html", staff_id, refusal.status, problem=problem)
    told = say(request, "office-more_role_given")
    return await _one(request, actor, "colleague_body.html", staff_id, headers=told)


@router.post("/staff/{staff_id}/roles/{role}/{scope_id}/take")
async def take(
    request: Request, actor: StaffWriter, staff_id: StaffId, role: RoleName, scope_id: ScopeId
) -> Response:
    """Take a role back; it ends with the next request. Nobody takes their own."""
    command = TakeRole(brand_of(actor), staff_id, role, scope_id, program_of(request).clock.now())
    facts = {"role": role, "scope_id": scope_id}
    by = TakeRoleBy(command, actor.id)
    try:
        await change(request, actor, "office.take_role", staff_id, take_role, by, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _one(request, actor, "colleague_body.html", staff_id, refusal.status, problem=problem)
    told = say(request, "office-more_role_taken")
    return await _one(request, actor, "colleague_body.html", staff_id, headers=told)


@router.post("/staff/{staff_id}/sessions/end")
async def sign_out_everywhere(request: Request, actor: StaffWriter, staff_id: StaffId) -> Response:
    """End all their sessions; of one's own, all but this one."""
    command = RevokeSessionsOf(
        program_of(request).clock.now(),
        brand_id=brand_of(actor),
        staff_id=staff_id,
        kept_session_id=actor.session_id,
    )
    await change(request, actor, "office.end_staff_sessions", staff_id, sign_staff_out, command)
    told = say(request, "office-more_signed_out")
    return await _one(request, actor, "colleague_body.html", staff_id, headers=told)


@router.post("/staff/{staff_id}/sessions/{session_id}/end")
async def end_session(
    request: Request, actor: StaffWriter, staff_id: StaffId, session_id: SessionId
) -> Response:
    """End one of their sessions."""
    command = EndStaffSession(brand_of(actor), staff_id, session_id, program_of(request).clock.now())
    await change(request, actor, "office.end_staff_sessions", staff_id, end_staff_session, command)
    told = say(request, "office-more_signed_out")
    return await _one(request, actor, "colleague_body.html", staff_id, headers=told)


@router.post("/staff/{staff_id}/pin")
async def set_own_pin(
    request: Request, actor: StaffWriter, staff_id: StaffId, pin: Typed = "", take: Typed = ""
) -> Response:
    """Set what they sign in with at registers, or take it away; who is signed in by the old one is so no more."""
    try:
        command = await new_pin(program_of(request), brand_of(actor), staff_id, None if take else pin.strip())
        await change(request, actor, "office.set_staff_pin", staff_id, set_pin, command)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _one(request, actor, "colleague_body.html", staff_id, refusal.status, problem=problem)
    told = say(request, "office-more_pin_gone" if take else "office-more_pin_set")
    return await _one(request, actor, "colleague_body.html", staff_id, headers=told)


@router.post("/staff/{staff_id}/dismiss")
async def dismiss(request: Request, actor: StaffWriter, staff_id: StaffId) -> Response:
    """End somebody's work here: sessions and roles end at once."""
    command = DismissStaff(brand_of(actor), staff_id, actor.id, program_of(request).clock.now())
    try:
        await change(request, actor, "office.dismiss_staff", staff_id, dismiss_staff, command)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _one(request, actor, "colleague_body.html", staff_id, refusal.status, problem=problem)
    told = say(request, "office-more_dismissed")
    return await _one(request, actor, "colleague_body.html", staff_id, headers=told)


async def _one(
    request: Request,
    actor: Actor,
    template: str,
    staff_id: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    role: str = "store_manager",
    problem: tuple[str, str] | None = None,
) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    found = await program.db.read(_staff, brand_id)
    listed = next((one for one in found["staff"] if one.staff.id == staff_id), None)
    if listed is None:
        raise REQUEST_NOT_FOUND()
    sessions = await program.db.read(sessions_of_staff, brand_id, staff_id, program.clock.now())
    pin = await program.db.read(pin_of_staff, brand_id, staff_id)
    return await show(
        request,
        actor,
        template,
        status,
        headers,
        listed=listed,
        scopes=found["scopes"],
        parties=found["parties"],
        sessions=sessions,
        has_pin=pin is not None and pin.pin_hash is not None,
        is_self=staff_id == actor.id,
        own=actor.session_id,
        roles=list(ROLE_SCOPES),
        role=role if role in ROLE_SCOPES else "store_manager",
        choices=_choices(found, brand_id, role),
        problem=problem,
    )


def _choices(found: dict[str, Any], brand_id: str, role: str) -> list[Any]:
    """What a role can be given for: the brand, its dealers or landlords, or its places."""
    kind = ROLE_SCOPES.get(role, ScopeKind.PLACE)
    if kind is ScopeKind.BRAND:
        return [found["scopes"][brand_id]]
    if kind is ScopeKind.PARTY:
        wanted = role.removesuffix("_manager")
        return [party for party in found["parties"].values() if party.kind.value == wanted]
    places = [one for id_, one in found["scopes"].items() if id_.startswith("plc_") and one.is_active]
    return sorted(places, key=lambda place: place.name_en)


def _suffix(staff: list[ListedStaff], actor: Actor) -> str:
    """What this house's logins end with: @ and the brand's word, as one's own login has it."""
    own = next((one.staff.login for one in staff if one.staff.id == actor.id), "")
    return f"@{own.partition('@')[2]}" if "@" in own else ""
