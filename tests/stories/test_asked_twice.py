"""The same request id, twice and twenty times at once, before and after: the effect of one, the same answer (M5)."""

from datetime import timedelta
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from tests.stories.acts import (
    TOTAL_MINOR,
    Buyer,
    at_once,
    buyer,
    everything,
    ledger_is_balanced,
    one,
    register,
    restarted,
    return_of,
    rows,
    sale_of,
    sell,
    stock_left,
)
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

TIMES = 20


def check_sold_once(stage: Stage, who: Buyer, body: dict[str, Any], paid_minor: int) -> None:
    """Everything that one sale of `sale_of` moves, once."""
    assert stock_left(stage) == [(9, 0), (8, 0), (9, 0)]
    assert rows(stage, "SELECT state FROM sale") == [("paid",)]
    assert one(stage, "SELECT count(*) FROM sale_line") == 3
    assert rows(stage, "SELECT id, state, amount_minor FROM tender") == [
        (body["tenders"][0]["id"], "captured", TOTAL_MINOR)
    ]
    assert rows(stage, "SELECT reserved, used FROM coupon") == [(0, 1), (0, 1)]
    assert rows(stage, "SELECT state FROM redemption") == [("redeemed",)] * 2
    assert who.points() == (167, 0)
    moved = rows(stage, "SELECT code, amount_minor FROM transfer ORDER BY no")
    assert moved == [("tender", 16768), ("share", 4191), ("share", 1340), ("share", 11237)]
    assert one(stage, "SELECT count(*) FROM stock_move") == 3
    assert one(stage, "SELECT count(*) FROM share_sheet") == 1
    assert one(stage, "SELECT count(*) FROM outbox WHERE name = 'sales.sale_paid.v1'") == 1
    assert who.balance() == 100_000 - paid_minor


@pytest.mark.parametrize("rail", ["cash", "wallet"])
def test_one_sale_asked_twenty_times_at_once(stage: Stage, rail: str) -> None:
    who, till = buyer(stage), register(stage)
    body = sale_of(stage, who, rail)
    paid_minor = TOTAL_MINOR if rail == "wallet" else 0

    answers = at_once([lambda: till.post("/register/v1/sales", json=body)] * TIMES)
    receipts = [ok(answer) for answer in answers]
    assert receipts[0]["state"] == "paid"
    assert receipts == [receipts[0]] * TIMES
    check_sold_once(stage, who, body, paid_minor)

    # Later, one by one: by asking again, and by looking.
    assert sell(stage, body) == receipts[0]
    assert sell(stage, {**body, "member_code": who.member_code()}) == receipts[0]
    read = ok(stage.register.get(f"/register/v1/sales/{body['id']}"))
    assert {k: v for k, v in read.items() if v is not None} == receipts[0]
    stage.drain()
    check_sold_once(stage, who, body, paid_minor)

    # A register that had crashed holds a member code of ten minutes ago; then the server starts anew, too.
    stage.advance(timedelta(minutes=10))
    assert sell(stage, body) == receipts[0]
    with restarted(stage):
        assert sell(stage, body) == receipts[0]
        answers = at_once([lambda: till.post("/register/v1/sales", json=body)] * TIMES)
        assert [ok(answer) for answer in answers] == [receipts[0]] * TIMES
        check_sold_once(stage, who, body, paid_minor)
        other = {**body, "items": body["items"][:2]}
        assert ok(till.post("/register/v1/sales", json=other), 409)["code"] == "idempotency.mismatch"
        assert ledger_is_balanced(stage)


def test_one_id_with_other_content_is_refused(stage: Stage) -> None:
    who, till = buyer(stage), register(stage)
    body = sale_of(stage, who, "wallet")
    receipt = sell(stage, body)
    stage.drain()
    before = everything(stage)
    items, tenders = body["items"], body["tenders"]
    others: list[dict[str, Any]] = [
        {"items": items[::-1]},
        {"items": [{"gtin": items[0]["gtin"], "quantity": 2}, *items[1:]]},
        {"coupons": body["coupons"][:1]},
        {"member_code": None},
        {"expected_total_minor": TOTAL_MINOR},
        {"tenders": [{"id": new_id("tnd"), "rail": "cash"}]},
        {"tenders": [{**tenders[0], "id": new_id("tnd")}]},
        {"tenders": [{**tenders[0], "amount_minor": TOTAL_MINOR}]},
    ]
    for other in others:
        refused = ok(till.post("/register/v1/sales", json={**body, **other}), 409)
        assert refused["code"] == "idempotency.mismatch", other
    assert everything(stage) == before
    # With a code that is stale by now it is no other: what is asked must be the same.
    stage.advance(timedelta(minutes=10))
    for other in others[:3]:
        refused = ok(till.post("/register/v1/sales", json={**body, **other}), 409)
        assert refused["code"] == "idempotency.mismatch", other
    assert everything(stage) == before
    assert sell(stage, body) == receipt
    assert who.balance() == 100_000 - TOTAL_MINOR


