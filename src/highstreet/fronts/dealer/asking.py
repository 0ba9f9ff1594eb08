"""What every question of a dealer, a landlord or store staff has in common: what they own, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from highstreet.flows.program import Program
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import needs
from highstreet.rooms.parties import places_of_brand

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
USUAL_PERIOD = timedelta(days=30)
LONGEST_PERIOD = timedelta(days=370)


def dealer(permission: Permission) -> Any:
    """Declare who may ask: staff with this permission for a party, a place or the brand."""
    return needs(ActorKind.STAFF, permission=permission)


def brand_of(actor: Actor) -> str:
    """The brand all answers are about; staff always have one."""
    return str(actor.brand_id)


def program_of(request: Request) -> Program:
    """The running program."""
    program: Program = request.app.state.program
    return program


def own_place_ids(reader: Reader, actor: Actor, permission: Permission) -> frozenset[str]:
    """The places that the actor's grants of this permission reach: operated by them, or in their building."""
    scopes = actor.scopes(permission)
    return frozenset(p.id for p in places_of_brand(reader, brand_of(actor), scopes=scopes))


def own_party_ids(actor: Actor, permission: Permission) -> frozenset[str]:
    """The parties for which the actor has this permission; their own company's when it is for the brand."""
    scopes = actor.scopes(permission)
    if actor.brand_id in scopes:
        scopes = scopes | {str(actor.party_id)}
    return frozenset(scope for scope in scopes if scope.startswith("pty_"))


class Asked(BaseModel):
    """A request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=400)


class Told(BaseModel):
    """An answer. `_en` and `_zh` are the same text in English and Chinese; amounts are minor units."""

    model_config = ConfigDict(from_attributes=True)


def _in_range(at: datetime) -> datetime:
    if not FIRST <= at <= LAST:
        raise ValueError("an instant between the years 2000 and 2200")
    return at.astimezone(UTC)


_ANY = "[0-9a-hjkmnp-tv-z]"
Id = Annotated[
    str,
    StringConstraints(pattern=f"^[a-z]{{3}}_[0-7]{_ANY}{{9}}[e-h]{_ANY}{{2}}[89abrstv]{_ANY}{{12}}$"),
    Field(description="Prefix, underscore, 26 characters.", examples=["plc_01m81frdkmeg7a2b151gbbajw4"]),
]
Instant = Annotated[AwareDatetime, AfterValidator(_in_range)]


def period(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The time asked about; the last 30 days when nothing was said. Errors: Refusal request.malformed."""
    end = until or now
    start = since or end - USUAL_PERIOD
    if not start < end <= start + LONGEST_PERIOD:
        raise REQUEST_MALFORMED(field="since", reason="not_within_370_days_before_until")
    return start, end
