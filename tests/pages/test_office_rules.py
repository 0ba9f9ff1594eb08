"""The office's page of rules: what is typed holds at registers and phones; what cannot be is said where it was typed."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.fronts.office_town import Town
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]


def rail_of(town: Town, rail: str) -> dict[str, Any]:
    told = town.ask("office", "GET", "/office/v1/rails")["rails"]
    return next(one for one in told if one["rail"] == rail)


def test_rules_are_said_kept_and_taken_back(town: Town, browse_town: Browse, axe: Axe) -> None:
    browse_town.allowed += ["422", "404"]
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/rules")
    page.get_by_label("Goods come back, from (EUR)").fill("100")
    page.get_by_label("Goods come back without the receipt").fill("0")
    page.get_by_role("button", name="Save: A manager’s approval").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert town.ask("office", "GET", "/office/v1/approval-policy") == {
        "return_from_minor": 10_000,
        "no_receipt_from_minor": 0,
        "give_up_from_minor": None,
    }
    page.get_by_label("Goods come back, from (EUR)").fill("much")
    page.get_by_role("button", name="Save: A manager’s approval").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Goods come back, from (EUR)")).to_have_value("much")
    assert town.ask("office", "GET", "/office/v1/approval-policy")["return_from_minor"] == 10_000

    page.get_by_label("Days", exact=True).fill("60")
    with page.expect_response("**/office/rules/returns"):
        page.get_by_role("button", name="Save: Returns").click()
    expect(page.get_by_label("Days", exact=True)).to_have_value("60")
    assert town.ask("office", "GET", "/office/v1/return-policy") == {"days": 60, "is_own": True}
    page.get_by_label("Days", exact=True).fill("")
    with page.expect_response("**/office/rules/returns"):
        page.get_by_role("button", name="Save: Returns").click()
    expect(page.get_by_label("Days", exact=True)).to_have_value("")
    assert town.ask("office", "GET", "/office/v1/return-policy")["is_own"] is False
    page.get_by_label("Deposit, percent").fill("0")
    page.get_by_label("Days the goods are kept").fill("14")
    page.get_by_role("button", name="Save: Orders for pickup").click()
    expect(page.get_by_text("Some deposit has to be paid")).to_be_visible()
    page.get_by_label("Deposit, percent").fill("12.5")
    page.get_by_role("button", name="Save: Orders for pickup").click()
    expect(page.get_by_text("What a shopper pays on the phone")).to_be_visible()
    told = town.ask("office", "GET", "/office/v1/order-policy")
    assert told == {"deposit_bp": 1250, "minimum_minor": 0, "hold_days": 14, "delivery_hours": None}
    page.evaluate("scrollTo(0, 0)")  # a button half under the bar is not a small one
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("cash", exact=True).click()
    cash = page.locator("details", has_text="cash").first
    cash.get_by_label("At most (EUR)", exact=True).fill("50")
    cash.get_by_label("A payment is at least (EUR)").fill("60")
    cash.get_by_role("button", name="Save: cash").click()
    expect(cash.get_by_role("alert").first).to_be_visible()
    assert rail_of(town, "cash")["max_minor"] is None
    cash.get_by_label("A payment is at least (EUR)").fill("")
    cash.get_by_label("It costs, percent").fill("0.6")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cash.get_by_role("button", name="Save: cash").click()
    expect(cash.get_by_role("alert")).to_have_count(0)
    expect(cash.get_by_label("At most (EUR)", exact=True)).to_have_value("50.00")
    cash.locator("summary").click()
    told = rail_of(town, "cash")
    assert (told["is_on"], told["min_minor"], told["max_minor"], told["fee_bp"]) == (True, None, 5000, 60)
    cash.get_by_text("Registers and phones take it").click()
    cash.get_by_role("button", name="Save: cash").click()
    expect(cash.get_by_text("not taken")).to_be_visible()
    assert (rail_of(town, "cash")["is_on"], rail_of(town, "slip")["is_on"]) == (False, True)
    # A provider that is not connected has no rule to be set here.
    status = page.evaluate(
        "fetch('/office/rules/rails/stripe', {method: 'POST', headers: {'X-Highstreet': 'page'},"
        " body: new URLSearchParams({is_on: 'false'})}).then(answer => answer.status)"
    )
    assert (status, rail_of(town, "stripe")["is_on"]) == (404, True)
    page.goto("/office/audit")
    expect(page.get_by_text("changed what needs an approval").first).to_be_visible()
