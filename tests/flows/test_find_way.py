"""Ways on foot: the shortest along streets, straight where there are none; against brute force."""

import json
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.demo.streets import write_streets
from highstreet.flows.find_way import SNAP_M, WalkNet, straight_way, walk_net
from highstreet.kernel.geo import Point, distance_m, walking_minutes
from highstreet_simulator.town.pack import load_pack

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
    way = net.find(at((0, 1)), at((2, 0)))  # from the small part: over the street of the large one
    assert way is not None
    assert way.points[1].lat == pytest.approx(LAT)


def test_who_stands_above_a_tunnel_takes_the_street() -> None:
    tunnel = [(0, 0), (0, 9), (9, 9), (9, 0)]
    street = [(LON + 0.0002, LAT - 0.0002), (LON + 2 * STEP_LON, LAT - 0.0002)]
    around = [(LON + 2 * STEP_LON, LAT - 0.0002), (at((9, 0)).lon, at((9, 0)).lat)]
    net = WalkNet([line(*tunnel), street, around])
    way = net.find(at((0, 0)), Point(LAT, LON + 2 * STEP_LON))
    assert way is not None
    assert way.minutes <= walking_minutes(distance_m(way.points[0], way.points[-1])) + 1


def test_in_the_town_lists_and_ways_agree(tmp_path: Path) -> None:
    """What a list says from the straight line, against the streets: the factor 1.3 holds."""
    write_streets(tmp_path / "streets.json")
    net = walk_net(str(tmp_path / "streets.json"))
    apart = []
    for shop in load_pack().shops[::7]:
        door = Point(shop.lat, shop.lon)
        for start in (Point(60.1716, 24.9443), Point(60.1690, 24.9420)):
            far = distance_m(start, door)
            way = net.find(start, door) if far < 1_000 else None
            if way is not None:
                apart.append(abs(way.minutes - walking_minutes(far)))
    apart.sort()
    assert apart[len(apart) * 19 // 20] <= 2
    assert apart[-1] <= 8  # round the tracks of the station


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
