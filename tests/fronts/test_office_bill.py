"""The wallet's bill, against the simulated provider over HTTP: what it proves is brought in, the rest is listed."""

# ruff: noqa: F811, F401

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import httpx
import pytest

from highstreet.flows.lists import BilledTender
from highstreet.flows.match_bill import cure_of, own_lines
from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.rooms.tenders import BillLine, BillRow
from highstreet.rooms.tenders.model import BILL_ZONE
from highstreet.rooms.tenders.rails.book import Rails
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet import ThreadedWallet
from highstreet_simulator.wallet.peers import Merchant, Payer
from tests.fronts.office_town import Town, open_town
from tests.fronts.test_office_day_pages import page, pay_and_give_back
from tests.wallets import FAST, inbox, merchant, payer, raw_key, shared_inbox


@pytest.fixture(scope="module")
def wallet_http() -> Iterator[httpx.Client]:
    """A wallet that holds the brand's currency."""
    settings = replace(FAST, currency="EUR")
    with ThreadedWallet(settings) as running, httpx.Client(base_url=running.url, trust_env=False) as http:
        yield http


@pytest.fixture
def town(migrated_url: str, merchant: Merchant) -> Iterator[Town]:
    """The two brands at the machine's own time, with the merchant's wallet rail."""
    rail = WalletRail(str(merchant.http.base_url), merchant.merchant_id, merchant.key, raw_key(merchant))
    with open_town(migrated_url, rail, start=utc_now()) as opened:
        yield opened


def charge(town: Town, payer: Payer, quantity: int = 1) -> dict:
    """Charge the first article by wallet at the register; the answer."""
    tender = {"id": new_id("tnd"), "rail": "wallet", "auth_code": payer.code()}
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[1], "quantity": quantity}],
        "tenders": [tender],
    }
    with town.client("register") as http:
        answer = http.post("/register/v1/sales", json=asked)
    assert answer.status_code in (200, 202), answer.text
    return {**answer.json(), "tender_id": tender["id"]}


def bill_path() -> str:
    return f"/office/v1/bills/wallet/{datetime.now(BILL_ZONE).date().isoformat()}"


def test_a_bill_settles_what_it_proves_and_lists_the_rest(
    town: Town, merchant: Merchant, payer: Payer
) -> None:
    assert town.ask("office", "GET", bill_path())["is_fetched"] is False
    paid = charge(town, payer)
    assert paid["state"] == "paid"
    merchant.next_fault("pay", "timeout_after_effect", seconds=0)
    unclear = charge(town, payer, 2)
    assert (unclear["state"], unclear["tender_state"]) == ("open", "unknown")
    day = town.ask("office", "GET", "/office/v1/today")
    assert [(t["id"], t["state"]) for t in day["open_tenders"]] == [(unclear["tender_id"], "unknown")]
    merchant.call(
        "POST",
        "/v1/pay/code",
        {**merchant.order(payer, 777, "stray-1"), "amount": {"total": 777, "currency": "EUR"}},
    )

    told = town.ask("office", "POST", bill_path())
    assert (told["is_fetched"], told["matched"]) == (True, 2)
    assert [(d["our_ref"], d["amount_minor"], d["finding"], d["cure"]) for d in told["differences"]] == [
        ("stray-1", 777, "missing_here", "clear")
    ]
    assert town.ask("office", "GET", bill_path()) == told
    sale = town.ask("office", "GET", f"/office/v1/sales/{unclear['sale_id']}")
    assert (sale["state"], sale["total_minor"]) == ("paid", 9980)
    assert [e["kind"] for e in sale["tenders"][0]["evidence"]][-1] == "billed"
    assert town.ask("office", "POST", bill_path()) == told  # again, with the effect of once
    assert town.ask("office", "GET", "/office/v1/ledger/check")["is_balanced"] is True

    # The same merchant number serves the other brand: of ours it is told nothing.
    other = town.ask("other-office", "POST", bill_path())
    assert (other["matched"], [d["our_ref"] for d in other["differences"]]) == (0, ["stray-1"])


