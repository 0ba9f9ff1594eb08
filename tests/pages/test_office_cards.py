"""Gift cards and the seller's lines on the office's pages: issued, printed once, stopped; what receipts say."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.fronts.office_town import Town
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]


def test_cards_are_issued_shown_once_and_stopped(town: Town, browse_town: Browse, axe: Axe) -> None:
    browse_town.allowed.append("422")
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/cards")
    page.get_by_label("How many").fill("2")
    page.get_by_label("On each, EUR").fill("0")
    page.get_by_role("button", name="Issue").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert town.ask("office", "GET", "/office/v1/gift-cards") == []
    page.get_by_label("On each, EUR").fill("25,00")
    page.get_by_role("button", name="Issue").click()
    expect(page.get_by_role("heading", name="2 cards are issued")).to_be_visible()
    code = page.locator("ol.font-mono li").first.inner_text().replace(" ", "")
    assert len(code) == 16
    assert axe(page) == []
    # What was issued stands in the list at once.
    expect(page.get_by_text("€25.00 of €25.00")).to_have_count(2)
    page.evaluate("window.print = () => { document.title = 'printing' }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printing")
    page.emulate_media(media="print")
    shown = page.locator("main").inner_text()
    assert "nordlys · €25.00" in shown
    assert code[:4] in shown
    assert "€25.00 of" not in shown
    assert "They are printed" not in shown
    page.emulate_media(media="screen")
    page.get_by_role("link", name="They are printed").click()
    expect(page.get_by_text("€25.00 of €25.00")).to_have_count(2)
    assert code not in page.content()
    page.get_by_label("End of the code").fill(code[-4:].lower())
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name=f"Stop …{code[-4:]}").click()
    expect(page.get_by_text("stopped")).to_be_visible()
    cards = {one["last4"]: one for one in town.ask("office", "GET", "/office/v1/gift-cards")}
    assert (len(cards), cards[code[-4:]]["blocked_at"] is None) == (2, False)
    page.get_by_role("button", name=f"Let it pay again …{code[-4:]}").click()
    expect(page.get_by_text("stopped")).to_have_count(0)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_receipts_say_of_a_company(town: Town, browse_town: Browse, axe: Axe) -> None:
    page = signed_in(browse_town, town, "phone", locale="zh")
    page.goto("/office/contracts")
    form = page.locator(f"form[hx-post='/office/sellers/{town.seed.dealer}']")
    form.get_by_label("注册名称").fill("诺德经销有限公司")
    form.get_by_label("税号").fill("FI12345678")
    form.get_by_role("button").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    assert axe(page) == []
    parties = {one["id"]: one for one in town.ask("office", "GET", "/office/v1/earnings")["parties"]}
    told = parties[town.seed.dealer]
    assert (told["legal_name"], told["tax_number"]) == ("诺德经销有限公司", "FI12345678")
    page.reload()
    expect(form.get_by_label("税号")).to_have_value("FI12345678")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
