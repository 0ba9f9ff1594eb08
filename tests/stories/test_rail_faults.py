"""Every connector through the whole program, under every fault of its simulator's dial, on both databases.

The faults come from the simulators' own list (FAULTS_OF); tests/rails/test_contract.py asks the connectors alone.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from highstreet.rooms.tenders.rails.book import RailAccount, Rails
from highstreet.rooms.tenders.rails.port import Rail
from highstreet_simulator.provider.faults import FAULTS_OF
from highstreet_simulator.wallet.peers import Payer
from tests.patience import PATIENCE_S
from tests.rails.kinds import KINDS
from tests.rails.stand import Kind, Stand
from tests.stories.acts import ledger_is_balanced, return_of, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_another_rail import Hook
from tests.stories.test_loop import ok
from tests.stories.test_pay_link import linked, page, way_to

RAILS = tuple(kind for kind in KINDS if kind.name in ("wallet", "wechat", "alipay", "stripe"))
PRICE = 250
ENDED = ("paid", "abandoned")


@dataclass
class Shop:
    """The stage with one provider, its notices coming in. Both clocks are moved together."""

    stage: Stage
    stand: Stand
    rail: Rail

    def fault(self, operation: str, fault: str, **more: Any) -> None:
        """The provider's next call of this kind goes wrong."""
        seconds = 0.2 if fault in ("delay", "reorder_notices") else 0
        self.stand.next_fault(operation, fault, **{"seconds": seconds, **more})

    def later(self, seconds: float) -> None:
        """So much time goes by, and all that is due is done."""
        self.stage.advance_with(
            timedelta(seconds=seconds),
            lambda offset_s: self.stand.sim("POST", "/sim/clock", {"offset_s": offset_s}),
        )
        self.stage.drain()

    def basket(self, payer: Payer, *, by_qr: bool = False) -> dict[str, Any]:
        """One piece of 2.50, paid as this rail is paid first."""
        body = sale_of(self.stage, items=[{"gtin": self.stage.seed.gtins[2]}], rail=self.rail.name)
        body["currency"] = self.stand.kind.currency
        if "code" in self.rail.ways and not by_qr:
            body["tenders"][0]["auth_code"] = payer.code()
        return body

    def charge(self, body: dict[str, Any], payer: Payer) -> str:
        """Ask for it; where a QR is shown the payer scans it. Where the sale stands."""
        answer = self.stage.register.post("/register/v1/sales", json=body)
        assert answer.status_code in (200, 202), answer.text
        told = answer.json()
        if told["state"] == "open" and "auth_code" not in body["tenders"][0]:
            shown = told.get("qr") or sell(self.stage, body, 202).get("qr")
            assert shown is not None
            payer.post("/scan", {"code_url": shown})
        return str(told["state"])

    def state(self, body: dict[str, Any]) -> str:
        """Where the sale stands."""
        return str(ok(self.stage.register.get(f"/register/v1/sales/{body['id']}"))["state"])

    def ends(self, body: dict[str, Any]) -> str:
        """How it ends, while time goes by."""
        for _ in range(40):
            if (state := self.state(body)) in ENDED:
                return state
            self.later(6)
        raise AssertionError(f"{body['id']} never ended")

    def taken(self, body: dict[str, Any]) -> int:
        """What the provider took for a sale and has not given back."""
        name = body["tenders"][0]["id"]
        trades = self.stand.sim("GET", f"/sim/trades?merchant_id={self.stand.merchant_id}")["trades"]
        return sum(
            t["amount"]["total"] - t["amount"]["refunded"]
            for t in trades
            if name in (t["out_trade_no"], t.get("tender_id")) and t["trade_state"] == "paid"
        )

    def bill(self) -> str:
        """Where the bill of the provider's day is asked for."""
        day = (self.stage.clock.now() + timedelta(hours=8)).date()
        return f"/office/v1/bills/{self.rail.name}/{day}"

    def agrees(self, body: dict[str, Any], payer: Payer) -> str:
        """How it ended; what the provider took and what the payer is short of are that."""
        state = self.ends(body)
        due = PRICE if state == "paid" else 0
        give_up_at = time.monotonic() + PATIENCE_S
        while self.taken(body) != due:  # a late success goes back by a job
            assert time.monotonic() < give_up_at, (state, self.taken(body))
            self.later(4)
        assert payer.balance() == 1_000_000 - due
        assert sell(self.stage, body)["state"] == state
        return state


