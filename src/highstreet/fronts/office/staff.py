"""Staff and what they may do; members in numbers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field, StringConstraints

from highstreet.flows import lists
from highstreet.flows.change_staff import (
    DismissStaff,
    ListedStaff,
    TakeRoleBy,
    add_staff,
    dismiss_staff,
    give_role,
    list_staff,
    new_staff,
    sign_staff_out,
    take_role,
)
from highstreet.flows.stand_at_register import new_pin, set_pin
from highstreet.fronts.office.asking import Asked, Name, Told, brand_of, office, program_of
from highstreet.fronts.staff import (
    PartyId,
    ScopeId,
    SessionTold,
    StaffId,
    session_told,
    write_audited,
)
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.identity import RevokeSessionsOf, sessions_of_staff
from highstreet.rooms.parties import GiveRole, TakeRole

router = APIRouter(tags=["office: people"], responses=PROBLEMS)
StaffWriter = Annotated[Actor, office(Permission.STAFF_WRITE)]
MembersReader = Annotated[Actor, office(Permission.MEMBERS_READ)]
RoleName = Literal["office_manager", "dealer_manager", "landlord_manager", "store_manager", "assistant"]


class RoleTold(Told):
    """A role and what it is for."""

    role: str
    scope_id: str = Field(description="The brand, a party or a place.")


class StaffTold(Told):
    """A member of staff."""

    staff_id: str
    party_id: str
    login: str
    name: str
    is_active: bool
    roles: list[RoleTold]


class StaffAsked(Asked):
    """A new member of staff, without any role yet."""

    party_id: PartyId
    login: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    name: Name
    password: Annotated[str, StringConstraints(min_length=8, max_length=200)]


class RoleAsked(Asked):
    """A role for the brand (office_manager), a party (dealer_, landlord_manager) or a place (the others)."""

    role: RoleName
    scope_id: ScopeId


class PinAsked(Asked):
    """A PIN of 4 to 8 digits; null takes it away."""

    pin: Annotated[str, StringConstraints(pattern="^[0-9]{4,8}$")] | None


class TierTold(Told):
    """Members of one tier, in numbers."""

    tier: str
    members: int
    points_pending: int
    points_available: int


class MembersTold(Told):
    """Members and followers in numbers; nobody is named."""

    members: int
    tiers: list[TierTold]
    followers: int
    followers_by_entry: dict[str, int]
    consents_by_purpose: dict[str, int]


@router.get("/staff", operation_id="office_list_staff", summary="Head office lists staff")
async def read_staff(request: Request, actor: StaffWriter) -> list[StaffTold]:
    """Staff of the brand and its parties, those who left too."""
    found = await program_of(request).db.read(list_staff, brand_of(actor))
    return [_told(listed) for listed in found]


@router.post("/staff", operation_id="office_add_staff", summary="Head office adds staff", status_code=201)
async def add(request: Request, actor: StaffWriter, asked: StaffAsked) -> StaffTold:
    """Add a member of staff."""
    program, brand_id = program_of(request), brand_of(actor)
    command = await new_staff(program, brand_id, asked.party_id, asked.login, asked.name, asked.password)
    added = await write_audited(
        request, actor, command.staff_id, add_staff, command, login=command.login, party_id=asked.party_id
    )
    return _told(added)


@router.delete(
    "/staff/{staff_id}",
    operation_id="office_dismiss_staff",
    summary="Head office dismisses staff",
    status_code=204,
)
async def dismiss(request: Request, actor: StaffWriter, staff_id: StaffId) -> Response:
    """End somebody's work here: their sessions end at once, their roles are taken back."""
    program = program_of(request)
    command = DismissStaff(brand_of(actor), staff_id, actor.id, program.clock.now())
    await write_audited(request, actor, staff_id, dismiss_staff, command)
    return Response(status_code=204)


