"""Points are earned by line, reversed exactly, and mature once, whoever races."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from highstreet.kernel.db import Database, batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.members import (
    EarnPoints,
    JoinBrand,
    MaturePoints,
    ReversePoints,
    earn_points,
    join_brand,
    mature_points,
    mature_points_job,
    member_of_person,
    reverse_points,
    reverse_points_of,
)
from highstreet.rooms.members import jobs as members_jobs
from highstreet.rooms.members.tables import points_entry
from tests.seeds import NOW, Seed, seed_brand

CLOSED = NOW + timedelta(days=30)


def earn(seed: Seed, points: int, *, sale: str = "1", line_no: int = 1, due: datetime = CLOSED) -> EarnPoints:
    return EarnPoints(
        brand_id=seed.brand_id,
        member_id=seed.member_id,
        person_id=seed.person_id,
        sale_id=stable_id("sal", sale),
        line_no=line_no,
        entry_id=new_id("pnt"),
        points=points,
        matures_at=due,
        at=NOW,
    )


def back(earned: EarnPoints, points: int) -> ReversePoints:
    return ReversePoints(
        brand_id=earned.brand_id,
        member_id=earned.member_id,
        sale_id=earned.sale_id,
        line_no=earned.line_no,
        entry_id=new_id("pnt"),
        points=points,
        at=NOW + timedelta(hours=1),
    )


def balance(db: Database, seed: Seed) -> tuple[int, int]:
    """(pending, available), after checking both against the entries."""
    found = db.read_now(member_of_person, seed.brand_id, seed.person_id)
    assert found is not None

    def standing(reader: Reader, state: str) -> int:
        e = points_entry.c
        query = select(func.sum(e.points - e.reversed)).where(
            e.member_id == seed.member_id, e.kind == "earn", e.state == state
        )
        return int(reader.value(query) or 0)

    def taken(reader: Reader) -> tuple[int, int]:
        e = points_entry.c
        of = select(func.sum(e.points)).where(e.member_id == seed.member_id, e.kind == "reverse")
        counted = select(func.sum(e.reversed)).where(e.member_id == seed.member_id)
        return int(reader.value(of) or 0), int(reader.value(counted) or 0)

    assert found.points_pending == db.read_now(standing, "pending")
    assert found.points_available == db.read_now(standing, "available")
    rows, counted = db.read_now(taken)
    assert rows == counted
    return found.points_pending, found.points_available


def entries(db: Database) -> int:
    return int(db.read_now(lambda r: r.value(select(func.count()).select_from(points_entry))))


def events(db: Database) -> list[tuple[str, dict[str, Any]]]:
    return [(event.name, event.body) for event in db.read_now(read_events, after=0)]


def test_a_sales_lines_are_earned_with_one_event(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    earns = [
        earn(seed, 100, line_no=1),
        earn(seed, 49, line_no=2),
        earn(seed, 0, line_no=3),
        earn(seed, 7, sale="2"),
        earn(other, 5, sale="3"),
    ]
    db.write_now(earn_points, earns)
    assert balance(db, seed) == (156, 0)
    assert balance(db, other) == (5, 0)
    assert entries(db) == 4
    told = [(name, body["person_id"], body["sale_id"], body["points"]) for name, body in events(db)]
    name = "members.points_earned.v1"
    assert told == [
        (name, seed.person_id, earns[0].sale_id, 149),
        (name, seed.person_id, earns[3].sale_id, 7),
        (name, other.person_id, earns[4].sale_id, 5),
    ]
    db.write_now(earn_points, [earn(seed, 0, sale="4")])
    db.write_now(earn_points, [])
    db.write_now(reverse_points_of, [])
    assert len(events(db)) == 3


@pytest.mark.parametrize("second_line", [1, 2])
def test_a_line_earns_once(db: Database, seed: Seed, second_line: int) -> None:
    db.write_now(earn_points, [earn(seed, 10)])
    with pytest.raises(Refusal, match=r"members\.points_earned_before"):
        db.write_now(earn_points, [earn(seed, 3, line_no=second_line), earn(seed, 10)])
    assert balance(db, seed) == (10, 0)
    assert len(events(db)) == 1


def test_an_unknown_member_earns_nothing(db: Database, seed: Seed) -> None:
    stranger = replace(earn(seed, 10), member_id=new_id("mbr"))
    with pytest.raises(Refusal, match=r"members\.unknown"):
        db.write_now(earn_points, [earn(seed, 10, sale="2"), stranger])
    assert balance(db, seed) == (0, 0)
    assert entries(db) == 0


def test_points_are_taken_back_from_where_they_stand(db: Database, seed: Seed) -> None:
    soon, later = earn(seed, 100, due=NOW), earn(seed, 49, line_no=2)
    db.write_now(earn_points, [soon, later])
    db.write_now(reverse_points_of, [back(soon, 30), back(later, 9)])
    assert balance(db, seed) == (110, 0)
    assert db.write_now(mature_points, MaturePoints(NOW, 10)) == 1
    assert balance(db, seed) == (40, 70)
    db.write_now(reverse_points_of, [back(soon, 20), back(later, 1), back(soon, 5)])
    assert balance(db, seed) == (39, 45)
    told = [(name, body["person_id"], body["sale_id"], body["points"]) for name, body in events(db)]
    assert told[1:] == [
        ("members.points_reversed.v1", seed.person_id, soon.sale_id, 39),
        ("members.points_reversed.v1", seed.person_id, soon.sale_id, 26),
    ]


def test_no_line_gives_back_more_than_it_earned(db: Database, seed: Seed) -> None:
    earned, other = earn(seed, 10), earn(seed, 50, line_no=2)
    db.write_now(earn_points, [earned, other])
    db.write_now(reverse_points_of, [back(earned, 4)])
    wrong: list[list[ReversePoints]] = [
        [back(earned, 7)],
        [back(other, 1), back(earned, 3), back(earned, 4)],
        [replace(back(earned, 1), line_no=3)],
        [replace(back(earned, 1), sale_id=new_id("sal"))],
        [replace(back(earned, 1), member_id=new_id("mbr"))],
        [replace(back(earned, 1), brand_id=stable_id("brd", "other"))],
    ]
    for reversals in wrong:
        with pytest.raises(Refusal, match=r"members\.points_not_reversible"):
            db.write_now(reverse_points_of, reversals)
    with pytest.raises(ValueError, match="never gives"):
        db.write_now(reverse_points_of, [back(earned, -1)])
    assert balance(db, seed) == (56, 0)
    assert entries(db) == 3
    db.write_now(reverse_points_of, [back(earned, 6)])
    with pytest.raises(Refusal, match=r"members\.points_not_reversible"):
        db.write_now(reverse_points_of, [back(earned, 1)])
    assert balance(db, seed) == (50, 0)


@dataclass(frozen=True)
class Returned:
    quantity: int
    earned: int
    parts: list[int]
    mature_after: int


@st.composite
def returned_lines(draw: st.DrawFn) -> Returned:
    parts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    return Returned(sum(parts), draw(st.integers(0, 500)), parts, draw(st.integers(0, len(parts))))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(returned_lines())
def test_earned_less_reversed_is_zero_for_any_parts_of_a_return(
    db: Database, seed: Seed, line: Returned
) -> None:
    before = balance(db, seed)
    earned = earn(seed, line.earned, sale=new_id("sal"), due=NOW)
    db.write_now(earn_points, [earned])
    for number, part in enumerate(line.parts):
        if number == line.mature_after:
            assert db.write_now(mature_points, MaturePoints(NOW, 10)) == (line.earned > 0)
        points = reverse_points(line.earned, line.quantity, sum(line.parts[:number]), part)
        db.write_now(reverse_points_of, [back(earned, points)])
    assert balance(db, seed) == before
    # What was reversed whole matures to nothing.
    db.write_now(mature_points, MaturePoints(NOW, 10))
    assert balance(db, seed) == before


def test_only_due_points_mature_and_only_once(db: Database, seed: Seed) -> None:
    db.write_now(earn_points, [earn(seed, n, line_no=n, due=CLOSED + timedelta(days=n)) for n in range(1, 6)])
    assert db.write_now(mature_points, MaturePoints(CLOSED, 10)) == 0
    assert db.write_now(mature_points, MaturePoints(CLOSED + timedelta(days=3), 2)) == 2
    assert balance(db, seed) == (12, 3)
    assert db.write_now(mature_points, MaturePoints(CLOSED + timedelta(days=3), 2)) == 1
    assert db.write_now(mature_points, MaturePoints(CLOSED + timedelta(days=3), 2)) == 0
    assert balance(db, seed) == (9, 6)


def test_the_job_makes_all_due_points_available(
    db: Database, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members_jobs, "LIMIT", 4)
    db.write_now(earn_points, [earn(seed, 2, line_no=n, due=NOW) for n in range(1, 10)])
    handle = mature_points_job(db)
    asyncio.run(handle({}, NOW))
    assert balance(db, seed) == (0, 18)
    asyncio.run(handle({}, NOW))
    assert balance(db, seed) == (0, 18)


def test_maturing_and_returns_race(database_url: str, db: Database, seed: Seed) -> None:
    """Two databases' writers mature and reverse the same lines; every point ends in one place."""
    lines = [earn(seed, 20, line_no=n, due=NOW) for n in range(1, 31)]
    db.write_now(earn_points, lines)
    rival = Database(database_url, batch_limit=4)

    def reverse(line: EarnPoints) -> int:
        rival.write_now(reverse_points_of, [back(line, 5)])
        return 0

    def mature(_: int) -> int:
        return db.write_now(mature_points, MaturePoints(NOW, 3))

    work = [partial(reverse, line) for line in reversed(lines)] + [partial(mature, n) for n in range(15)]
    with ThreadPoolExecutor(8) as pool:
        matured = sum(pool.map(lambda job: job(), work[::2] + work[1::2]))
    while moved := db.write_now(mature_points, MaturePoints(NOW, 10)):
        matured += moved
    rival.close()
    assert matured == 30
    assert balance(db, seed) == (0, 450)


