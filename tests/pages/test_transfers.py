"""Goods moved between two stores, in a real browser at phone size."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.pages.conftest import Browse
from tests.pages.test_shop_orders import fits
from tests.stories.conftest import Stage
from tests.stories.contract_acts import PASSWORD, open_deal
from tests.stories.test_delivery import FAR, NEAR, shop
from tests.stories.test_goods_moved import shelf
from tests.stories.test_loop import ok


def test_sent_and_received_on_a_phone(stage: Stage, browse: Browse, axe: Any) -> None:
    deal = open_deal(stage, "north")
    near, far = shop(deal, "north", "One", NEAR, 10), shop(deal, "north", "Two", FAR, 1)
    asked = {"login": "north@nordlys", "password": PASSWORD}
    token = ok(stage.client().post("/dealer/v1/sign-in", json=asked))["token"]
    page = browse("phone", cookies={"hs_dealer": token, "lang": "en"})
    page.goto("/dealer/transfers")
    expect(page.get_by_text("Nothing is under way")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Send goods").first.click()
    assert axe(page) == []
    assert fits(page)
    page.get_by_label("From").select_option(near)
    page.get_by_label("To").select_option(far)
    page.get_by_label("Find goods by name, number or barcode").fill("Shell")
    page.get_by_role("button", name="Search").click()
    pieces = page.get_by_label(re.compile("^Shell, S")).first
    expect(pieces).to_be_visible()
    browse.allowed.append("409")
    pieces.fill("11")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert").or_(page.locator(".problem, [class*=error]")).first).to_be_visible()
    page.get_by_label(re.compile("^Shell, S")).first.fill("4")
    assert axe(page) == []
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="What arrived?")).to_be_visible()
    assert shelf(deal, near, "north") == (6, 0)
    assert axe(page) == []
    assert fits(page)
    at = page.url
    page.goto("/dealer/transfers")
    expect(page.get_by_role("link", name=re.compile("One → Two"))).to_be_visible()
    assert axe(page) == []
    assert fits(page)
    page.goto(at)
    page.get_by_label(re.compile("^Arrived: ")).fill("3")
    page.get_by_label(re.compile("^Will not come: ")).fill("1")
    page.get_by_label("Why some will not come").select_option("damaged")
    page.get_by_role("button", name="Received").click()
    expect(page.get_by_text("3 arrived, 1 lost")).to_be_visible()
    expect(page.get_by_text(re.compile("1 × Shell, S.* damaged"))).to_be_visible()
    assert axe(page) == []
    assert shelf(deal, far, "north") == (4, 0)
