"""A register in training: the same prices and answers, marked, and not a trace in anything that counts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from highstreet.kernel.ids import new_id
from highstreet.kernel.settings import Settings
from highstreet.rooms.tenders.rails.wallet import WalletRail
from tests.stories.acts import buyer, everything, one, return_of, rows, sale_of
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

OWN = ("training_sale", "training_line", "training_return")


def train(stage: Stage, is_training: bool = True, **more: Any) -> int:
    body = {"register_ids": [stage.seed.register_id], "is_training": is_training, **more}
    return int(ok(stage.office().put("/office/v1/registers/training", json=body))["changed"])


@pytest.fixture
def training_wallet(stage: Stage) -> Iterator[str]:
    """A merchant account of its own at the simulator, for practice only."""
    settings = stage.program.settings
    account = f"{settings.wallet_merchant_id}-training"
    merchant = {
        "merchant_id": account,
        "public_key": settings.wallet_public_key,
        "notify_url": "http://127.0.0.1:9/",
    }
    made = httpx.post(f"{stage.wallet_url}/sim/merchants", json=merchant, trust_env=False)
    assert made.status_code < 300, made.text
    rail = WalletRail(stage.wallet_url, account, settings.wallet_key, None)
    stage.server.run(rail.open())
    stage.program.training_wallet = rail
    yield account
    stage.server.run(rail.aclose())


def test_nothing_else_changes(stage: Stage) -> None:
    """Quote, cash, wallet by code and by QR, cancel, return: every other table is byte for byte as it was."""
    who = buyer(stage)
    assert train(stage) == 1
    stage.drain()
    balance, points = who.balance(), who.points()
    stage.register.get("/register/v1/me")  # its key is noted as seen
    before = everything(stage, *OWN)
    asked = sale_of(stage, who)
    quoted = ok(
        stage.register.post(
            "/register/v1/quotes", json={k: asked[k] for k in ("items", "member_code", "coupons")}
        )
    )
    cash = ok(stage.register.post("/register/v1/sales", json=asked))
    assert (cash["state"], cash["total_minor"]) == ("paid", quoted["total_minor"])
    scanned = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, who, "wallet")))
    assert scanned["state"] == "paid"
    shown = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, rail="qr")), 202)
    assert (shown["state"], shown["tender_state"]) == ("open", "pending")
    assert "TRAINING 训练" in shown["qr"]
    seen = ok(stage.register.get(f"/register/v1/sales/{shown['sale_id']}"))
    called = sale_of(stage, rail="qr")
    ok(stage.register.post("/register/v1/sales", json=called), 202)
    cancelled = ok(stage.register.post(f"/register/v1/sales/{called['id']}/cancel"))
    asked = return_of(cash["sale_id"], {2: 1})
    wish = {name: asked[name] for name in ("sale_id", "items")}
    ahead = ok(stage.register.post("/register/v1/returns/preview", json=wish))
    back = ok(stage.register.post("/register/v1/returns", json=asked))
    assert ahead["refunds"] == [{"rail": "cash", "amount_minor": back["refund_minor"], "needs_slip": False}]
    stage.drain()
    assert (seen["state"], cancelled["state"]) == ("paid", "abandoned")
    assert back["refund_minor"] > 0
    for answer in (quoted, cash, scanned, shown, seen, cancelled, back):
        assert answer["is_training"] is True
    assert everything(stage, *OWN) == before
    assert (who.balance(), who.points()) == (balance, points)
    assert one(stage, "SELECT count(*) FROM training_sale") == 4


def test_the_same_prices_as_for_real(stage: Stage) -> None:
    """Real and practised receipts of one basket differ in ids, times, points and the mark only."""
    who = buyer(stage)
    train(stage)
    practised = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, who)))
    assert train(stage, is_training=False) == 1
    real = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, who)))
    assert real.get("is_training") is None
    differ = ("sale_id", "paid_at", "points_pending", "is_training", "tenders")
    assert {k: v for k, v in practised.items() if k not in differ} == {
        k: v for k, v in real.items() if k not in differ
    }


def test_asked_twice_and_returned_to_the_end(stage: Stage) -> None:
    """The same ids have the effect of once; no more comes back than was sold."""
    train(stage)
    body = sale_of(stage)
    first = ok(stage.register.post("/register/v1/sales", json=body))
    assert ok(stage.register.post("/register/v1/sales", json=body)) == first
    changed = stage.register.post("/register/v1/sales", json={**body, "items": body["items"][:1]})
    assert changed.json()["code"] == "idempotency.mismatch"
    back = return_of(body["id"], {2: 2})
    told = ok(stage.register.post("/register/v1/returns", json=back))
    assert ok(stage.register.post("/register/v1/returns", json=back)) == told
    again = stage.register.post("/register/v1/returns", json=return_of(body["id"], {2: 1}))
    assert again.json()["code"] == "goods.return_beyond_sold"
    rest = ok(stage.register.post("/register/v1/returns", json=return_of(body["id"], {1: 1, 3: 1})))
    assert told["refund_minor"] + rest["refund_minor"] == first["total_minor"]
    assert rows(stage, "SELECT sum(returned_minor) FROM training_line") == [(first["total_minor"],)]


def test_what_is_real_is_refused(stage: Stage) -> None:
    """A real sale is unknown to a register in training, its practice is unknown to a real one; parts are refused."""
    real = ok(stage.register.post("/register/v1/sales", json=sale_of(stage)))
    held = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, tenders=[], hold_minutes=5)), 202)
    train(stage)
    for method, path, body in (
        ("GET", f"/register/v1/sales/{real['sale_id']}", None),
        ("POST", "/register/v1/returns", return_of(real["sale_id"], {1: 1})),
        ("POST", f"/register/v1/sales/{held['sale_id']}/cancel", None),
    ):
        told = stage.register.request(method, path, json=body)
        assert (told.status_code, told.json()["code"]) == (404, "training.sale_unknown")
    part = {"id": new_id("tnd"), "rail": "cash", "amount_minor": 1}
    for path, sent in (
        (f"/register/v1/sales/{held['sale_id']}/tenders", part),
        ("/register/v1/sales", sale_of(stage, tenders=[], hold_minutes=5)),
    ):
        told = stage.register.post(path, json=sent)
        assert (told.status_code, told.json()["code"]) == (403, "auth.in_training")
    practised = ok(stage.register.post("/register/v1/sales", json=sale_of(stage)))
    train(stage, is_training=False)
    told = stage.register.post("/register/v1/returns", json=return_of(practised["sale_id"], {1: 1}))
    assert told.json()["code"] == "sales.sale_unknown"
    assert ok(stage.register.get(f"/register/v1/sales/{real['sale_id']}"))["state"] == "paid"


def test_no_stock_is_needed_to_practise(stage: Stage) -> None:
    """A place that was not delivered to yet can practise, and cannot sell."""
    body = sale_of(stage, items=[{"gtin": stage.seed.gtins[0], "quantity": 900}])
    train(stage)
    assert ok(stage.register.post("/register/v1/sales", json=body))["state"] == "paid"
    train(stage, is_training=False)
    told = stage.register.post("/register/v1/sales", json={**body, "id": new_id("sal")})
    assert told.json()["code"] == "sale.out_of_stock"


def test_the_training_wallet_is_another_account(stage: Stage, training_wallet: str) -> None:
    """With a simulator, play money really moves and comes back; the real merchant's bill has no line of it."""
    who = buyer(stage)
    train(stage)
    stage.drain()
    before = who.balance()
    sold = ok(
        stage.register.post("/register/v1/sales", json=sale_of(stage, rail="wallet", tenders=[_code(who)]))
    )
    assert sold["state"] == "paid"
    assert who.balance() == before - sold["total_minor"]
    ok(stage.register.post("/register/v1/returns", json=return_of(sold["sale_id"], {1: 1, 2: 2, 3: 1})))
    assert who.balance() == before
    assert one(stage, "SELECT count(*) FROM tender") == 0
    day = stage.clock.now().date()
    bill = stage.server.run(stage.program.rails.accounts[0].rail.fetch_bill(day, is_early=True))
    assert sold["tenders"][0]["tender_id"].encode() not in bill