def test_money_for_a_payment_given_up_goes_back(town: Town, merchant: Merchant, payer: Payer) -> None:
    merchant.next_fault("pay", "timeout_after_effect", seconds=0)
    unclear = charge(town, payer)
    merchant.sim("PUT", "/sim/faults", {})
    # Given up here by hand of the register; the provider took the money back, and says so in its bill.
    cancelled = town.ask("register", "POST", f"/register/v1/sales/{unclear['sale_id']}/cancel")
    assert (cancelled["state"], cancelled["tender_state"]) == ("abandoned", "reversed")
    told = town.ask("office", "POST", bill_path())
    assert told["differences"] == []
    assert told["matched"] == 2  # paid, and reversed
    assert payer.balance() == 100_000


def test_a_bill_that_cannot_be_had(town: Town, merchant: Merchant) -> None:
    before = town.row_counts()
    merchant.next_fault("bill", "error_500")
    assert town.ask("office", "POST", bill_path(), 503)["code"] == "tenders.rail_down"
    merchant.next_fault("bill", "bad_signature")
    town.ask("office", "POST", bill_path(), 503)
    town.program.rails = Rails()
    assert town.ask("office", "POST", bill_path(), 409)["code"] == "sale.rail_off"
    assert town.row_counts() == before


def test_lines_of_another_brand_are_not_its_business() -> None:
    lines = [BillLine(n, "paid", ref, f"p{n}", "EUR", 100, utc_now()) for n, ref in enumerate("abc", 1)]
    known = {
        "a": BilledTender("a", "brd_1", "in", "captured", None),
        "b": BilledTender("b", "brd_2", "in", "captured", None),
    }
    assert [line.our_ref for line in own_lines("brd_1", lines, known)] == ["a", "c"]


@pytest.mark.parametrize(
    ("kind", "finding", "state", "reason", "cure"),
    [
        ("paid", "missing_here", None, None, "clear"),
        ("paid", "amount_differs", "pending", None, "clear"),
        ("paid", "missing_there", "captured", None, "clear"),
        ("paid", "state_differs", "pending", None, "settle"),
        ("paid", "state_differs", "unknown", None, "settle"),
        ("paid", "state_differs", "unknown", "reversing", "return_money"),
        ("paid", "state_differs", "failed", None, "return_money"),
        ("paid", "state_differs", "reversed", None, "return_money"),
        ("reversed", "state_differs", "captured", None, "clear"),
        ("reversed", "state_differs", "unknown", None, "settle"),
        ("refund", "state_differs", "pending", None, "settle"),
        ("refund", "state_differs", "failed", None, "clear"),
    ],
)
def test_every_difference_has_its_cure(
    kind: str, finding: str, state: str | None, reason: str | None, cure: str
) -> None:
    row = BillRow("brd_1", "wallet", "2026-11-20", 1, kind, "t", "p", "EUR", 100, "t", finding)
    tender = BilledTender("t", "brd_1", "in", state, reason) if state else None
    assert cure_of(row, tender, {"t"} if kind == "reversed" else set()) == cure


def test_the_page_of_a_difference_says_what_it_is_and_leads_back(town: Town, merchant: Merchant) -> None:
    """A refund is no payment; no reason is given before a person gives one; a day tells later what was cleared."""
    pay_and_give_back(town)
    town.ask("office", "POST", bill_path())
    found = {one["row_kind"]: one for one in town.ask("office", "GET", "/office/v1/differences")}
    assert {one["kind"] for one in found.values()} == {"missing_there"}
    day = f"/office/closing/{town.seed.place_id}"
    listed = page(town, day)
    assert listed.count("Refund that the bill lacks") == 1
    assert "−€14.90" in listed
    assert f"/office/sales/{found['refund']['sale_id']}" in listed
    (found_there,) = re.findall(rf'"(/office/closing/differences/{found["refund"]["id"]}[^"]*)"', listed)
    address = html.unescape(found_there)
    on = address.rpartition("=")[2]
    opened = page(town, address)
    assert 'value="" selected' in opened or '<option value="">' in opened
    assert "rent, wages" not in opened
    with town.client(None) as http:
        headers = {
            "X-Highstreet": "page",
            "HX-Request": "true",
            "Cookie": f"hs_office={town.tokens['office']}; locale=en",
        }
        assert http.post(address, data={"reason": "", "note": ""}, headers=headers).status_code == 422
        said = http.post(address, data={"reason": "provider_error", "note": "Ask them"}, headers=headers)
    assert said.headers["HX-Redirect"] == f"{day}?day={on}"
    told = page(town, f"{day}?day={on}")
    assert "Ask them" in told[told.index('id="cleared"') :]
