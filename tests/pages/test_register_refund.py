"""Money back at the register's page: what is owed is handed out, and what became of it is said as it is."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from highstreet.kernel.ids import new_id
from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.pages.test_register_parts import heading
from tests.stories.acts import buyer, ledger_is_balanced, one, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok
from tests.stories.test_money_back import allow, refused_refund
from tests.stories.test_pay_in_parts import part, start

PAID_OUT = "SELECT rail, state, amount_minor FROM tender WHERE direction = 'out' ORDER BY rail, amount_minor"


def till(browse: Browse, stage: Stage) -> Page:
    page = browse("desk", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    heading(page, "Ready for the next customer.")
    return page


def open_receipt(page: Page, sale_id: str) -> None:
    press(page, "F6")
    heading(page, "Refund")
    scan(page, sale_id)
    expect(page.get_by_role("list", name="What comes back")).to_be_visible()


def test_cash_that_the_office_allowed_is_handed_out_by_the_receipt(
    browse: Browse, stage: Stage, axe: Any
) -> None:
    refused, sale_id = refused_refund(stage), one(stage, "SELECT id FROM sale")
    asked = {"id": new_id("tnd"), "rail": "cash", "reason": "Window over"}
    ok(stage.office().post(f"/office/v1/refunds/{refused}/replacement", json=asked), 201)
    page = till(browse, stage)
    open_receipt(page, sale_id)
    expect(page.get_by_role("alert").filter(has_text="€50.00 is owed in cash: hand it out")).to_be_visible()
    assert axe(page) == []
    press(page, "Enter")
    expect(page.get_by_role("status").filter(has_text="€50.00 was handed out")).to_be_visible()
    assert axe(page) == []
    assert rows(stage, PAID_OUT) == [("cash", "captured", 5000), ("wallet", "failed", 5000)]
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    # Told once: the next look at the receipt owes nothing.
    open_receipt(page, sale_id)
    expect(page.get_by_text("is owed in cash")).to_have_count(0)
    assert ledger_is_balanced(stage)


def test_an_amount_that_was_left_owed_is_handed_out_before_more_comes_back(
    browse: Browse, stage: Stage
) -> None:
    sale_id = sell(stage, sale_of(stage))["sale_id"]
    allow(stage, sale_id, 1500)
    page = till(browse, stage)
    open_receipt(page, sale_id)
    expect(page.get_by_text("€15.00 is owed in cash: hand it out")).to_be_visible()
    press(page, "Enter")
    expect(page.get_by_text("€15.00 was handed out")).to_be_visible()
    assert rows(stage, PAID_OUT) == [("cash", "captured", 1500)]
    press(page, "a", "Enter")
    heading(page, "Refunded")
    assert rows(stage, PAID_OUT) == [("cash", "captured", 1500), ("cash", "captured", 18_730)]
    assert ledger_is_balanced(stage)


def test_each_way_is_told_before_and_a_slip_is_asked_for_where_it_is_needed(
    browse: Browse, stage: Stage, axe: Any
) -> None:
    who, sale_id = buyer(stage), start(stage)
    part(stage, sale_id, "slip", 4230, reference="1")
    part(stage, sale_id, "wallet", auth_code=who.auth_code())
    page = till(browse, stage)
    open_receipt(page, sale_id)
    ways, slip = page.get_by_role("list", name="How the money goes back"), page.get_by_role("textbox")
    expect(ways).to_have_count(0)
    press(page, "ArrowDown", "ArrowDown", "1")
    expect(ways).to_contain_text("Wallet€2.50")
    expect(slip).to_have_count(0)
    press(page, "a")
    expect(ways).to_contain_text("Wallet€160.00Card slip€42.30")
    expect(page.get_by_label("Slip number of €42.30 given back")).to_be_visible()
    press(page, "Enter")  # nothing is sent without it
    expect(slip).to_be_focused()
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe(page) == []
    scan(page, "000815")
    expect(slip).to_have_value("000815")
    press(page, "Enter")
    heading(page, "Refunded")
    assert rows(stage, PAID_OUT) == [("slip", "captured", 4230), ("wallet", "captured", 16_000)]
    assert who.balance() == 100_000


def test_money_that_the_wallet_refused_is_not_called_refunded(browse: Browse, stage: Stage, axe: Any) -> None:
    who = buyer(stage)
    sale_id = sell(stage, sale_of(stage, who, "wallet"))["sale_id"]
    stage.advance(timedelta(days=366))
    ok(stage.office().post(f"/office/v1/sales/{sale_id}/return-approvals", json={"reason": "A defect"}), 201)
    page = till(browse, stage)
    open_receipt(page, sale_id)
    press(page, "ArrowDown", "ArrowDown", "1", "Enter")
    told = page.get_by_role("alert").filter(has_text="Goods taken back, money NOT given back")
    expect(told).to_contain_text("€")
    expect(told).to_contain_text("Give nothing out of the drawer")
    expect(page.get_by_role("heading", name="Refunded")).to_have_count(0)
    expect(page.locator(".paper")).to_contain_text("Wallet · refused, still owed to you")
    assert axe(page) == []
    assert [state for _, state, _ in rows(stage, PAID_OUT)] == ["failed"]


def test_money_that_nobody_confirmed_yet_is_on_its_way(browse: Browse, stage: Stage, axe: Any) -> None:
    who = buyer(stage)
    sale_id = sell(stage, sale_of(stage, who, "wallet"))["sale_id"]
    page = till(browse, stage)

    def later(route: Any) -> None:
        answer = route.fetch()
        told = answer.json()
        told["refunds"] = [one | {"state": "pending"} for one in told["refunds"]]
        route.fulfill(response=answer, json=told)

    page.route("**/register/v1/returns", later, times=1)
    open_receipt(page, sale_id)
    press(page, "a", "Enter")
    heading(page, "The money is on its way")
    assert axe(page) == []
    heading(page, "Refunded")  # asked again


def test_a_slip_that_is_owed_is_handed_out_by_its_number(browse: Browse, stage: Stage, axe: Any) -> None:
    sale_id = start(stage)
    part(stage, sale_id, "slip", reference="1")
    allow(stage, sale_id, 1500)
    page = till(browse, stage)
    open_receipt(page, sale_id)
    expect(page.get_by_text("€15.00 is owed by the card terminal")).to_be_visible()
    press(page, "Enter")
    expect(page.get_by_label("Slip number of €15.00 given back")).to_be_focused()
    page.keyboard.type("0816", delay=HAND_MS)
    assert axe(page) == []
    press(page, "Enter")
    expect(page.get_by_text("€15.00 was handed out")).to_be_visible()
    assert rows(stage, PAID_OUT) == [("slip", "captured", 1500)]
