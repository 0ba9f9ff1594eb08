"""The office pays by statements in a real browser: accounts, the file for the bank, and how a payment ended."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests.flows.test_make_statements import settle
from tests.flows.test_pay_parties import newest
from tests.fronts.office_town import Town
from tests.fronts.test_payment_files import owe_the_dealer
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]
ACCOUNTS = {"brand": "FI21 1234 5600 0007 85", "dealer": "DE89 3704 0044 0532 0130 00"}


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_the_bank_is_told_and_a_payment_ends(town: Town, browse_town: Browse, axe: Axe, size: str) -> None:
    since = town.clock.now()
    owe_the_dealer(town)
    town.sell(1)
    settling = Thread(target=settle, args=(town, since))  # the browser's loop runs on this one
    settling.start()
    settling.join()
    town.clock.advance(timedelta(seconds=1))
    page = signed_in(browse_town, town, size)
    browse_town.allowed.append("422")
    page.on("dialog", lambda dialog: dialog.accept())
    period = f"/office/settlements/{newest(town)}"
    page.goto(period)
    page.get_by_role("button", name="Open the payments").click()
    expect(page.get_by_text("2 accounts are missing")).to_be_visible()
    page.get_by_role("link", name="Bank accounts").click()
    assert axe(page) == []
    for who, iban in ACCOUNTS.items():
        row = page.locator("details", has=page.locator("summary", has_text=re.compile(f"^{who}")))
        row.locator("summary").click()
        row.get_by_label("IBAN").fill(f"{iban}1")
        row.get_by_role("button", name="Save").click()
        expect(row.get_by_text("This is no bank account")).to_be_visible()
        row.get_by_label("IBAN").fill(iban)
        row.get_by_role("button", name="Save").click()
        expect(row.locator("summary")).to_contain_text(iban[-2:])
    page.goto(period)
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="File with one payment").click()
    assert "pain.001" in download.value.path().read_text()
    page.get_by_role("button", name="It was paid").first.click()
    expect(page.get_by_text("paid", exact=True).first).to_be_visible()
    page.get_by_role("button", name="It came back").first.click()
    expect(page.get_by_text("came back, owed again").first).to_be_visible()
    expect(page.get_by_role("button", name="It was paid")).to_have_count(0)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
