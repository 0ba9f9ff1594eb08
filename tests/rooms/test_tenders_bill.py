"""Bills on both databases: matched one to one, run again, and a round trip with the simulated wallet."""

# ruff: noqa: F811, F401
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import has_text, refusal_texts
from highstreet.kernel.ids import new_id
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Tx
from highstreet.rooms.sales.tables import sale
from highstreet.rooms.tenders import (
    BillFindings,
    BillLine,
    MatchBill,
    RailAnswer,
    SettleTender,
    Tender,
    bill_rows,
    match_bill,
    parse_wallet_bill,
    plan_tenders,
    settle_refund,
    settle_tender,
    standing_differences,
    start_refunds,
    tender_by_id,
)
from highstreet.rooms.tenders import errors as refusals
from highstreet.rooms.tenders.model import BILL_ZONE, bill_day
from highstreet_simulator.wallet.peers import Merchant, Payer
from tests.seeds import NOW, Seed, seed_brand
from tests.wallets import (
    asker,
    inbox,
    merchant,
    order,
    pay,
    payer,
    refund_order,
    run,
    shared_inbox,
    wallet_http,
)

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 of that wallet day


def write_sale(tx: Tx, seed: Seed) -> None:
    row = {
        "brand_id": seed.brand_id,
        "id": f"s_{seed.brand_id}",
        "place_id": seed.place_id,
        "state": "open",
        "origin": "register",
        "currency": "CNY",
        "list_minor": 0,
        "discount_minor": 0,
        "total_minor": 0,
        "returned_minor": 0,
        "proof": {},
        "business_day": "2026-11-20",
        "opened_at": NOW,
    }
    tx.run(insert(sale).values(**row))


def tender_of(seed: Seed, tender_id: str, **changes: Any) -> Tender:
    base = Tender(
        brand_id=seed.brand_id,
        id=tender_id,
        sale_id=f"s_{seed.brand_id}",
        place_id=seed.place_id,
        direction="in",
        rail="wallet",
        state="captured",
        currency="CNY",
        amount_minor=1230,
        provider_ref=f"w_{tender_id}",
        created_at=NOON,
        settled_at=NOON,
    )
    return replace(base, **changes)


def row(no: int, our_ref: str, kind: str = "paid", amount: int = 1230, ref: str | None = None) -> BillLine:
    return BillLine(no, kind, our_ref, ref or f"w_{our_ref}", "CNY", amount, NOON)


def match(db: Database, seed: Seed, *lines: BillLine, day: date = DAY) -> BillFindings:
    return db.write_now(match_bill, MatchBill(seed.brand_id, "wallet", day, lines, NOW))


def brief(findings: BillFindings) -> list[tuple[int, str, str, str]]:
    return [(d.line_no, d.our_ref, d.finding, d.cure) for d in findings.differences]


@pytest.fixture
def seed(seed: Seed, db: Database) -> Seed:
    db.write_now(write_sale, seed)
    return seed