def test_rival_returns_of_one_line_never_take_too_much(database_url: str, db: Database, seed: Seed) -> None:
    line = earn(seed, 10)
    db.write_now(earn_points, [line])
    rival = Database(database_url, batch_limit=2)

    def reverse(number: int) -> str:
        try:
            (db, rival)[number % 2].write_now(reverse_points_of, [back(line, 3)])
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(reverse, range(12)))
    rival.close()
    assert sorted(taken) == ["done"] * 3 + ["members.points_not_reversible"] * 9
    assert balance(db, seed) == (1, 0)


def test_in_a_batch_only_the_guilty_is_refused(db: Database, seed: Seed) -> None:
    lines = [earn(seed, 10, line_no=n) for n in range(1, 9)]
    db.write_now(earn_points, lines)

    @batched
    def reverse(tx: Tx, commands: Any) -> list[int]:
        reverse_points_of(tx, commands)
        return [0] * len(commands)

    def one(number: int) -> str:
        try:
            db.write_now(reverse, back(lines[number], 11 if number == 5 else 10))
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(8)))
    assert outcomes == ["done"] * 5 + ["members.points_not_reversible"] + ["done"] * 2
    assert balance(db, seed) == (10, 0)


def test_a_new_member_earns_in_the_same_transaction(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")

    def join_and_earn(tx: Tx, member_id: str) -> int:
        joined = join_brand(tx, JoinBrand(other.brand_id, member_id, seed.person_id, "register", None, NOW))
        line = replace(earn(other, 9), member_id=joined.member_id, person_id=seed.person_id)
        earn_points(tx, [line])
        found = member_of_person(tx, other.brand_id, seed.person_id)
        return 0 if found is None else found.points_pending

    assert db.write_now(join_and_earn, new_id("mbr")) == 9
