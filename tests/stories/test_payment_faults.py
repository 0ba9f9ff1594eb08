"""A provider that misbehaves: the register is told the truth, nobody is charged twice, everything ends (M3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders.rails import wallet
from tests.patience import until
from tests.stories.acts import (
    ledger_is_balanced,
    next_fault,
    one,
    return_of,
    rows,
    sale_of,
    sell,
    stock_left,
)
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok, payment_code, wallet_app

PRICE = 250
PIECES = 10


@dataclass
class Payer:
    """A phone with 1,000.00 EUR. `ask`: payments wait until they are confirmed."""

    stage: Stage
    app: httpx.Client
    account_id: str

    def code(self) -> str:
        return payment_code(self.app, self.account_id)

    def spent(self) -> int:
        return 100_000 - int(ok(self.app.get(f"/app/accounts/{self.account_id}"))["balance_minor"])

    def do(self, what: str, status: int = 200, **body: str) -> Any:
        return ok(self.app.post(f"/app/accounts/{self.account_id}/{what}", json=body), status)


def payer(stage: Stage, mode: str = "auto") -> Payer:
    return Payer(stage, *wallet_app(stage, confirm_mode=mode))


def basket(stage: Stage, who: Payer | None) -> dict[str, Any]:
    """One piece of 2.50 by the payer's code, or by a QR."""
    tender = {"id": new_id("tnd"), "rail": "wallet"}
    if who is not None:
        tender["auth_code"] = who.code()
    return sale_of(stage, items=[{"gtin": stage.seed.gtins[2]}], tenders=[tender])


def told(stage: Stage, body: dict[str, Any]) -> tuple[str, str | None]:
    """(state of the sale, state of its tender) as the register reads it."""
    sale = ok(stage.register.get(f"/register/v1/sales/{body['id']}"))
    return sale["state"], sale.get("tender_state")


