"""Who took back the consent to membership is no member at the register, whatever code is still shown; both databases."""

from typing import Any

import httpx

from highstreet.kernel.ids import new_id
from highstreet.rooms.members import member_code
from tests.patience import until
from tests.stories.acts import Buyer, buyer, one, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

ASKS = ("members", "quotes", "sales")


def code_of(who: Buyer) -> str:
    """The code that a phone with kept keys shows, without asking anybody."""
    stage = who.stage
    secret = stage.program.member_secret
    return member_code(secret, stage.seed.brand_id, who.member_id, stage.clock.now())


def ask(stage: Stage, path: str, shown: str, **changes: Any) -> httpx.Response:
    body: dict[str, Any] = {"member_code": shown}
    if path != "members":
        body["items"] = [{"gtin": stage.seed.gtins[0]}]
    if path == "sales":
        tenders = [{"id": new_id("tnd"), "rail": "cash"}]
        body |= {"id": new_id("sal"), "currency": "EUR", "tenders": tenders}
    return stage.register.post(f"/register/v1/{path}", json=body | changes)


def withdraw(who: Buyer, purpose: str) -> None:
    path = f"/shop/v1/brands/{who.stage.seed.brand_id}/consents/{purpose}"
    assert ok(who.phone.delete(path))["withdrawn"] == 1


def test_withdrawn_service_ends_code_and_seal_until_it_is_given_again(stage: Stage) -> None:
    who = buyer(stage)
    seal = ok(ask(stage, "members", code_of(who)))["seal"]
    withdraw(who, "measurement")
    assert ok(ask(stage, "quotes", seal))["is_member"]

    withdraw(who, "service")
    points = who.points()
    for shown in (code_of(who), seal):
        for path in ASKS:
            told = ok(ask(stage, path, shown), 404)
            assert told["code"] == "sale.member_unknown", (path, shown[:3])
    assert (rows(stage, "SELECT id FROM sale"), who.points()) == ([], points)
    sold = ok(ask(stage, "sales", "-", member_code=None))
    assert one(stage, "SELECT member_id FROM sale") is None, sold

    again = {"entry": "poster", "joins": True, "purposes": ["service"], "consent_ids": [new_id("cst")]}
    path = f"/shop/v1/brands/{stage.seed.brand_id}/follow"
    told = ok(who.phone.put(path, json={**again, "member_id": new_id("mbr")}))
    assert told["member_id"] == who.member_id
    for path in ASKS:
        ok(ask(stage, path, code_of(who)))
    assert who.points() > points


def test_a_sale_begun_before_goes_on(stage: Stage) -> None:
    who = buyer(stage)
    paid, still_open = sale_of(stage, who, items=[{"gtin": stage.seed.gtins[0]}]), sale_of(stage, who, "qr")
    paid["coupons"] = []
    receipt = sell(stage, paid)
    shown = sell(stage, still_open, 202)["qr"]
    withdraw(who, "service")
    assert sell(stage, paid) == receipt
    ok(who.wallet.post(f"/app/accounts/{who.account_id}/scan", json={"code_url": shown}))
    until(lambda: ok(stage.register.get(f"/register/v1/sales/{still_open['id']}"))["state"] == "paid")
    assert rows(stage, "SELECT member_id, state FROM sale") == [(who.member_id, "paid")] * 2
    assert who.points()[0] > 167


def test_who_was_never_asked_took_nothing_back(stage: Stage) -> None:
    """The seeded member came without any receipt, as from a file."""
    seed = stage.seed
    shown = member_code(stage.program.member_secret, seed.brand_id, seed.member_id, stage.clock.now())
    assert one(stage, "SELECT count(*) FROM consent") == 0
    for path in ASKS:
        ok(ask(stage, path, shown))
