"""Small worlds for routing: by hand, and as Hypothesis draws them; and every lawful choice in one, by trying all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from highstreet.kernel.geo import Point, distance_m
from highstreet.rooms.routing import (
    Candidate,
    Facts,
    Order,
    Pieces,
    RouteRules,
    Take,
    Territory,
    Wanted,
    cost_of,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOME = Point(60.17, 24.94)
OWNERS = ("pty_a", "pty_b", "pty_c")
BOTH = frozenset({"delivery", "pickup"})


def place(name: str, km: float = 1.0, **other: Any) -> Candidate:
    """A place so many kilometres north of the shopper, open now."""
    usual: dict[str, Any] = {
        "place_id": name,
        "operator_party_id": "pty_a",
        "position": Point(HOME.lat + km / 111.195, HOME.lon),
        "ready_at": NOW,
        "capacity": 10,
    }
    return Candidate(**usual | other)


def order(*lines: tuple[str, int], **other: Any) -> Order:
    """An order to be brought home."""
    usual: dict[str, Any] = {
        "brand_id": "brd_1",
        "id": "sal_1",
        "channel": "delivery",
        "lines": tuple(Wanted(variant, quantity) for variant, quantity in lines or [("lamp", 1)]),
        "at": NOW,
        "destination": HOME,
    }
    return Order(**usual | other)


def facts(of: Order, places: list[Candidate], stock: list[Pieces], **other: Any) -> Facts:
    """Facts in which pty_a and pty_b agreed to everything."""
    usual: dict[str, Any] = {"consents": {"pty_a": BOTH, "pty_b": BOTH}}
    return Facts(order=of, candidates=tuple(places), stock=tuple(stock), **usual | other)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Facts, RouteRules]:
    """Up to five places, three lines of up to three pieces, any rules; small enough to try everything."""
    small = st.integers(0, 900)
    rules = RouteRules(
        parcel_minor=draw(st.integers(0, 300)),
        km_minor=draw(st.integers(0, 200)),
        late_hour_minor=draw(small),
        reject_minor=draw(small),
        load_minor=draw(small),
        split_minor=draw(st.sampled_from([0, 50, 400])),
        income_bp=draw(st.sampled_from([0, 3_333, 10_000])),
        reach_m=draw(st.sampled_from([None, None, 3_000])),
        latest_h=draw(st.integers(0, 3)),
    )
    variants = ["lamp", "sofa", "vase"][: draw(st.integers(1, 3))]
    breach = draw(st.sampled_from([400, 0, None]))
    of = order(
        *((variant, draw(st.sampled_from([1, 1, 2, 3 if len(variants) < 3 else 2]))) for variant in variants),
        destination=draw(st.sampled_from([HOME, HOME, None])),
        promised_by=draw(st.sampled_from([None, NOW + timedelta(hours=4), NOW + timedelta(hours=2)])),
        territory=draw(st.sampled_from([None, None, Territory("pty_b", breach)])),
    )
    places, stock = [], []
    parts: dict[tuple[str, str, str], dict[str, int]] = {}
    for no in range(draw(st.integers(3, 5))):
        capacity = draw(st.integers(1, 4))
        load = draw(st.sampled_from([0, 0, capacity - 1, capacity // 2, capacity]))
        places.append(
            place(
                f"plc_{no}",
                draw(st.sampled_from([0.0, 1.0, 2.5, 4.0])),
                operator_party_id=draw(st.sampled_from(OWNERS)),
                ready_at=draw(st.sampled_from([NOW, NOW, NOW, NOW + timedelta(hours=3), None])),
                load=load,
                capacity=capacity,
            )
        )
        for variant in variants:
            has_it = draw(st.integers(0, 3)) > 0
            for owner in draw(st.lists(st.sampled_from(OWNERS), unique=True, min_size=has_it, max_size=2)):
                sure = draw(st.sampled_from([10_000, 9_000, 5_001]))
                stock.append(
                    Pieces(f"plc_{no}", variant, owner, draw(st.sampled_from([2, 1, 1, 3, 0])), sure)
                )
                parts[f"plc_{no}", owner, variant] = {owner: draw(small)}
    consents = {
        owner: draw(st.sampled_from([BOTH, BOTH, BOTH, BOTH, frozenset({"pickup"}), frozenset()]))
        for owner in OWNERS
    }
    due = draw(st.sampled_from([{}, {"lamp": {"pty_b": 500}}]))
    return facts(of, places, stock, consents=consents, parts=parts, due=due), rules


def is_lawful(world: Facts, rules: RouteRules, takes: tuple[Take, ...]) -> bool:
    """Whether a choice breaks nothing, said once more and in other words than the room's."""
    of = world.order
    places = {one.place_id: one for one in world.candidates}
    stock = {(one.place_id, one.variant_id, one.owner_party_id): one for one in world.stock}
    for take in takes:
        at = places[take.place_id]
        pieces = stock[take.place_id, take.variant_id, take.owner_party_id]
        if of.channel not in world.consents.get(take.owner_party_id, ()) or take.quantity > pieces.available:
            return False
        is_closed_land = of.territory is not None and of.territory.breach_minor is None
        if is_closed_land and at.operator_party_id != of.territory.holder_party_id:
            return False
        if at.ready_at is None or at.load >= at.capacity:
            return False
        way_m = 0.0 if of.destination is None else distance_m(at.position, of.destination)
        if rules.reach_m is not None and round(way_m) > rules.reach_m:
            return False
        seconds = rules.handling_min * 60 + round(way_m) * rules.km_min * 60 // 1000
        handed_at = at.ready_at + timedelta(seconds=seconds)
        if of.promised_by and handed_at > of.promised_by + timedelta(hours=rules.latest_h):
            return False
    given = {line.variant_id: 0 for line in of.lines}
    for take in takes:
        given[take.variant_id] += take.quantity
    return given == {line.variant_id: line.quantity for line in of.lines}