def later(stage: Stage, seconds: float) -> None:
    stage.advance(timedelta(seconds=seconds))
    stage.drain()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience sooner than in life."""
    monkeypatch.setattr(wallet, "PAY_TIMEOUT_S", 0.8)
    monkeypatch.setattr(wallet, "QUERY_TIMEOUT_S", 0.8)


@pytest.fixture
def honest(stage: Stage) -> Iterator[Stage]:
    """After everything: no money came into being, and both sides know the same."""
    yield stage
    stage.drain()
    merchant = {"merchant_id": stage.program.settings.wallet_merchant_id}
    answer = httpx.get(f"{stage.wallet_url}/sim/trades", params=merchant, trust_env=False)
    there = {
        t["out_trade_no"]: t["amount"]["total"] - t["amount"]["refunded"]
        for t in ok(answer)["trades"]
        if t["transaction_id"] is not None and t["amount"]["total"] != t["amount"]["refunded"]
    }
    net = """SELECT id, amount_minor - refunded_minor FROM tender
             WHERE direction = 'in' AND rail = 'wallet' AND state = 'captured' AND refunded_minor < amount_minor"""
    assert dict(rows(stage, net)) == there
    assert ok(httpx.get(f"{stage.wallet_url}/sim/state", trust_env=False))["is_conserved"]
    assert rows(stage, "SELECT id FROM tender WHERE state IN ('planned', 'pending', 'unknown')") == []
    assert rows(stage, "SELECT id FROM sale WHERE state = 'open'") == []
    assert rows(stage, "SELECT kind, last_error FROM job WHERE state = 'dead'") == []
    kept = one(stage, "SELECT sum(quantity - returned_quantity) FROM sale_line l JOIN sale s ON s.id = l.sale_id"
                      " WHERE s.state = 'paid'")  # fmt: skip
    assert stock_left(stage)[2] == (PIECES - (kept or 0), 0)
    assert ledger_is_balanced(stage)


PAID, ABANDONED = "paid", "abandoned"
# fault, details, what the register is told at once, what is known after 5 s, how it ends
PAYMENTS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("delay", {"seconds": 0.3}, PAID, PAID, PAID),
    ("delay", {"seconds": 1.2}, "unknown", PAID, PAID),  # longer than we wait
    ("timeout_before_effect", {"seconds": 0}, "unknown", "unknown", ABANDONED),
    ("timeout_before_effect", {"seconds": 5}, "unknown", "unknown", ABANDONED),
    ("timeout_after_effect", {"seconds": 0}, "unknown", PAID, PAID),
    ("timeout_after_effect", {"seconds": 5}, "unknown", PAID, PAID),
    ("answer_unknown", {"effect": True}, "unknown", PAID, PAID),
    ("answer_unknown", {"effect": False}, "unknown", "unknown", ABANDONED),
    ("answer_twice", {}, PAID, PAID, PAID),
    ("error_500", {"effect": True}, "unknown", PAID, PAID),
    ("error_500", {"effect": False}, "unknown", "unknown", ABANDONED),
    ("malformed_body", {}, "unknown", PAID, PAID),
    ("bad_signature", {}, "unknown", PAID, PAID),
    ("decline_risk", {}, ABANDONED, ABANDONED, ABANDONED),
]


def state_word(sale: dict[str, Any]) -> str:
    """paid, abandoned, or what an open sale waits for."""
    return str(sale["tender_state"] if sale["state"] == "open" else sale["state"])


def test_a_payment_by_code_that_goes_wrong(honest: Stage) -> None:
    stage = honest
    for fault, details, at_once, soon, in_the_end in PAYMENTS:
        case = (fault, details)
        who = payer(stage)
        body = basket(stage, who)
        next_fault(stage, "pay", fault, **details)
        answer = stage.register.post("/register/v1/sales", json=body)
        assert answer.status_code == (202 if at_once == "unknown" else 200), case
        assert state_word(answer.json()) == at_once, case
        stage.drain()  # nothing is due: unknown stays unknown
        assert state_word(ok(stage.register.get(f"/register/v1/sales/{body['id']}"))) == at_once, case
        if fault == "delay":
            until(lambda who=who: who.spent() == PRICE)
        later(stage, 5)
        assert state_word(ok(stage.register.get(f"/register/v1/sales/{body['id']}"))) == soon, case
        later(stage, 55)
        assert told(stage, body)[0] == in_the_end, case
        assert who.spent() == (PRICE if in_the_end == PAID else 0), case
        assert sell(stage, body)["state"] == in_the_end, case


def test_a_reversal_that_goes_wrong(honest: Stage) -> None:
    """Nobody can say whether it was paid, and the reversal fails, too: it is asked for until it is confirmed."""
    stage = honest
    for fault, details in (
        ("timeout_before_effect", {"seconds": 0}),
        ("timeout_after_effect", {"seconds": 0}),
        ("answer_unknown", {"effect": True}),
        ("answer_unknown", {"effect": False}),
        ("answer_twice", {}),
        ("error_500", {"effect": False}),
        ("malformed_body", {}),
        ("bad_signature", {}),
    ):
        for happened in (True, False):
            case = (fault, details, happened)
            who = payer(stage)
            body = basket(stage, who)
            next_fault(stage, "pay", "answer_unknown", effect=happened)
            next_fault(stage, "query", "answer_unknown")
            next_fault(stage, "reverse", fault, **details)
            sell(stage, body, 202)
            later(stage, 31)
            is_confirmed = fault == "answer_twice"
            assert told(stage, body) == ((ABANDONED, "reversed") if is_confirmed else ("open", "unknown")), (
                case
            )
            # Asked for by a person, meanwhile: it is no other question.
            later(stage, 5)
            assert told(stage, body) == (ABANDONED, "reversed"), case
            assert who.spent() == 0, case


def test_a_payer_who_must_confirm(honest: Stage) -> None:
    stage = honest
    # Confirmed after a while: the notice brings it, nobody asks.
    who = payer(stage, "ask")
    body = basket(stage, who)
    assert state_word(sell(stage, body, 202)) == "pending"
    stage.advance(timedelta(seconds=3))
    who.do("confirm", out_trade_no=body["tenders"][0]["id"])
    until(lambda: told(stage, body)[0] == PAID)
    assert who.spent() == PRICE
    # A payment that pays itself late, as the provider says so first.
    who = payer(stage)
    body = basket(stage, who)
    next_fault(stage, "pay", "late_success", seconds=3)
    assert state_word(sell(stage, body, 202)) == "pending"
    stage.advance(timedelta(seconds=4))
    until(lambda: told(stage, body)[0] == PAID)
    # The notice is lost, doubled, spoilt or forged on its way: the query or the next one brings it.
    for fault in ("drop_notice", "duplicate_notice", "bad_signature", "malformed_body"):
        who = payer(stage, "ask")
        body = basket(stage, who)
        sell(stage, body, 202)
        next_fault(stage, "notice", fault)
        who.do("confirm", out_trade_no=body["tenders"][0]["id"])
        if fault == "drop_notice":
            assert told(stage, body) == ("open", "pending")
            later(stage, 5)
        until(lambda body=body: told(stage, body)[0] == PAID)
        assert who.spent() == PRICE, fault
    # Refused, or never answered.
    who = payer(stage, "ask")
    body = basket(stage, who)
    sell(stage, body, 202)
    who.do("refuse", out_trade_no=body["tenders"][0]["id"])
    until(lambda: told(stage, body) == (ABANDONED, "failed"))
    assert sell(stage, body)["reason"] == "payer_refused"
    body = basket(stage, who)
    sell(stage, body, 202)
    later(stage, 5)
    assert told(stage, body) == ("open", "pending")
    later(stage, 26)
    assert told(stage, body) == (ABANDONED, "reversed")
    who.do("confirm", 409, out_trade_no=body["tenders"][0]["id"])
    assert who.spent() == 0


def test_money_that_comes_after_the_reversal_goes_back(honest: Stage) -> None:
    stage = honest
    for seconds, is_noticed in ((0, True), (3, True), (3, False)):
        who = payer(stage, "ask")
        body = basket(stage, who)
        sell(stage, body, 202)
        next_fault(stage, "reverse", "late_success", seconds=seconds)
        if not is_noticed:  # neither the end of the trade nor its resurrection is told
            next_fault(stage, "notice", "drop_notice", times=2)
        later(stage, 31)
        assert told(stage, body) == (ABANDONED, "reversed")
        stage.advance(timedelta(seconds=4))
        if not is_noticed:
            assert who.spent() == PRICE
            day = (stage.clock.now() + timedelta(hours=8)).date()
            bill = ok(stage.office().post(f"/office/v1/bills/wallet/{day}"))
            assert [d["cure"] for d in bill["differences"]] == ["return_money"]
        until(lambda who=who: stage.drain() or who.spent() == 0)
        assert told(stage, body) == (ABANDONED, "reversed")
        assert one(stage, "SELECT count(*) FROM transfer") == 0
    day = (stage.clock.now() + timedelta(hours=8)).date()
    assert ok(stage.office().post(f"/office/v1/bills/wallet/{day}"))["differences"] == []


def test_a_refund_that_goes_wrong(honest: Stage) -> None:
    stage = honest
    for fault, details, at_once in (
        ("delay", {"seconds": 0.2}, "captured"),
        ("answer_twice", {}, "captured"),
        ("timeout_before_effect", {"seconds": 0}, "unknown"),
        ("timeout_after_effect", {"seconds": 0}, "unknown"),
        ("answer_unknown", {"effect": True}, "unknown"),
        ("answer_unknown", {"effect": False}, "unknown"),
        ("error_500", {"effect": False}, "unknown"),
        ("malformed_body", {}, "unknown"),
        ("bad_signature", {}, "unknown"),
        ("late_success", {"seconds": 3}, "pending"),
    ):
        who = payer(stage)
        body = basket(stage, who)
        sell(stage, body)
        # The worker may be faster than the request: whoever asks first meets the fault.
        next_fault(stage, "refund", fault, **details)
        back = return_of(body["id"], {1: 1})
        answer = ok(stage.register.post("/register/v1/returns", json=back))
        assert answer["refund_minor"] == PRICE
        assert answer["refunds"][0]["state"] in (at_once, "captured"), fault
        later(stage, 5)
        again = ok(stage.register.post("/register/v1/returns", json=back))
        assert [r["state"] for r in again["refunds"]] == ["captured"], fault
        assert who.spent() == 0, fault


def test_a_qr_that_goes_wrong(honest: Stage) -> None:
    stage = honest
    for fault, details, is_shown in (
        ("delay", {"seconds": 0.2}, True),
        ("answer_twice", {}, True),
        ("timeout_before_effect", {"seconds": 0}, False),
        ("timeout_after_effect", {"seconds": 0}, False),
        ("answer_unknown", {"effect": True}, False),
        ("error_500", {"effect": False}, False),
        ("malformed_body", {}, False),
        ("bad_signature", {}, False),
    ):
        who = payer(stage)
        body = basket(stage, None)
        next_fault(stage, "pay", fault, **details)
        first = sell(stage, body, 202)
        assert (first.get("qr") is not None) == is_shown, fault
        again = sell(stage, body, 202)
        assert again["qr"] == first.get("qr", again["qr"]), fault
        who.do("scan", code_url=again["qr"])
        until(lambda body=body: told(stage, body)[0] == PAID)
        assert who.spent() == PRICE, fault
    # Nobody scans it.
    body = basket(stage, None)
    shown = sell(stage, body, 202)["qr"]
    later(stage, 31)
    assert told(stage, body) == (ABANDONED, "reversed")
    assert who.do("scan", 409, code_url=shown)["code"] == "code_used"
    # Scanned, and the notice lost.
    body = basket(stage, None)
    next_fault(stage, "notice", "drop_notice")
    who.do("scan", code_url=sell(stage, body, 202)["qr"])
    assert told(stage, body) == ("open", "pending")
    later(stage, 5)
    assert told(stage, body)[0] == PAID
    assert who.spent() == 2 * PRICE
