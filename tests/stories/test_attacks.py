"""What an attacker found: money that got lost, discounts that added up, goods that could not be sold."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from highstreet.flows.return_sale import FinishRefund, finish_refund
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.tenders import RailAnswer, SettleTender
from tests.stories.acts import buyer, sale_of
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok


def return_of(stage: Stage, sale_id: str, line_no: int = 1) -> httpx.Response:
    body = {"id": new_id("rtn"), "sale_id": sale_id, "items": [{"line_no": line_no, "quantity": 1}]}
    return stage.register.post("/register/v1/returns", json=body)


def test_a_sale_can_be_returned_though_its_member_was_erased_before_it_was_paid(stage: Stage) -> None:
    who = buyer(stage)
    asked = sale_of(stage, who, "wallet")
    asked["tenders"][0].pop("auth_code", None)
    shown = ok(stage.register.post("/register/v1/sales", json=asked), 202)
    assert who.phone.delete("/shop/v1/me").status_code == 204
    ok(who.wallet.post(f"/app/accounts/{who.account_id}/scan", json={"code_url": shown["qr"]}))
    stage.drain()
    sale = ok(stage.register.get(f"/register/v1/sales/{asked['id']}"))
    if sale["state"] == "open":  # the notice is still on its way
        stage.advance(timedelta(seconds=6))
        stage.drain()
        sale = ok(stage.register.get(f"/register/v1/sales/{asked['id']}"))
    assert (sale["state"], sale["points_pending"]) == ("paid", 0)
    assert ok(return_of(stage, asked["id"]))["refund_minor"] == sale["lines"][0]["net_minor"]


def test_a_refund_refused_for_good_stands_in_the_office(stage: Stage) -> None:
    who = buyer(stage)
    asked = sale_of(stage, who, "wallet")
    assert ok(stage.register.post("/register/v1/sales", json=asked))["state"] == "paid"
    fault = {"operation": "refund", "fault": "timeout_before_effect", "seconds": 0.01}
    for _ in range(20):  # the background work asks again and again
        ok(httpx.post(f"{stage.wallet_url}/sim/faults/next", json=fault, trust_env=False))
    (refund,) = ok(return_of(stage, asked["id"]))["refunds"]
    assert refund["state"] in ("pending", "unknown")
    no = RailAnswer("declined", None, "trade_not_paid", {})
    settle = SettleTender(stage.seed.brand_id, refund["tender_id"], no, "answered", stage.clock.now())
    assert stage.program.db.write_now(finish_refund, FinishRefund(settle)) == "failed"
    owed = ok(stage.office().get("/office/v1/today"))["open_tenders"]
    assert [(t["id"], t["state"]) for t in owed] == [(refund["tender_id"], "failed")]
    httpx.delete(f"{stage.wallet_url}/sim/faults", trust_env=False)


def test_coupons_of_one_offer_do_not_add_up(stage: Stage) -> None:
    def shared(tx: Tx, codes: list[str]) -> None:
        tx.run(text("UPDATE offer SET limit_per_person = NULL"))
        for code in codes:
            tx.run(
                text(
                    "INSERT INTO coupon (brand_id, id, offer_id, public_code, cap, reserved, used, valid_from,"
                    " valid_until) VALUES (:b, :i, :o, :c, 9, 0, 0, 0, 9000000000000000)"
                ),
                {"b": stage.seed.brand_id, "i": new_id("cpn"), "o": stage.ids["ofr_percent"], "c": code},
            )

    stage.program.db.write_now(shared, ["ONE", "TWO"])
    items = [{"gtin": stage.seed.gtins[0]}]
    one = ok(stage.register.post("/register/v1/quotes", json={"items": items, "coupons": ["ONE"]}))
    two = ok(stage.register.post("/register/v1/quotes", json={"items": items, "coupons": ["ONE", "TWO"]}))
    assert (one["total_minor"], two["total_minor"]) == (9500, 9500)
    assert two["rejected"] == [{"coupon": "TWO", "reason": "same_offer", "missing_minor": None}]
    asked = sale_of(stage, None, coupons=["ONE", "TWO"])
    refused = ok(stage.register.post("/register/v1/sales", json=asked), 409)
    assert (refused["code"], refused["facts"]["reason"]) == ("sale.coupon_unusable", "same_offer")


def test_a_free_basket_needs_no_money(stage: Stage) -> None:
    def give_away(tx: Tx, _command: None) -> None:
        tx.run(text("UPDATE price SET amount_minor = 0"))

    stage.program.db.write_now(give_away, None)
    asked = sale_of(stage, None)
    sale = ok(stage.register.post("/register/v1/sales", json=asked))
    assert (sale["state"], sale["total_minor"], sale["tenders"]) == ("paid", 0, [])
    assert ok(return_of(stage, asked["id"]))["refund_minor"] == 0


def test_goods_with_the_longest_names_are_sold(stage: Stage) -> None:
    def rename(tx: Tx, _command: None) -> None:
        tx.run(text("UPDATE product SET name_en = :n, name_zh = :n"), {"n": "n" * 200})

    stage.program.db.write_now(rename, None)
    sale = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, None)))
    assert {len(line["name_en"]) for line in sale["lines"]} == {200}
