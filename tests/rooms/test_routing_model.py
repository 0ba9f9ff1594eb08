"""Routing is exact, lawful and the same every time; who did not agree is never asked."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.routing import (
    DEFAULT_RULES,
    Candidate,
    Cost,
    Facts,
    Pieces,
    Reason,
    Routed,
    RouteRules,
    Take,
    Territory,
    Wanted,
    cost_of,
    parse_rules,
    route,
)
from highstreet.rooms.routing.model import choose
from tests.rooms.routing_worlds import NOW, cheapest, facts, is_lawful, order, place, worlds

World = tuple[Facts, RouteRules]


def reasons(routed: Routed) -> dict[tuple[str, str | None], Reason]:
    """Why each eliminated place or owner was."""
    return {(one.place_id, one.owner_party_id): one.reason for one in routed.eliminated}


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_nothing_lawful_is_cheaper(world: World) -> None:
    """Beside every lawful choice there is: never worse, never unlawful, and nowhere only when there is none."""
    known, rules = world
    routed = route(known, rules)
    least = cheapest(known, rules)
    assert routed.is_proven
    if least is None:
        assert (routed.takes, routed.cost.total) == ((), 0)
        assert routed.missing
        return
    assert routed.missing == {}
    assert is_lawful(known, rules, routed.takes)
    assert routed.cost == cost_of(known, rules, routed.takes)
    assert routed.cost.total == least


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_both_solvers_agree(world: World) -> None:
    """The table and CP-SAT find the same cost; orders of many pieces are as well served."""
    known, rules = world
    by_table = route(known, rules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "has_few_pieces", lambda quantities: False)
        by_solver = route(known, rules)
    assert by_solver.is_proven
    assert by_solver.cost.total == by_table.cost.total
    assert by_solver.missing == by_table.missing
    assert not by_solver.takes or is_lawful(known, rules, by_solver.takes)


@settings(max_examples=200, deadline=None)
@given(worlds(), st.integers(0, 2**32))
def test_order_of_facts_means_nothing(world: World, seed: int) -> None:
    """Places, shelves and consents come in any order."""
    known, rules = world
    random = Random(seed)
    shuffled = replace(
        known,
        candidates=tuple(random.sample(known.candidates, len(known.candidates))),
        stock=tuple(random.sample(known.stock, len(known.stock))),
        consents=dict(reversed(known.consents.items())),
    )
    assert route(shuffled, rules) == route(known, rules)


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_every_place_is_accounted_for(world: World) -> None:
    """Each serves, or might have at a cost, or is eliminated with a reason; none is two of these."""
    known, rules = world
    routed = route(known, rules)
    serving, possible = set(routed.place_ids), {one.place_id for one in routed.not_chosen}
    gone = {one.place_id for one in routed.eliminated if one.owner_party_id is None}
    owners_gone = {one.place_id for one in routed.eliminated if one.owner_party_id is not None}
    assert not serving & possible
    assert not (serving | possible) & gone
    assert serving | possible | gone | owners_gone == {one.place_id for one in known.candidates}


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_what_another_place_would_have_cost_more(world: World) -> None:
    """Alone: exactly. In company: no choice with it costs less than is said."""
    known, rules = world
    routed = route(known, rules)
    for other in routed.not_chosen:
        mine = [one for one in known.stock if one.place_id == other.place_id]
        alone = cheapest(replace(known, stock=tuple(mine)), rules)
        assert (alone is not None) == other.is_alone
        if alone is not None:
            assert other.more_minor == alone - routed.cost.total
        with_it = cheapest(known, rules, having=other.place_id)
        if not routed.takes:
            assert other.more_minor is None
        elif alone is None and with_it is not None:
            assert other.more_minor is not None
            assert 0 <= other.more_minor <= with_it - routed.cost.total


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_no_one_who_did_not_agree_is_used(world: World) -> None:
    """Also not when every other way is closed: then the order goes nowhere, and says what is missing."""
    known, rules = world
    for consents in (known.consents, {}, {owner: frozenset({"pickup"}) for owner in known.consents}):
        asked = replace(known, consents=consents)
        for take in route(asked, rules).takes:
            assert "delivery" in consents[take.owner_party_id]


def test_one_place_before_two() -> None:
    """The near place has the lamp alone; one parcel from farther away costs less than two."""
    known = facts(
        order(("lamp", 1), ("sofa", 1)),
        [place("near", 1), place("far", 9), place("sofas", 1)],
        [
            Pieces("near", "lamp", "pty_a", 5),
            Pieces("sofas", "sofa", "pty_a", 5),
            Pieces("far", "lamp", "pty_a", 1),
            Pieces("far", "sofa", "pty_a", 1),
        ],
    )
    routed = route(known, DEFAULT_RULES)
    assert routed.place_ids == ("far",)
    assert routed.cost == Cost(parcel=450, distance=315)
    # Two parcels of 450, a split of 600, two kilometres at 35.
    assert [(one.place_id, one.is_alone, one.more_minor) for one in routed.not_chosen] == [
        ("near", False, 805),
        ("sofas", False, 805),
    ]
    cheap = route(known, replace(DEFAULT_RULES, split_minor=0, parcel_minor=100))
    assert cheap.place_ids == ("near", "sofas")


@pytest.mark.parametrize(
    ("other", "rules", "reason"),
    [
        ({"ready_at": None}, {}, Reason.CLOSED),
        ({"load": 10}, {}, Reason.AT_CAPACITY),
        ({"position": None}, {}, Reason.NO_POSITION),
        ({}, {"reach_m": 999}, Reason.TOO_FAR),
        ({"ready_at": NOW + timedelta(hours=3)}, {}, Reason.CANNOT_MAKE_PROMISE),
        ({"operator_party_id": "pty_c"}, {}, Reason.TERRITORY),
    ],
)
def test_reason_of_a_place(other: dict[str, Any], rules: dict[str, int], reason: Reason) -> None:
    """Each way a place is out."""
    of = order(promised_by=NOW + timedelta(hours=2), territory=Territory("pty_a"))
    known = facts(of, [place("here", **other)], [Pieces("here", "lamp", "pty_a", 1)])
    routed = route(known, replace(DEFAULT_RULES, **rules))
    assert reasons(routed) == {("here", None): reason}
    assert routed.missing == {"lamp": 1}


def test_reason_of_owners() -> None:
    """Two owners' goods on one shelf; the third's place has none of it."""
    known = facts(
        order(("lamp", 2)),
        [place("here"), place("there"), place("empty")],
        [
            Pieces("here", "lamp", "pty_c", 9),
            Pieces("here", "lamp", "pty_a", 2),
            Pieces("there", "lamp", "pty_b", 9),
            Pieces("empty", "lamp", "pty_a", 0),
            Pieces("empty", "vase", "pty_a", 7),
        ],
        consents={"pty_a": frozenset({"delivery"}), "pty_b": frozenset({"pickup"})},
    )
    routed = route(known, DEFAULT_RULES)
    assert routed.takes == (Take("here", "lamp", "pty_a", 2),)
    assert reasons(routed) == {
        ("empty", None): Reason.NO_STOCK,
        ("here", "pty_c"): Reason.NO_CONSENT,
        ("there", "pty_b"): Reason.NOT_FOR_CHANNEL,
    }


def test_each_term_by_hand() -> None:
    """Every term once, rounded down where it is made."""
    of = order(("lamp", 2), promised_by=NOW + timedelta(minutes=30), territory=Territory("pty_b", 700))
    known = facts(
        of,
        [place("here", 2.0, load=1, capacity=3)],
        [Pieces("here", "lamp", "pty_a", 2, 9_001)],
        parts={("here", "pty_a", "lamp"): {"pty_a": 600, "pty_b": 49}},
        due={"lamp": {"pty_b": 200, "pty_a": 500}},
    )
    cost = route(known, replace(DEFAULT_RULES, latest_h=1)).cost
    # 66 minutes after NOW is one hour begun; 999/10,000 of 1,500 is 149 a piece; half of the 151 missed is 75.
    assert cost == Cost(parcel=450, distance=70, late=250, load=100, territory=700, risk=298, income=150)
    assert cost.total == 2_018


def test_a_destination_nobody_named() -> None:
    """The shopper comes: nothing is far, and a place needs no position."""
    known = facts(
        order(destination=None, channel="pickup"),
        [place("here", position=None)],
        [Pieces("here", "lamp", "pty_a", 1)],
    )
    assert route(known, replace(DEFAULT_RULES, reach_m=1)).cost == Cost(parcel=450)


def test_an_order_of_many_lines() -> None:
    """Thirty lines over forty places, by CP-SAT, twice the same; and no cheaper with any place taken away."""
    random = Random(7)
    lines = [(f"var_{no:02}", random.randint(1, 4)) for no in range(30)]
    places: list[Candidate] = [place(f"plc_{no:02}", random.uniform(0, 30)) for no in range(40)]
    stock = [
        Pieces(at.place_id, variant, "pty_a", random.randint(1, 4), random.randint(5_000, 10_000))
        for at in places
        for variant, _ in lines
        if random.random() < 0.3
    ]
    known = facts(order(*lines), places, stock)
    routed = route(known, DEFAULT_RULES)
    assert routed.is_proven
    assert len(routed.place_ids) > 1
    assert is_lawful(known, DEFAULT_RULES, routed.takes)
    assert route(known, DEFAULT_RULES) == routed
    for gone in routed.place_ids:
        left = replace(known, stock=tuple(one for one in stock if one.place_id != gone))
        without = route(left, DEFAULT_RULES)
        assert not without.takes or without.cost.total >= routed.cost.total


def test_malformed_facts() -> None:
    """What cannot be is no fact."""
    with pytest.raises(ValueError, match="1 or more"):
        Wanted("lamp", 0)
    with pytest.raises(ValueError, match="each of another"):
        order(("lamp", 1), ("lamp", 1))
    with pytest.raises(ValueError, match="confidence"):
        Pieces("here", "lamp", "pty_a", 1, 10_001)
    closed = facts(order(), [place("here", ready_at=None)], [Pieces("here", "lamp", "pty_a", 1)])
    with pytest.raises(ValueError, match="never ready"):
        cost_of(closed, DEFAULT_RULES, [Take("here", "lamp", "pty_a", 1)])


def test_rules_are_read() -> None:
    """What they are written as is read again; what is left out is by default."""
    assert parse_rules(DEFAULT_RULES.as_document()) == DEFAULT_RULES
    assert parse_rules({"reach_m": 5_000, "split_minor": 0}) == RouteRules(reach_m=5_000, split_minor=0)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "rules"),
        ({"price": 1}, "price"),
        ({"km_minor": -1}, "km_minor"),
        ({"km_minor": 1.5}, "km_minor"),
        ({"km_minor": True}, "km_minor"),
        ({"km_minor": None}, "km_minor"),
        ({"km_minor": 10**9 + 1}, "km_minor"),
    ],
)
def test_malformed_rules(document: object, field: str) -> None:
    """The field is named."""
    with pytest.raises(Refusal) as refused:
        parse_rules(document)
    assert (refused.value.code, refused.value.facts) == ("routing.rules_malformed", {"field": field})
