"""Another provider than the wallet through the whole program, over HTTP on both databases: nothing but the rail differs."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders.rails.book import RailAccount, Rails
from highstreet_simulator.wallet.peers import Inbox
from tests.patience import PATIENCE_S
from tests.rails.kinds import KINDS
from tests.rails.stand import Stand
from tests.stories.acts import ledger_is_balanced, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

TOTAL = 20230
STRIPE = next(kind for kind in KINDS if kind.name == "stripe")
ALIPAY = next(kind for kind in KINDS if kind.name == "alipay")


class Hook(Inbox):
    """Notices go to the program itself."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


@pytest.fixture
def stripe(stage: Stage) -> Iterator[Stand]:
    """The stage with Stripe as one more rail, its webhooks coming in."""
    inbox = Hook(f"{stage.url}/hooks/stripe-hq/notices")
    stand = Stand(STRIPE, inbox)
    before = stage.program.rails
    # A pool of connections belongs to the loop it was opened on: the server's own connector, the same account.
    rail = STRIPE.connect(stand, stand.merchant_id)
    stage.program.rails = Rails([*before.accounts, RailAccount("stripe-hq", rail)])
    yield stand
    stage.program.rails = before
    stage.server.run(rail.aclose())
    stand.close()
    inbox.close()


def until(stage: Stage, sale_id: str, state: str) -> dict[str, Any]:
    ends = time.monotonic() + PATIENCE_S
    while True:
        told = ok(stage.register.get(f"/register/v1/sales/{sale_id}"))
        if told["state"] == state or time.monotonic() > ends:
            return dict(told)
        time.sleep(0.03)


def test_shown_paid_noticed_given_back_and_billed(stage: Stage, stripe: Stand) -> None:
    body = sale_of(stage)
    body["tenders"][0]["rail"] = "stripe"
    shown = sell(stage, body, 202)["qr"]
    assert sell(stage, body, 202)["qr"] == shown
    payer = stripe.payer()
    payer.post("/scan", {"code_url": shown})
    told = until(stage, body["id"], "paid")
    assert (told["state"], told["total_minor"], told["tenders"][0]["rail"]) == ("paid", TOTAL, "stripe")
    assert payer.balance() == 1_000_000 - TOTAL
    kinds = {row[0] for row in rows(stage, "SELECT kind FROM tender_evidence")}
    assert "noticed" in kinds
    back = {"id": new_id("rtn"), "sale_id": body["id"], "items": [{"line_no": 1, "quantity": 1}]}
    refunded = ok(stage.register.post("/register/v1/returns", json=back))["refund_minor"]
    stage.drain()
    assert payer.balance() == 1_000_000 - TOTAL + refunded
    day = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
    billed = ok(stage.office().post(f"/office/v1/bills/stripe/{day}"))
    assert (billed["matched"], billed["differences"]) == (2, [])
    assert ledger_is_balanced(stage)


def test_what_nobody_scans_is_called_back_in_its_own_time(stage: Stage, stripe: Stand) -> None:
    body = sale_of(stage)
    body["tenders"][0]["rail"] = "stripe"
    assert 150 < sell(stage, body, 202)["call_back_in_s"] <= 180
    assert 150 < sell(stage, body, 202)["call_back_in_s"] <= 180
    stage.advance(timedelta(seconds=60))
    stage.drain()
    told = until(stage, body["id"], "open")
    assert told["tender_state"] == "pending"
    assert 90 < told["call_back_in_s"] <= 120
    stage.advance(timedelta(seconds=130))
    stage.drain()
    assert until(stage, body["id"], "abandoned")["state"] == "abandoned"
    assert ledger_is_balanced(stage)


def test_another_accounts_notice_changes_nothing(stage: Stage, stripe: Stand) -> None:
    """The wallet's hook does not take Stripe's word, nor the other way round."""
    body = sale_of(stage)
    body["tenders"][0]["rail"] = "stripe"
    sell(stage, body, 202)
    for path in ("wallet", "stripe-hq"):
        answer = stage.client().post(f"/hooks/{path}/notices", content=b"{}")
        assert answer.status_code == 401
    assert ok(stage.client().post("/hooks/nobody/notices", content=b"{}"), 409)["code"] == "sale.rail_off"
    ok(stage.register.post(f"/register/v1/sales/{body['id']}/cancel"))


def test_a_rail_of_another_currency_is_off(stage: Stage, stripe: Stand) -> None:
    """Alipay counts yuan: euros would never match its answers."""
    inbox = Hook("http://127.0.0.1:9/")
    stand = Stand(ALIPAY, inbox)
    try:
        accounts = stage.program.rails.accounts
        stage.program.rails = Rails([*accounts, RailAccount("alipay", stand.rail)])
        body = sale_of(stage)
        body["tenders"][0]["rail"] = "alipay"
        assert ok(stage.register.post("/register/v1/sales", json=body), 409)["code"] == "sale.rail_off"
    finally:
        stand.close()
        inbox.close()
