"""Rules by version, decisions that stay, facts that can be forgotten: on both databases."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import text

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.routing import (
    DEFAULT_RULES,
    Facts,
    ForgetFacts,
    KeepDecision,
    KeptRules,
    PastOrders,
    Pieces,
    RouteRules,
    SetRouteRules,
    Territory,
    decisions_of,
    facts_of,
    forget_facts,
    keep_decision,
    past_orders,
    route,
    rules_history,
    rules_in_force,
    set_route_rules,
)
from highstreet.rooms.routing.model import facts_document, read_facts, read_routed, routed_document
from tests.rooms.routing_worlds import facts, order, place, worlds
from tests.seeds import NOW, Seed


def asked(seed: Seed, based_on: int = 0, **other: Any) -> SetRouteRules:
    """Rules with a split of 5."""
    usual = SetRouteRules(
        brand_id=seed.brand_id,
        based_on=based_on,
        rules=RouteRules(split_minor=5, reach_m=9_000),
        note="nearer",
        by_id="stf_1",
        at=NOW,
    )
    return replace(usual, **other)


def known(seed: Seed, order_id: str = "sal_1") -> Facts:
    """Two places that may serve, one that may not, one without goods."""
    of = order(
        ("lamp", 2),
        brand_id=seed.brand_id,
        id=order_id,
        promised_by=NOW + timedelta(hours=9),
        territory=Territory("pty_b", 40),
    )
    return facts(
        of,
        [
            place("near"),
            place("far", 7.3, operator_party_id="pty_b"),
            place("closed", ready_at=None),
            place("empty"),
        ],
        [
            Pieces("near", "lamp", "pty_a", 2, 9_000),
            Pieces("near", "lamp", "pty_c", 2),
            Pieces("far", "lamp", "pty_b", 1),
            Pieces("closed", "lamp", "pty_b", 9),
        ],
        parts={("near", "pty_a", "lamp"): {"pty_a": 70}, ("empty", "pty_a", "lamp"): {"pty_a": 1}},
        due={"lamp": {"pty_b": 20}},
    )


def keep(db: Database, of: Facts, rules_version: int = 0, at: Any = NOW) -> KeepDecision:
    """Route and keep."""
    command = KeepDecision(facts=of, rules_version=rules_version, routed=route(of, DEFAULT_RULES), at=at)
    db.write_now(keep_decision, command)
    return command


def test_a_brand_begins_with_rules(db: Database, seed: Seed) -> None:
    """Nobody need set any."""
    begins = KeptRules(brand_id=seed.brand_id, version=0, rules=DEFAULT_RULES)
    assert db.read_now(rules_in_force, seed.brand_id) == begins
    assert db.read_now(rules_history, seed.brand_id) == []


def test_rules_are_versions(db: Database, seed: Seed) -> None:
    """Each is kept with who, when and why; the newest is in force; another brand's are its own."""
    first = db.write_now(set_route_rules, asked(seed))
    second = db.write_now(
        set_route_rules, asked(seed, 1, rules=RouteRules(km_minor=0), note="any way", at=NOW)
    )
    assert (first.version, first.rules.split_minor, first.rules.reach_m) == (1, 5, 9_000)
    assert db.read_now(rules_in_force, seed.brand_id) == second
    assert db.read_now(rules_history, seed.brand_id) == [second, first]
    assert db.read_now(rules_in_force, "brd_other").version == 0


@pytest.mark.parametrize("based_on", [0, 2])
def test_rules_that_changed_meanwhile(db: Database, seed: Seed, based_on: int) -> None:
    """Who saw an older version, or one that is not there, changes nothing."""
    first = db.write_now(set_route_rules, asked(seed))
    with pytest.raises(Refusal) as refused:
        db.write_now(set_route_rules, asked(seed, based_on, note="late"))
    assert (refused.value.code, refused.value.facts) == ("routing.rules_changed", {"version": 1})
    assert db.read_now(rules_history, seed.brand_id) == [first]


def test_malformed_rules_are_not_set(db: Database, seed: Seed) -> None:
    with pytest.raises(Refusal) as refused:
        db.write_now(set_route_rules, asked(seed, rules=RouteRules(km_minor=-1)))
    assert (refused.value.code, refused.value.facts) == ("routing.rules_malformed", {"field": "km_minor"})
    assert db.read_now(rules_history, seed.brand_id) == []


