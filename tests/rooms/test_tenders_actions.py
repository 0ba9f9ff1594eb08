"""Tenders on both databases: written, settled by every answer from every state, refunded, read."""

import itertools
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Tx
from highstreet.rooms.sales.tables import sale
from highstreet.rooms.tenders import (
    Evidence,
    RailAnswer,
    RailTotal,
    SettleTender,
    Tender,
    add_evidence,
    capture_planned,
    captured_by_rail,
    evidence_of,
    fail_planned,
    open_tenders,
    plan_tenders,
    settle_refund,
    settle_tender,
    start_refunds,
    start_reversal,
    tender_by_id,
    tenders_for,
)
from highstreet.rooms.tenders.model import MOVES, OUTCOMES, STATES, state_after
from highstreet.rooms.tenders.tables import tender as tender_table
from tests.seeds import NOW, Seed, seed_brand

LATER = NOW + timedelta(seconds=3)


def open_sale(tx: Tx, key: tuple[Seed, str]) -> None:
    seed, sale_id = key
    row = {
        "brand_id": seed.brand_id,
        "id": sale_id,
        "place_id": seed.place_id,
        "state": "open",
        "origin": "register",
        "currency": "CNY",
        "list_minor": 2000,
        "discount_minor": 0,
        "total_minor": 2000,
        "returned_minor": 0,
        "proof": {},
        "business_day": "2026-11-20",
        "opened_at": NOW,
    }
    tx.run(insert(sale).values(**row))


@pytest.fixture
def draft(db: Database, seed: Seed) -> Tender:
    """A wallet tender of an open sale, not written yet."""
    db.write_now(open_sale, (seed, "s1"))
    return Tender(
        brand_id=seed.brand_id,
        id="t1",
        sale_id="s1",
        place_id=seed.place_id,
        direction="in",
        rail="wallet",
        state="pending",
        currency="CNY",
        amount_minor=1230,
        created_at=NOW,
    )


def write(db: Database, *tenders: Tender) -> None:
    db.write_now(plan_tenders, tenders)


def settle(
    db: Database,
    tender: Tender,
    outcome: str,
    reason: str | None = None,
    source: str = "answered",
    ref: str | None = "w1",
    **evidence: object,
) -> Any:
    flow = settle_tender if tender.direction == "in" else settle_refund
    answer = RailAnswer(outcome, ref, reason, evidence)
    return db.write_now(flow, SettleTender(tender.brand_id, tender.id, answer, source, LATER))


def events(db: Database) -> list[tuple[str, dict[str, Any]]]:
    return [(e.name, e.body) for e in db.read_now(read_events, after=0)]


def names(db: Database) -> list[str]:
    return [name.removeprefix("tenders.") for name, _ in events(db)]


def stored(db: Database, tender: Tender) -> Tender:
    found = db.read_now(tender_by_id, tender.id)
    assert found is not None
    return found


def force(db: Database, tender: Tender, **values: object) -> None:
    """Put a row where no action would: the rival, or the past."""
    statement = update(tender_table).where(tender_table.c.id == tender.id).values(**values)
    db.write_now(lambda tx, _: tx.run(statement).rowcount, None)


# Writing ----------------------------------------------------------------------------------------------


def test_written_as_they_are_and_read_back(db: Database, draft: Tender) -> None:
    cash = replace(draft, id="t2", rail="cash", state="captured", amount_minor=770, given_minor=1000)
    planned = replace(draft, id="t3", rail="cash", state="planned", amount_minor=1, created_at=LATER)
    write(db, cash, planned, draft)
    key = (draft.brand_id, "s1")
    expected = (draft, replace(cash, settled_at=NOW), planned)
    assert db.read_now(tenders_for, {key, (draft.brand_id, "s2")}) == {
        key: expected,
        (draft.brand_id, "s2"): (),
    }
    assert db.read_now(tenders_for, []) == {}
    assert db.read_now(tender_by_id, "t9") is None
    assert events(db) == []


