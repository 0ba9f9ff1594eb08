"""What every question to the office has in common: staff with a permission for the whole brand, ids, texts, times."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends
from pydantic import Field, StringConstraints

from highstreet.fronts.staff import Asked, Instant, Told, brand_of, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import needs

USUAL_PERIOD = timedelta(days=30)


def office(permission: Permission) -> Any:
    """Declare who may ask: staff whose role gives this permission for the brand, not for a part of it."""
    kind = needs(ActorKind.STAFF, permission=permission)

    async def for_the_whole_brand(actor: Annotated[Actor, kind]) -> Actor:
        actor.require(permission, brand_id=brand_of(actor))
        return actor

    return Depends(for_the_whole_brand)


# Letters and marks only: a database takes no NUL, and a page shows no control characters.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Minor = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="Minor units.")]
Words = Annotated[str, StringConstraints(pattern=_PRINTABLE, max_length=80)]
Note = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=400)]
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


__all__ = [
    "Asked",
    "Currency",
    "Instant",
    "Minor",
    "Name",
    "Title",
    "Told",
    "Words",
    "brand_of",
    "office",
    "period",
    "program_of",
]
