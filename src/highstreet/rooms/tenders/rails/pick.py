"""Which rails can take an amount now, best first, and how to split it when none can alone. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

MOST_PARTS = 3
SHOWN = 5
"""So many proposals are told."""

OFF, OFF_HERE, OFFLINE, CURRENCY, DOWN = "off", "off_here", "offline", "currency", "provider_down"
NO_MEMBER, NO_CARD, CARD_EMPTY, POINTS_FEW = "no_member", "no_card", "card_too_little", "points_too_few"
PAYMENT_LIMIT, PAYMENT_MINIMUM, DAY_LIMIT = "payment_limit", "payment_minimum", "day_limit"
NEEDS_HOLD = "needs_hold"
REASONS = (
    OFF,
    OFF_HERE,
    OFFLINE,
    CURRENCY,
    DOWN,
    NO_MEMBER,
    NO_CARD,
    CARD_EMPTY,
    POINTS_FEW,
    PAYMENT_LIMIT,
    PAYMENT_MINIMUM,
    DAY_LIMIT,
    NEEDS_HOLD,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailNow:
    """A rail as it stands for this person, place and moment.

    `max_minor` is the most that one payment by it can be now, None without a limit, and `limited_by` the reason of
    that limit. `blocked_by`: why it can take nothing at all. `is_later`: its money comes in days, so that it
    only pays a part of a sale that is held.
    """

    rail: str
    ways: tuple[str, ...] = ()
    blocked_by: str | None = None
    min_minor: int = 1
    max_minor: int | None = None
    limited_by: str = PAYMENT_LIMIT
    fee_bp: int = 0
    rank: int = 0
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class RailPicked:
    """Whether a rail can take the amount, how much it can take at most, and why not."""

    rail: str
    ways: tuple[str, ...]
    can: bool
    max_minor: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Split:
    """Parts now, best first, and what stays due: together the amount. `later_minor` 0: nothing does."""

    parts: tuple[tuple[str, int], ...]
    later_minor: int = 0


@dataclass(frozen=True, slots=True)
class Picked:
    """Every rail, those that can first, each best first; and splits when no single rail can."""

    rails: tuple[RailPicked, ...]
    splits: tuple[Split, ...]


def pick(amount_minor: int, rails: Sequence[RailNow], *, is_held: bool = False) -> Picked:
    """The rails for an amount. `is_held`: the sale is paid in parts, so that later money is as good.

    Best is what the brand ranks first, then what costs least, then the order in which the rails came.
    Errors: ValueError for an amount that is not above zero.
    """
    if amount_minor <= 0:
        raise ValueError(f"nothing to pay: {amount_minor}")
    ordered = sorted(rails, key=lambda r: (r.rank, r.fee_bp))
    judged = [_judge(amount_minor, rail, is_held=is_held) for rail in ordered]
    picked = tuple(sorted(judged, key=lambda r: not r.can))
    if any(r.can for r in picked):
        return Picked(picked, ())
    usable = [rail for rail in ordered if rail.blocked_by is None and _most(amount_minor, rail) > 0]
    return Picked(picked, tuple(_splits(amount_minor, usable, is_held=is_held)))


def _most(amount_minor: int, rail: RailNow) -> int:
    """The most it takes of an amount; 0 when that is less than it takes at all."""
    most = amount_minor if rail.max_minor is None else min(amount_minor, rail.max_minor)
    return most if most >= max(1, rail.min_minor) else 0


def _judge(amount_minor: int, rail: RailNow, *, is_held: bool) -> RailPicked:
    most, reason = 0, rail.blocked_by
    if reason is None:
        most = _most(amount_minor, rail)
        if amount_minor < rail.min_minor:
            reason = PAYMENT_MINIMUM
        elif most < amount_minor:
            reason = rail.limited_by
        elif rail.is_later and not is_held:
            reason = NEEDS_HOLD
    return RailPicked(rail.rail, rail.ways, reason is None, most, reason)


def _splits(amount_minor: int, rails: Sequence[RailNow], *, is_held: bool) -> list[Split]:
    """Exact ones in the fewest parts, then a deposit: the most that can be paid now, the rest later."""
    now = [rail for rail in rails if is_held or not rail.is_later]
    found = [Split(parts) for parts in _exact(amount_minor, now)]
    if not found and now:
        # What is left must be payable, too: not less than the cheapest minimum of anything.
        least = min(max(1, rail.min_minor) for rail in rails)
        found += _deposits(amount_minor, now, least)
    return found[:SHOWN]


def _exact(amount_minor: int, rails: Sequence[RailNow]) -> Iterator[tuple[tuple[str, int], ...]]:
    for count in range(2, MOST_PARTS + 1):
        fitting = (_fill(amount_minor, some) for some in combinations(rails, count))
        yield from (parts for parts in fitting if parts is not None)


def _fill(amount_minor: int, rails: Sequence[RailNow]) -> tuple[tuple[str, int], ...] | None:
    """As much as can be by the best rail, the least by the last; None when it cannot be exact."""
    left = amount_minor
    parts: list[tuple[str, int]] = []
    for at, rail in enumerate(rails):
        kept_for_others = sum(max(1, other.min_minor) for other in rails[at + 1 :])
        most = left - kept_for_others
        share = most if rail.max_minor is None else min(most, rail.max_minor)
        if share < max(1, rail.min_minor):
            return None
        parts.append((rail.rail, share))
        left -= share
    return tuple(parts) if left == 0 else None


def _deposits(amount_minor: int, rails: Iterable[RailNow], least: int) -> list[Split]:
    parts: list[tuple[str, int]] = []
    left = amount_minor
    for rail in rails:
        if len(parts) == MOST_PARTS:
            break
        share = _most(left - least, rail) if left > least else 0
        if share:
            parts.append((rail.rail, share))
            left -= share
    return [Split(tuple(parts), left)] if parts else []
