"""Ways on foot: the shortest along streets, straight where there are none; against brute force."""

import json
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.flows.find_way import SNAP_M, WalkNet, straight_way, walk_net
from highstreet.kernel.geo import Point, distance_m

LAT, LON = 60.17, 24.94
STEP_LAT, STEP_LON = 0.001, 0.002  # about 111 m each way
Node = tuple[int, int]


def at(node: Node) -> Point:
    return Point(LAT + node[1] * STEP_LAT, LON + node[0] * STEP_LON)


def line(*nodes: Node) -> list[tuple[float, float]]:
    return [(at(node).lon, at(node).lat) for node in nodes]


def test_round_the_block_and_not_through_it() -> None:
    net = WalkNet([line((0, 0), (1, 0), (1, 1)), line((0, 0), (0, 2), (1, 2), (1, 1))])
    way = net.find(at((0, 0)), at((1, 1)))
    assert way is not None
    assert way.distance_m == pytest.approx(distance_m(at((0, 0)), at((1, 0))) * 2, rel=0.01)
    assert (way.points[0], way.points[-1]) == (at((0, 0)), at((1, 1)))
    assert way.minutes == 3
    assert not way.is_straight


def test_who_is_far_from_every_street_is_told_so() -> None:
    net = WalkNet([line((0, 0), (1, 0))])
    assert net.find(at((0, 0)), at((0, 9))) is None
    assert net.find(at((9, 9)), at((0, 0))) is None
    assert WalkNet([]).find(at((0, 0)), at((0, 0))) is None
    near = Point(LAT + (SNAP_M - 5) / 111_195, LON)
    way = net.find(near, at((1, 0)))
    assert way is not None
    assert way.distance_m > SNAP_M


def test_streets_that_hang_together_with_nothing_are_left_out() -> None:
    net = WalkNet([line((0, 0), (1, 0), (2, 0)), line((0, 1), (0, 2))])
    way = net.find(at((0, 1)), at((2, 0)))  # from the small part: over the nearest street of the large one
    assert way is not None
    assert distance_m(way.points[1], at((0, 0))) < 1


def test_here_is_no_way_at_all() -> None:
    way = straight_way(at((0, 0)), at((0, 1)))
    assert (way.is_straight, way.points) == (True, (at((0, 0)), at((0, 1))))
    assert way.minutes == 2


NODES = st.tuples(st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NODES, NODES).filter(lambda e: e[0] != e[1]), min_size=1, max_size=14))
def test_no_way_is_shorter(edges: list[tuple[Node, Node]]) -> None:
    """Against Bellman and Ford over the same crossings (segments that only cross do not meet)."""
    net = WalkNet([line(a, b) for a, b in edges])
    start, goal = edges[0]
    cost = {node: inf for edge in edges for node in edge}
    cost[start] = 0.0
    for _ in cost:
        for a, b in edges:
            length = distance_m(at(a), at(b))
            cost[b] = min(cost[b], cost[a] + length)
            cost[a] = min(cost[a], cost[b] + length)
    way = net.find(at(start), at(goal))
    if way is None:  # the net keeps its largest part: these streets were not in it
        reached = [node for node, length in cost.items() if length < inf]
        assert len(reached) < len(cost)
        return
    if distance_m(way.points[0], way.points[1]) + distance_m(way.points[-2], way.points[-1]) < 1:
        assert way.distance_m == pytest.approx(cost[goal], rel=0.01)


def test_a_file_of_streets(tmp_path: Path) -> None:
    shapes = [
        {"type": "LineString", "coordinates": line((0, 0), (1, 0))},
        {"type": "Point", "coordinates": [LON, LAT]},
    ]
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    path = tmp_path / "streets.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert walk_net(str(path)).find(at((0, 0)), at((1, 0))) is not None
