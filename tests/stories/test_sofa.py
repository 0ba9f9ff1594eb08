"""A sofa of 128,000 yuan, over HTTP on both databases: ordered on the phone, paid by five tenders, a part given back.

WeChat Pay and Alipay are simulators with servers of their own; the bank slip is a number, the points are the member's.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.rooms.tenders.rails.book import RailAccount, Rails
from highstreet_simulator.wallet.peers import Payer
from tests.patience import PATIENCE_S
from tests.rails.kinds import KINDS
from tests.rails.stand import Stand
from tests.stories.acts import ledger_is_balanced, one, return_of, rows
from tests.stories.conftest import Stage
from tests.stories.own_rails import state
from tests.stories.test_another_rail import Hook
from tests.stories.test_loop import Stream, follow_and_claim, ok
from tests.stories.test_pay_in_parts import other_place

SOFA = 12_800_000
COUPON = 1500
DEPOSIT = SOFA // 5
WECHAT_DAY = DEPOSIT + 4_000_000
POINTS = 2_400
SLIP = SOFA - DEPOSIT - 5_000_000 - 4_000_000 - POINTS * 100
POINTS_LEFT = "SELECT points_available FROM member WHERE id = (SELECT member_id FROM sale)"
POINTS_WORTH = {"points": 1, "worth_minor": 100, "earns_on_points": True}


@dataclass
class YuanTown:
    """The stage in yuan, with WeChat Pay and Alipay."""

    stage: Stage
    wechat: Stand
    alipay: Stand
    phone: httpx.Client
    coupon: str

    def order(self, **changes: Any) -> dict[str, Any]:
        seed = self.stage.seed
        asked = {
            "id": new_id("sal"),
            "brand_id": seed.brand_id,
            "place_id": seed.place_id,
            "items": [{"gtin": seed.gtins[0]}],
            "coupons": [self.coupon],
            "currency": "CNY",
            "expected_total_minor": SOFA,
        }
        return dict(ok(self.phone.post("/shop/v1/orders", json=asked | changes), 201))

    def path(self, sale_id: str) -> str:
        return f"/shop/v1/orders/{self.stage.seed.brand_id}/{sale_id}"

    def read(self, sale_id: str) -> dict[str, Any]:
        return dict(ok(self.phone.get(self.path(sale_id))))

    def pay(self, sale_id: str, rail: str, status: int = 200, **more: Any) -> dict[str, Any]:
        asked = {"id": new_id("tnd"), "rail": rail, **more}
        return dict(ok(self.phone.post(f"{self.path(sale_id)}/tenders", json=asked), status))

    def advance(self, by: timedelta) -> None:
        """Move our clock and both providers'."""
        self.stage.advance(by)
        offset_s = (self.stage.clock.now() - utc_now()).total_seconds()
        for stand in (self.wechat, self.alipay):
            stand.sim("POST", "/sim/clock", {"offset_s": offset_s})

    def until(self, sale_id: str, **wanted: Any) -> dict[str, Any]:
        """Once a notice came in."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            told = self.read(sale_id)
            if wanted.items() <= told.items():
                return told
            time.sleep(0.03)
        raise AssertionError(told)


@pytest.fixture
def town(stage: Stage) -> Iterator[YuanTown]:
    _in_yuan(stage)
    before, stands, accounts, inboxes = stage.program.rails, {}, [], []
    for kind in KINDS:
        if kind.name in ("wechat", "alipay"):
            inbox = Hook(f"{stage.url}/hooks/{kind.name}/notices")
            stand = stands[kind.name] = Stand(kind, inbox)
            inboxes.append(inbox)
            accounts.append(RailAccount(kind.name, kind.connect(stand, stand.merchant_id)))
    stage.program.rails = Rails(accounts)
    stage.server.run(stage.program.rails.open())
    phone = stage.shopper()
    coupons, _ = follow_and_claim(stage, phone)
    policy = {"deposit_bp": 2000, "minimum_minor": 500_000, "hold_days": 14}
    assert ok(stage.office().put("/office/v1/order-policy", json=policy)) == policy | {"delivery_hours": None}
    yield YuanTown(stage, stands["wechat"], stands["alipay"], phone, coupons[1])
    stage.server.run(stage.program.rails.aclose())
    stage.program.rails = before
    for stand in stands.values():
        stand.close()
    for inbox in inboxes:
        inbox.close()


def _in_yuan(stage: Stage) -> None:
    with stage.program.db.engine.begin() as connection:
        connection.execute(text("UPDATE brand SET currency = 'CNY'"))
        connection.execute(text("UPDATE price_list SET currency = 'CNY'"))
        for amount, which in ((13_500_000, 10_000), (SOFA + COUPON, 9000)):
            connection.execute(
                text("UPDATE price SET amount_minor = :a WHERE amount_minor = :w"), {"a": amount, "w": which}
            )


def tender(
    at: httpx.Client, sale_id: str, amount_minor: int | None, status: int = 200, **how: Any
) -> dict[str, Any]:
    asked = {"id": new_id("tnd"), "amount_minor": amount_minor, **how}
    return dict(ok(at.post(f"/register/v1/sales/{sale_id}/tenders", json=asked), status))


def facts(refused: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return refused["code"], {k: v for k, v in refused["facts"].items() if k != "rail"}


def balances(stage: Stage, by: str = "kind") -> dict[str, int]:
    found = rows(stage, f"SELECT {by}, sum(balance_minor) FROM account GROUP BY {by}")
    return {kind: int(total) for kind, total in found if total}


def price_is_told(town: YuanTown) -> None:
    """To a member with a coupon, and to whoever may become one."""
    stage = town.stage
    price = {"brand_id": stage.seed.brand_id, "place_id": stage.seed.place_id, "coupons": [town.coupon]}
    asked = {**price, "items": [{"gtin": stage.seed.gtins[0]}]}
    priced = ok(town.phone.post("/shop/v1/orders/prices", json=asked))
    assert {name: priced[name] for name in ("currency", "total_minor", "deposit_minor", "hold_days")} == {
        "currency": "CNY",
        "total_minor": SOFA,
        "deposit_minor": DEPOSIT,
        "hold_days": 14,
    }
    assert (priced["is_member"], priced["unusable"]) == (True, [])
    assert [line["net_minor"] for line in priced["lines"]] == [SOFA]
    stranger = stage.shopper("+358409999998").post("/shop/v1/orders/prices", json=asked | {"coupons": []})
    assert ok(stranger)["is_member"] is False


def deposit_on_the_phone(town: YuanTown, order: dict[str, Any]) -> Payer:
    """By WeChat's QR: its notice comes in, and the goods are kept for two weeks."""
    stage, sale_id = town.stage, order["sale_id"]
    assert (order["state"], order["deposit_minor"], order["due_minor"]) == ("open", DEPOSIT, SOFA)
    assert rows(stage, "SELECT sum(reserved) FROM stock_item") == [(1,)]
    shown = town.pay(sale_id, "wechat")
    payer = town.wechat.payer(20_000_000)
    payer.post("/scan", {"code_url": shown["qr"]})
    held = town.until(sale_id, held_minor=DEPOSIT)
    assert held["due_minor"] == SOFA - DEPOSIT
    assert held["held_until"] > order["held_until"]
    assert balances(stage) == {"deposits": DEPOSIT, "clearing_wechat": -DEPOSIT}
    town.advance(timedelta(hours=2))  # the half hour for the deposit is long over
    stage.drain()
    assert town.read(sale_id)["state"] == "open"
    return payer


