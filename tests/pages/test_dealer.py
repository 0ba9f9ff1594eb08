"""Dealers and landlords on their pages: own sales with why, statement, and 404 for what is another's."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fronts.office_town import PASSWORD, Town, open_town
from tests.pages.conftest import Browse
from tests.patience import PATIENCE_MS


@pytest.fixture
def town(migrated_url: str) -> Iterator[Town]:
    with open_town(migrated_url) as opened:
        yield opened


@pytest.fixture
def browse_town(browser: Browser, town: Town) -> Iterator[Browse]:
    expect.set_options(timeout=PATIENCE_MS)
    opened = Browse(browser, town.url)
    yield opened
    opened.close()
    assert opened.unexpected() == []


def sign_in(page: Page, login: str, path: str = "/dealer/") -> None:
    page.goto(path)
    page.locator("#f-login").fill(login)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#sign-in button").click()
    expect(page.locator("#sign-in")).to_have_count(0)


def test_a_dealer_sees_why_and_nothing_of_others(town, browse_town, axe) -> None:
    own_sale = town.sell(1)
    town.clock.advance(timedelta(seconds=1))
    others_sale = town.sell(0, 0, 1, at=town.own_register)
    page = browse_town("desk")
    browse_town.allowed.append("401|404|422")
    sign_in(page, "dealer", "/dealer/sales")
    assert page.url.endswith("/dealer/sales")
    expect(page.locator("#sales li")).to_have_count(1)
    page.locator("#sales a").click()
    page.wait_for_url(f"**/dealer/sales/{own_sale}")
    expect(page.get_by_text("Your share", exact=True)).to_be_visible()
    told = town.ask("dealer", "GET", f"/dealer/v1/sales/{own_sale}")
    assert sum(share["amount_minor"] for share in told["shares"]) == 6000
    expect(page.get_by_text("€60.00").last).to_be_visible()
    assert axe(page) == []
    for path in (
        f"/dealer/sales/{others_sale}",
        f"/dealer/sales?place={town.own_place}",
        f"/dealer/stock?place={town.own_place}",
        f"/dealer/stock?place={town.other.place_id}",
        "/dealer/sales/nothing",
        "/dealer/nothing",
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404, path
        expect(page.get_by_role("link", name="To the first page")).to_be_visible()
        assert others_sale not in page.locator("main").inner_text()


def test_nothing_earned_is_an_amount_too(town, browse_town) -> None:
    page = browse_town("phone")
    browse_town.allowed.append("401")
    sign_in(page, "landlord")
    expect(page.locator("a[href='/dealer/earnings']").filter(has_text="Your share today")).to_contain_text(
        "€0.00"
    )
    page.goto("/dealer/earnings")
    expect(page.locator("#earned")).to_have_text("€0.00")


def test_a_landlord_sees_its_part_only(town, browse_town, axe) -> None:
    sale_id = town.sell(1)
    page = browse_town("phone", locale="zh", scheme="dark")
    browse_town.allowed.append("401|403")
    sign_in(page, "landlord")
    expect(page.get_by_text("今天您的分账")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []
    page.goto(f"/dealer/sales/{sale_id}")
    expect(page.get_by_text("€10.00").first).to_be_visible()
    assert "€60.00" not in page.locator("main").inner_text()
    answer = page.goto("/dealer/stock")
    assert answer is not None
    assert answer.status == 403


def test_a_statement_adds_up_and_comes_as_a_file(town, browse_town, axe) -> None:
    town.sell(1)
    town.sell(1)
    page = browse_town("desk")
    browse_town.allowed.append("401")
    sign_in(page, "dealer", "/dealer/statement")
    expect(page.locator("#earned")).to_have_text("€120.00")
    expect(page.locator("#lines tbody tr")).to_have_count(2)
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).click()
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("at,kind,sale_id")


def test_signing_out_closes_the_door(town, browse_town) -> None:
    page = browse_town("desk")
    browse_town.allowed.append("401")
    sign_in(page, "dealer")
    page.locator("aside [hx-post='/dealer/sign-out']").click()
    expect(page.locator("#sign-in")).to_be_visible()
