"""People who ask for more than is theirs: orders at once, a cent for two weeks, slip by slip, the count before it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from highstreet.kernel.ids import new_id
from tests.stories.acts import at_once, one, register, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok, wallet_app
from tests.stories.test_order_links import at, order, phone
from tests.stories.test_pay_in_parts import part, start

__all__ = ["phone"]


def test_orders_asked_for_at_once_are_no_more_than_one_after_the_other(
    stage: Stage, phone: httpx.Client
) -> None:
    seed = stage.seed
    many = register(stage, phone.headers["Authorization"].split()[1])
    asked = {
        "brand_id": seed.brand_id,
        "place_id": seed.place_id,
        "items": [{"gtin": seed.gtins[2]}],
        "currency": "EUR",
        "expected_total_minor": 250,
    }
    got = at_once(
        [lambda: many.post("/shop/v1/orders", json={**asked, "id": new_id("sal")}) for _ in range(12)]
    )
    assert sorted(answer.status_code for answer in got) == [201] * 3 + [409] * 9
    assert one(stage, "SELECT count(*) FROM sale WHERE state = 'open'") == 3


def test_a_cent_more_keeps_no_order_longer(stage: Stage, phone: httpx.Client) -> None:
    told = order(stage, phone)
    app, account = wallet_app(stage)

    def pay(minor: int) -> str:
        asked = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": minor}
        shown = ok(phone.post(at(stage, told, "/tenders"), json=asked))["qr"]
        ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
        stage.advance(timedelta(seconds=6))
        stage.drain()
        return str(ok(phone.get(at(stage, told)))["held_until"])

    half = told["deposit_minor"] // 2
    assert pay(half) == told["held_until"]
    kept = pay(told["deposit_minor"] - half)
    assert kept > told["held_until"]
    stage.advance(timedelta(days=3))
    assert pay(1) == kept


def test_slip_by_slip_needs_the_approval_of_all_of_them(stage: Stage) -> None:
    policy = {"return_from_minor": None, "no_receipt_from_minor": None, "give_up_from_minor": 10_000}
    ok(stage.office().put("/office/v1/approval-policy", json=policy))
    sale_id = start(stage, 1)
    for number in "123":
        part(stage, sale_id, "slip", 6000, reference=f"A{number}")
    stage.advance(timedelta(minutes=2))
    stage.drain()

    def hand_out(*slips: str) -> httpx.Response:
        return stage.register.post(f"/register/v1/sales/{sale_id}/hand-out", json={"slips": slips})

    assert ok(hand_out("B1", "B2", "B3"), 409)["code"] == "sale.needs_approval"
    ok(hand_out("B1"))  # sixty alone is below what needs one
    told = ok(hand_out("B2"), 409)
    assert (told["code"], told["facts"]["amount_minor"]) == ("sale.needs_approval", 6000)
    assert rows(stage, "SELECT count(*) FROM tender WHERE direction = 'out' AND state = 'captured'") == [(1,)]


@pytest.mark.parametrize("rail", ["cash", "slip"])
def test_what_is_to_be_counted_is_not_told_before(stage: Stage, rail: str) -> None:
    till = stage.register

    def shift(**params: str) -> dict[str, Any]:
        return dict(ok(till.get("/register/v1/shift", params=params)))

    assert (shift()["is_blind"], shift()["cash_minor"], shift()["total_minor"]) == (False, 0, 0)
    more = {"tenders": [{"id": new_id("tnd"), "rail": "slip", "reference": "T1"}]} if rail == "slip" else {}
    total = sell(stage, sale_of(stage, **more))["total_minor"]
    told = shift()
    assert (told["is_blind"], told["sales"], told["rails"]) == (True, 1, [])
    assert told["cash_minor"] is told["total_minor"] is told["refunded_minor"] is None
    # A new shift counts nothing.
    stage.advance(timedelta(minutes=1))
    anew = stage.clock.now().isoformat()
    assert (shift(since=anew)["is_blind"], shift(since=anew)["sales"]) == (True, 0)
    counted = {"id": new_id("cnt"), "counted_minor": total if rail == "cash" else 0}
    slips = {"slips_minor": total} if rail == "slip" else {}
    assert ok(till.post("/register/v1/day/count", json=counted | slips))["over_minor"] == 0
    told = shift()
    assert (told["is_blind"], told["total_minor"]) == (False, total)
    assert [one["captured_minor"] for one in told["rails"]] == [total]
    stage.advance(timedelta(minutes=1))
    more = {"tenders": [{"id": new_id("tnd"), "rail": "slip", "reference": "T2"}]} if rail == "slip" else {}
    sell(stage, sale_of(stage, **more))  # tomorrow's, in the drawer that waits for its next count
    assert (shift()["is_blind"], shift()["total_minor"]) == (True, None)