def test_an_id_is_used_once_over_all_brands(db: Database, draft: Tender) -> None:
    write(db, draft)
    other = db.write_now(seed_brand, "other")
    db.write_now(open_sale, (other, "s9"))
    theirs = replace(draft, brand_id=other.brand_id, place_id=other.place_id, sale_id="s9")
    for again in ([draft], [replace(draft, id="t2"), draft], [theirs]):
        with pytest.raises(Refusal, match=r"tenders\.id_taken") as caught:
            write(db, *again)
        assert caught.value.status == 409
    assert db.read_now(tenders_for, [(draft.brand_id, "s1")])[draft.brand_id, "s1"] == (draft,)


def test_the_database_refuses_what_no_rule_should_let_through(db: Database, draft: Tender) -> None:
    cases: list[dict[str, Any]] = [
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"state": "lost"},
        {"sale_id": "s9"},
    ]
    for changes in cases:
        with pytest.raises(Refusal, match=r"request\.conflict"):
            write(db, replace(draft, **changes))
        assert db.read_now(tender_by_id, "t1") is None


# Settling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["in", "out"])
def test_every_answer_from_every_state(db: Database, draft: Tender, direction: str) -> None:
    """The state moves if and only if the one table of moves has it; evidence is kept each time."""
    write(db, replace(draft, id="orig", state="captured", refunded_minor=1230))
    for no, (state, outcome) in enumerate(itertools.product(STATES, OUTCOMES)):
        one = replace(
            draft, id=f"t{no}", direction=direction, state=state, refunds_tender_id="orig", provider_ref="w0"
        )
        write(db, one)
        to_state = state_after(direction, RailAnswer(outcome))
        moves = to_state is not None and (state, to_state) in MOVES
        settled = settle(db, one, outcome, "why")
        assert (settled.changed, settled.tender.state) == (moves, to_state if moves else state), (
            state,
            outcome,
        )
        assert settled.tender == stored(db, one)
        assert settled.tender.provider_ref == ("w1" if moves else "w0")
        is_final = settled.tender.state in ("captured", "failed", "reversed")
        if moves:
            assert settled.tender.settled_at == (LATER if is_final else None)
            assert settled.tender.reason == (None if to_state in ("captured", "pending") else "why")
        (kept,) = db.read_now(evidence_of, one.brand_id, one.id)
        assert (kept.kind, kept.at) == ("answered", LATER)
        assert kept.body == {"outcome": outcome, "provider_ref": "w1", "reason": "why"}
        # Said again, it changes nothing but the evidence.
        again = settle(db, one, outcome, "why")
        assert (again.changed, again.tender) == (False, settled.tender)
        assert len(db.read_now(evidence_of, one.brand_id, one.id)) == 2
        force(db, replace(one, id="orig"), refunded_minor=1230)


def test_a_settled_tender_is_announced_once(db: Database, draft: Tender) -> None:
    write(db, draft)
    settle(db, draft, "unknown", "no_answer", ref=None)
    settle(db, draft, "not_found", ref=None)
    settle(db, draft, "paid")
    settle(db, draft, "paid")
    settle(db, draft, "paying")
    settle(db, draft, "declined", "risk")
    assert names(db) == ["tender_unknown.v1", "tender_settled.v1"]
    assert events(db)[0][1]["reason"] == "no_answer"
    body = events(db)[1][1]
    said = [
        body[k] for k in ("tender_id", "sale_id", "direction", "rail", "state", "amount_minor", "currency")
    ]
    assert said == ["t1", "s1", "in", "wallet", "captured", 1230, "CNY"]


@pytest.mark.parametrize("end", ["declined", "reversed"])
def test_a_late_success_is_announced_and_the_state_stays(db: Database, draft: Tender, end: str) -> None:
    write(db, draft)
    settle(db, draft, end)
    late = settle(db, draft, "paid", source="noticed", ref="w7")
    assert (late.changed, late.tender.state) == (False, "failed" if end == "declined" else "reversed")
    assert names(db) == ["tender_settled.v1", "late_success.v1"]
    assert (events(db)[1][1]["provider_ref"], events(db)[1][1]["state"]) == ("w7", late.tender.state)
    assert [e.kind for e in db.read_now(evidence_of, draft.brand_id, "t1")] == ["answered", "noticed"]


