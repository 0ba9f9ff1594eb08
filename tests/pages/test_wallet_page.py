"""The wallet's own page: a person pays by hand, by code and by the register's QR, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import Browse
from tests.pages.hands import press, scan
from tests.patience import PATIENCE_MS
from tests.stories.acts import one, rows
from tests.stories.conftest import Stage


@pytest.fixture
def hold(browser: Browser, wallet_url: str) -> Iterator[Browse]:
    """Phones with the wallet's page open."""
    expect.set_options(timeout=PATIENCE_MS)
    opened = Browse(browser, wallet_url)
    yield opened
    opened.close()
    assert opened.unexpected() == []


def till(browse: Browse, stage: Stage) -> Page:
    page = browse("desk", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    expect(page.get_by_role("combobox", name="Scan or search")).to_be_focused()
    scan(page, stage.seed.gtins[2])
    press(page, "Enter")
    expect(page.get_by_role("heading", name="To pay")).to_be_visible()
    return page


def digits(page: Page) -> str:
    return page.locator("#digits").inner_text().replace(" ", "")


def test_the_code_on_the_page_pays_at_the_register(browse: Browse, hold: Browse, stage: Stage, axe) -> None:
    phone = hold("phone")
    phone.goto("/")
    assert axe(phone) == []
    phone.get_by_role("link", name="Aino").click()
    expect(phone.get_by_text("Waiting for a register")).to_be_visible()
    expect(phone.get_by_text(re.compile(r"New code in \d+ s"))).to_be_visible()
    assert axe(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    code = digits(phone)
    assert re.fullmatch(r"28\d{16}", code)
    page = till(browse, stage)
    press(page, "1")
    scan(page, code)
    expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    brand = one(stage, "SELECT name_en FROM brand")
    expect(phone.get_by_text(f"Paid €2.50 to {brand}")).to_be_visible()
    expect(phone.locator("#digits")).not_to_have_text(code)
    assert digits(phone) != code
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", 250)]


@pytest.mark.parametrize(("answer", "state"), [("Confirm", "paid"), ("Decline", "abandoned")])
def test_who_wants_to_be_asked_says_yes_or_no(
    answer: str, state: str, browse: Browse, hold: Browse, stage: Stage
) -> None:
    phone, page = hold("phone"), till(browse, stage)
    phone.goto("/payer/bao")
    press(page, "1")
    scan(page, digits(phone))
    expect(page.get_by_role("heading", name="Waiting for the customer")).to_be_visible()
    phone.get_by_role("button", name=answer).click()
    shown = {"paid": "Paid", "abandoned": "Declined"}[state]
    expect(page.get_by_role("heading", name=shown, exact=True)).to_be_visible()
    assert rows(stage, "SELECT state FROM sale") == [(state,)]


def test_the_registers_qr_opens_a_page_with_a_button(browse: Browse, hold: Browse, stage: Stage, axe) -> None:
    phone, page = hold("phone", locale="zh", scheme="dark"), till(browse, stage)
    phone.goto("/payer/aino")
    expect(phone.locator("html")).to_have_attribute("lang", "zh")
    press(page, "2")
    expect(page.get_by_role("heading", name="Scan to pay")).to_be_visible()
    phone.locator("#nearby a").filter(has_text="€2.50").click()  # other registers show theirs
    expect(phone.get_by_role("heading", name="€2.50")).to_be_visible()
    assert axe(phone) == []
    phone.get_by_role("button", name="以奥索的身份付款").click()
    expect(phone.get_by_text("已付 €2.50")).to_be_visible()
    expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    expect(phone.get_by_role("link", name="打开奥索的手机")).to_be_visible()
    phone.goto("/payer/otso")
    phone.get_by_label("二维码内容").fill("anything else")
    phone.get_by_role("button", name="打开").click()
    expect(phone.get_by_text("这不是本钱包的二维码。")).to_be_visible()
