"""How a payment is chosen at the register: each way by its own key, with a network and without."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.stories.acts import ledger_is_balanced, rows
from tests.stories.conftest import Stage
from tests.stories.own_rails import state

Open = Callable[..., Page]


@pytest.fixture
def till(browse: Browse, stage: Stage) -> Open:
    """A paired register that is asked for the payment of one piece."""

    def opened(size: str = "desk", **more: Any) -> Page:
        page = browse(size, cookies={"hs_register": stage.register_token}, **more)
        page.goto("/register/")
        expect(page.get_by_role("combobox")).to_be_visible()
        scan(page, stage.seed.gtins[2])
        expect(page.locator("output")).to_have_text("€2.50")
        press(page, "Enter")
        heading(page, "To pay")
        return page

    return opened


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_card_slip_is_one_key_with_a_network_too(till: Open, stage: Stage, axe: Any) -> None:
    page = till()
    assert axe(page) == []
    press(page, "5")
    heading(page, "Take €2.50 on the card terminal, then its slip’s number")
    expect(page.get_by_label("Slip number")).to_be_focused()
    press(page, "Escape")
    # The other key is what it always is.
    press(page, "4")
    expect(page.get_by_role("list", name="Ways to pay, the best first")).to_be_visible()
    press(page, "Escape")
    heading(page, "To pay")
    page.get_by_role("button", name="Card slip All of it").click()
    page.keyboard.type("004711", delay=HAND_MS)
    press(page, "Enter")
    heading(page, "Paid")
    told = rows(stage, "SELECT rail, state, amount_minor, reference FROM tender")
    assert told == [("slip", "captured", 250, "004711")]
    assert ledger_is_balanced(stage)


def test_slips_that_the_office_has_put_off_are_no_choice(till: Open, stage: Stage) -> None:
    state(stage, {"rail": "slip", "off_at": [stage.seed.place_id]})
    page = till()
    slip = page.get_by_role("button", name="Card slip The office has switched it off here.")
    expect(slip).to_be_disabled()
    press(page, "5")
    heading(page, "To pay")


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_places_name_is_whole_on_a_phone(browse: Browse, stage: Stage, locale: str) -> None:
    names = {"en": "Kruununhaka Liisankatu corner shop", "zh": "克鲁农哈卡丽莎大街转角二层旗舰店铺"}
    with stage.program.db.engine.begin() as connection:
        connection.execute(text("UPDATE place SET name_en = :en, name_zh = :zh"), names)
    page = browse("phone", locale=locale, cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    name = page.get_by_text(names[locale]).first
    expect(name).to_be_visible()
    fits = "one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight"
    assert name.evaluate(fits)
    # The bar is as high as its buttons need it to be.
    bar = page.get_by_role("banner").bounding_box()
    assert bar is not None
    assert bar["height"] <= 58
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