@router.get(
    "/staff/{staff_id}/sessions",
    operation_id="office_list_staff_sessions",
    summary="Head office lists where staff are signed in",
)
async def read_sessions(request: Request, actor: StaffWriter, staff_id: StaffId) -> list[SessionTold]:
    """Their sessions in force, the newest first; none for who is not of this brand."""
    program = program_of(request)
    found = await program.db.read(sessions_of_staff, brand_of(actor), staff_id, program.clock.now())
    return [session_told(session, actor) for session in found]


@router.delete(
    "/staff/{staff_id}/sessions",
    operation_id="office_end_staff_sessions",
    summary="Head office signs staff out everywhere",
    status_code=204,
)
async def end_sessions(request: Request, actor: StaffWriter, staff_id: StaffId) -> None:
    """End all their sessions at once, a lost phone's too; oneself: all but this one."""
    command = RevokeSessionsOf(
        program_of(request).clock.now(),
        brand_id=brand_of(actor),
        staff_id=staff_id,
        kept_session_id=actor.session_id,
    )
    await write_audited(request, actor, staff_id, sign_staff_out, command)


@router.put(
    "/staff/{staff_id}/pin",
    operation_id="office_set_staff_pin",
    summary="Head office sets the PIN of staff",
    status_code=204,
)
async def set_staff_pin(request: Request, actor: StaffWriter, staff_id: StaffId, asked: PinAsked) -> None:
    """What they sign in with at registers from now on; who is signed in by the old one is so no more."""
    command = await new_pin(program_of(request), brand_of(actor), staff_id, asked.pin)
    await write_audited(request, actor, staff_id, set_pin, command)


@router.post("/staff/{staff_id}/roles", operation_id="office_give_role", summary="Head office gives a role")
async def give(request: Request, actor: StaffWriter, staff_id: StaffId, asked: RoleAsked) -> StaffTold:
    """Give a role; it counts from the next request on."""
    program = program_of(request)
    command = GiveRole(brand_of(actor), staff_id, asked.role, asked.scope_id, program.clock.now())
    given = await write_audited(
        request, actor, staff_id, give_role, command, role=asked.role, scope_id=asked.scope_id
    )
    return _told(given)


@router.delete(
    "/staff/{staff_id}/roles/{role}/{scope_id}",
    operation_id="office_take_role",
    summary="Head office takes a role back",
    status_code=204,
)
async def take(
    request: Request,
    actor: StaffWriter,
    staff_id: StaffId,
    role: Annotated[str, Path(pattern="^[a-z_]{1,20}$")],
    scope_id: ScopeId,
) -> Response:
    """Take a role back; it ends with the next request."""
    program = program_of(request)
    command = TakeRole(brand_of(actor), staff_id, role, scope_id, program.clock.now())
    taken = TakeRoleBy(command, actor.id)
    await write_audited(request, actor, staff_id, take_role, taken, role=role, scope_id=scope_id)
    return Response(status_code=204)


@router.get(
    "/members", operation_id="office_count_members", summary="Head office counts members and followers"
)
async def count_members(request: Request, actor: MembersReader) -> MembersTold:
    """How many members by tier, followers by entry, and consents by purpose."""
    return await program_of(request).db.read(_members, brand_of(actor))


def _members(reader: Reader, brand_id: str) -> MembersTold:
    tiers = lists.members_by_tier(reader, brand_id)
    followers = lists.followers_by_entry(reader, brand_id)
    return MembersTold(
        members=sum(tier.members for tier in tiers),
        tiers=[TierTold.model_validate(tier) for tier in tiers],
        followers=sum(followers.values()),
        followers_by_entry=followers,
        consents_by_purpose=lists.consents_by_purpose(reader, brand_id),
    )


def _told(listed: ListedStaff) -> StaffTold:
    staff = listed.staff
    return StaffTold(
        staff_id=staff.id,
        party_id=staff.party_id,
        login=staff.login,
        name=staff.name,
        is_active=staff.is_active,
        roles=[RoleTold.model_validate(role) for role in listed.roles],
    )
