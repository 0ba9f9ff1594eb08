"""A register's self-test: it prices, sells for cash and by wallet, prints and takes back, all of it in training."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from highstreet.register_client import Journal, NoAnswer, Problem, Register

MARK = b"TRAINING"


class TestFails(Exception):
    """What was answered is not what a register must be told."""

    __test__ = False  # no test of pytest's


@dataclass
class Payer:
    """A shopper of the wallet's simulator, with play money for all tests."""

    http: httpx.Client
    account_id: str

    @classmethod
    def open(cls, wallet_url: str) -> "Payer":
        """An account of its own. Errors: httpx.HTTPError when nothing answers there."""
        http = httpx.Client(base_url=wallet_url, timeout=10)
        made = http.post("/app/accounts", json={"name": "Roll-out", "balance_minor": 10**12})
        told = made.raise_for_status().json()
        http.headers["Authorization"] = f"Bearer {told['app_token']}"
        return cls(http, str(told["account_id"]))

    def code(self) -> str:
        """A fresh payment code."""
        answer = self.http.get(f"/app/accounts/{self.account_id}/code")
        return str(answer.raise_for_status().json()["auth_code"])


@dataclass
class Proof:
    """What was tested, in order."""

    steps: list[dict[str, Any]] = field(default_factory=list)

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        """Run one step, with its seconds. Errors: TestFails."""
        began = time.perf_counter()
        try:
            found = work()
        except TestFails as problem:
            self.steps.append(_step(name, began, str(problem)))
            raise
        except (Problem, NoAnswer, httpx.HTTPError, KeyError, TypeError) as problem:
            text = str(problem) or type(problem).__name__
            self.steps.append(_step(name, began, text))
            raise TestFails(f"{name}: {text}") from None
        self.steps.append(_step(name, began, None))
        return found


def _step(name: str, began: float, problem: str | None) -> dict[str, Any]:
    told = {"name": name, "is_good": problem is None, "seconds": round(time.perf_counter() - began, 3)}
    return told if problem is None else {**told, "problem": problem}


def self_test(
    url: str, key: str, goods: list[dict[str, Any]], http: httpx.Client, payer: Payer | None
) -> dict[str, Any]:
    """Test one register; the result says what was done and found. Nothing is asked of one that is not in training."""
    proof, began = Proof(), time.perf_counter()
    journal = Journal(":memory:")
    result: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "is_good": False}
    try:
        result |= _run(Register(url, key, journal, http=http, patience_s=10), goods, proof, payer)
        result["is_good"] = True
    except TestFails as problem:
        result["problem"] = str(problem)
    finally:
        journal.close()
    return {**result, "seconds": round(time.perf_counter() - began, 3), "steps": proof.steps}


def _run(
    register: Register, goods: list[dict[str, Any]], proof: Proof, payer: Payer | None
) -> dict[str, Any]:
    me = proof.step("signs in", lambda: _in_training(register.me()))
    currency = me["currency"]
    gtin = next((one["gtin"] for one in goods if one["currency"] == currency), None)
    if gtin is None:
        raise TestFails(f"the brand has no goods with a barcode and a price in {currency}")
    items = [{"gtin": gtin, "quantity": 2}]
    quote = proof.step("prices", lambda: _in_training(register.quote(items)))
    began = time.perf_counter()
    cash = proof.step("sells for cash", lambda: _cash(register, items, quote["total_minor"], currency))
    sale_s = time.perf_counter() - began
    sale_id = cash["sale_id"]
    wallet = proof.step("sells by wallet", lambda: _wallet(register, items, currency, payer))
    proof.step("tells the receipt", lambda: _same(register.sale(sale_id), cash))
    proof.step("prints the receipt", lambda: _print(register, sale_id))
    proof.step("takes back", lambda: _take_back(register, cash))
    return {
        "register_id": me["register_id"],
        "place_id": me["place"]["place_id"],
        "brand_id": me["brand_id"],
        "sale_seconds": round(sale_s, 3),
        "wallet": wallet,
        "sale_id": sale_id,
    }


def _in_training(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("is_training") is not True:
        raise TestFails("the register is not in training: nothing is tried with real money")
    return answer


def _cash(register: Register, items: list[dict[str, Any]], total: int, currency: str) -> dict[str, Any]:
    given = total + 1000
    sold = _in_training(
        register.sell(
            {"currency": currency, "items": items, "tenders": [{"rail": "cash", "given_minor": given}]}
        )
    )
    if sold["state"] != "paid" or sold["total_minor"] != total:
        raise TestFails(f"{sold['state']} for {sold['total_minor']}, not paid for {total}")
    if sold["tenders"][0]["change_minor"] != 1000:
        raise TestFails(f"the change is {sold['tenders'][0]['change_minor']}, not 1000")
    return sold


def _wallet(register: Register, items: list[dict[str, Any]], currency: str, payer: Payer | None) -> str:
    """How far a wallet could be tried: a payer's code, else a QR that is shown and, if nobody pays it, called back."""
    tender = {"rail": "wallet"} if payer is None else {"rail": "wallet", "auth_code": payer.code()}
    asked = {"currency": currency, "items": items, "tenders": [tender]}
    try:
        sold = _in_training(register.sell(asked))
    except Problem as problem:
        if problem.code == "sale.rail_off":
            return "off"
        raise
    if payer is None:
        if not sold.get("qr"):
            raise TestFails("no QR code is shown")
        if register.sale(sold["sale_id"])["state"] == "paid":
            return "pretended"
        if register.cancel(sold["sale_id"])["state"] != "abandoned":
            raise TestFails("the payment could not be called back")
        return "shown and called back"
    state = register.wait(sold["sale_id"], timeout_s=20)
    if state["state"] != "paid":
        raise TestFails(f"the simulator's payment is {state['state']}: {state.get('reason', '')}")
    total = state["total_minor"]
    back = register.take_back(sold["sale_id"], [(1, 2)])
    if _in_training(back)["refund_minor"] != total:
        raise TestFails(f"{back['refund_minor']} came back of {total}")
    return "paid and refunded at the simulator"


def _same(told: dict[str, Any], sold: dict[str, Any]) -> None:
    if _in_training(told)["lines"] != sold["lines"]:
        raise TestFails("the receipt has other lines than the sale")


def _print(register: Register, sale_id: str) -> None:
    for width_mm in (58, 80):
        printed = register.receipt_bytes(sale_id, width_mm=width_mm)
        if MARK not in printed:
            raise TestFails("the printed receipt does not say that it is training")


def _take_back(register: Register, sold: dict[str, Any]) -> None:
    pieces = [(line["line_no"], line["quantity"]) for line in sold["lines"]]
    back = _in_training(register.take_back(sold["sale_id"], pieces))
    if back["refund_minor"] != sold["total_minor"]:
        raise TestFails(f"{back['refund_minor']} came back of {sold['total_minor']}")
