"""Other route rules, tried on past orders: what was known then decides once more."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from highstreet.kernel.tx import Reader
from highstreet.rooms.routing import Cost, Facts, PastOrders, Routed, RouteRules, cost_of, past_orders, route

MOST = 500
SHOWN = 10


@dataclass(frozen=True, slots=True)
class TryRules:
    """Rules, and since when the orders they are tried on were routed."""

    brand_id: str
    rules: RouteRules
    since: datetime


@dataclass(frozen=True, slots=True)
class Rerouted:
    """An order that would be served from elsewhere."""

    order_id: str
    at: datetime
    was: tuple[str, ...]
    would_be: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TriedRules:
    """What came of it. `was` and `would_be`: what both choices cost by the new rules, over orders that can be served.

    `unserved`: orders that nobody could serve under these rules. `is_all`: no order of the time was left out.
    """

    orders: int
    moved: int
    unserved: int
    is_all: bool
    was: Cost
    would_be: Cost
    examples: tuple[Rerouted, ...] = field(default_factory=tuple)


def try_rules(reader: Reader, ask: TryRules) -> TriedRules:
    """Nothing is changed. Orders whose facts were forgotten are not among them; the newest 500 are tried."""
    found = past_orders(reader, PastOrders(ask.brand_id, ask.since, MOST + 1))
    was, would_be, moved, unserved = Cost(), Cost(), 0, 0
    examples: list[Rerouted] = []
    for decision, facts in found[:MOST]:
        facts = with_capacity(facts, ask.rules)
        chosen = route(facts, ask.rules)
        if not chosen.takes:
            unserved += 1
            continue
        was += cost_of(facts, ask.rules, decision.routed.takes)
        would_be += chosen.cost
        if _from(chosen) != _from(decision.routed):
            moved += 1
            if len(examples) < SHOWN:
                examples.append(
                    Rerouted(decision.order_id, decision.at, decision.routed.place_ids, chosen.place_ids)
                )
    tried = min(len(found), MOST)
    return TriedRules(tried, moved, unserved, len(found) <= MOST, was, would_be, tuple(examples))


def with_capacity(facts: Facts, rules: RouteRules) -> Facts:
    """The same facts where places take as many parcels as these rules say."""
    candidates = tuple(replace(one, capacity=rules.capacity) for one in facts.candidates)
    return replace(facts, candidates=candidates)


def _from(routed: Routed) -> Sequence[tuple[str, str, str]]:
    return sorted((take.variant_id, take.place_id, take.owner_party_id) for take in routed.takes)