def test_two_set_rules_at_once(db: Database, database_url: str, seed: Seed) -> None:
    """Eight people press the button on what they all saw: one of them did it."""
    rival = Database(database_url)
    done: list[str] = []

    def press(on: Database, no: int) -> None:
        try:
            on.write_now(set_route_rules, asked(seed, note=str(no)))
            done.append("set")
        except Refusal as refusal:
            done.append(refusal.code)

    threads = [threading.Thread(target=press, args=((db, rival)[no % 2], no)) for no in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rival.close()
    assert sorted(done) == ["routing.rules_changed"] * 7 + ["set"]
    assert len(db.read_now(rules_history, seed.brand_id)) == 1


def test_a_decision_is_kept_whole(db: Database, seed: Seed) -> None:
    """What was chosen, its cost, who was out and why, what others would have cost; and by which rules."""
    command = keep(db, known(seed), rules_version=0)
    (kept,) = db.read_now(decisions_of, seed.brand_id, "sal_1")
    assert kept.routed == command.routed
    assert (kept.no, kept.rules_version, kept.channel, kept.at) == (1, 0, "delivery", NOW)
    assert kept.routed.takes
    assert {one.reason.value for one in kept.routed.eliminated} == {"closed", "no_consent", "no_stock"}
    assert db.read_now(decisions_of, "brd_other", "sal_1") == []


def test_a_decision_can_be_made_again(db: Database, seed: Seed) -> None:
    """From its own facts, to the last minor unit; places with nothing of it are left out of them."""
    command = keep(db, known(seed))
    read = db.read_now(facts_of, seed.brand_id, "sal_1", 1)
    assert read is not None
    assert [one.place_id for one in read.candidates] == ["near", "far", "closed"]
    again = route(read, DEFAULT_RULES)
    assert (again.takes, again.cost, again.not_chosen) == (
        command.routed.takes,
        command.routed.cost,
        command.routed.not_chosen,
    )


def test_routed_again_is_the_next_decision(db: Database, seed: Seed) -> None:
    """A place that rejects: the first decision stays, the second has the next number."""
    of = known(seed)
    keep(db, of)
    keep(db, replace(of, stock=tuple(one for one in of.stock if one.place_id != "near")))
    first, second = db.read_now(decisions_of, seed.brand_id, "sal_1")
    assert (first.no, second.no) == (1, 2)
    assert first.routed.place_ids == ("near",)
    assert second.routed.missing == {"lamp": 1}


def test_past_orders_newest_first(db: Database, seed: Seed) -> None:
    """Since a moment, at most so many, with their facts."""
    for no in range(4):
        keep(db, known(seed, f"sal_{no}"), at=NOW + timedelta(hours=no))
    ask = PastOrders(seed.brand_id, NOW + timedelta(hours=1))
    assert [one.order_id for one, _ in db.read_now(past_orders, ask)] == ["sal_3", "sal_2", "sal_1"]
    assert [facts.order.id for _, facts in db.read_now(past_orders, replace(ask, limit=1))] == ["sal_3"]
    assert db.read_now(past_orders, replace(ask, brand_id="brd_other")) == []


def test_facts_are_forgotten_and_decisions_stay(db: Database, seed: Seed) -> None:
    """By order, or before a moment; nobody means all by naming nothing."""
    for no in range(3):
        keep(db, known(seed, f"sal_{no}"), at=NOW + timedelta(hours=no))
    assert db.write_now(forget_facts, ForgetFacts(seed.brand_id, order_id="sal_2")) == 1
    assert db.write_now(forget_facts, ForgetFacts(seed.brand_id, before=NOW + timedelta(hours=1))) == 1
    assert db.write_now(forget_facts, ForgetFacts("brd_other", before=NOW + timedelta(days=1))) == 0
    with pytest.raises(ValueError, match="of which order"):
        db.write_now(forget_facts, ForgetFacts(seed.brand_id))
    ask = PastOrders(seed.brand_id, NOW)
    assert [one.order_id for one, _ in db.read_now(past_orders, ask)] == ["sal_1"]
    assert db.read_now(facts_of, seed.brand_id, "sal_2", 1) is None
    for no in range(3):
        assert len(db.read_now(decisions_of, seed.brand_id, f"sal_{no}")) == 1
    assert "60.17" not in str(db.read_now(Reader.rows, text("SELECT * FROM route_decision")))


def test_a_decision_is_not_written_over(db: Database, seed: Seed) -> None:
    """The database itself refuses."""
    keep(db, known(seed))

    def rewrite(tx: Tx, table: str) -> None:
        tx.run(text(f"UPDATE {table} SET brand_id = brand_id"))

    db.write_now(set_route_rules, asked(seed))
    for table in ("route_decision", "route_rules"):
        with pytest.raises(Refusal, match=r"request\.conflict"):
            db.write_now(rewrite, table)


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_documents_are_read_as_they_were_written(world: tuple[Facts, RouteRules]) -> None:
    """A choice is the same; facts bring the same choice."""
    of, rules = world
    routed = route(of, rules)
    assert read_routed(of.order.id, routed_document(routed)) == routed
    again = route(read_facts(of.order.brand_id, of.order.id, facts_document(of)), rules)
    assert (again.takes, again.cost, again.missing) == (routed.takes, routed.cost, routed.missing)
