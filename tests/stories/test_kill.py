"""kill -9 at random instants under load: what was answered stays, and nothing is half done (W1, M1 to M5).

HIGHSTREET_KILLS says how often the server is killed (50 on each database unless set).
"""

import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from benchmarks.zygote import Servers

from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from tests.patience import until
from tests.stories.acts import buyer, one, restarted, rows
from tests.stories.conftest import Stage
from tests.stories.load import PIECES, Asked, Register, fill_shelves
from tests.stories.test_loop import ok, wallet_app

KILLS = int(os.environ.get("HIGHSTREET_KILLS", "50"))
SEED = 20261122
REGISTERS = 8
PEOPLE = 4
PERSONAL_COUPONS = 60
PAUSE_S = (0.1, 0.35)


@pytest.fixture
def servers(stage: Stage) -> Iterator[Servers]:
    """Servers of the stage's database in processes of their own."""
    given = stage.program.settings
    environment = {
        "HIGHSTREET_MODE": "test",
        "HIGHSTREET_DATABASE_URL": given.database_url,
        "HIGHSTREET_WALLET_URL": given.wallet_url,
        "HIGHSTREET_WALLET_MERCHANT_ID": given.wallet_merchant_id,
        "HIGHSTREET_LAKE_PATH": given.lake_path,
        "HIGHSTREET_LOG_LEVEL": "error",
    }
    made = Servers(environment, int(stage.url.rpartition(":")[2]))
    yield made
    made.close()


def load_and_kill(stage: Stage, servers: Servers, seed: int) -> list[Asked]:
    """Registers ask while the server is killed again and again; all that they were answered."""
    people = [buyer(stage, number) for number in range(PEOPLE)]
    coupons = {who.member_id: [new_id("cpn") for _ in range(PERSONAL_COUPONS)] for who in people}
    command = (stage.seed.brand_id, stage.seed.brand_party, coupons, stage.clock.now())
    stage.program.db.write_now(fill_shelves, command)
    # Slow enough that many deaths come between the two steps of a wallet payment.
    dial = {"seed": seed, "pay": {"delay_ms": [5, 60]}, "refund": {"delay_ms": [5, 60]}}
    httpx.put(f"{stage.wallet_url}/sim/faults", json=dial, trust_env=False).raise_for_status()
    stage.server.stop()
    servers.start()
    stop = threading.Event()
    tills = []
    for number in range(REGISTERS):
        who = people[number % PEOPLE]
        app, account = wallet_app(stage, balance_minor=50_000_000)
        customer = replace(who, wallet=app, account_id=account)
        tills.append(Register(stage, number, customer, coupons[who.member_id], stop))
    for till in tills:
        till.start()
    chance = random.Random(seed)
    for _ in range(KILLS):
        if chance.random() < 0.8:  # a server that has begun to answer; the others die young
            heard = answers(tills)
            until(lambda heard=heard: answers(tills) > heard or not all(t.is_alive() for t in tills), 30)
        time.sleep(chance.uniform(*PAUSE_S))
        servers.kill()
        servers.start()
    stop.set()
    for till in tills:
        till.join(120)
        assert (till.is_alive(), till.problem) == (False, None)
    servers.end()
    return [asked for till in tills for asked in till.done]


def answers(tills: Sequence[Register]) -> int:
    """How many requests were answered so far."""
    return sum(len(till.done) for till in tills)


def resolve_all(stage: Stage) -> None:
    """Leases of the dead run out, providers are asked, payments nobody can tell of are called back."""
    for _ in range(6):
        stage.drain()
        stage.advance(timedelta(seconds=31))
    stage.drain()


def test_nothing_answered_is_lost_and_nothing_is_half_done(stage: Stage, servers: Servers) -> None:
    began = utc_now()
    asked = load_and_kill(stage, servers, SEED)
    stage.clock.set(utc_now())
    with restarted(stage):
        resolve_all(stage)
        check_answers(stage, asked)
        check_sales(stage)
        check_sums(stage)
        check_bill(stage, sorted({began.date(), utc_now().date(), stage.clock.now().date()}))