def test_a_reversal_of_captured_money_is_announced(db: Database, draft: Tender) -> None:
    write(db, draft)
    settle(db, draft, "paid")
    assert settle(db, draft, "reversed", source="reversed").tender.state == "captured"
    assert names(db) == ["tender_settled.v1", "late_reversal.v1"]


@pytest.mark.parametrize("said", [{"amount_minor": 1229}, {"amount_minor": 1230, "currency": "USD"}])
def test_another_amount_is_never_captured(db: Database, draft: Tender, said: dict[str, Any]) -> None:
    write(db, draft)
    settled = settle(db, draft, "paid", source="noticed", **said)
    assert (settled.tender.state, settled.tender.reason) == ("unknown", "amount_differs")
    assert settle(db, draft, "paid", amount_minor=1230, currency="CNY").tender.state == "captured"


@pytest.mark.parametrize("reason", ["rail_down", "rail_refused"])
def test_a_call_that_did_nothing_proves_nothing_of_an_earlier_one(
    db: Database, draft: Tender, reason: str
) -> None:
    second = replace(draft, id="t2")
    write(db, draft, second)
    assert settle(db, draft, "declined", reason).tender.state == "failed"
    settle(db, second, "unknown", "no_answer")
    settled = settle(db, second, "declined", reason)
    assert (settled.changed, settled.tender.state) == (False, "unknown")
    assert settle(db, second, "declined", "risk").tender.state == "failed"


@pytest.mark.parametrize("before", ["pending", "unknown"])
def test_once_a_reversal_is_asked_for_no_payment_is_captured(
    db: Database, draft: Tender, before: str
) -> None:
    write(db, replace(draft, state=before))
    assert db.write_now(lambda tx, at: start_reversal(tx, draft.brand_id, "t1", at), LATER) is True
    for outcome in ("paid", "paying", "unknown"):
        settled = settle(db, draft, outcome, source="noticed")
        assert (settled.changed, settled.tender.state, settled.tender.reason) == (
            False,
            "unknown",
            "reversing",
        )
    settled = settle(db, draft, "reversed", "refund", source="reversed")
    assert (settled.changed, settled.tender.state, settled.tender.reason) == (True, "reversed", "refund")
    assert db.write_now(lambda tx, at: start_reversal(tx, draft.brand_id, "t1", at), LATER) is False
    kinds = [e.kind for e in db.read_now(evidence_of, draft.brand_id, "t1")]
    assert kinds == ["asked", "noticed", "noticed", "noticed", "reversed"]


def test_unknown_tenders_of_others_are_not_found(db: Database, draft: Tender) -> None:
    write(db, draft)
    for one in (
        replace(draft, id="t9"),
        replace(draft, brand_id="brd_other"),
        replace(draft, direction="out"),
    ):
        with pytest.raises(Refusal, match=r"tenders\.not_found") as caught:
            settle(db, one, "paid")
        assert caught.value.status == 404
    assert stored(db, draft) == draft
    assert db.read_now(evidence_of, draft.brand_id, "t1") == []


def test_long_reasons_are_cut_and_odd_evidence_is_kept(db: Database, draft: Tender) -> None:
    write(db, draft)
    settled = settle(db, draft, "declined", "余额不足" * 40, note="😀 \" ' \\ `")
    assert settled.tender.reason == ("余额不足" * 40)[:60]
    assert db.read_now(evidence_of, draft.brand_id, "t1")[0].body["note"] == "😀 \" ' \\ `"


def test_many_contradicting_answers_at_once_end_in_one(db: Database, draft: Tender) -> None:
    """Twelve threads: the first final word wins, exactly one settles, all evidence is kept."""
    write(db, draft)
    outcomes = ["paid", "declined", "reversed"] * 4
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda o=o: results.append(settle(db, draft, o)))  # type: ignore[misc]
        for o in outcomes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(r.changed for r in results) == 1
    assert {r.tender.state for r in results} == {stored(db, draft).state}
    assert names(db).count("tender_settled.v1") == 1
    assert len(db.read_now(evidence_of, draft.brand_id, "t1")) == 12


