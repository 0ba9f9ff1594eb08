"""An order that is brought, in real browsers: ordered on the phone, packed by the store, explained at the office."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Browse
from tests.pages.shoppers import Somebody, somebody
from tests.pages.test_shop_orders import begin, fits, hold, pays
from tests.stories.acts import ledger_is_balanced, one
from tests.stories.conftest import Stage
from tests.stories.contract_acts import PASSWORD, open_deal
from tests.stories.test_loop import ok

__all__ = ["hold"]


@pytest.fixture
def who(stage: Stage) -> Somebody:
    """A member of a brand that delivers, whose dealer has a manager."""
    open_deal(stage)
    policy = {"deposit_bp": 2000, "minimum_minor": 0, "hold_days": 14, "delivery_hours": 48}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    shopper = somebody(stage)
    shopper.join("service")
    return shopper


def staff(who: Somebody, front: str, login: str, password: str) -> dict[str, str]:
    asked = {"login": login, "password": password}
    told = ok(who.stage.client().post(f"/{front}/v1/sign-in", json=asked))
    return {f"hs_{front}": told["token"], "lang": "en"}


def packs_and_sends(store: Page, browse: Browse, axe: Any) -> None:
    """What the store does with a parcel of one piece."""
    store.goto("/dealer/parcels")
    assert axe(store) == []
    assert fits(store)
    store.get_by_role("link", name=re.compile("1 piece")).click()
    expect(store.get_by_text("Mannerheimintie 1")).to_be_visible()
    assert axe(store) == []
    assert fits(store)
    browse.allowed.append("422")
    store.get_by_label(re.compile("^Missing: ")).fill("1")
    store.get_by_role("button", name="It is packed").click()
    expect(store.get_by_text("Say for each article how many pieces are missing, and why.")).to_be_visible()
    store.get_by_label(re.compile("^Missing: ")).fill("0")
    store.get_by_role("button", name="It is packed").click()
    store.get_by_label("Carrier").fill("Posti")
    store.get_by_label("Tracking number").fill("JJFI77")
    assert axe(store) == []
    store.get_by_role("button", name="It has left").click()
    expect(store.get_by_text("It left with Posti, number JJFI77.")).to_be_visible()
    assert "Mannerheimintie" not in store.content()
    assert axe(store) == []


def explains(office: Page, sale_id: str, axe: Any) -> None:
    """What the office is told of it, and other rules."""
    office.goto(f"/office/sales/{sale_id}#route")
    expect(office.get_by_text("Why it is served from there")).to_be_visible()
    assert axe(office) == []
    assert fits(office)
    office.goto("/office/routing")
    assert axe(office) == []
    assert fits(office)
    office.get_by_role("button", name="Try on past orders").click()
    expect(office.get_by_text("0 of 1 orders would be served from elsewhere.")).to_be_visible()
    assert axe(office) == []
    office.get_by_label("At most so far (km)").fill("none")
    office.get_by_role("button", name="Set these rules").click()
    expect(office.get_by_label("At most so far (km)")).to_have_attribute("aria-invalid", "true")
    office.get_by_label("At most so far (km)").fill("30")
    office.get_by_label("Why you change it").fill("Snow")
    office.get_by_role("button", name="Set these rules").click()
    expect(office.get_by_text("The rules are in force")).to_be_visible()
    office.reload()
    expect(office.get_by_label("At most so far (km)")).to_have_value("30")
    expect(office.get_by_text("Snow")).to_be_visible()


def test_ordered_packed_sent_and_explained(who: Somebody, browse: Browse, hold: Browse, axe: Any) -> None:
    stage, seed = who.stage, who.stage.seed
    page = browse("phone", cookies=who.cookies)
    page.goto(f"/shop/places/{seed.brand_id}/{seed.place_id}")
    page.locator(f'a[href$="/{seed.gtins[0]}"]').click()
    page.get_by_text("Have it brought").click()
    expect(page.get_by_text("It leaves within 48 hours after you paid")).to_be_visible()
    expect(page.locator("dl")).not_to_contain_text("Deposit")
    assert axe(page) == []
    assert fits(page)
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_label("Name")).to_be_focused()  # it is needed
    page.get_by_label("Name").fill("Aino Virtanen")
    page.get_by_label("Street and number").fill("Mannerheimintie 1")
    page.get_by_label("Town").fill("Helsinki")
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_text(re.compile("^Pay it, and it leaves by "))).to_be_visible()
    sale_id = page.url.split("/")[-2]
    assert axe(page) == []
    qr = begin(page, "Pay €90.00 by Wallet")
    pays(hold, qr)
    expect(page.get_by_role("dialog").get_by_text("€90.00 paid.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile("^It is being packed, and leaves by "))).to_be_visible()
    expect(page.get_by_text("Aino Virtanen, Mannerheimintie 1, Helsinki")).to_be_visible()
    assert axe(page) == []
    assert fits(page)

    packs_and_sends(browse("phone", cookies=staff(who, "dealer", "dealer@nordlys", PASSWORD)), browse, axe)
    expect(page.get_by_text("It is on its way to you.")).to_be_visible()
    expect(page.get_by_text("With Posti, number JJFI77")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_text("€90.00").first).to_be_visible()
    assert one(stage, "SELECT state FROM sale WHERE id = :s", s=sale_id) == "paid"
    assert ledger_is_balanced(stage)
    explains(browse("phone", cookies=office_cookies(who)), sale_id, axe)


def office_cookies(who: Somebody) -> dict[str, str]:
    token = who.stage.office().headers["Authorization"].removeprefix("Bearer ")
    return {"hs_office": token, "lang": "en"}