def _in_its_currency(stage: Stage, kind: Kind) -> None:
    """And with enough on the shelves for every fault."""
    with stage.program.db.engine.begin() as connection:
        for table in ("brand", "price_list"):
            connection.exec_driver_sql(f"UPDATE {table} SET currency = '{kind.currency}'")
        connection.exec_driver_sql("UPDATE stock_item SET on_hand = 1000")


@pytest.fixture(params=RAILS, ids=lambda kind: kind.name)
def shop(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Shop]:
    """After everything: both sides know the same, and nothing is open."""
    kind: Kind = request.param
    _in_its_currency(stage, kind)
    inbox = Hook(f"{stage.url}/hooks/hq/notices")
    stand = Stand(kind, inbox)
    before = stage.program.rails
    # A pool of connections belongs to the loop it was opened on: the server's own connector, the same account.
    rail = kind.connect(stand, stand.merchant_id)
    stage.server.run(rail.open())
    stage.program.rails = Rails([RailAccount("hq", rail)])
    made = Shop(stage, stand, rail)
    yield made
    made.later(60)
    assert rows(stage, "SELECT id FROM tender WHERE state IN ('planned', 'pending', 'unknown')") == []
    assert rows(stage, "SELECT kind, last_error FROM job WHERE state = 'dead'") == []
    [(net,)] = rows(
        stage,
        "SELECT coalesce(sum(amount_minor - refunded_minor), 0) FROM tender"
        " WHERE direction = 'in' AND state = 'captured'",
    )
    assert stand.sim("GET", "/sim/state")["with_merchants_minor"] == net
    assert ledger_is_balanced(stage)
    stage.program.rails = before
    stage.server.run(rail.aclose())
    stand.close()
    inbox.close()


def test_a_payment_under_every_fault_ends_as_its_provider_knows_it(shop: Shop) -> None:
    ended = set()
    for fault in ("delay", *FAULTS_OF["pay"]):
        payer = shop.stand.payer()
        body = shop.basket(payer)
        shop.fault("pay", fault)
        shop.charge(body, payer)
        ended.add(shop.agrees(body, payer))
    assert "paid" in ended


def test_a_question_under_every_fault_is_asked_again(shop: Shop) -> None:
    """Nobody has heard that it was paid: whatever happens to the first question, a later one finds out."""
    for fault in ("delay", *FAULTS_OF["query"]):
        payer = shop.stand.payer()
        body = shop.basket(payer)
        if "code" in shop.rail.ways:
            shop.fault("pay", "answer_unknown", effect=True)
        else:
            shop.fault("notice", "drop_notice", times=2)
        shop.fault("query", fault)
        assert shop.charge(body, payer) == "open"
        assert shop.agrees(body, payer) == "paid", fault


def test_a_reversal_under_every_fault_is_asked_for_until_it_is_confirmed(shop: Shop) -> None:
    for fault, seconds in (("delay", 0.2), *((f, 0) for f in FAULTS_OF["reverse"]), ("late_success", 3)):
        payer = shop.stand.payer(confirm_mode="ask")
        body = shop.basket(payer)
        assert sell(shop.stage, body, 202)["state"] == "open"
        shop.fault("reverse", fault, seconds=seconds)
        ok(shop.stage.register.post(f"/register/v1/sales/{body['id']}/cancel"))
        assert shop.ends(body) == "abandoned", fault
        shop.later(4)
        if seconds == 3:  # paid after it was confirmed: where no notice tells of it, the bill does
            ok(shop.stage.office().post(shop.bill()))
        assert shop.agrees(body, payer) == "abandoned", fault