def test_a_rival_between_reading_and_writing_wins(db: Database, draft: Tender) -> None:
    """The row is captured in the same moment by another: the guard sees it, not what was read before."""
    write(db, draft)

    class Rival(Tx):
        def first(self, statement: Any, params: Any = None) -> Any:
            row = super().first(statement, params)
            self.run(
                update(tender_table).where(tender_table.c.id == "t1").values(state="captured", settled_at=NOW)
            )
            return row

    def flow(tx: Tx, command: SettleTender) -> Any:
        rival = Rival(tx.connection)
        settled = settle_tender(rival, command)
        tx.announced.extend(rival.announced)
        return settled

    answer = RailAnswer("declined", None, "risk")
    settled = db.write_now(flow, SettleTender(draft.brand_id, "t1", answer, "answered", LATER))
    assert (settled.changed, settled.tender.state) == (False, "captured")
    assert events(db) == []


# Mixed sales ------------------------------------------------------------------------------------------


def test_planned_cash_follows_its_sale(db: Database, seed: Seed, draft: Tender) -> None:
    db.write_now(open_sale, (seed, "s2"))
    cash = replace(draft, id="t2", rail="cash", state="planned", amount_minor=770, given_minor=800)
    others = replace(cash, id="t3", sale_id="s2")
    write(db, draft, cash, others)
    captured = db.write_now(lambda tx, at: capture_planned(tx, seed.brand_id, "s1", at), LATER)
    assert captured == [replace(cash, state="captured", settled_at=LATER)]
    assert db.write_now(lambda tx, at: capture_planned(tx, seed.brand_id, "s1", at), LATER) == []
    assert db.write_now(lambda tx, at: fail_planned(tx, seed.brand_id, "s1", at), LATER) == []
    failed = db.write_now(lambda tx, at: fail_planned(tx, seed.brand_id, "s2", at), LATER)
    assert failed == [replace(others, state="failed", settled_at=LATER, reason="abandoned")]
    assert (stored(db, draft), stored(db, others).state) == (draft, "failed")
    assert names(db) == ["tender_settled.v1", "tender_settled.v1"]


def test_only_cash_is_captured_without_a_provider(db: Database, draft: Tender) -> None:
    write(db, replace(draft, state="planned"))
    assert db.write_now(lambda tx, at: capture_planned(tx, draft.brand_id, "s1", at), LATER) == []
    assert stored(db, draft).state == "planned"


# Refunds ----------------------------------------------------------------------------------------------


@pytest.fixture
def paid(db: Database, draft: Tender) -> Tender:
    """1230 captured by the wallet."""
    one = replace(draft, state="captured", provider_ref="w1", settled_at=NOW)
    write(db, one)
    return one


def back(paid: Tender, no: int, amount_minor: int, **changes: Any) -> Tender:
    base = replace(
        paid,
        id=f"r{no}",
        return_id="rtn",
        refunds_tender_id=paid.id,
        direction="out",
        state="pending",
        amount_minor=amount_minor,
        provider_ref=None,
        created_at=LATER,
        settled_at=None,
    )
    return replace(base, **changes)


def test_refunds_are_written_and_counted_on_what_they_give_back(db: Database, paid: Tender) -> None:
    wallet, cash = back(paid, 1, 500), back(paid, 2, 700, rail="cash")
    db.write_now(start_refunds, [wallet, cash])
    assert stored(db, paid) == replace(paid, refunded_minor=1200)
    assert stored(db, wallet) == wallet
    assert stored(db, cash) == replace(cash, state="captured", settled_at=LATER)
    with pytest.raises(Refusal, match=r"tenders\.refund_too_much") as caught:
        db.write_now(start_refunds, [back(paid, 3, 31)])
    assert caught.value.status == 409
    db.write_now(start_refunds, [back(paid, 3, 20), back(paid, 4, 10)])
    assert stored(db, paid).refunded_minor == 1230
    assert db.read_now(tender_by_id, "r5") is None


def test_only_the_same_sales_captured_money_is_given_back(db: Database, paid: Tender) -> None:
    cases: list[dict[str, Any]] = [
        {"refunds_tender_id": None},
        {"refunds_tender_id": "t9"},
        {"currency": "EUR"},
        {"brand_id": "brd_other"},
        {"sale_id": "s9"},
    ]
    for changes in cases:
        with pytest.raises(Refusal, match=r"tenders\.refund_too_much"):
            db.write_now(start_refunds, [back(paid, 1, 1, **changes)])
        assert (stored(db, paid), db.read_now(tender_by_id, "r1")) == (paid, None)


