"""Who signed in at a register by PIN: a seal that it sends with what is done from then on.

`HC1.`, the staff's id, the microsecond it was made at, 96 bits of HMAC-SHA256 over these and the register's brand,
place and id: a seal of another register says nothing. Good for a shift, while staff, role and PIN are the same.
"""

import hmac
import re
from datetime import datetime

from highstreet.flows.program import Program
from highstreet.flows.stand_at_register import SHIFT, ClerkSince, clerk_now
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.time import from_micros, to_micros
from highstreet.rooms.registers import CLERK_GONE

_SEAL = re.compile(r"(HC1\.(stf_[0-9a-z]{26})\.([0-9a-f]{1,14}))\.([0-9a-f]{24})", re.ASCII)


def seal_clerk(program: Program, actor: Actor, staff_id: str, at: datetime) -> str:
    """The seal that this register may send as `clerk` until the shift ends."""
    body = f"HC1.{staff_id}.{to_micros(at):x}"
    return f"{body}.{_mac(program, actor, body)}"


async def clerk_of(program: Program, actor: Actor, seal: str | None) -> str | None:
    """Whose seal it is; None without one, and in training, where nothing is noted.

    Errors: Refusal registers.clerk_gone for another register's, an old one, and staff who may not sell here now.
    """
    if seal is None or actor.kind is ActorKind.TRAINING:
        return None
    found = _SEAL.fullmatch(seal)
    if found is None or not hmac.compare_digest(found[4], _mac(program, actor, found[1])):
        raise CLERK_GONE()
    since = from_micros(int(found[3], 16))
    if not since <= program.clock.now() < since + SHIFT:
        raise CLERK_GONE()
    named = ClerkSince(str(actor.brand_id), str(actor.register_id), found[2], since)
    return (await program.db.read(clerk_now, named)).staff.id


def _mac(program: Program, actor: Actor, body: str) -> str:
    sealed = f"clerk {body} at {actor.brand_id} {actor.place_id} {actor.register_id}".encode()
    return hmac.digest(program.member_secret, sealed, "sha256")[:12].hex()
