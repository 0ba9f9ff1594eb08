"""Who asks and what they may: actors, permissions, grants and the roles that give them.

A grant reaches exactly the scope that it names: a whole brand, one party's places, or one place. Nothing is
inherited by guessing: who asks about a place passes the place and its parties, taken from the place itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from highstreet.kernel.errors import AUTH_FORBIDDEN, REQUEST_NOT_FOUND
from highstreet.kernel.i18n import DEFAULT_LOCALE


class ActorKind(StrEnum):
    """Who can ask. `platform` is the host of Highstreet, acting for one brand at a time."""

    NOBODY = "nobody"
    SHOPPER = "shopper"
    STAFF = "staff"
    REGISTER = "register"
    # A register in training: whatever is not made for practice refuses it.
    TRAINING = "training"
    PROVIDER = "provider"
    PLATFORM = "platform"


class Permission(StrEnum):
    """What can be allowed: `<room>.<verb>`."""

    SALES_READ = "sales.read"
    SALES_SELL = "sales.sell"
    SALES_REFUND = "sales.refund"
    # By PIN at a register, what the brand lets nobody do alone.
    SALES_APPROVE = "sales.approve"
    STOCK_READ = "stock.read"
    STOCK_WRITE = "stock.write"
    PARCELS_PACK = "parcels.pack"
    GOODS_READ = "goods.read"
    GOODS_WRITE = "goods.write"
    OFFERS_READ = "offers.read"
    OFFERS_WRITE = "offers.write"
    MEMBERS_READ = "members.read"
    CONTRACTS_READ = "contracts.read"
    CONTRACTS_WRITE = "contracts.write"
    CONTRACTS_ACCEPT = "contracts.accept"
    EARNINGS_READ = "earnings.read"
    SETTLEMENTS_WRITE = "settlements.write"
    LOOP_READ = "loop.read"
    LOOP_WRITE = "loop.write"
    REGISTERS_WRITE = "registers.write"
    STAFF_WRITE = "staff.write"
    IMPORT_RUN = "import.run"
    INSIGHTS_READ = "insights.read"
    DAYS_CLOSE = "days.close"
    DAYS_REOPEN = "days.reopen"


class ScopeKind(StrEnum):
    """What a role is given for."""

    BRAND = "brand"
    PARTY = "party"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission within one scope: the id of a brand (all of it), of a party or of a place."""

    permission: Permission
    scope_id: str


PartyIds = str | Iterable[str | None] | None
"""One party, or several of which any counts (a place's operator and landlord; None among them is nobody)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `id` is the person's, the staff's, the register key's or the provider's own id.

    From `expires_at` on they are nobody; None: until revoked. `seen_at`: when the use of their session or key
    was noted last.
    """

    kind: ActorKind
    id: str
    session_id: str | None = None
    person_id: str | None = None
    brand_id: str | None = None
    party_id: str | None = None
    place_id: str | None = None
    register_id: str | None = None
    grants: frozenset[Grant] = frozenset()
    locale: str = DEFAULT_LOCALE
    expires_at: datetime | None = None
    seen_at: datetime | None = field(default=None, compare=False)

    def may(
        self,
        permission: Permission,
        *,
        brand_id: str,
        party_id: PartyIds = None,
        place_id: str | None = None,
    ) -> bool:
        """Whether a grant of this permission reaches the brand, one of the parties, or the place."""
        if self.brand_id is None or brand_id != self.brand_id:
            return False
        parties = (party_id,) if isinstance(party_id, str) or party_id is None else tuple(party_id)
        reached = {brand_id, place_id, *parties}
        return any(grant.permission == permission and grant.scope_id in reached for grant in self.grants)

    def require(
        self,
        permission: Permission,
        *,
        brand_id: str,
        party_id: PartyIds = None,
        place_id: str | None = None,
    ) -> None:
        """Refuse unless `may`.

        Errors: Refusal request.not_found when the brand is not the actor's, so nothing of it is revealed;
        auth.forbidden (permission) when it is theirs and the permission is missing.
        """
        if self.brand_id is None or brand_id != self.brand_id:
            raise REQUEST_NOT_FOUND()
        if not self.may(permission, brand_id=brand_id, party_id=party_id, place_id=place_id):
            raise AUTH_FORBIDDEN(permission=permission.value)

    def scopes(self, permission: Permission) -> frozenset[str]:
        """The brand, parties and places for which this permission was granted: what a list may show."""
        return frozenset(grant.scope_id for grant in self.grants if grant.permission == permission)


NOBODY = Actor(ActorKind.NOBODY, "nobody")

REGISTER_PERMISSIONS = frozenset(
    {Permission.SALES_SELL, Permission.SALES_REFUND, Permission.STOCK_READ, Permission.GOODS_READ}
)
"""What a register may at its own place."""

ROLES: dict[str, frozenset[Permission]] = {
    # Whoever may name staff could give itself the rest anyway: the head office has all.
    "office_manager": frozenset(Permission),
    "dealer_manager": frozenset(
        {
            Permission.SALES_READ,
            Permission.SALES_APPROVE,
            Permission.STOCK_READ,
            Permission.STOCK_WRITE,
            Permission.PARCELS_PACK,
            Permission.GOODS_READ,
            Permission.CONTRACTS_READ,
            Permission.CONTRACTS_ACCEPT,
            Permission.EARNINGS_READ,
            Permission.REGISTERS_WRITE,
        }
    ),
    "landlord_manager": frozenset(
        {
            Permission.SALES_READ,
            Permission.CONTRACTS_READ,
            Permission.CONTRACTS_ACCEPT,
            Permission.EARNINGS_READ,
        }
    ),
    "store_manager": frozenset(
        {
            Permission.SALES_READ,
            Permission.SALES_SELL,
            Permission.SALES_REFUND,
            Permission.SALES_APPROVE,
            Permission.STOCK_READ,
            Permission.STOCK_WRITE,
            Permission.PARCELS_PACK,
            Permission.GOODS_READ,
            Permission.REGISTERS_WRITE,
        }
    ),
    "assistant": frozenset(
        {
            Permission.SALES_SELL,
            Permission.SALES_REFUND,
            Permission.STOCK_READ,
            Permission.PARCELS_PACK,
            Permission.GOODS_READ,
        }
    ),
}

ROLE_SCOPES: dict[str, ScopeKind] = {
    "office_manager": ScopeKind.BRAND,
    "dealer_manager": ScopeKind.PARTY,
    "landlord_manager": ScopeKind.PARTY,
    "store_manager": ScopeKind.PLACE,
    "assistant": ScopeKind.PLACE,
}
"""What each role is given for."""


def grants_of(role: str, scope_id: str) -> frozenset[Grant]:
    """A role's permissions, each within this scope; none for a role that is not known any more."""
    return frozenset(Grant(permission, scope_id) for permission in ROLES.get(role, ()))


__all__ = [
    "NOBODY",
    "REGISTER_PERMISSIONS",
    "ROLES",
    "ROLE_SCOPES",
    "Actor",
    "ActorKind",
    "Grant",
    "PartyIds",
    "Permission",
    "ScopeKind",
    "grants_of",
]