def balance_by_two_wallets(town: YuanTown, elsewhere: httpx.Client, sale_id: str, payer: Payer) -> Payer:
    """Begun at another place of the brand; Alipay says no beyond its day, and we beyond ours for WeChat Pay."""
    at_desk = ok(elsewhere.get("/register/v1/orders", params={"code": sale_id.removeprefix("sal_").upper()}))
    assert (at_desk["due_minor"], at_desk["is_pickup_here"]) == (SOFA - DEPOSIT, False)
    assert [line["name_en"] for line in at_desk["lines"]]
    alipay = town.alipay.payer(20_000_000, daily_limit_minor=5_000_000)
    no = tender(elsewhere, sale_id, 6_000_000, rail="alipay", auth_code=alipay.code())
    assert (no["state"], no["tender_state"], no["due_minor"]) == ("open", "failed", SOFA - DEPOSIT)
    tender(elsewhere, sale_id, 5_000_000, rail="alipay", auth_code=alipay.code())
    beyond = {"rail": "wechat", "auth_code": payer.code()}
    assert facts(tender(elsewhere, sale_id, 4_000_001, status=409, **beyond)) == (
        "tenders.over_limit",
        {"limit": "dynamic_day", "limit_minor": WECHAT_DAY, "left_minor": 4_000_000},
    )
    tender(elsewhere, sale_id, 4_000_000, **beyond)
    return alipay


