"""What brands say about their rails, remembered in this process: every sale asks, few change it.

Forgotten whenever one is changed, here or, by NOTIFY, elsewhere; the time limit is for a notice that is lost.
"""

import time
from dataclasses import dataclass, field

from highstreet.kernel.db import Database
from highstreet.kernel.tx import Committed, Tx
from highstreet.rooms.members import PointsRule, SetPointsRule, set_points_rule
from highstreet.rooms.tenders import (
    BrandRules,
    RailsStated,
    StateRails,
    rules_of_brand,
    state_rails,
)

FRESH_S = 10.0


@dataclass(slots=True)
class RememberedRules:
    """The rules of each brand that was asked about lately."""

    _known: dict[str, tuple[float, BrandRules]] = field(default_factory=dict)
    _generation: int = 0

    async def of(self, db: Database, brand_id: str) -> BrandRules:
        """A brand's rules as they are now."""
        known = self._known.get(brand_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        generation = self._generation
        rules = await db.read(rules_of_brand, brand_id)
        if generation == self._generation:  # nothing changed while we looked
            self._known[brand_id] = (time.monotonic() + FRESH_S, rules)
        return rules

    def forget(self) -> None:
        """Something changed."""
        self._generation += 1
        self._known.clear()

    def committed(self, what: Committed) -> None:
        """Forget when this commit, of whichever process, changed rules."""
        if what.events is None or RailsStated.name in what.events:
            self.forget()


@dataclass(frozen=True, slots=True)
class StateMoney:
    """All that a brand says about its rails, and what its points are worth."""

    rails: StateRails
    points: PointsRule | None


def state_money(tx: Tx, command: StateMoney) -> None:
    """Replace what was said. Errors: tenders.rules_malformed, members.points_rule_malformed."""
    state_rails(tx, command.rails)
    set_points_rule(tx, SetPointsRule(command.rails.brand_id, command.points, command.rails.at))


__all__ = ["RememberedRules", "StateMoney", "state_money"]
