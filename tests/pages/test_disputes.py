"""A dispute in real browsers: a dealer says what is wrong with a sale, the office grants it, the dealer reads so."""

from collections.abc import Callable
from threading import Thread

from playwright.sync_api import Page, expect

from tests.fronts.office_town import Town
from tests.fronts.test_disputes import settled
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]


def test_said_answered_granted_and_read(town: Town, browse_town: Browse, axe: Axe) -> None:
    found: list[str] = []
    settling = Thread(target=lambda: found.extend(settled(town)))  # the browser's loop runs on this one
    settling.start()
    settling.join()
    dealer = browse_town("phone", cookies={"hs_dealer": town.tokens["dealer"]})
    dealer.goto(f"/dealer/sales/{found[1]}")
    dealer.get_by_role("link", name="My share looks wrong").click()
    assert axe(dealer) == []
    dealer.get_by_label("What is wrong").fill("The coupon was yours.\nNot ours.")
    dealer.get_by_label("What you think you are owed").fill("15,00")
    dealer.get_by_role("button", name="Send").first.click()
    expect(dealer.get_by_text("dealer thinks that it is owed €15.00.")).to_be_visible()
    assert axe(dealer) == []
    office = signed_in(browse_town, town, "phone")
    office.on("dialog", lambda dialog: dialog.accept())
    office.goto("/office/disputes")
    assert axe(office) == []
    assert office.evaluate("document.documentElement.scrollWidth <= innerWidth")
    office.get_by_label("Your answer").fill("We look.")
    office.get_by_role("button", name="Send").click()
    expect(office.get_by_text("We look.")).to_be_visible()
    office.get_by_label("Your answer").fill("You are right.")
    office.get_by_label("Amount you grant").fill("12")
    office.get_by_role("button", name="Grant it").click()
    expect(office.get_by_text("The brand owes dealer €12.00 for it.")).to_be_visible()
    dealer.reload()
    expect(dealer.get_by_text("The brand owes dealer €12.00 for it.")).to_be_visible()
