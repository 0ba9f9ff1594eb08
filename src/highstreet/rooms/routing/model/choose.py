"""The choice: proven the cheapest that is allowed.

Which pieces a set of places gives is settled line by line (`takes_from`); what is to be found is the set. One place
that serves all is found by looking at each. Sets of two and more are bounded from below first: a place that no such
set could be cheaper with than what is found already is left out, and so is one that another place replaces in any
set at no greater cost. What remains is solved exactly: by a table where the order has few pieces (`few_pieces`), else
by OR-Tools' CP-SAT (`many_pieces`), with one worker and a bound in its own deterministic time, so that the same facts
give the same choice on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from highstreet.rooms.routing.model.cost import Cost, cost_of
from highstreet.rooms.routing.model.facts import Facts, Take
from highstreet.rooms.routing.model.few_pieces import has_few_pieces, solve_few_pieces
from highstreet.rooms.routing.model.options import Eliminated, Option, takes_from, weigh
from highstreet.rooms.routing.model.rules import RouteRules


@dataclass(frozen=True, slots=True)
class NotChosen:
    """A place that might have served. `more_minor`: what it would have cost more, alone; or, where it does not have
    everything, the least by which any choice with it would have cost more; None where nothing could be chosen."""

    place_id: str
    is_alone: bool
    more_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Where an order goes and why. Without `takes` it goes nowhere: `missing` are the pieces nobody may give."""

    order_id: str
    takes: tuple[Take, ...]
    cost: Cost
    missing: dict[str, int] = field(default_factory=dict)
    eliminated: tuple[Eliminated, ...] = ()
    not_chosen: tuple[NotChosen, ...] = ()
    is_proven: bool = True
    """False when the solver's bound was met: then it is the best that was found."""

    @property
    def place_ids(self) -> tuple[str, ...]:
        """The places that serve."""
        return tuple(sorted({take.place_id for take in self.takes}))


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What a choice with this place costs at least, in company; and alone, where it has everything."""

    company: int
    alone: int | None


def route(facts: Facts, rules: RouteRules) -> Routed:
    """The cheapest lawful choice for an order: the same facts in any order of theirs give the same."""
    order = facts.order
    options, eliminated = weigh(facts, rules)
    quantities = [line.quantity for line in order.lines]
    missing = {
        line.variant_id: short
        for no, line in enumerate(order.lines)
        if (short := line.quantity - sum(option.pieces[no] for option in options)) > 0
    }
    if missing:
        return Routed(
            order_id=order.id,
            takes=(),
            cost=Cost(),
            missing=missing,
            eliminated=tuple(eliminated),
            not_chosen=tuple(NotChosen(option.place_id, False, None) for option in options),
        )
    bounds = _bounds(options, quantities, rules.split_minor)
    best = _first_choice(options, bounds, quantities, rules.split_minor)
    limit = _price(best, quantities, rules.split_minor)
    rivals = [option for option, bound in zip(options, bounds, strict=True) if bound.company < limit]
    rivals = _undominated(rivals, quantities)
    is_proven = True
    if len(rivals) > 1 and all(
        sum(rival.pieces[no] for rival in rivals) >= quantity for no, quantity in enumerate(quantities)
    ):
        found, is_proven = _solve(rivals, quantities, rules.split_minor, limit)
        best = found or best
    takes = takes_from(facts, best)
    cost = cost_of(facts, rules, takes)
    used = {take.place_id for take in takes}
    return Routed(
        order_id=order.id,
        takes=takes,
        cost=cost,
        eliminated=tuple(eliminated),
        not_chosen=tuple(
            NotChosen(
                option.place_id,
                bound.alone is not None,
                max(0, (bound.company if bound.alone is None else bound.alone) - cost.total),
            )
            for option, bound in zip(options, bounds, strict=True)
            if option.place_id not in used
        ),
        is_proven=is_proven,
    )


def _solve(
    rivals: Sequence[Option], quantities: Sequence[int], split: int, limit: int
) -> tuple[list[Option], bool]:
    if has_few_pieces(quantities):
        return solve_few_pieces(rivals, quantities, split, below=limit), True
    # Half a second to import, and few shops ever need it.
    from highstreet.rooms.routing.model.many_pieces import solve_many_pieces

    return solve_many_pieces(rivals, quantities, split, below=limit)


def _units(chosen: Sequence[Option], no: int, quantity: int) -> int | None:
    """The cheapest that so many pieces of a line can be had for from these places; None when they have fewer."""
    offers = sorted((offer.unit_minor, offer.quantity) for option in chosen for offer in option.offers[no])
    cost = 0
    for unit, available in offers:
        taken = min(quantity, available)
        cost += unit * taken
        quantity -= taken
        if quantity == 0:
            return cost
    return None


def _price(chosen: Sequence[Option], quantities: Sequence[int], split: int) -> int:
    """What a set of places that has everything costs."""
    units = (_units(chosen, no, quantity) or 0 for no, quantity in enumerate(quantities))
    return sum(option.fixed_minor for option in chosen) + split * (len(chosen) - 1) + sum(units)


def _bounds(options: Sequence[Option], quantities: Sequence[int], split: int) -> list[_Bounds]:
    """Below what no choice with a place can come.

    In company: its fixed cost, one split, the cheapest pieces anywhere, and the fixed cost of one other place: of
    the dearest of those that must bring what this one lacks, else of any.
    """
    pieces = sum(_units(options, no, quantity) or 0 for no, quantity in enumerate(quantities))
    by_line = [
        sorted((option.fixed_minor, option.place_id) for option in options if option.offers[no])[:2]
        for no in range(len(quantities))
    ]
    any_place = sorted((option.fixed_minor, option.place_id) for option in options)[:2]
    bounds = []
    for option in options:
        alone: int | None = option.fixed_minor
        others = _cheapest_other(any_place, option.place_id)
        for no, quantity in enumerate(quantities):
            units = option.units(no, quantity)
            if units is None:
                others = max(others, _cheapest_other(by_line[no], option.place_id))
            alone = None if units is None or alone is None else alone + units
        bounds.append(_Bounds(option.fixed_minor + split + others + pieces, alone))
    return bounds


def _cheapest_other(places: Sequence[tuple[int, str]], place_id: str) -> int:
    return next((fixed for fixed, other in places if other != place_id), 0)


def _first_choice(
    options: Sequence[Option], bounds: Sequence[_Bounds], quantities: Sequence[int], split: int
) -> list[Option]:
    """The best single place; where none has everything, places added by what a further piece costs."""
    alone = [
        (bound.alone, option.place_id, no)
        for no, (option, bound) in enumerate(zip(options, bounds, strict=True))
        if bound.alone is not None
    ]
    if alone:
        return [options[min(alone)[2]]]
    open_quantities, chosen = list(quantities), []
    while any(open_quantities):
        ranked = []
        for no, option in enumerate(options):
            pieces = sum(map(min, open_quantities, option.pieces))
            if pieces and option not in chosen:
                ranked.append(((option.fixed_minor + split) / pieces, option.place_id, no))
        chosen.append(options[min(ranked)[2]])
        gives = map(min, open_quantities, chosen[-1].pieces)
        open_quantities = [was - now for was, now in zip(open_quantities, gives, strict=True)]
    return chosen


def _undominated(options: Sequence[Option], quantities: Sequence[int]) -> list[Option]:
    """Without the places that another replaces in any choice at no greater cost.

    One replaces another when its fixed cost is no greater and it has all that is wanted of every line the other has
    anything of, each piece at no more than the other's cheapest: whatever a choice takes from the other, it can take
    from this one, also where it takes from both. Equals are settled by id, so that one of them stays.
    """
    kept: list[tuple[Option, list[int | None]]] = []
    for option in sorted(options, key=lambda one: (one.fixed_minor, one.place_id)):
        lines = [(no, offers[0].unit_minor) for no, offers in enumerate(option.offers) if offers]
        if any(
            all((worst := dearest[no]) is not None and worst <= cheapest for no, cheapest in lines)
            for _, dearest in kept
        ):
            continue
        kept.append((option, [_dearest(option, no, quantity) for no, quantity in enumerate(quantities)]))
    return [option for option, _ in kept]


def _dearest(option: Option, no: int, quantity: int) -> int | None:
    """The dearest piece when a place gives all that a line wants; None when it has fewer."""
    for offer in option.offers[no]:
        quantity -= offer.quantity
        if quantity <= 0:
            return offer.unit_minor
    return None
