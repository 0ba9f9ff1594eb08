"""The register with several providers: a code is its provider's, a QR is chosen; with none it says so."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from highstreet.rooms.tenders.rails.book import Rails
from tests.pages.conftest import Browse
from tests.pages.hands import press, scan
from tests.stories.acts import rows
from tests.stories.conftest import Stage
from tests.stories.test_sofa import YuanTown, town

__all__ = ["town"]


def to_pay(browse: Browse, stage: Stage) -> Page:
    page = browse("desk", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    expect(page.get_by_role("combobox", name="Scan or search")).to_be_focused()
    basket(page, stage)
    return page


def basket(page: Page, stage: Stage) -> None:
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("¥2.50")
    press(page, "Enter")
    heading(page, "To pay")


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def paid(stage: Stage) -> list[tuple[Any, ...]]:
    return rows(stage, "SELECT rail, way, state FROM tender ORDER BY created_at, id")


def test_each_code_is_its_providers(browse: Browse, town: YuanTown, axe: Any) -> None:
    stage = town.stage
    page = to_pay(browse, stage)
    scan(page, town.wechat.payer().code())
    press(page, "Enter")
    heading(page, "Paid")
    press(page, "Enter")
    basket(page, stage)
    press(page, "1")
    scan(page, town.alipay.payer().code())
    heading(page, "Paid")
    assert paid(stage) == [("wechat", "code", "captured"), ("alipay", "code", "captured")]
    press(page, "Enter")
    basket(page, stage)
    press(page, "1")
    scan(page, "99887766554433221100")
    expect(page.get_by_text("Nobody who is connected here has such codes.")).to_be_visible()
    press(page, "Escape", "2")
    expect(page.get_by_role("button", name="Alipay")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="WeChat Pay").click()
    expect(page.get_by_role("img", name="QR")).to_be_visible()
    assert paid(stage)[2:] == [("wechat", "qr", "pending")]


def test_how_long_a_qr_waits_is_its_providers(browse: Browse, town: YuanTown) -> None:
    """Alipay's is waited for two minutes, WeChat's half a minute; the page said thirty seconds of every one."""
    page = to_pay(browse, town.stage)
    for name, words in (
        ("Alipay", r"Called back in 1[012]\d s"),
        ("WeChat Pay", r"Called back in [1-3]?\d s"),
    ):
        press(page, "2")
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("img", name="QR")).to_be_visible()
        expect(page.get_by_text(re.compile(words))).to_be_visible()
        press(page, "Escape")
        heading(page, "Called back")
        page.get_by_role("button", name="Pay another way").click()
        heading(page, "To pay")


def test_without_a_provider_there_is_cash(browse: Browse, town: YuanTown) -> None:
    rails, town.stage.program.rails = town.stage.program.rails, Rails([])
    try:
        page = to_pay(browse, town.stage)
        expect(page.get_by_text("No provider is connected for this.")).to_have_count(2)
        press(page, "1", "2")
        heading(page, "To pay")
        press(page, "3", "Enter")
        heading(page, "Paid")
    finally:
        town.stage.program.rails = rails
    assert paid(town.stage) == [("cash", None, "captured")]
