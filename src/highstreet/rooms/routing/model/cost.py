"""The objective: one function of what is chosen, in whole minor units, term by term.

    cost = Σ over places used     parcel + distance + late + load + territory
         + Σ over pieces taken    risk + income
         + (places used − 1)    × split

All is rounded down to a minor unit where it is made, once for a place or a piece, so that the sum is exact and the
same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from highstreet.kernel.geo import distance_m
from highstreet.rooms.routing.model.facts import SURE_BP, Candidate, Facts, Order, Pieces, Take
from highstreet.rooms.routing.model.rules import RouteRules

_HOUR = timedelta(hours=1)
_WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a choice costs by each term, in minor units."""

    parcel: int = 0
    distance: int = 0
    late: int = 0
    load: int = 0
    territory: int = 0
    risk: int = 0
    income: int = 0
    split: int = 0

    @property
    def total(self) -> int:
        """All terms."""
        return (
            self.parcel + self.distance + self.late + self.load
            + self.territory + self.risk + self.income + self.split
        )  # fmt: skip

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(getattr(self, name) + getattr(other, name) for name in TERMS))


TERMS = tuple(one.name for one in fields(Cost))


def away_m(order: Order, place: Candidate) -> int | None:
    """Whole metres from a place to the destination; 0 when the shopper comes; None for a place without a position."""
    if order.destination is None:
        return 0
    return None if place.position is None else round(distance_m(place.position, order.destination))


def handed_over_at(order: Order, ready_at: datetime, way_m: int, rules: RouteRules) -> datetime:
    """When the shopper has the goods: what is ready is packed, then brought."""
    way_s = way_m * rules.km_min * 60 // 1_000
    return max(ready_at, order.at) + timedelta(minutes=rules.handling_min, seconds=way_s)


def hours_late(order: Order, handed_at: datetime) -> int:
    """Hours begun after the promise."""
    if order.promised_by is None or handed_at <= order.promised_by:
        return 0
    return -(-(handed_at - order.promised_by) // _HOUR)


def place_terms(
    order: Order, place: Candidate, way_m: int, late_h: int, rules: RouteRules
) -> tuple[int, int, int, int, int]:
    """What a place costs once it serves at all: the first five terms of a cost."""
    territory = order.territory
    is_breach = territory is not None and territory.holder_party_id != place.operator_party_id
    return (
        rules.parcel_minor,
        rules.km_minor * way_m // 1_000,
        rules.late_hour_minor * late_h,
        rules.load_minor * place.load // max(1, place.capacity),
        (territory.breach_minor or 0) if territory is not None and is_breach else 0,
    )


def risk_of_piece(stock: Pieces, rules: RouteRules) -> int:
    """What it costs that a piece may not be there."""
    return (SURE_BP - stock.confidence_bp) * rules.reject_minor // SURE_BP


def income_of_piece(facts: Facts, stock: Pieces, rules: RouteRules) -> int:
    """What it costs that parties miss what the contracts name for them."""
    return missed_of_piece(facts, stock) * rules.income_bp // _WHOLE_BP


def missed_of_piece(facts: Facts, stock: Pieces) -> int:
    """What parties miss of one piece against their contracts, in minor units."""
    due = facts.due.get(stock.variant_id)
    if not due:
        return 0
    parts = facts.parts.get((stock.place_id, stock.owner_party_id, stock.variant_id), {})
    return sum(max(0, minor - parts.get(party_id, 0)) for party_id, minor in due.items())


def cost_of(facts: Facts, rules: RouteRules, takes: Sequence[Take]) -> Cost:
    """What any choice would cost, allowed or not, by the same function.

    Errors: KeyError for stock or a place that the facts do not name; ValueError for a place that is never ready.
    """
    order = facts.order
    used = {take.place_id for take in takes}
    places = {place.place_id: place for place in facts.candidates if place.place_id in used}
    stock = {
        (one.place_id, one.variant_id, one.owner_party_id): one for one in facts.stock if one.place_id in used
    }
    cost = Cost(split=rules.split_minor * max(0, len(used) - 1))
    for place_id in sorted(used):
        place = places[place_id]
        if place.ready_at is None:
            raise ValueError(f"{place_id} is never ready")
        way_m = away_m(order, place) or 0
        late_h = hours_late(order, handed_over_at(order, place.ready_at, way_m, rules))
        cost += Cost(*place_terms(order, place, way_m, late_h, rules))
    for take in takes:
        piece = stock[take.place_id, take.variant_id, take.owner_party_id]
        cost += Cost(
            risk=risk_of_piece(piece, rules) * take.quantity,
            income=income_of_piece(facts, piece, rules) * take.quantity,
        )
    return cost
