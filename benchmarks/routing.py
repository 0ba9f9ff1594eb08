"""Which place serves: 10,000 orders over 1,000 places, beside the two rules that shops usually have.

"Nearest with stock" takes each line from the nearest places that have it; "highest stock" from those that have the most
of it, as Saleor's PRIORITIZE_HIGH_STOCK does (docs.saleor.io, stock allocation: line by line, several allocations where
one stock is not enough). Neither knows owners; each stands here also with the stock of owners who agreed, alone. What
they choose is weighed by the same function as our own choice. The country is made from a seed.
"""

import gc
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from statistics import median

from benchmarks.rows import Bar, Beside, Measured
from highstreet.kernel.geo import Point
from highstreet.rooms.routing import (
    DEFAULT_RULES,
    Candidate,
    Facts,
    Order,
    Parts,
    Pieces,
    Take,
    Territory,
    Wanted,
    away_m,
    cost_of,
    handed_over_at,
    hours_late,
    missed_of_piece,
    route,
)

PLACES, ORDERS, VARIANTS, DEALERS, CITIES = 1_000, 10_000, 400, 300, 24
SEED = 20261123
BAR_MS = 20.0
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BRAND = "pty_brand"
CHANNEL = "delivery"

Rule = Callable[[Facts], tuple[Take, ...]]


@dataclass(slots=True)
class Tally:
    """What a rule brought over all orders so far; amounts in minor units."""

    orders: int = 0
    cost_minor: int = 0
    split: int = 0
    kept: int = 0
    not_agreed: int = 0
    missed_minor: int = 0
    due_minor: int = 0

    def add(self, facts: Facts, takes: Sequence[Take]) -> None:
        """Weigh what was chosen for an order."""
        shelf = {(one.place_id, one.variant_id, one.owner_party_id): one for one in facts.stock}
        self.orders += 1
        self.cost_minor += cost_of(facts, DEFAULT_RULES, takes).total
        self.split += len({take.place_id for take in takes}) > 1
        self.kept += _keeps_promise(facts, takes)
        self.not_agreed += any(not _agreed(facts, take.owner_party_id) for take in takes)
        for take in takes:
            pieces = shelf[take.place_id, take.variant_id, take.owner_party_id]
            self.missed_minor += take.quantity * missed_of_piece(facts, pieces)
            self.due_minor += take.quantity * sum(facts.due.get(take.variant_id, {}).values())

    @property
    def figures(self) -> dict[str, tuple[float, str]]:
        """A figure and its unit for each thing that is told."""
        orders = max(1, self.orders)
        return {
            "cost of an order": (self.cost_minor / orders, "minor units"),
            "orders from several places": (100 * self.split / orders, "%"),
            "promises kept": (100 * self.kept / orders, "%"),
            "orders to an owner who had not agreed": (self.not_agreed, "orders"),
            "dealers' income of what contracts name": (
                100 - 100 * self.missed_minor / max(1, self.due_minor),
                "%",
            ),
        }