def test_a_payer_may_be_faster_or_slower_than_the_last_question(shop: Shop) -> None:
    """They pay at any second around the moment at which the payment is called back."""
    timing = shop.rail.timing
    patience = timing.call_back_s if "code" in shop.rail.ways else timing.call_back_qr_s
    ended = set()
    for wait_s in (1, patience - 1, patience + 1):
        payer = shop.stand.payer(confirm_mode="ask")
        body = shop.basket(payer)
        shown = sell(shop.stage, body, 202).get("qr")
        shop.fault("notice", "drop_notice", times=2)
        shop.later(wait_s)
        act = (
            ("/confirm", {"out_trade_no": body["tenders"][0]["id"]})
            if shown is None
            else ("/scan", {"code_url": shown})
        )
        payer.http.post(payer.path + act[0], json=act[1], headers=payer.headers)
        ended.add(shop.agrees(body, payer))
    assert ended == {"paid", "abandoned"}


@pytest.mark.parametrize("minutes", [1, 6, 29])
def test_a_link_is_good_as_long_as_it_is_offered(shop: Shop, minutes: int) -> None:
    """A provider counts from the payer's choice, not from when the link was made."""
    body = shop.basket(payer := shop.stand.payer(), by_qr=True) | {"tenders": [], "hold_minutes": 60}
    sell(shop.stage, body, 202)
    _, path = linked(shop.stage, body["id"])
    shop.later(60 * minutes)
    shown = way_to(page(shop.stage.client(), path, rail=shop.rail.name))
    payer.post("/scan", {"code_url": shown})
    shop.later(6)
    assert shop.state(body) == "paid"


def test_a_refund_under_every_fault_is_given_once(shop: Shop) -> None:
    for fault, seconds in (("delay", 0.2), *((f, 0) for f in FAULTS_OF["refund"]), ("late_success", 3)):
        payer = shop.stand.payer()
        body = shop.basket(payer)
        shop.charge(body, payer)
        assert shop.agrees(body, payer) == "paid"
        shop.fault("refund", fault, seconds=seconds)
        back = return_of(body["id"], {1: 1})
        asked = ok(shop.stage.register.post("/register/v1/returns", json=back))
        assert asked["refund_minor"] == PRICE
        for _ in range(10):
            told = ok(shop.stage.register.post("/register/v1/returns", json=back))
            if [refund["state"] for refund in told["refunds"]] == ["captured"]:
                break
            shop.later(6)
        assert [refund["state"] for refund in told["refunds"]] == ["captured"], fault
        assert payer.balance() == 1_000_000, fault


def test_notices_under_every_fault_change_nothing_of_the_truth(shop: Shop) -> None:
    for fault in FAULTS_OF["notice"]:
        payer = shop.stand.payer()
        body = shop.basket(payer, by_qr=True)
        shop.fault("notice", fault)
        shop.charge(body, payer)
        assert shop.agrees(body, payer) == "paid", fault


def test_a_bill_under_every_fault_is_told_and_mended_by_the_next(shop: Shop) -> None:
    for _ in range(2):
        payer = shop.stand.payer()
        body = shop.basket(payer)
        shop.charge(body, payer)
        assert shop.agrees(body, payer) == "paid"
    office = shop.stage.office()
    address = shop.bill()
    for fault in FAULTS_OF["bill"]:
        shop.fault("bill", fault)
        answer = office.post(address)
        found = answer.json().get("differences", [])
        kinds = {"missing_rows": "missing_there", "extra_rows": "missing_here"}
        assert {one["finding"] for one in found} == ({kinds[fault]} if fault in kinds else set()), fault
        assert answer.is_success or answer.json()["code"] in ("tenders.rail_down", "tenders.bill_malformed")
        whole = ok(office.post(address))
        assert (whole["matched"], whole["differences"]) == (2, []), fault
