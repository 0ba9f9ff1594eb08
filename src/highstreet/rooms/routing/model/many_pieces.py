"""The choice for orders of many pieces, whose table would be large: by OR-Tools' CP-SAT."""

from collections.abc import Sequence

from ortools.sat.python import cp_model

from highstreet.rooms.routing.model.options import Option

SEED = 1
DETERMINISTIC_S = 2.0
"""CP-SAT's own measure of work; never met by orders of a shop, a bound for those made to be hard."""


def solve_many_pieces(
    options: Sequence[Option], quantities: Sequence[int], split: int, *, below: int
) -> tuple[list[Option], bool]:
    """The cheapest places that together have everything, if they cost less than `below`, else none.

    Beside them: whether it is proven that there is nothing cheaper.
    """
    model = cp_model.CpModel()
    is_used = [model.new_bool_var("") for _ in options]
    terms: list[cp_model.LinearExprT] = []
    weights: list[int] = []
    for option, used in zip(options, is_used, strict=True):
        terms.append(used)
        weights.append(option.fixed_minor + split)
    for no, quantity in enumerate(quantities):
        given = []
        for option, used in zip(options, is_used, strict=True):
            for offer in option.offers[no]:
                if offer.quantity == 1:
                    pieces = model.new_bool_var("")
                    model.add_implication(pieces, used)
                else:
                    pieces = model.new_int_var(0, offer.quantity, "")
                    model.add(pieces <= offer.quantity * used)
                given.append(pieces)
                terms.append(pieces)
                weights.append(offer.unit_minor)
        model.add(cp_model.LinearExpr.sum(given) == quantity)
    cost = cp_model.LinearExpr.weighted_sum(terms, weights)
    model.add(cost <= below + split - 1)
    model.minimize(cost)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    # The whole model as a linear program, too: 30 lines over 40 places are proven in half a second, else not in eight.
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = DETERMINISTIC_S
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        chosen = [option for option, used in zip(options, is_used, strict=True) if solver.boolean_value(used)]
        return chosen, status == cp_model.OPTIMAL
    return [], status == cp_model.INFEASIBLE
