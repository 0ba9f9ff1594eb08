"""What every question to the office has in common: staff with a permission for the whole brand, ids, texts, times."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from highstreet.flows.program import Program
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import needs

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
USUAL_PERIOD = timedelta(days=30)


def office(permission: Permission) -> Any:
    """Declare who may ask: staff whose role gives this permission for the brand, not for a part of it."""
    kind = needs(ActorKind.STAFF, permission=permission)

    async def for_the_whole_brand(actor: Annotated[Actor, kind]) -> Actor:
        actor.require(permission, brand_id=brand_of(actor))
        return actor

    return Depends(for_the_whole_brand)


def brand_of(actor: Actor) -> str:
    """The brand all answers are about; staff always have one."""
    return str(actor.brand_id)


def program_of(request: Request) -> Program:
    """The running program."""
    program: Program = request.app.state.program
    return program


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
# Letters and marks only: a database takes no NUL, and a page shows no control characters.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Id = Annotated[
    str,
    StringConstraints(pattern=f"^[a-z]{{3}}_[0-7]{_ANY}{{9}}[e-h]{_ANY}{{2}}[89abrstv]{_ANY}{{12}}$"),
    Field(description="Prefix, underscore, 26 characters.", examples=["plc_01m81frdkmeg7a2b151gbbajw4"]),
]
Instant = Annotated[AwareDatetime, AfterValidator(_in_range)]
Minor = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="Minor units.")]
Words = Annotated[str, StringConstraints(pattern=_PRINTABLE, max_length=80)]
Title = Annotated[str, StringConstraints(pattern=_PRINTABLE, min_length=1, max_length=160)]
Name = Annotated[str, StringConstraints(pattern=_PRINTABLE, min_length=1, max_length=120)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


def period(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The time asked about; the last 30 days when nothing was said. Errors: Refusal request.malformed."""
    end = until or now
    start = since or end - USUAL_PERIOD
    if start >= end:
        raise REQUEST_MALFORMED(field="since", reason="not_before_until")
    return start, end
