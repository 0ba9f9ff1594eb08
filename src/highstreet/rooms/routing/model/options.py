"""Who may serve at all, and why the others may not."""

from dataclasses import dataclass
from enum import StrEnum

from highstreet.rooms.routing.model.cost import (
    away_m,
    handed_over_at,
    hours_late,
    income_of_piece,
    place_terms,
    risk_of_piece,
)
from highstreet.rooms.routing.model.facts import Candidate, Facts, Pieces, Take
from highstreet.rooms.routing.model.rules import RouteRules


class Reason(StrEnum):
    """Why a place, or one owner's goods there, may not serve. The first that holds is told, in this order."""

    NO_STOCK = "no_stock"
    NO_CONSENT = "no_consent"
    NOT_FOR_CHANNEL = "not_for_channel"
    NOT_PAID = "not_paid"
    NOT_FOUND = "not_found"
    TERRITORY = "territory"
    CLOSED = "closed"
    AT_CAPACITY = "at_capacity"
    NO_POSITION = "no_position"
    TOO_FAR = "too_far"
    CANNOT_MAKE_PROMISE = "cannot_make_promise"


@dataclass(frozen=True, slots=True)
class Eliminated:
    """A place, or with an owner only that owner's goods there."""

    place_id: str
    owner_party_id: str | None
    reason: Reason


def by_place(one: Eliminated) -> tuple[str, str]:
    """The order in which the eliminated are told: by place, the place itself before its owners."""
    return one.place_id, one.owner_party_id or ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Pieces of one line that a place could give, and what each costs; never more than the line wants."""

    owner_party_id: str
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True)
class Option:
    """A place that may serve: its fixed cost, its offers by line, the cheapest first, and how many pieces they make
    of each line (that may be more than are wanted)."""

    place_id: str
    fixed_minor: int
    offers: tuple[tuple[Offer, ...], ...]
    pieces: tuple[int, ...]

    def units(self, line: int, quantity: int) -> int | None:
        """What so many pieces of a line cost here at least; None when there are fewer."""
        cost = 0
        for offer in self.offers[line]:
            if quantity <= offer.quantity:
                return cost + offer.unit_minor * quantity
            cost += offer.unit_minor * offer.quantity
            quantity -= offer.quantity
        return None


def weigh(facts: Facts, rules: RouteRules) -> tuple[list[Option], list[Eliminated]]:
    """Sort places into those that may serve, by id, and those that may not, each with its reason."""
    order = facts.order
    wanted = {line.variant_id: (no, line.quantity) for no, line in enumerate(order.lines)}
    shelves: dict[str, list[Pieces]] = {}
    for pieces in facts.stock:
        if pieces.available > 0 and pieces.variant_id in wanted:
            shelves.setdefault(pieces.place_id, []).append(pieces)
    options: list[Option] = []
    eliminated: list[Eliminated] = []
    for place in sorted(facts.candidates, key=lambda one: one.place_id):
        shelf = shelves.get(place.place_id)
        if shelf is None:
            eliminated.append(Eliminated(place.place_id, None, Reason.NO_STOCK))
            continue
        owners = {pieces.owner_party_id for pieces in shelf}
        if unwilling := {
            who: why for who in sorted(owners) if (why := _unwilling(facts, place.place_id, who))
        }:
            eliminated += [Eliminated(place.place_id, who, why) for who, why in unwilling.items()]
            shelf = [pieces for pieces in shelf if pieces.owner_party_id not in unwilling]
            if not shelf:
                continue
        found = _fixed_minor(facts, place, rules)
        if isinstance(found, Reason):
            eliminated.append(Eliminated(place.place_id, None, found))
            continue
        offers: list[list[Offer]] = [[] for _ in order.lines]
        sums = [0] * len(offers)
        for pieces in shelf:
            no, quantity = wanted[pieces.variant_id]
            unit = risk_of_piece(pieces, rules) + income_of_piece(facts, pieces, rules)
            given = min(quantity, pieces.available)
            offers[no].append(Offer(pieces.owner_party_id, given, unit))
            sums[no] += given
        ranked = tuple(tuple(sorted(one, key=_cheapest) if len(one) > 1 else one) for one in offers)
        options.append(Option(place.place_id, found, ranked, tuple(sums)))
    return options, sorted(eliminated, key=by_place)


def _cheapest(offer: Offer) -> tuple[int, str]:
    return offer.unit_minor, offer.owner_party_id


def _unwilling(facts: Facts, place_id: str, owner_id: str) -> Reason | None:
    """Why an owner's goods there may not be promised; None when they may."""
    barred = facts.barred.get((place_id, owner_id))
    if barred is not None:
        return Reason(barred)
    channels = facts.consents.get(owner_id)
    if not channels:
        return Reason.NO_CONSENT
    return None if facts.order.channel in channels else Reason.NOT_FOR_CHANNEL


def _fixed_minor(facts: Facts, place: Candidate, rules: RouteRules) -> int | Reason:
    order, territory = facts.order, facts.order.territory
    if (
        territory is not None
        and territory.breach_minor is None
        and territory.holder_party_id != place.operator_party_id
    ):
        return Reason.TERRITORY
    if place.ready_at is None:
        return Reason.CLOSED
    if place.load >= place.capacity:
        return Reason.AT_CAPACITY
    way_m = away_m(order, place)
    if way_m is None:
        return Reason.NO_POSITION
    if rules.reach_m is not None and way_m > rules.reach_m:
        return Reason.TOO_FAR
    late_h = hours_late(order, handed_over_at(order, place.ready_at, way_m, rules))
    if late_h > rules.latest_h:
        return Reason.CANNOT_MAKE_PROMISE
    return sum(place_terms(order, place, way_m, late_h, rules))


def takes_from(facts: Facts, chosen: list[Option]) -> tuple[Take, ...]:
    """What is taken of each line when exactly these places may serve: the cheapest pieces first.

    Which pieces a line takes is no other line's concern, so this is the best that these places can do.
    """
    takes = []
    for no, line in enumerate(facts.order.lines):
        offers = [(offer, option.place_id) for option in chosen for offer in option.offers[no]]
        open_quantity = line.quantity
        for offer, place_id in sorted(offers, key=lambda one: (*_cheapest(one[0]), one[1])):
            if open_quantity == 0:
                break
            taken = min(open_quantity, offer.quantity)
            takes.append(Take(place_id, line.variant_id, offer.owner_party_id, taken))
            open_quantity -= taken
    return tuple(sorted(takes))
