"""Staff of the head office, of dealers and of landlords sign in and out; what they may do then, their roles say."""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from highstreet.flows.program import Program
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.rate import RateLimit
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import (
    LOGIN_WRONG,
    OpenStaffSession,
    RevokeSession,
    StaffRecord,
    TokenKind,
    make_token,
    open_staff_session,
    parse_login,
    revoke_session,
    staff_by_login,
    token_hash,
    verify_password,
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


async def sign_in_staff(program: Program, asker: str, login: str, password: str) -> StaffSignedIn:
    """Open a session. A wrong password and an unknown login take as long and are told the same.

    `asker` is whose tries are counted (kernel/rate.py). Errors: Refusal identity.login_wrong, rate.limited.
    """
    tries = _tries.get(program.db)
    if tries is None:
        tries = _tries.setdefault(program.db, RateLimit(program.settings.sign_ins_an_hour, HOUR_S))
    tries.check(asker)
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
        ),
    )
    return StaffSignedIn(token, opened.expires_at, record.id, record.name, record.brand_id, record.party_id)


def sign_out(tx: Tx, command: RevokeSession) -> None:
    """The session opens nothing from the next request on."""
    revoke_session(tx, command)
