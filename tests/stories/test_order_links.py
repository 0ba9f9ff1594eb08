"""An order on the phone, over HTTP on both databases: a friend pays a part, what moves is told, what began can be ended."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from highstreet.flows import pay_in_parts
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.tenders import choose_rail
from tests.stories.acts import ledger_is_balanced, rows
from tests.stories.conftest import Stage
from tests.stories.own_rails import state
from tests.stories.test_loop import Stream, follow_and_claim, ok, wallet_app
from tests.stories.test_pay_link import page, way_to

MOVED = "sales.order_moved.v1"


@pytest.fixture
def phone(stage: Stage) -> httpx.Client:
    """A member's, where the brand takes orders for a fifth in advance."""
    shopper = stage.shopper()
    follow_and_claim(stage, shopper)
    policy = {"deposit_bp": 2000, "minimum_minor": 100, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    return shopper


def order(stage: Stage, phone: httpx.Client) -> dict[str, Any]:
    seed = stage.seed
    asked = {"brand_id": seed.brand_id, "place_id": seed.place_id}
    asked |= {"items": [{"gtin": seed.gtins[0]}]}
    priced = ok(phone.post("/shop/v1/orders/prices", json=asked))
    more = {"id": new_id("sal"), "currency": "EUR", "expected_total_minor": priced["total_minor"]}
    return dict(ok(phone.post("/shop/v1/orders", json=asked | more), 201))


def at(stage: Stage, told: dict[str, Any], rest: str = "") -> str:
    return f"/shop/v1/orders/{stage.seed.brand_id}/{told['sale_id']}{rest}"


def link(stage: Stage, phone: httpx.Client, told: dict[str, Any], minor: int, **more: Any) -> dict[str, Any]:
    asked = {"id": new_id("tnd"), "amount_minor": minor, **more}
    return dict(ok(phone.post(at(stage, told, "/links"), json=asked), 201))


def path_of(stage: Stage, part: dict[str, Any]) -> str:
    return str(part["link"]).removeprefix(stage.program.settings.public_url)


def test_a_friend_pays_a_part_and_the_phone_is_told(stage: Stage, phone: httpx.Client) -> None:
    told = order(stage, phone)
    total = told["total_minor"]
    assert [rail["name"] for rail in told["rails"]] == ["wallet"]
    stream = Stream(phone, "/shop/v1/stream")
    tender_id = new_id("tnd")
    told = link(stage, phone, told, 1000, id=tender_id)
    assert link(stage, phone, told, 1000, id=tender_id)["parts"] == told["parts"]  # once
    [part] = told["parts"]
    assert (part["rail"], part["link_state"], told["due_minor"]) == ("link", "open", total - 1000)
    assert stream.next(MOVED)[2]["sale_id"] == told["sale_id"]
    friend = stage.client(**{"Accept-Language": "en"})
    shown = way_to(page(friend, path_of(stage, part), rail="wallet"))
    stream.next(MOVED)
    [part] = ok(phone.get(at(stage, told)))["parts"]
    assert (part["rail"], part["link_state"], part["link"]) == ("wallet", "waiting", None)
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    stream.next(MOVED)
    told = ok(phone.get(at(stage, told)))
    assert (told["parts"][0]["link_state"], told["held_minor"]) == ("paid", 1000)
    told = ok(phone.post(at(stage, told, "/cancel")))
    stage.drain()
    told = ok(phone.get(at(stage, told)))
    back = [p for p in told["parts"] if p["direction"] == "out"]
    assert [(p["rail"], p["state"], p["amount_minor"]) for p in back] == [("wallet", "captured", 1000)]
    assert back[0]["refunds_tender_id"] == tender_id
    assert told["state"] == "abandoned"
    assert ledger_is_balanced(stage)


def test_a_link_and_a_payment_are_ended_by_the_phone_that_began_them(
    stage: Stage, phone: httpx.Client
) -> None:
    told = order(stage, phone)
    told = link(stage, phone, told, 700)
    [part] = told["parts"]
    stranger = stage.shopper("+358409999999")
    end = at(stage, told, f"/tenders/{part['tender_id']}/cancel")
    assert stranger.post(end).status_code == 404
    told = ok(phone.post(end))
    assert (told["parts"][0]["link_state"], told["due_minor"]) == ("ended", told["total_minor"])
    assert ok(phone.post(end), 409)["code"] == "sales.not_open"
    assert "its time is over" in page(stage.client(**{"Accept-Language": "en"}), path_of(stage, part))
    told = link(stage, phone, told, 700)
    stage.advance(timedelta(minutes=29))  # the order is kept half an hour for its deposit, as is the link
    told = ok(phone.get(at(stage, told)))
    assert told["parts"][1]["link_state"] == "open"
    begun = {"id": new_id("tnd"), "rail": "wallet"}
    told = ok(phone.post(at(stage, told, "/tenders"), json=begun))
    assert told["qr"]
    told = ok(phone.post(at(stage, told, f"/tenders/{begun['id']}/cancel")))
    assert [p["state"] for p in told["parts"]] == ["failed", "planned", "reversed"]
    # What a register takes is the register's to call back.
    taken = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": 300}
    ok(stage.register.post(f"/register/v1/sales/{told['sale_id']}/tenders", json=taken))
    assert phone.post(at(stage, told, f"/tenders/{taken['id']}/cancel")).status_code == 404
    ok(phone.post(at(stage, told, "/cancel")))
    stage.drain()
    assert rows(stage, "SELECT state FROM sale") == [("abandoned",)]


def test_a_link_nobody_uses_expires(stage: Stage, phone: httpx.Client) -> None:
    told = link(stage, phone, order(stage, phone), 700)
    deposit = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": told["deposit_minor"]}
    shown = ok(phone.post(at(stage, told, "/tenders"), json=deposit))["qr"]
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    stage.advance(timedelta(minutes=30))
    stage.drain()
    told = ok(phone.get(at(stage, told)))
    assert told["state"] == "open"
    assert [p["link_state"] for p in told["parts"]] == ["expired", None]
    ok(phone.post(at(stage, told, "/cancel")))
    stage.drain()


def test_what_a_phone_may_pay_by_is_what_the_limits_leave(stage: Stage, phone: httpx.Client) -> None:
    told = order(stage, phone)
    state(stage, {"rail": "wallet", "min_minor": 10, "max_minor": 4000, "dynamic_day_minor": 5000})
    assert ok(phone.get(at(stage, told)))["rails"] == [
        {"name": "wallet", "least_minor": 10, "most_minor": 4000}
    ]
    part = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": 3000}
    told = ok(phone.post(at(stage, told, "/tenders"), json=part))
    assert told["rails"][0]["most_minor"] == 2000
    state(stage, {"rail": "wallet", "is_on": False})
    assert ok(phone.get(at(stage, told)))["rails"] == []
    ok(phone.post(at(stage, told, "/cancel")))
    stage.drain()
    assert ok(phone.get(at(stage, told)))["rails"] == []


def test_a_place_says_whether_it_takes_orders(stage: Stage) -> None:
    path = f"/shop/v1/places/{stage.seed.brand_id}/{stage.seed.place_id}"
    assert ok(stage.client().get(path))["takes_orders"] is False
    policy = {"deposit_bp": 2000, "minimum_minor": 0, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    assert ok(stage.client().get(path))["takes_orders"] is True


def test_goods_are_kept_without_a_deposit_for_three_orders_only(stage: Stage, phone: httpx.Client) -> None:
    told = [order(stage, phone) for _ in range(3)]
    seed = stage.seed
    asked = {"brand_id": seed.brand_id, "place_id": seed.place_id, "items": [{"gtin": seed.gtins[0]}]}
    asked |= {"id": new_id("sal"), "currency": "EUR", "expected_total_minor": told[0]["total_minor"]}
    assert ok(phone.post("/shop/v1/orders", json=asked), 409)["code"] == "sales.too_many_orders"
    ok(phone.post(at(stage, told[0], "/cancel")))
    ok(phone.post("/shop/v1/orders", json=asked), 201)


def test_a_link_that_was_used_as_it_ended_is_called_back(
    stage: Stage, phone: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = order(stage, phone)
    [part] = link(stage, phone, told, 700)["parts"]
    really = pay_in_parts.end_link_part

    def after_the_payer(tx: Tx, command: Any) -> bool:
        assert choose_rail(tx, stage.seed.brand_id, part["tender_id"], "wallet", stage.clock.now())
        return really(tx, command)

    monkeypatch.setattr(pay_in_parts, "end_link_part", after_the_payer)
    ok(phone.post(at(stage, told, f"/tenders/{part['tender_id']}/cancel")))
    stage.drain()
    assert rows(stage, "SELECT rail, state FROM tender") == [("wallet", "reversed")]
