"""The head office names staff and what they may do. Nobody takes away their own access: a brand stays governed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows import lists
from highstreet.flows.errors import LOGIN_ENDING, OWN_ACCESS
from highstreet.flows.program import Program
from highstreet.kernel.errors import AUTH_FORBIDDEN, REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import ROLES, Permission
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms import identity, parties
from highstreet.rooms.identity import (
    AddStaff,
    DeactivateStaff,
    RevokeSessionsOf,
    StaffRecord,
    hash_password,
    lock_staff,
    login_ending,
    parse_login,
    staff_of_brand,
)
from highstreet.rooms.parties import GiveRole, StaffRole, TakeRole, parties_of_brand


@dataclass(frozen=True, slots=True)
class ListedStaff:
    """A member of staff and their roles."""

    staff: StaffRecord
    roles: tuple[StaffRole, ...]


def list_staff(reader: Reader, brand_id: str) -> list[ListedStaff]:
    """A brand's staff by login, those who left too."""
    roles = lists.roles_of_brand(reader, brand_id)
    return [ListedStaff(s, tuple(roles.get(s.id, ()))) for s in staff_of_brand(reader, brand_id)]


async def new_staff(
    program: Program, brand_id: str, party_id: str, login: str, name: str, password: str
) -> AddStaff:
    """What adds staff without any role: slow, as it hashes the password.

    Errors: Refusal identity.login_malformed, password_weak.
    """
    parsed = parse_login(login)
    password_hash = await asyncio.to_thread(hash_password, password)  # slow: before the transaction
    return AddStaff(
        brand_id=brand_id,
        staff_id=new_id("stf"),
        party_id=party_id,
        login=parsed,
        name=name,
        password_hash=password_hash,
        now=program.clock.now(),
    )


def add_staff(tx: Tx, command: AddStaff) -> ListedStaff:
    """Add staff of one of the brand's parties, with a login that ends as those of its staff do (@nordlys).

    Errors: Refusal request.not_found for another brand's party; office.login_ending, identity.login_taken,
    name_malformed.
    """
    if command.party_id not in {p.id for p in parties_of_brand(tx, command.brand_id)}:
        raise REQUEST_NOT_FOUND()
    # Before anything is looked up by login: nobody learns which logins other brands have.
    endings = sorted({login_ending(one.login) for one in staff_of_brand(tx, command.brand_id)})
    if login_ending(command.login) not in endings:
        raise LOGIN_ENDING(ending=" / ".join(filter(None, endings)) or "none")
    identity.add_staff(tx, command)
    return _listed(tx, command.brand_id, command.staff_id)


def give_role(tx: Tx, command: GiveRole) -> ListedStaff:
    """Give a role. Errors: Refusal request.not_found; parties.role_unknown, scope_not_found."""
    if not _listed(tx, command.brand_id, command.staff_id).staff.is_active:
        raise REQUEST_NOT_FOUND()
    parties.give_role(tx, command)
    return _listed(tx, command.brand_id, command.staff_id)


@dataclass(frozen=True, slots=True)
class TakeRoleBy:
    """A role taken back by `by_staff_id`."""

    take: TakeRole
    by_staff_id: str


def take_role(tx: Tx, command: TakeRoleBy) -> None:
    """Take a role back. Errors: Refusal request.not_found; as `_check_governs`."""
    _check_governs(tx, command.take.brand_id, command.by_staff_id, command.take.staff_id)
    if not parties.take_role(tx, command.take):
        raise REQUEST_NOT_FOUND()


@dataclass(frozen=True, slots=True)
class DismissStaff:
    """Staff who leave, as said by `by_staff_id`."""

    brand_id: str
    staff_id: str
    by_staff_id: str
    now: datetime


def dismiss_staff(tx: Tx, command: DismissStaff) -> None:
    """End their sessions and roles. Errors: Refusal identity.staff_not_found; as `_check_governs`."""
    _check_governs(tx, command.brand_id, command.by_staff_id, command.staff_id)
    identity.deactivate_staff(tx, DeactivateStaff(command.brand_id, command.staff_id, command.now))
    for role in parties.roles_of_staff(tx, command.brand_id, command.staff_id):
        parties.take_role(
            tx, TakeRole(command.brand_id, command.staff_id, role.role, role.scope_id, command.now)
        )


def sign_staff_out(tx: Tx, command: RevokeSessionsOf) -> int:
    """End a member of staff's sessions, but the one kept; how many. Errors: Refusal request.not_found."""
    _listed(tx, str(command.brand_id), str(command.staff_id))
    return identity.revoke_sessions_of(tx, command)


def _check_governs(tx: Tx, brand_id: str, by_staff_id: str, of_staff_id: str) -> None:
    """Two managers may end each other at once: who was ended first, and who asked for it, is known only here.

    Errors: Refusal office.own_access for one's own access; auth.forbidden when the asker's has ended.
    """
    if by_staff_id == of_staff_id:
        raise OWN_ACCESS()
    working = lock_staff(tx, brand_id, {by_staff_id, of_staff_id})
    roles = parties.roles_of_staff(tx, brand_id, by_staff_id)
    if by_staff_id not in working or not any(Permission.STAFF_WRITE in ROLES[one.role] for one in roles):
        raise AUTH_FORBIDDEN(permission=Permission.STAFF_WRITE.value)


def _listed(tx: Tx, brand_id: str, staff_id: str) -> ListedStaff:
    for staff in staff_of_brand(tx, brand_id):
        if staff.id == staff_id:
            return ListedStaff(staff, tuple(parties.roles_of_staff(tx, brand_id, staff_id)))
    raise REQUEST_NOT_FOUND()