def test_money_not_captured_is_not_given_back(db: Database, paid: Tender) -> None:
    cases: list[str] = ["planned", "pending", "failed", "reversed", "unknown"]
    for state in cases:
        force(db, paid, state=state)
        with pytest.raises(Refusal, match=r"tenders\.refund_too_much"):
            db.write_now(start_refunds, [back(paid, 1, 1)])


def test_a_refused_refund_frees_its_amount_once(db: Database, paid: Tender) -> None:
    one, two = back(paid, 1, 500), back(paid, 2, 730)
    db.write_now(start_refunds, [one, two])
    settle(db, one, "unknown", "no_answer", ref=None)
    failed = settle(db, one, "declined", "refund_exceeds_paid", ref=None)
    assert (failed.changed, failed.tender.state) == (True, "failed")
    assert settle(db, one, "declined", "refund_exceeds_paid").changed is False
    assert stored(db, paid).refunded_minor == 730
    done = settle(db, two, "refunded", ref="r77", amount_minor=730, currency="CNY")
    assert (done.tender.state, done.tender.provider_ref) == ("captured", "r77")
    assert stored(db, paid).refunded_minor == 730
    assert names(db) == ["tender_unknown.v1", "tender_settled.v1", "tender_settled.v1"]
    late = settle(db, one, "refunded")
    assert (late.changed, late.tender.state, names(db)[-1]) == (False, "failed", "late_success.v1")
    assert stored(db, paid).refunded_minor == 730


def test_many_refunds_at_once_never_give_back_more(db: Database, paid: Tender) -> None:
    outcomes: list[str] = []

    def give(no: int) -> None:
        try:
            db.write_now(start_refunds, [back(paid, no, 500)])
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=give, args=(no,)) for no in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] * 2 + ["tenders.refund_too_much"] * 6
    assert stored(db, paid).refunded_minor == 1000


# Reading ----------------------------------------------------------------------------------------------


def test_open_tenders_come_oldest_first(db: Database, draft: Tender) -> None:
    for no, (state, minutes) in enumerate(
        [("pending", 5), ("unknown", 9), ("captured", 8), ("planned", 8), ("pending", 1), ("failed", 8)]
    ):
        at = NOW - timedelta(minutes=minutes)
        write(db, replace(draft, id=f"t{no}", state=state, created_at=at))

    def ids(older_than: datetime, limit: int) -> list[str]:
        return [t.id for t in db.read_now(open_tenders, older_than, limit)]

    assert ids(NOW, 10) == ["t1", "t0", "t4"]
    assert ids(NOW - timedelta(minutes=1), 10) == ["t1", "t0"]
    assert ids(NOW, 1) == ["t1"]


def test_totals_by_rail(db: Database, paid: Tender) -> None:
    old = NOW - timedelta(days=2)
    write(
        db,
        replace(paid, id="t2", rail="cash", amount_minor=10**15),
        replace(paid, id="t3", rail="cash", amount_minor=10**15),
        replace(paid, id="t4", amount_minor=5, created_at=old, settled_at=old),
        replace(paid, id="t5", amount_minor=5, state="pending", settled_at=None),
    )
    db.write_now(start_refunds, [back(paid, 1, 30, rail="cash"), back(paid, 2, 40)])
    assert db.read_now(captured_by_rail, paid.brand_id, NOW) == [
        RailTotal("cash", "CNY", 2, 2 * 10**15, 30),
        RailTotal("wallet", "CNY", 1, 1230, 0),
    ]
    assert db.read_now(captured_by_rail, "brd_other", old) == []


def test_evidence_is_kept_in_order(db: Database, draft: Tender) -> None:
    kept = [Evidence(draft.brand_id, "t1", NOW, "asked", {"no": no}) for no in range(3)]
    db.write_now(add_evidence, kept)
    assert db.read_now(evidence_of, draft.brand_id, "t1") == kept
