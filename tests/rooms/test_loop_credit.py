"""A sale is credited once; returns take back what was credited and no more; the funnel counts it all."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.outbox import read_events
from highstreet.rooms.loop import (
    LAST_TOUCH,
    CodeRow,
    FunnelRow,
    GiveCredit,
    PutCodes,
    RecordTouch,
    ReverseCredit,
    funnel,
    give_credit,
    put_codes,
    record_touch,
    reverse_credit,
)
from tests.seeds import NOW, Seed, seed_brand

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def codes(db: Database, seed: Seed) -> None:
    rows = [
        CodeRow(stable_id("cod", slug), slug, "poster", campaign, slug, slug, None, None, None, None, None)
        for slug, campaign in (("bus-1", "autumn"), ("bus-2", "autumn"), ("post-1", "winter"))
    ]
    db.write_now(put_codes, PutCodes(seed.brand_id, rows))


def credit(
    seed: Seed, amount_minor: int, slug: str = "bus-1", *, sale: str = "1", at: datetime = NOW
) -> GiveCredit:
    return GiveCredit(
        brand_id=seed.brand_id,
        sale_id=stable_id("sal", sale),
        code_id=stable_id("cod", slug),
        touch_id=new_id("tch"),
        rule=LAST_TOUCH,
        currency="EUR",
        amount_minor=amount_minor,
        at=at,
    )


def back(given: GiveCredit, amount_minor: int) -> ReverseCredit:
    return ReverseCredit(given.brand_id, given.sale_id, amount_minor, NOW + HOUR)


def credited(db: Database, seed: Seed) -> dict[str, tuple[int, int, int]]:
    """(sales, amount, returned) of each code that has credit."""
    rows = db.read_now(funnel, seed.brand_id, NOW - DAY, NOW + DAY)
    return {row.slug: (row.sales, row.amount_minor, row.returned_minor) for row in rows if row.sales}


def events(db: Database) -> list[tuple[str, dict[str, Any]]]:
    return [(event.name, event.body) for event in db.read_now(read_events, after=0)]


def test_credit_is_given_and_taken_back(db: Database, seed: Seed) -> None:
    first, second = credit(seed, 9000), credit(seed, 250, "post-1", sale="2")
    db.write_now(give_credit, [first, second])
    assert credited(db, seed) == {"bus-1": (1, 9000, 0), "post-1": (1, 250, 0)}

    without = replace(back(first, 100), sale_id=stable_id("sal", "none"))
    taken = db.write_now(reverse_credit, [back(second, 50), without, back(first, 4000), back(second, 200)])
    assert taken == 2
    assert credited(db, seed) == {"bus-1": (1, 9000, 4000), "post-1": (1, 250, 250)}
    told = [
        (name, body["sale_id"], body["code_id"], body["campaign"], body["amount_minor"], body["currency"])
        for name, body in events(db)
    ]
    bus = (first.sale_id, first.code_id, "autumn")
    post = (second.sale_id, second.code_id, "winter")
    assert told[:2] == [
        ("loop.credit_given.v1", *bus, 9000, "EUR"),
        ("loop.credit_given.v1", *post, 250, "EUR"),
    ]
    assert sorted(told[2:]) == sorted(
        [("loop.credit_reversed.v1", *bus, 4000, "EUR"), ("loop.credit_reversed.v1", *post, 250, "EUR")]
    )
    assert all(body["person_id"] is None and body["place_id"] is None for _, body in events(db))

    db.write_now(give_credit, [])
    assert db.write_now(reverse_credit, []) == 0
    assert db.write_now(reverse_credit, [back(first, 0), without]) == 0
    assert len(events(db)) == 4


def test_a_sale_is_credited_once_and_to_a_known_code(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    db.write_now(give_credit, [credit(seed, 9000)])
    with pytest.raises(Refusal, match=r"loop\.credit_given_before"):
        db.write_now(give_credit, [credit(seed, 1, sale="2"), credit(seed, 9000, "bus-2")])
    with pytest.raises(Refusal, match=r"loop\.code_unknown"):
        db.write_now(give_credit, [credit(seed, 1, sale="2"), credit(seed, 1, "bus-9", sale="3")])
    with pytest.raises(Refusal, match=r"loop\.code_unknown"):
        db.write_now(give_credit, [credit(other, 1)])
    assert credited(db, seed) == {"bus-1": (1, 9000, 0)}
    assert len(events(db)) == 1


def test_no_more_comes_back_than_was_credited(db: Database, seed: Seed) -> None:
    first, second = credit(seed, 9000), credit(seed, 250, sale="2")
    db.write_now(give_credit, [first, second])
    for reversals in ([back(first, 9001)], [back(second, 1), back(first, 9000), back(first, 1)]):
        with pytest.raises(Refusal, match=r"loop\.credit_not_reversible"):
            db.write_now(reverse_credit, reversals)
    with pytest.raises(ValueError, match="never gives"):
        db.write_now(reverse_credit, [back(first, -1)])
    assert credited(db, seed) == {"bus-1": (2, 9250, 0)}
    assert len(events(db)) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=6))
def test_given_less_reversed_is_zero_for_any_parts(db: Database, seed: Seed, parts: list[int]) -> None:
    sale = credit(seed, sum(parts), sale=new_id("sal"))
    _, amount, returned = credited(db, seed).get("bus-1", (0, 0, 0))
    db.write_now(give_credit, [sale])
    for part in parts:
        assert db.write_now(reverse_credit, [back(sale, part)]) == (part > 0)
    after = credited(db, seed)["bus-1"]
    assert after[1] - after[2] == amount - returned == 0
    with pytest.raises(Refusal, match=r"loop\.credit_not_reversible"):
        db.write_now(reverse_credit, [back(sale, 1)])


def test_rival_returns_never_take_too_much(database_url: str, db: Database, seed: Seed) -> None:
    sale = credit(seed, 1000)
    db.write_now(give_credit, [sale])
    rival = Database(database_url, batch_limit=2)

    def reverse(number: int) -> str:
        try:
            (db, rival)[number % 2].write_now(reverse_credit, [back(sale, 300)])
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(reverse, range(12)))
    rival.close()
    assert sorted(outcomes) == ["done"] * 3 + ["loop.credit_not_reversible"] * 9
    assert credited(db, seed) == {"bus-1": (1, 1000, 900)}


def test_the_funnel_counts_touches_devices_and_sales_by_code(db: Database, seed: Seed) -> None:
    until = NOW + DAY
    for slug, device, at in (
        ("bus-1", "dev_1", NOW),
        ("bus-1", "dev_1", NOW + HOUR),
        ("bus-1", "dev_2", until - timedelta(microseconds=1)),
        ("bus-1", "dev_3", until),
        ("bus-1", "dev_4", NOW - timedelta(microseconds=1)),
        ("post-1", "dev_1", NOW),
    ):
        db.write_now(record_touch, RecordTouch(new_id("tch"), slug, device, None, at))
    sales = [
        credit(seed, 9000),
        credit(seed, 4990, sale="2"),
        credit(seed, 777, sale="3", at=until),
        credit(seed, 250, "bus-2", sale="4"),
    ]
    db.write_now(give_credit, sales)
    db.write_now(reverse_credit, [back(sales[1], 990)])

    def row(slug: str, campaign: str, *counts: int) -> FunnelRow:
        return FunnelRow(stable_id("cod", slug), slug, "poster", campaign, slug, slug, *counts)

    assert db.read_now(funnel, seed.brand_id, NOW, until) == [
        row("bus-1", "autumn", 3, 2, 0, 2, 13990, 990),
        row("bus-2", "autumn", 0, 0, 0, 1, 250, 0),
        row("post-1", "winter", 1, 1, 0, 0, 0, 0),
    ]
    other = db.write_now(seed_brand, "other")
    assert db.read_now(funnel, other.brand_id, NOW, until) == []


def test_who_came_to_a_place_afterwards_is_a_visit_of_the_code(db: Database, seed: Seed) -> None:
    kinds = {"door": "place", "till": "assistant", "rack": "shelf"}
    rows = [
        CodeRow(stable_id("cod", slug), slug, kind, "doors", slug, slug, None, None, None, None, None)
        for slug, kind in kinds.items()
    ]
    db.write_now(put_codes, PutCodes(seed.brand_id, rows))
    touches = {}
    for slug, device, at in (
        ("bus-1", "dev_came", NOW),
        ("bus-1", "dev_came", NOW + HOUR),
        ("door", "dev_came", NOW + HOUR),
        ("till", "dev_came", NOW + 2 * HOUR),
        ("bus-1", "dev_bought", NOW),
        ("bus-1", "dev_stayed_away", NOW),
        ("post-1", "dev_stayed_away", NOW + HOUR),
        # First in the place, then the poster: the poster brought nobody.
        ("rack", "dev_was_there", NOW),
        ("bus-2", "dev_was_there", NOW + HOUR),
        # It came before and after the time that is looked at.
        ("door", "dev_late", NOW - HOUR),
        ("bus-2", "dev_late", NOW),
        ("door", "dev_late", NOW + DAY),
    ):
        touches[slug, device] = touch_id = new_id("tch")
        db.write_now(record_touch, RecordTouch(touch_id, slug, device, None, at))
    # Two sales of one device are one visit; a sale after the time is none.
    bought = replace(credit(seed, 500, at=NOW + HOUR), touch_id=touches["bus-1", "dev_bought"])
    again = replace(bought, sale_id=stable_id("sal", "2"), at=NOW + 2 * HOUR)
    late = replace(bought, sale_id=stable_id("sal", "3"), at=NOW + DAY)
    late = replace(late, touch_id=touches["bus-1", "dev_stayed_away"])
    db.write_now(give_credit, [bought, again, late])
    other = db.write_now(seed_brand, "other")
    counted = {
        row.slug: (row.devices, row.visits) for row in db.read_now(funnel, seed.brand_id, NOW, NOW + DAY)
    }
    assert counted == {
        "bus-1": (3, 2),
        "bus-2": (2, 0),
        "post-1": (1, 0),
        "door": (1, 1),
        "till": (1, 1),
        "rack": (1, 1),
    }
    assert db.read_now(funnel, other.brand_id, NOW, NOW + DAY) == []