def _code(who: Any) -> dict[str, Any]:
    return {"id": new_id("tnd"), "rail": "wallet", "auth_code": who.auth_code()}


def test_production_has_no_training_wallet() -> None:
    with pytest.raises(ValueError, match="TRAINING_WALLET_URL"):
        Settings(_env_file=None, mode="production", secret="x" * 40, training_wallet_url="https://sim")  # type: ignore[call-arg]


def test_training_is_seen(stage: Stage) -> None:
    """By the register itself, in the office's list, in the trail; unknown registers change nothing."""
    assert ok(stage.register.get("/register/v1/me"))["is_training"] is False
    assert (train(stage), train(stage)) == (1, 0)
    assert ok(stage.register.get("/register/v1/me"))["is_training"] is True
    listed = ok(stage.office().get("/office/v1/registers"))
    assert [r["is_training"] for r in listed if r["register_id"] == stage.seed.register_id] == [True]
    body = {"register_ids": [stage.seed.register_id, new_id("reg")], "is_training": False}
    assert stage.office().put("/office/v1/registers/training", json=body).status_code == 404
    assert ok(stage.register.get("/register/v1/me"))["is_training"] is True
    assert one(stage, "SELECT count(*) FROM audit_entry WHERE action = 'office.set_training'") == 2


def test_the_office_sees_and_ends_it_on_a_page(stage: Stage) -> None:
    """A badge in the lists, a button on the register's page."""
    office, register_id = stage.office(), stage.seed.register_id
    listed = "/office/registers", f"/office/places/{stage.seed.place_id}", f"/office/registers/{register_id}"
    badge = "Training</span>"
    assert [badge in office.get(path).text for path in listed] == [False, False, False]
    done = office.post(f"/office/registers/{register_id}/training", data={"is_training": "true"})
    assert done.headers["hx-redirect"] == f"/office/registers/{register_id}"
    assert [badge in office.get(path).text for path in listed] == [True, True, True]
    office.post(f"/office/registers/{register_id}/training", data={"is_training": "false"})
    assert ok(stage.register.get("/register/v1/me"))["is_training"] is False


def test_a_sale_from_before_is_not_told_in_training(stage: Stage) -> None:
    body = sale_of(stage, buyer(stage), "qr")
    assert ok(stage.register.post("/register/v1/sales", json=body), 202)["qr"]
    train(stage)
    stage.advance(timedelta(seconds=100))  # the member's code is old by now
    assert ok(stage.register.post("/register/v1/sales", json=body), 409)["code"] == "members.code_stale"
