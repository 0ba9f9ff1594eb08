"""What is kept of a decision, as documents, and the facts read from them again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from highstreet.kernel.geo import Point
from highstreet.kernel.time import from_micros, to_micros
from highstreet.rooms.routing.model.choose import NotChosen, Routed
from highstreet.rooms.routing.model.cost import Cost
from highstreet.rooms.routing.model.facts import Candidate, Facts, Order, Pieces, Take, Territory, Wanted
from highstreet.rooms.routing.model.options import Eliminated, Reason, by_place
from highstreet.rooms.routing.model.rules import RouteRules


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRules:
    """A version of a brand's rules. Version 0 is what every brand begins with; nobody set it."""

    brand_id: str
    version: int
    rules: RouteRules
    note: str = ""
    by_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A routing as it was decided. `no` counts an order's decisions from 1: one that is rejected is routed again."""

    brand_id: str
    order_id: str
    no: int
    channel: str
    rules_version: int
    routed: Routed
    at: datetime


def routed_document(routed: Routed) -> dict[str, Any]:
    """A choice as plain values; who was eliminated stands under the reason, once."""
    eliminated: dict[str, list[list[str | None]]] = {}
    for one in routed.eliminated:
        eliminated.setdefault(one.reason.value, []).append([one.place_id, one.owner_party_id])
    return {
        "takes": [[one.place_id, one.variant_id, one.owner_party_id, one.quantity] for one in routed.takes],
        "cost": asdict(routed.cost),
        "missing": routed.missing,
        "eliminated": eliminated,
        "not_chosen": [[one.place_id, one.is_alone, one.more_minor] for one in routed.not_chosen],
        "is_proven": routed.is_proven,
    }


def read_routed(order_id: str, document: Mapping[str, Any]) -> Routed:
    """The choice again; places in the order they were weighed."""
    eliminated = [
        Eliminated(place_id, owner_id, Reason(reason))
        for reason, gone in document["eliminated"].items()
        for place_id, owner_id in gone
    ]
    return Routed(
        order_id=order_id,
        takes=tuple(Take(*one) for one in document["takes"]),
        cost=Cost(**document["cost"]),
        missing=dict(document["missing"]),
        eliminated=tuple(sorted(eliminated, key=by_place)),
        not_chosen=tuple(NotChosen(*one) for one in document["not_chosen"]),
        is_proven=document["is_proven"],
    )


def facts_document(facts: Facts) -> dict[str, Any]:
    """Facts as plain values, without places that have nothing of what was wanted: no rules make them serve."""
    order, wanted = facts.order, {line.variant_id for line in facts.order.lines}
    stock = [one for one in facts.stock if one.variant_id in wanted and one.available > 0]
    at_hand, owners = {one.place_id for one in stock}, {one.owner_party_id for one in stock}
    shelves = {(one.place_id, one.owner_party_id, one.variant_id) for one in stock}
    territory = order.territory
    return {
        "lines": [[line.variant_id, line.quantity] for line in order.lines],
        "channel": order.channel,
        "at": to_micros(order.at),
        "destination": _spot(order.destination),
        "promised_by": None if order.promised_by is None else to_micros(order.promised_by),
        "territory": None if territory is None else [territory.holder_party_id, territory.breach_minor],
        "places": [
            [
                one.place_id,
                one.operator_party_id,
                _spot(one.position),
                None if one.ready_at is None else to_micros(one.ready_at),
                one.load,
                one.capacity,
            ]
            for one in facts.candidates
            if one.place_id in at_hand
        ],
        "stock": [
            [one.place_id, one.variant_id, one.owner_party_id, one.available, one.confidence_bp]
            for one in stock
        ],
        "consents": {who: sorted(to) for who, to in sorted(facts.consents.items()) if who in owners},
        "parts": [[*key, dict(parts)] for key, parts in sorted(facts.parts.items()) if key in shelves],
        "due": {variant: dict(parts) for variant, parts in sorted(facts.due.items())},
        "barred": [[*key, why] for key, why in sorted(facts.barred.items()) if key[0] in at_hand],
    }


def read_facts(brand_id: str, order_id: str, document: Mapping[str, Any]) -> Facts:
    """The facts again."""
    promised_by, territory = document["promised_by"], document["territory"]
    order = Order(
        brand_id=brand_id,
        id=order_id,
        channel=document["channel"],
        lines=tuple(Wanted(*line) for line in document["lines"]),
        at=from_micros(document["at"]),
        destination=_point(document["destination"]),
        promised_by=None if promised_by is None else from_micros(promised_by),
        territory=None if territory is None else Territory(*territory),
    )
    return Facts(
        order=order,
        candidates=tuple(
            Candidate(
                place_id=place_id,
                operator_party_id=operator_id,
                position=_point(spot),
                ready_at=None if ready_at is None else from_micros(ready_at),
                load=load,
                capacity=capacity,
            )
            for place_id, operator_id, spot, ready_at, load, capacity in document["places"]
        ),
        stock=tuple(Pieces(*one) for one in document["stock"]),
        consents={who: frozenset(to) for who, to in document["consents"].items()},
        parts={(place, owner, variant): parts for place, owner, variant, parts in document["parts"]},
        due=document["due"],
        barred={(place, owner): why for place, owner, why in document["barred"]},
    )


def _spot(point: Point | None) -> list[float] | None:
    return None if point is None else [point.lat, point.lon]


def _point(spot: Sequence[float] | None) -> Point | None:
    return None if spot is None else Point(*spot)
