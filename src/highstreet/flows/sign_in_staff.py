"""Staff of the head office, of dealers and of landlords sign in and out; what they may do then, their roles say."""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from highstreet.flows.program import Program
from highstreet.kernel.db import Database
from highstreet.kernel.errors import AUTH_REQUIRED, REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.rate import RateLimit
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.identity import (
    LOGIN_WRONG,
    ChangePassword,
    OpenStaffSession,
    RevokeSession,
    StaffRecord,
    TokenKind,
    change_password,
    hash_password,
    make_token,
    open_staff_session,
    parse_login,
    revoke_session,
    sessions_of_staff,
    staff_by_id,
    staff_by_login,
    token_hash,
    verify_password,
)
from highstreet.rooms.parties import (
    Brand,
    Party,
    PlaceOfBusiness,
    brand_by_id,
    parties_of_brand,
    place_by_id,
    roles_of_staff,
)

HOUR_S = 3600

_tries: WeakKeyDictionary[Database, RateLimit] = WeakKeyDictionary()
"""One count for the office's and the dealers' doors together."""


@dataclass(frozen=True, slots=True)
class StaffSignedIn:
    """A session of staff. The token is told once and kept nowhere."""

    token: str
    expires_at: datetime
    staff_id: str
    name: str
    brand_id: str
    party_id: str


async def sign_in_staff(
    program: Program, asker: str, login: str, password: str, device_name: str | None = None
) -> StaffSignedIn:
    """Open a session. A wrong password and an unknown login take as long and are told the same.

    `asker` is whose tries are counted (kernel/rate.py). Errors: Refusal identity.login_wrong, rate.limited.
    """
    _count_try(program, asker)
    record: StaffRecord | None = None
    with suppress(Refusal):  # a text that cannot be a login is as unknown as any other
        record = await program.db.read(staff_by_login, parse_login(login))
    # Argon2 takes 50 ms and 64 MiB: in a thread, and never inside of a transaction.
    is_right = await asyncio.to_thread(verify_password, record, password)
    if record is None or not is_right:
        raise LOGIN_WRONG()
    token = make_token(TokenKind.SESSION, secrets.token_bytes(32))
    opened = await program.db.write(
        open_staff_session,
        OpenStaffSession(
            brand_id=record.brand_id,
            staff_id=record.id,
            password_hash=record.password_hash,
            token_hash=token_hash(token),
            session_id=new_id("ses"),
            now=program.clock.now(),
            device_name=device_name,
        ),
    )
    return StaffSignedIn(token, opened.expires_at, record.id, record.name, record.brand_id, record.party_id)


def sign_out(tx: Tx, command: RevokeSession) -> None:
    """The session opens nothing from the next request on."""
    revoke_session(tx, command)


def _count_try(program: Program, asker: str) -> None:
    tries = _tries.get(program.db)
    if tries is None:
        tries = _tries.setdefault(program.db, RateLimit(program.settings.sign_ins_an_hour, HOUR_S))
    tries.check(asker)


@dataclass(frozen=True, slots=True)
class StaffAtWork:
    """A member of staff, for whom they work, and each of their roles with what it is for."""

    staff: StaffRecord
    brand: Brand
    party: Party
    roles: tuple[tuple[str, Brand | Party | PlaceOfBusiness], ...]


def show_staff(reader: Reader, brand_id: str, staff_id: str) -> StaffAtWork:
    """Who they are. Errors: Refusal auth.required for who left meanwhile."""
    staff, brand = staff_by_id(reader, brand_id, staff_id), brand_by_id(reader, brand_id)
    if staff is None or brand is None:
        raise AUTH_REQUIRED()
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    roles = []
    for role in roles_of_staff(reader, brand_id, staff_id):
        known: Brand | Party | None = brand if role.scope_id == brand_id else parties.get(role.scope_id)
        scope = known or place_by_id(reader, brand_id, role.scope_id)
        if scope is not None:
            roles.append((role.role, scope))
    return StaffAtWork(staff, brand, parties[staff.party_id], tuple(roles))


@dataclass(frozen=True, slots=True)
class EndStaffSession:
    """A session of this member of staff is to end."""

    brand_id: str
    staff_id: str
    session_id: str
    now: datetime


def end_staff_session(tx: Tx, command: EndStaffSession) -> None:
    """It opens nothing from the next request on. Errors: Refusal request.not_found, also for another's."""
    own = sessions_of_staff(tx, command.brand_id, command.staff_id, command.now)
    if command.session_id not in {session.id for session in own}:
        raise REQUEST_NOT_FOUND()
    revoke_session(tx, RevokeSession(command.session_id, command.now))


async def change_own_password(
    program: Program, asker: str, who: tuple[str, str], password: str, new_password: str
) -> None:
    """Set a new password for `who` (brand, staff); every session of theirs ends.

    Errors: Refusal identity.login_wrong when the old one is not right; password_weak, rate.limited.
    """
    await check_own_password(program, asker, who, password)
    password_hash = await asyncio.to_thread(hash_password, new_password)
    await program.db.write(change_password, ChangePassword(*who, password_hash, program.clock.now()))


async def check_own_password(program: Program, asker: str, who: tuple[str, str], password: str) -> None:
    """Whether it is really them, (brand, staff). Errors: Refusal identity.login_wrong, rate.limited."""
    _count_try(program, asker)
    record = await program.db.read(staff_by_id, *who)
    if not await asyncio.to_thread(verify_password, record, password):
        raise LOGIN_WRONG()