def every_choice(world: Facts, rules: RouteRules) -> Iterator[tuple[Take, ...]]:
    """Every lawful way to spread every line over every shelf."""
    lines = []
    for line in world.order.lines:
        shelves = [
            one
            for one in world.stock
            if one.variant_id == line.variant_id and is_lawful_shelf(world, rules, one)
        ]
        counts = product(*(range(min(line.quantity, one.available) + 1) for one in shelves))
        lines.append(
            [
                tuple(
                    Take(one.place_id, one.variant_id, one.owner_party_id, count)
                    for one, count in zip(shelves, chosen, strict=True)
                    if count
                )
                for chosen in counts
                if sum(chosen) == line.quantity
            ]
        )
    for chosen in product(*lines):
        yield tuple(take for takes in chosen for take in takes)


def is_lawful_shelf(world: Facts, rules: RouteRules, shelf: Pieces) -> bool:
    """Whether a single piece may be taken from here."""
    if shelf.available < 1:
        return False
    alone = order((shelf.variant_id, 1))
    single = Facts(
        order=Order(
            brand_id=alone.brand_id,
            id=alone.id,
            channel=world.order.channel,
            lines=alone.lines,
            at=world.order.at,
            destination=world.order.destination,
            promised_by=world.order.promised_by,
            territory=world.order.territory,
        ),
        candidates=world.candidates,
        stock=world.stock,
        consents=world.consents,
    )
    return is_lawful(single, rules, (Take(shelf.place_id, shelf.variant_id, shelf.owner_party_id, 1),))


def cheapest(world: Facts, rules: RouteRules, having: str = "") -> int | None:
    """The least that any lawful choice costs, or any in which this place serves; None when there is none."""
    return min(
        (
            cost_of(world, rules, takes).total
            for takes in every_choice(world, rules)
            if not having or having in {take.place_id for take in takes}
        ),
        default=None,
    )
