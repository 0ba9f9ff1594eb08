"""The rules of routing: pure, exact, in whole minor units."""

from highstreet.rooms.routing.model.choose import NotChosen, Routed, route
from highstreet.rooms.routing.model.cost import (
    TERMS,
    Cost,
    away_m,
    cost_of,
    handed_over_at,
    hours_late,
    missed_of_piece,
)
from highstreet.rooms.routing.model.facts import (
    SURE_BP,
    Candidate,
    Facts,
    Order,
    Parts,
    Pieces,
    Take,
    Territory,
    Wanted,
)
from highstreet.rooms.routing.model.kept import (
    Decision,
    KeptRules,
    facts_document,
    read_facts,
    read_routed,
    routed_document,
)
from highstreet.rooms.routing.model.options import Eliminated, Reason
from highstreet.rooms.routing.model.rules import DEFAULT_RULES, RouteRules, parse_rules

__all__ = [
    "DEFAULT_RULES",
    "SURE_BP",
    "TERMS",
    "Candidate",
    "Cost",
    "Decision",
    "Eliminated",
    "Facts",
    "KeptRules",
    "NotChosen",
    "Order",
    "Parts",
    "Pieces",
    "Reason",
    "RouteRules",
    "Routed",
    "Take",
    "Territory",
    "Wanted",
    "away_m",
    "cost_of",
    "facts_document",
    "handed_over_at",
    "hours_late",
    "missed_of_piece",
    "parse_rules",
    "read_facts",
    "read_routed",
    "route",
    "routed_document",
]