def rest_by_slip_and_points(town: YuanTown, elsewhere: httpx.Client, sale_id: str) -> None:
    """Where the sofa stands; a slip is good once."""
    stage = town.stage
    slip = {"rail": "slip", "reference": "004711"}
    assert tender(elsewhere, sale_id, SLIP, status=409, **slip)["code"] == "sales.cash_elsewhere"
    tender(stage.register, sale_id, SLIP, **slip)
    told = tender(stage.register, sale_id, POINTS * 100, status=409, **slip)
    assert told["code"] == "tenders.slip_used"
    stream = Stream(town.phone, "/shop/v1/stream")
    told = tender(stage.register, sale_id, None, rail="points")
    assert one(stage, POINTS_LEFT) == 0
    assert (told["state"], told["total_minor"], len(told["tenders"])) == ("paid", SOFA, 5)
    assert stream.next("sales.sale_paid.v1")[2]["sale_id"] == sale_id


def is_settled(town: YuanTown, sale_id: str) -> None:
    """Everyone's share, and nothing held for it any more."""
    stage = town.stage
    assert town.read(sale_id)["state"] == "paid"
    assert [o["state"] for o in ok(town.phone.get("/shop/v1/orders"))] == ["paid"]
    seed = stage.seed
    earned = {"brand": SOFA // 4, "landlord": SOFA * 8 // 100}
    shares = dict(rows(stage, "SELECT owner_id, balance_minor FROM account WHERE kind = 'earned'"))
    assert shares[seed.brand_party] == earned["brand"]
    assert shares[seed.landlord] == earned["landlord"]
    assert shares[seed.dealer] == SOFA - sum(earned.values())
    found = balances(stage)
    assert "deposits" not in found
    assert found["clearing_slip"] == -SLIP
    assert found["points_spent"] == -POINTS * 100
    assert ledger_is_balanced(stage)


def test_deposit_on_the_phone_balance_over_two_wallets_a_slip_and_points(town: YuanTown) -> None:
    stage = town.stage
    price_is_told(town)
    order = town.order()
    sale_id = order["sale_id"]
    # What the brand says: points for money, and a wallet's day.
    state(stage, {"rail": "wechat", "dynamic_day_minor": WECHAT_DAY}, points=POINTS_WORTH)
    with stage.program.db.engine.begin() as connection:  # as if they had matured long ago
        connection.execute(text(f"UPDATE member SET points_available = {POINTS}"))
    payer = deposit_on_the_phone(town, order)
    elsewhere = other_place(stage)
    alipay = balance_by_two_wallets(town, elsewhere, sale_id, payer)
    rest_by_slip_and_points(town, elsewhere, sale_id)
    is_settled(town, sale_id)
    # A part goes back: the newest wallet first, the deposit before any cash.
    part = {"id": new_id("rtn"), "amount_minor": 6_000_000, "reason": "Scratch on the left arm"}
    back = ok(stage.office().post(f"/office/v1/sales/{sale_id}/allowances", json=part), 201)
    assert [(r["rail"], r["amount_minor"]) for r in back["refunds"]] == [
        ("wechat", 4_000_000),
        ("alipay", 2_000_000),
    ]
    stage.drain()
    assert payer.balance() == 20_000_000 - DEPOSIT
    assert alipay.balance() == 20_000_000 - 3_000_000
    # And the sofa itself, at another place: what is left, to the last fen.
    rest = ok(elsewhere.post("/register/v1/returns", json=return_of(sale_id, {1: 1}) | {"slips": ["004712"]}))
    stage.drain()
    assert rest["refund_minor"] == SOFA - 6_000_000
    assert [r["rail"] for r in rest["refunds"]] == ["alipay", "wechat", "points", "slip"]
    assert one(stage, POINTS_LEFT) == POINTS
    assert (payer.balance(), alipay.balance()) == (20_000_000, 20_000_000)
    assert balances(stage, "owner_id").get(stage.seed.brand_party, 0) == 0
    assert one(stage, "SELECT sum(abs(points_pending)) FROM member") == 0
    assert ledger_is_balanced(stage)


def test_half_paid_and_given_up_every_part_goes_back(town: YuanTown) -> None:
    stage = town.stage
    sale_id = town.order()["sale_id"]
    payer, alipay = town.wechat.payer(20_000_000), town.alipay.payer(20_000_000)
    payer.post("/scan", {"code_url": town.pay(sale_id, "wechat")["qr"]})
    town.until(sale_id, held_minor=DEPOSIT)
    tender(stage.register, sale_id, 3_000_000, rail="alipay", auth_code=alipay.code())
    tender(stage.register, sale_id, 100_000, rail="cash")
    stranger = stage.shopper("+358409999999")
    assert stranger.post(f"{town.path(sale_id)}/cancel").status_code == 404
    told = ok(town.phone.post(f"{town.path(sale_id)}/cancel"))
    stage.drain()
    assert told["state"] in ("closing", "abandoned")
    assert town.read(sale_id)["state"] == "abandoned"
    assert (payer.balance(), alipay.balance()) == (20_000_000, 20_000_000)
    assert rows(stage, "SELECT sum(reserved) FROM stock_item") == [(0,)]
    # The cash waits at the place where it was taken.
    assert balances(stage) == {"clearing_cash": -100_000, "deposits": 100_000}
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/hand-out"))
    assert balances(stage) == {}
    again = town.order()  # the coupon is good again
    assert again["total_minor"] == SOFA


def test_nobody_pays_the_deposit_or_the_balance_and_the_goods_are_free_again(town: YuanTown) -> None:
    stage = town.stage
    sale_id = town.order()["sale_id"]
    town.advance(timedelta(minutes=31))
    stage.drain()
    assert town.read(sale_id)["state"] == "abandoned"
    sale_id = town.order()["sale_id"]
    payer: Payer = town.wechat.payer(20_000_000)
    payer.post("/scan", {"code_url": town.pay(sale_id, "wechat")["qr"]})
    town.until(sale_id, held_minor=DEPOSIT)
    town.advance(timedelta(days=14, minutes=1))
    stage.drain()
    stage.drain()
    assert rows(stage, "SELECT state FROM sale WHERE state <> 'abandoned'") == []
    assert payer.balance() == 20_000_000
    assert balances(stage) == {}


def test_an_order_is_refused_without_a_rule_a_membership_or_the_price(town: YuanTown) -> None:
    stage = town.stage
    seed = stage.seed
    asked = {
        "id": new_id("sal"),
        "brand_id": seed.brand_id,
        "place_id": seed.place_id,
        "items": [{"gtin": seed.gtins[0]}],
        "currency": "CNY",
        "expected_total_minor": 1,
    }
    refused = ok(town.phone.post("/shop/v1/orders", json=asked), 409)
    assert refused["code"] == "sales.total_changed"
    stranger = stage.shopper("+358409999999")
    assert stranger.post("/shop/v1/orders", json=asked).status_code == 404
    with stage.program.db.engine.begin() as connection:
        connection.execute(text("DELETE FROM order_rule"))
    assert ok(town.phone.post("/shop/v1/orders", json=asked), 409)["code"] == "sales.no_orders"
    assert rows(stage, "SELECT id FROM sale") == []