class Country:
    """Places around cities, their stock, who agreed to what, and who alone may serve where."""

    def __init__(self, places: int = PLACES, variants: int = VARIANTS, *, seed: int = SEED) -> None:
        self.random = random = Random(seed)
        dealers = [f"pty_dealer{no:03}" for no in range(max(1, places * DEALERS // PLACES))]
        self.cities = [
            (random.uniform(60.0, 66.0), random.uniform(22.0, 29.0), 1 / (no + 1)) for no in range(CITIES)
        ]
        self.variants = [f"var_{no:03}" for no in range(variants)]
        self.prices = {variant: random.randrange(900, 25_000, 100) for variant in self.variants}
        # A third agreed to nothing, some to pickup alone; the brand's own goods go anywhere.
        self.consents = {BRAND: frozenset({CHANNEL, "pickup"})}
        for dealer in dealers:
            draw = random.random()
            if draw > 0.35:
                self.consents[dealer] = frozenset({"pickup"} if draw < 0.5 else {CHANNEL, "pickup"})
        self.places = [self._place(no, dealers) for no in range(places)]
        self.stock: dict[str, list[Pieces]] = {variant: [] for variant in self.variants}
        for place in self.places:
            for rank, variant in enumerate(self.variants):
                if random.random() < 0.5 / (1 + rank / 60):
                    self._shelve(place, variant)

    def _spot(self, spread: float) -> Point:
        lat, lon, _ = self.random.choices(self.cities, [city[2] for city in self.cities])[0]
        return Point(lat + self.random.gauss(0, spread), lon + self.random.gauss(0, 2 * spread))

    def _place(self, no: int, dealers: Sequence[str]) -> Candidate:
        random = self.random
        capacity = random.randint(5, 40)
        return Candidate(
            place_id=f"plc_{no:04}",
            operator_party_id=BRAND if random.random() < 0.2 else random.choice(dealers),
            position=self._spot(0.06),
            ready_at=NOW + timedelta(minutes=random.choice((0, 0, 0, 60, 180, 960, 2_400))),
            load=min(capacity, int(random.expovariate(3 / capacity))),
            capacity=capacity,
        )

    def _shelve(self, place: Candidate, variant: str) -> None:
        random = self.random
        owners = {place.operator_party_id}
        if random.random() < 0.2:
            owners.add(BRAND)
        for owner in sorted(owners):
            sure = random.choice((9_900, 9_500, 9_000, 8_000, 6_000, 3_000))
            self.stock[variant].append(
                Pieces(place.place_id, variant, owner, 1 + int(random.expovariate(0.4)), sure)
            )

    @cached_property
    def weights(self) -> list[float]:
        """How often each variant is asked for, added up."""
        return list(accumulate(1 / (1 + rank / 40) for rank in range(len(self.variants))))

    def ask(self, no: int) -> Facts:
        """An order to somebody near a city, and all that is known for it."""
        random = self.random
        wanted: dict[str, int] = {}
        for _ in range(random.choices((1, 2, 3, 4, 5), (55, 25, 12, 5, 3))[0]):
            draw = random.random() * self.weights[-1]
            wanted[self.variants[bisect_left(self.weights, draw)]] = random.choices((1, 2, 3), (85, 11, 4))[0]
        destination = self._spot(0.08)
        territory = None
        if random.random() < 0.6:
            near = min(self.places, key=lambda one: _squared(one, destination))
            if near.operator_party_id != BRAND:
                breach = None if random.random() < 0.1 else 500
                territory = Territory(near.operator_party_id, breach)
        order = Order(
            brand_id="brd_bench",
            id=f"ord_{no:05}",
            channel=CHANNEL,
            lines=tuple(Wanted(variant, quantity) for variant, quantity in wanted.items()),
            at=NOW,
            destination=destination,
            promised_by=NOW + timedelta(hours=random.choice((8, 24, 48, 72))),
            territory=territory,
        )
        stock = tuple(pieces for variant in wanted for pieces in self.stock[variant])
        due: dict[str, Parts] = {}
        if territory is not None:
            due = {variant: {territory.holder_party_id: self.prices[variant] // 5} for variant in wanted}
        return Facts(
            order=order,
            candidates=tuple(self.places),
            stock=stock,
            consents=self.consents,
            parts=self._parts(stock, territory),
            due=due,
        )

    def _parts(
        self, stock: Sequence[Pieces], territory: Territory | None
    ) -> dict[tuple[str, str, str], Parts]:
        """A piece's price by contract: six tenths to its owner, one to who hands it over, a twentieth to the holder."""
        operators = {place.place_id: place.operator_party_id for place in self.places}
        parts: dict[tuple[str, str, str], Parts] = {}
        for pieces in stock:
            price = self.prices[pieces.variant_id]
            of_piece = {pieces.owner_party_id: price * 6 // 10}
            operator = operators[pieces.place_id]
            of_piece[operator] = of_piece.get(operator, 0) + price // 10
            if territory is not None:
                holder = territory.holder_party_id
                of_piece[holder] = of_piece.get(holder, 0) + price // 20
            parts[pieces.place_id, pieces.owner_party_id, pieces.variant_id] = of_piece
        return parts


def _squared(place: Candidate, point: Point) -> float:
    assert place.position is not None
    return (place.position.lat - point.lat) ** 2 + ((place.position.lon - point.lon) / 2) ** 2


def nearest_with_stock(facts: Facts) -> tuple[Take, ...]:
    """Each line from the nearest places that have it."""
    way = {place.place_id: away_m(facts.order, place) or 0 for place in facts.candidates}
    return _line_by_line(facts, lambda pieces: (way[pieces.place_id], pieces.owner_party_id))


def highest_stock(facts: Facts) -> tuple[Take, ...]:
    """Each line from the places that have the most of it."""
    return _line_by_line(facts, lambda pieces: (-pieces.available, pieces.place_id + pieces.owner_party_id))


def of_who_agreed(rule: Rule) -> Rule:
    """The same rule, shown only the stock of owners who agreed."""

    def restricted(facts: Facts) -> tuple[Take, ...]:
        agreed = [pieces for pieces in facts.stock if _agreed(facts, pieces.owner_party_id)]
        return rule(replace(facts, stock=tuple(agreed)))

    return restricted


def _agreed(facts: Facts, owner_id: str) -> bool:
    return facts.order.channel in facts.consents.get(owner_id, frozenset())


def _line_by_line(facts: Facts, rank: Callable[[Pieces], tuple[int, str]]) -> tuple[Take, ...]:
    takes = []
    for line in facts.order.lines:
        missing = line.quantity
        for pieces in sorted((one for one in facts.stock if one.variant_id == line.variant_id), key=rank):
            if missing == 0:
                break
            taken = min(missing, pieces.available)
            takes.append(Take(pieces.place_id, pieces.variant_id, pieces.owner_party_id, taken))
            missing -= taken
    return tuple(takes)


def _keeps_promise(facts: Facts, takes: Sequence[Take]) -> bool:
    """Whether every parcel would be there in time. A place whose hands are full gets none out."""
    serving = {take.place_id for take in takes}
    for place in facts.candidates:
        if place.place_id in serving:
            assert place.ready_at is not None
            way_m = away_m(facts.order, place) or 0
            handed_at = handed_over_at(facts.order, place.ready_at, way_m, DEFAULT_RULES)
            if place.load >= place.capacity or hours_late(facts.order, handed_at) > 0:
                return False
    return True


def run(*, orders: int, say: Callable[[str], None], country: Country | None = None) -> list[Measured]:
    """Route all orders one at a time, each rule after ours, and weigh what they chose."""
    country = country or Country()
    peers: dict[str, Rule] = {"nearest with stock": nearest_with_stock, "highest stock": highest_stock}
    peers |= {f"{name}, agreed": of_who_agreed(rule) for name, rule in list(peers.items())}
    ours, others = Tally(), {name: Tally() for name in peers}
    took_ms: list[float] = []
    nowhere = 0
    warm_up(country)
    say(f"routing {orders:,} orders over {len(country.places):,} places")
    with as_in_a_server():
        for no in range(orders):
            facts = country.ask(no)
            started = time.perf_counter()
            routed = route(facts, DEFAULT_RULES)
            took_ms.append(1_000 * (time.perf_counter() - started))
            assert routed.is_proven, f"{facts.order.id} is not proven the cheapest"
            if (
                not routed.takes
            ):  # nobody who agreed has it, or can make it in time: the others are not asked either
                nowhere += 1
                continue
            ours.add(facts, routed.takes)
            for name, rule in peers.items():
                others[name].add(facts, rule(facts))
    return rows(ours, others, took_ms, nowhere)


@contextmanager
def as_in_a_server() -> Iterator[None]:
    """Garbage is collected as the server does; the country would be in a database and is not looked through."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def warm_up(country: Country) -> None:
    """A few orders, so that the solver is loaded."""
    for no in range(20):
        route(country.ask(-1 - no), DEFAULT_RULES)


def rows(ours: Tally, others: dict[str, Tally], took_ms: list[float], nowhere: int) -> list[Measured]:
    """Times first, then each figure beside each rule."""
    ranked = sorted(took_ms)
    p99_ms = ranked[min(len(ranked) - 1, round(0.99 * len(ranked)))]
    found = [
        Measured("an order routed, median", round(median(ranked), 2), "ms"),
        Measured("an order routed, p99", round(p99_ms, 2), "ms", bar=Bar(at_most=BAR_MS)),
        Measured("an order routed, slowest", round(ranked[-1], 2), "ms"),
        Measured("orders that no willing place could serve in time", nowhere, "orders"),
    ]
    for what, (figure, unit) in ours.figures.items():
        never = Bar(at_most=0) if what == "orders to an owner who had not agreed" else None
        for name, tally in others.items():
            beside = Beside(name, round(tally.figures[what][0], 2))
            found.append(Measured(what, round(figure, 2), unit, beside, never))
    return found
