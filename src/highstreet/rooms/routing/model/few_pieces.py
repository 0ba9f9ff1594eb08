"""The choice for orders of a few pieces, exactly, by a table of what is served so far.

The table has a cell for each part of the order that may have been served (two lines of one piece: four), and in it
the least it costs. Places are gone through one after the other: each may be left, or used for its fixed cost and
give of each line as much as it has. The last cell is the whole order. The work grows with places times cells, and
not with the number of sets of places.
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from highstreet.rooms.routing.model.options import Offer, Option

MOST_CELLS = 4_096
_NEVER = 1 << 60


def has_few_pieces(quantities: Sequence[int]) -> bool:
    """Whether the table for such an order is small."""
    return prod(quantity + 1 for quantity in quantities) <= MOST_CELLS


def solve_few_pieces(
    options: Sequence[Option], quantities: Sequence[int], split: int, *, below: int
) -> list[Option]:
    """The cheapest places that together have everything, if they cost less than `below`, else none."""
    shape = [quantity + 1 for quantity in quantities]
    cells = prod(shape)
    after = [prod(shape[no + 1 :]) for no in range(len(shape))]
    least = np.full(cells, _NEVER, dtype=np.int64)
    least[0] = 0
    came_from: list[np.ndarray] = []
    for option in options:
        with_it = least + (option.fixed_minor + split)
        before = np.arange(cells, dtype=np.int32)
        for no, offers in enumerate(option.offers):
            if offers:
                form = (-1, shape[no], after[no])
                with_it, before = _give(
                    with_it.reshape(form), before.reshape(form), _costs(offers, quantities[no])
                )
        with_it, before = with_it.ravel(), before.ravel()
        is_better = with_it < least
        came_from.append(np.where(is_better, before, -1))
        least = np.where(is_better, with_it, least)
    if int(least[-1]) - split >= below:
        return []
    chosen, cell = [], cells - 1
    for option, before in zip(reversed(options), reversed(came_from), strict=True):
        if before[cell] >= 0:
            chosen.append(option)
            cell = int(before[cell])
    return chosen[::-1]


def _costs(offers: Sequence[Offer], quantity: int) -> list[int]:
    """What one piece, two, three … of a line cost at a place, as far as it has them and they are wanted."""
    costs: list[int] = []
    cost = 0
    for offer in offers:
        for _ in range(min(offer.quantity, quantity - len(costs))):
            cost += offer.unit_minor
            costs.append(cost)
    return costs


def _give(with_it: np.ndarray, before: np.ndarray, costs: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The table when a place also gives of one line: none, or as many pieces as there are costs."""
    best, origin = with_it.copy(), before.copy()
    for pieces, cost in enumerate(costs, start=1):
        given = with_it[:, :-pieces] + cost
        is_better = given < best[:, pieces:]
        np.copyto(best[:, pieces:], given, where=is_better)
        np.copyto(origin[:, pieces:], before[:, :-pieces], where=is_better)
    return best, origin