def test_all_kinds_of_findings_are_kept_and_can_be_found_again(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    db.write_now(write_sale, other)
    tenders = [
        tender_of(seed, "good"),
        tender_of(seed, "open", state="unknown", settled_at=None),
        tender_of(seed, "given_up", state="failed"),
        tender_of(seed, "dearer", amount_minor=1231),
        tender_of(seed, "absent"),
        tender_of(seed, "coins", rail="cash"),
        tender_of(seed, "yesterday", settled_at=NOON - timedelta(days=1)),
        tender_of(other, "theirs"),
    ]
    db.write_now(plan_tenders, tenders)
    lines = [
        row(2, "good"),
        row(3, "open"),
        row(4, "given_up"),
        row(5, "dearer"),
        row(6, "nobody"),
        row(7, "coins"),
        row(8, "theirs"),
        row(9, "good", ref="w_again"),
    ]
    expected = [
        (3, "open", "state_differs", "settle"),
        (4, "given_up", "state_differs", "return_money"),
        (5, "dearer", "amount_differs", "clear"),
        (6, "nobody", "missing_here", "clear"),
        (7, "coins", "missing_here", "clear"),
        (8, "theirs", "missing_here", "clear"),
        (9, "good", "missing_here", "clear"),
        (0, "absent", "missing_there", "clear"),
    ]
    for _ in range(2):
        found = match(db, seed, *lines)
        assert found.matched == 1
        assert brief(found) == expected
        kept = db.read_now(bill_rows, seed.brand_id, day=DAY)
        assert [r.row_no for r in kept] == list(range(1, 10))
        assert [(r.our_ref, r.tender_id, r.finding) for r in kept[:2]] == [
            ("good", "good", "matched"),
            ("open", "open", "state_differs"),
        ]
        assert len(db.read_now(bill_rows, seed.brand_id, only_differences=True)) == 8
    assert db.read_now(bill_rows, other.brand_id) == []
    assert db.read_now(bill_rows, seed.brand_id, day=DAY + timedelta(days=1)) == []
    events = db.read_now(read_events, after=0)
    assert [(e.name, e.body["matched"], e.body["differences"]) for e in events] == [
        ("tenders.bill_matched.v1", 1, 8)
    ] * 2
    # Nothing but the list has changed.
    for one in tenders:
        assert db.read_now(tender_by_id, one.id) == one


def test_the_cure_settles_what_the_bill_knows(db: Database, seed: Seed) -> None:
    paid = tender_of(seed, "paid", amount_minor=5000)
    opens = [
        tender_of(seed, "pending", state="pending", settled_at=None, provider_ref=None),
        tender_of(seed, "unknown", state="unknown", settled_at=None, provider_ref=None),
        tender_of(seed, "returned", state="unknown", settled_at=None, provider_ref=None),
    ]
    db.write_now(plan_tenders, [paid, *opens])
    refund = tender_of(
        seed, "back", direction="out", refunds_tender_id="paid", amount_minor=700, provider_ref=None
    )
    db.write_now(start_refunds, [replace(refund, settled_at=None)])
    lines = [
        row(2, "paid", amount=5000),
        row(3, "pending"),
        row(4, "unknown"),
        row(5, "returned"),
        row(6, "returned", "reversed"),
        row(7, "back", "refund", 700),
    ]
    first = match(db, seed, *lines)
    assert [(d.our_ref, d.cure) for d in first.differences] == [
        (line.our_ref, "settle") for line in lines[1:]
    ]
    for difference in first.differences:
        assert difference.tender_id is not None
        assert difference.answer is not None
        flow = settle_refund if difference.kind == "refund" else settle_tender
        db.write_now(
            flow, SettleTender(seed.brand_id, difference.tender_id, difference.answer, "billed", NOON)
        )
    states = {t: db.read_now(tender_by_id, t) for t in ("pending", "unknown", "returned", "back")}
    assert {t: one and one.state for t, one in states.items()} == {
        "pending": "captured",
        "unknown": "captured",
        "returned": "reversed",
        "back": "captured",
    }
    assert states["pending"] is not None
    assert states["pending"].provider_ref == "w_pending"
    assert match(db, seed, *lines) == BillFindings(6, ())


def test_midnight_belongs_to_one_of_two_days(db: Database, seed: Seed) -> None:
    """The provider's clock and ours differ by seconds: no payment is missed, none is called missing."""
    midnight = datetime(2026, 11, 21, tzinfo=BILL_ZONE).astimezone(UTC)
    before, after = midnight - timedelta(seconds=2), midnight + timedelta(seconds=2)
    tomorrow = DAY + timedelta(days=1)
    db.write_now(
        plan_tenders,
        [
            tender_of(seed, "late_there", settled_at=before),
            tender_of(seed, "late_here", settled_at=after),
            tender_of(seed, "nowhere", settled_at=before),
        ],
    )
    assert match(db, seed, row(2, "late_here")) == BillFindings(1, ())
    second = match(db, seed, row(2, "late_there"), day=tomorrow)
    assert (second.matched, brief(second)) == (1, [(0, "nowhere", "missing_there", "clear")])
    # The first day again, now that the second is known.
    assert match(db, seed, row(2, "late_here")) == BillFindings(1, ())
    # A payment of one day cannot stand in another day's bill as well.
    twice = match(db, seed, row(2, "late_there"), row(3, "late_here", ref="w_new"), day=tomorrow)
    assert brief(twice) == [
        (3, "late_here", "missing_here", "clear"),
        (0, "nowhere", "missing_there", "clear"),
    ]


def test_a_payment_in_a_later_bill_than_it_was_due_in_is_late(db: Database, seed: Seed) -> None:
    noon = bill_day(DAY)[0] + timedelta(hours=12)
    db.write_now(plan_tenders, [tender_of(seed, "slow", settled_at=noon)])
    assert brief(match(db, seed)) == [(0, "slow", "missing_there", "clear")]
    found = match(db, seed, row(2, "slow"), day=DAY + timedelta(days=1))
    assert (found.matched, brief(found)) == (0, [(2, "slow", "late", "next_bill")])
    # The first day's difference is explained by it: one of the two stands.
    standing = db.read_now(standing_differences, seed.brand_id, DAY.isoformat(), "2099-01-01")
    assert [(one.finding, one.tender_id) for one in standing] == [("late", "slow")]


def test_an_empty_bill_and_a_long_one(db: Database, seed: Seed) -> None:
    assert match(db, seed) == BillFindings(0, ())
    tenders = [tender_of(seed, f"t{no}") for no in range(2500)]
    db.write_now(plan_tenders, tenders)
    assert match(db, seed, *[row(no + 2, t.id) for no, t in enumerate(tenders)]) == BillFindings(2500, ())
    assert len(match(db, seed).differences) == 2500


# With the simulated wallet ----------------------------------------------------------------------------


def test_round_trip_with_the_wallet(
    db: Database, seed: Seed, merchant: Merchant, payer: Payer, asker: Payer
) -> None:
    """Pay, lose an answer, reverse, refund: the wallet's own bill agrees with our tenders to the last fen."""
    today = datetime.now(BILL_ZONE).date()

    def plan(amount_minor: int) -> Tender:
        one = tender_of(
            seed,
            new_id("tnd"),
            state="pending",
            amount_minor=amount_minor,
            provider_ref=None,
            created_at=datetime.now(UTC),
            settled_at=None,
        )
        db.write_now(plan_tenders, [one])
        return one

    def settle(one: Tender, answer: RailAnswer, source: str = "answered") -> str:
        flow = settle_tender if one.direction == "in" else settle_refund
        command = SettleTender(seed.brand_id, one.id, answer, source, datetime.now(UTC))
        return db.write_now(flow, command).tender.state

    paid, lost, reversed_, declined, refused = (plan(amount) for amount in (1230, 1, 500, 10**9, 40))
    assert settle(paid, pay(merchant, payer, paid.id, 1230)) == "captured"
    merchant.next_fault("pay", "timeout_after_effect", seconds=0)
    assert settle(lost, pay(merchant, payer, lost.id, 1)) == "unknown"
    assert settle(reversed_, pay(merchant, asker, reversed_.id, 500)) == "pending"
    asker.confirm(reversed_.id)
    assert (
        settle(reversed_, run(merchant, lambda r: r.reverse(order(reversed_.id))), "reversed") == "reversed"
    )
    assert settle(declined, pay(merchant, payer, declined.id, 10**9)) == "failed"
    merchant.next_fault("pay", "bad_signature")
    assert settle(refused, pay(merchant, payer, refused.id, 40)) == "unknown"
    refund = replace(
        tender_of(seed, new_id("tnd")),
        direction="out",
        refunds_tender_id=paid.id,
        amount_minor=230,
        created_at=datetime.now(UTC),
    )
    db.write_now(start_refunds, [refund])
    assert (
        settle(refund, run(merchant, lambda r: r.refund(refund_order(refund.id, paid.id, 230, "CNY"))))
        == "captured"
    )

    with pytest.raises(Refusal, match=r"tenders\.bill_not_ready"):
        run(merchant, lambda r: r.fetch_bill(today))
    lines = parse_wallet_bill(run(merchant, lambda r: r.fetch_bill(today, is_early=True)))
    assert [(line.kind, line.our_ref, line.amount_minor) for line in lines] == [
        ("paid", paid.id, 1230),
        ("paid", lost.id, 1),
        ("paid", reversed_.id, 500),
        ("reversed", reversed_.id, 500),
        ("paid", refused.id, 40),
        ("refund", refund.id, 230),
    ]
    found = match(db, seed, *lines, day=today)
    assert (found.matched, [(d.our_ref, d.cure) for d in found.differences]) == (
        4,
        [(lost.id, "settle"), (refused.id, "settle")],
    )
    for difference, one in zip(found.differences, (lost, refused), strict=True):
        assert difference.answer is not None
        assert settle(one, difference.answer, "billed") == "captured"
    assert match(db, seed, *lines, day=today) == BillFindings(6, ())


def test_faults_on_bills(merchant: Merchant, payer: Payer) -> None:
    pay(merchant, payer, new_id("tnd"))
    today = datetime.now(BILL_ZONE).date()
    for fault in ("bad_signature", "error_500", "timeout_before_effect", "timeout_after_effect"):
        merchant.next_fault("bill", fault, **({"seconds": 0} if "timeout" in fault else {}))
        with pytest.raises(Refusal, match=r"tenders\.rail_down") as caught:
            run(merchant, lambda r: r.fetch_bill(today, is_early=True))
        assert caught.value.status == 503
    merchant.next_fault("bill", "malformed_body")
    half = run(merchant, lambda r: r.fetch_bill(today, is_early=True))
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        parse_wallet_bill(half)
    merchant.next_fault("bill", "answer_twice")
    assert len(parse_wallet_bill(run(merchant, lambda r: r.fetch_bill(today, is_early=True)))) == 1


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_texts(locale: str) -> None:
    kinds = [kind for kind in vars(refusals).values() if isinstance(kind, refusals.RefusalKind)]
    assert len(kinds) == 29
    for kind in kinds:
        facts = {
            "line": 3,
            "days": "-",
            "rail": "cash",
            "found": "-",
            "missing": "-",
            "number": "A1",
            "limit": "day",
            "reason": "nested",
        }
        assert all(refusal_texts(locale, kind.code, facts))
    for event in ("tender_settled", "tender_unknown", "late_success", "late_reversal", "bill_matched"):
        assert has_text(locale, f"event-tenders-{event}-v1")