def test_two_contents_race_for_one_id(stage: Stage) -> None:
    till = register(stage)
    one_piece = sale_of(stage, items=[{"gtin": stage.seed.gtins[0]}])
    two_pieces = {**one_piece, "items": [{"gtin": stage.seed.gtins[0], "quantity": 2}]}
    bodies = [one_piece, two_pieces] * (TIMES // 2)
    asks = [lambda body=body: till.post("/register/v1/sales", json=body) for body in bodies]
    answers = at_once(asks)
    statuses = [answer.status_code for answer in answers]
    winner = statuses.index(200) % 2
    assert statuses == ([200, 409] if winner == 0 else [409, 200]) * (TIMES // 2)
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"idempotency.mismatch"}
    receipts = [a.json() for a in answers if a.status_code == 200]
    assert receipts == receipts[:1] * (TIMES // 2)
    assert one(stage, "SELECT count(*) FROM sale") == 1
    assert stock_left(stage)[0] == (9 - winner, 0)

    # And many sales for one tender id: one gets it.
    tender = [{"id": new_id("tnd"), "rail": "cash"}]
    bodies = [{**one_piece, "id": new_id("sal"), "tenders": tender} for _ in range(6)]
    asks = [lambda body=body: till.post("/register/v1/sales", json=body) for body in bodies]
    told = [(a.status_code, a.json().get("code")) for a in at_once(asks)]
    assert sorted(told, key=str) == [(200, None)] + [(409, "tenders.id_taken")] * 5
    assert one(stage, "SELECT count(*) FROM sale") == 2
    assert stock_left(stage)[0] == (8 - winner, 0)


@pytest.mark.parametrize("rail", ["cash", "wallet"])
def test_one_return_asked_twenty_times_at_once(stage: Stage, rail: str) -> None:
    who, till = buyer(stage), register(stage)
    body = sale_of(stage, who, rail)
    sell(stage, body)
    back = return_of(body["id"], {2: 1})
    answers = at_once([lambda: till.post("/register/v1/returns", json=back)] * TIMES)
    told = [ok(answer) for answer in answers]
    assert {t["refund_minor"] for t in told} == {4351}
    refund = told[0]["refunds"][0]["tender_id"]
    # While the provider is being asked the refund may still be under way; nothing else differs.
    states = {"captured"} if rail == "cash" else {"captured", "pending"}
    for answer in told:
        assert {**answer, "refunds": []} == {**told[0], "refunds": []}
        assert [r["tender_id"] for r in answer["refunds"]] == [refund]
        assert answer["refunds"][0]["state"] in states
    stage.drain()
    with restarted(stage):
        again = ok(till.post("/register/v1/returns", json=back))
        assert (again["refund_minor"], again["refunds"][0]["state"]) == (4351, "captured")
        assert stock_left(stage) == [(9, 0), (9, 0), (9, 0)]
        assert one(stage, "SELECT count(*) FROM sale_return") == 1
        assert rows(stage, "SELECT id, state, amount_minor FROM tender WHERE direction = 'out'") == [
            (refund, "captured", 4351)
        ]
        assert one(stage, "SELECT returned_minor FROM sale") == 4351
        assert who.points() == (167 - 43, 0)
        assert one(stage, "SELECT sum(amount_minor) FROM transfer WHERE code = 'refund'") == 4351
        assert who.balance() == (100_000 if rail == "cash" else 100_000 - TOTAL_MINOR + 4351)
        before = everything(stage)
        other = {**back, "items": [{"line_no": 1, "quantity": 1}]}
        assert ok(till.post("/register/v1/returns", json=other), 409)["code"] == "idempotency.mismatch"
        assert everything(stage) == before
        assert ledger_is_balanced(stage)


def test_a_qr_asked_for_again_is_the_same_one(stage: Stage) -> None:
    who = buyer(stage)
    body = sale_of(stage, who, "qr")
    first = sell(stage, body, 202)
    assert first["qr"].startswith("wallet://pay/")
    assert sell(stage, body, 202)["qr"] == first["qr"]
    with restarted(stage):
        again = sell(stage, body, 202)
        assert (again["qr"], again["tender_state"]) == (first["qr"], "pending")
        ok(who.wallet.post(f"/app/accounts/{who.account_id}/scan", json={"code_url": first["qr"]}))
        assert sell(stage, body)["state"] == "paid"
        check_sold_once(stage, who, body, TOTAL_MINOR)