def check_answers(stage: Stage, asked: Sequence[Asked]) -> None:
    """Each answer stands, and is given again to who asks again."""
    sales = [a for a in asked if a.path == "sales"]
    paid = [a for a in sales if a.answer.get("state") == "paid"]
    assert len(paid) >= KILLS, "too little load to prove anything"
    assert any(a.tries > 1 for a in paid)
    assert {a.status for a in asked} <= {200, 202, 409}, [a for a in asked if a.status > 409][:3]
    again = stage.register
    for a in paid:
        assert ok(again.post("/register/v1/sales", json=a.body)) == a.answer
    for a in (a for a in asked if a.path == "returns" and a.status == 200):
        told = ok(again.post("/register/v1/returns", json=a.body))
        assert {**told, "refunds": 0} == {**a.answer, "refunds": 0}
        assert [r["state"] for r in told["refunds"]] == ["captured"] * len(told["refunds"])
    for a in (a for a in sales if a.status == 202):
        assert ok(again.post("/register/v1/sales", json=a.body))["state"] in ("paid", "abandoned")
    kept = {r[0] for r in rows(stage, "SELECT id FROM sale")}
    assert {a.body["id"] for a in sales if a.status in (200, 202)} <= kept
    assert not kept & {a.body["id"] for a in sales if a.status == 409}
    assert kept <= {a.body["id"] for a in sales}


def check_sales(stage: Stage) -> None:
    """A sale is whole or it is nothing."""
    assert rows(stage, "SELECT id FROM sale WHERE state = 'open'") == []
    open_tenders = "SELECT id, state, reason FROM tender WHERE state IN ('planned', 'pending', 'unknown')"
    assert rows(stage, open_tenders) == []
    assert rows(stage, "SELECT kind, last_error FROM job WHERE state = 'dead'") == []
    whole = """
        SELECT s.id FROM sale s WHERE s.state = 'paid' AND NOT (
          s.list_minor = (SELECT sum(quantity * unit_list_minor) FROM sale_line l WHERE l.sale_id = s.id)
          AND s.total_minor = (SELECT sum(net_minor) FROM sale_line l WHERE l.sale_id = s.id)
          AND s.total_minor = (SELECT sum(amount_minor) FROM tender t
            WHERE t.sale_id = s.id AND t.direction = 'in' AND t.state = 'captured')
          AND s.total_minor = (SELECT sum(amount_minor) FROM transfer f
            WHERE f.ref_id = s.id AND f.code = 'tender')
          AND s.total_minor = (SELECT sum(amount_minor) FROM transfer f
            WHERE f.ref_id = s.id AND f.code = 'share')
          AND 1 = (SELECT count(*) FROM share_sheet h WHERE h.sale_id = s.id)
          AND (SELECT sum(quantity) FROM sale_line l WHERE l.sale_id = s.id)
            = (SELECT -sum(quantity) FROM stock_move m WHERE m.ref_id = s.id)
          AND s.returned_minor = (SELECT coalesce(sum(refund_minor), 0) FROM sale_return r
            WHERE r.sale_id = s.id)
          AND s.returned_minor = (SELECT coalesce(sum(amount_minor), 0) FROM tender t
            WHERE t.sale_id = s.id AND t.direction = 'out' AND t.state = 'captured'))"""
    assert rows(stage, whole) == []
    traces = """
        SELECT s.id FROM sale s WHERE s.state = 'abandoned' AND (
          EXISTS (SELECT 1 FROM transfer f WHERE f.ref_id = s.id)
          OR EXISTS (SELECT 1 FROM share_sheet h WHERE h.sale_id = s.id)
          OR EXISTS (SELECT 1 FROM stock_move m WHERE m.ref_id = s.id)
          OR EXISTS (SELECT 1 FROM points_entry p WHERE p.sale_id = s.id)
          OR EXISTS (SELECT 1 FROM tender t WHERE t.sale_id = s.id AND t.state = 'captured')
          OR EXISTS (SELECT 1 FROM redemption r WHERE r.sale_id = s.id AND r.state <> 'rolled_back'))"""
    assert rows(stage, traces) == []
    told = "SELECT count(*) FROM outbox WHERE name = 'sales.sale_paid.v1'"
    assert one(stage, told) == one(stage, "SELECT count(*) FROM sale WHERE state = 'paid'")
    told = "SELECT count(*) FROM outbox WHERE name = 'sales.sale_returned.v1'"
    assert one(stage, told) == one(stage, "SELECT count(*) FROM sale_return")
    nameless = """
        SELECT 'transfer', ref_id FROM transfer WHERE ref_id NOT IN (SELECT id FROM sale)
          AND ref_id NOT IN (SELECT id FROM sale_return) AND ref_id NOT IN (SELECT id FROM tender)
        UNION ALL SELECT 'line', sale_id FROM sale_line WHERE sale_id NOT IN (SELECT id FROM sale)
        UNION ALL SELECT 'move', ref_id FROM stock_move WHERE ref_id NOT IN (SELECT id FROM sale)
          AND ref_id NOT IN (SELECT id FROM sale_return)"""
    assert rows(stage, nameless) == []


