"""Facts the room `members` announces."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Event):
    """A person began, or began again, to follow a brand."""

    name: ClassVar[str] = "members.followed.v1"
    entry: str
    code_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed(Event):
    """A person stopped following a brand."""

    name: ClassVar[str] = "members.unfollowed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """A person became a member of a brand's programme."""

    name: ClassVar[str] = "members.joined.v1"
    member_id: str
    entry: str
    home_place_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """A person consented to one purpose; the receipt is `consent_id`."""

    name: ClassVar[str] = "members.consent_given.v1"
    consent_id: str
    purpose: str
    entry: str
    recipient: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """A person withdrew every live consent to one purpose."""

    name: ClassVar[str] = "members.consent_withdrawn.v1"
    purpose: str
    receipts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsEarned(Event):
    """A sale earned points, pending until returns close. One event a sale."""

    name: ClassVar[str] = "members.points_earned.v1"
    member_id: str
    sale_id: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsReversed(Event):
    """A return took back points that the sale had earned."""

    name: ClassVar[str] = "members.points_reversed.v1"
    member_id: str
    sale_id: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSpent(Event):
    """A member paid with points."""

    name: ClassVar[str] = "members.points_spent.v1"
    member_id: str
    sale_id: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRestored(Event):
    """Points that were paid with went back to the member."""

    name: ClassVar[str] = "members.points_restored.v1"
    member_id: str
    sale_id: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRuleSet(Event):
    """A brand said what its points are worth as money; both numbers null: nothing."""

    name: ClassVar[str] = "members.points_rule_set.v1"
    points: int | None
    worth_minor: int | None
