"""What every question of a dealer, a landlord or store staff has in common: what they own, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

from highstreet.fronts.staff import Instant, Told, brand_of, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import needs
from highstreet.rooms.parties import places_of_brand

USUAL_PERIOD = timedelta(days=30)
LONGEST_PERIOD = timedelta(days=370)


def dealer(permission: Permission) -> Any:
    """Declare who may ask: staff with this permission for a party, a place or the brand."""
    return needs(ActorKind.STAFF, permission=permission)


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


def period(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The time asked about; the last 30 days when nothing was said. Errors: Refusal request.malformed."""
    end = until or now
    start = since or end - USUAL_PERIOD
    if not start < end <= start + LONGEST_PERIOD:
        raise REQUEST_MALFORMED(field="since", reason="not_within_370_days_before_until")
    return start, end


__all__ = [
    "Instant",
    "Told",
    "brand_of",
    "dealer",
    "own_party_ids",
    "own_place_ids",
    "period",
    "program_of",
]