def check_sums(stage: Stage) -> None:
    """What is counted equals what was done: stock, coupons, points, ledger."""
    stock = """
        SELECT i.variant_id, i.on_hand, i.reserved, :start + coalesce(
          (SELECT sum(quantity) FROM stock_move m WHERE m.variant_id = i.variant_id), 0)
        FROM stock_item i"""
    for _, on_hand, reserved, reckoned in rows(stage, stock, start=PIECES):
        assert (on_hand, reserved) == (reckoned, 0)
    coupons = """
        SELECT c.id, c.used, c.reserved FROM coupon c WHERE c.reserved <> 0
          OR c.used <> (SELECT count(*) FROM redemption r WHERE r.coupon_id = c.id AND r.state = 'redeemed')"""
    assert rows(stage, coupons) == []
    assert one(stage, "SELECT count(*) FROM redemption WHERE state = 'redeemed'") > 0
    points = """
        SELECT m.id FROM member m WHERE m.points_available <> 0 OR m.points_pending <> (
          SELECT coalesce(sum(points - reversed), 0) FROM points_entry p
          WHERE p.member_id = m.id AND p.kind = 'earn')"""
    assert rows(stage, points) == []
    for rail in ("cash", "wallet"):
        held = """
            SELECT coalesce(sum(CASE WHEN d.kind = :kind THEN f.amount_minor ELSE 0 END), 0)
                 - coalesce(sum(CASE WHEN c.kind = :kind THEN f.amount_minor ELSE 0 END), 0)
            FROM transfer f JOIN account d ON d.id = f.debit_account_id
            JOIN account c ON c.id = f.credit_account_id"""
        taken = """
            SELECT sum(CASE WHEN direction = 'in' THEN amount_minor ELSE -amount_minor END)
            FROM tender WHERE rail = :rail AND state = 'captured'"""
        assert one(stage, held, kind=f"clearing_{rail}") == one(stage, taken, rail=rail) > 0
    office = stage.office()
    assert ok(office.get("/office/v1/ledger/check"))["is_balanced"]


def check_bill(stage: Stage, days: Sequence[Any]) -> None:
    """The wallet says the same of every payment, and no money came into being."""
    office = stage.office()
    days = sorted({day + timedelta(days=n) for day in days for n in (0, 1)})
    bills = [ok(office.post(f"/office/v1/bills/wallet/{day}")) for day in days]
    stage.drain()
    bills = [ok(office.post(f"/office/v1/bills/wallet/{day}")) for day in days]
    assert [bill["differences"] for bill in bills] == [[]] * len(days)
    captured = one(stage, "SELECT count(*) FROM tender WHERE rail = 'wallet' AND state = 'captured'")
    billed = "SELECT count(DISTINCT tender_id), count(*) FROM bill_row WHERE kind IN ('paid', 'refund')"
    reversals = one(stage, "SELECT count(*) FROM bill_row WHERE kind = 'reversed'")
    assert rows(stage, billed) == [(captured + reversals, captured + reversals)]
    merchant = stage.program.settings.wallet_merchant_id
    answer = httpx.get(
        f"{stage.wallet_url}/sim/trades", params={"merchant_id": merchant}, trust_env=False, timeout=30
    )
    trades = ok(answer)["trades"]
    there = sum(
        t["amount"]["total"] - t["amount"]["refunded"] for t in trades if t["transaction_id"] is not None
    )
    ours = """
        SELECT sum(CASE WHEN direction = 'in' THEN amount_minor ELSE -amount_minor END)
        FROM tender WHERE rail = 'wallet' AND state = 'captured'"""
    assert there == one(stage, ours)
    assert ok(httpx.get(f"{stage.wallet_url}/sim/state", trust_env=False, timeout=30))["is_conserved"]
