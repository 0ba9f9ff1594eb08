"""The front door: what it says, one tap into each of the demo's people, and pages for addresses that lead nowhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from highstreet.kernel.ids import new_id
from tests.fronts.office_town import OFFER, Town, open_town
from tests.pages.conftest import Browse
from tests.patience import PATIENCE_MS


@pytest.fixture
def demo(migrated_url: str, tmp_path: Path) -> Iterator[Town]:
    """The town in demo mode, with the people of its keys.json."""
    path = tmp_path / "keys.json"
    with open_town(migrated_url, mode="demo", demo_people=str(path)) as opened:
        keys = {f"{who}_login": who for who in ("office", "dealer", "landlord")}
        tried = {**keys, "register_token": opened.tokens["register"], "gtin": opened.seed.gtins[0]}
        path.write_text(json.dumps({"try": tried}))
        yield opened


@pytest.fixture
def browse_demo(browser: Browser, demo: Town) -> Iterator[Browse]:
    expect.set_options(timeout=PATIENCE_MS)
    opened = Browse(browser, demo.url)
    yield opened
    opened.close()
    assert opened.unexpected() == []


@pytest.mark.parametrize(
    ("size", "locale", "scheme", "headline"),
    [
        ("phone", "zh", "dark", "从海报到收银，各得其份。"),
        ("desk", "en", "light", "From poster to till. Everyone gets their share."),
    ],
)
def test_the_door_says_what_this_is(size, locale, scheme, headline, browse_demo, axe) -> None:
    page = browse_demo(size, locale=locale, scheme=scheme)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    expect(page.locator("#people li")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []


def test_one_tap_and_one_is_the_dealer_or_the_landlord(browse_demo) -> None:
    page = browse_demo("desk")
    for person, name in (("dealer", "Dealer"), ("landlord", "Landlord")):
        page.goto("/")
        page.locator(f"[data-enters={person}]").click()
        page.wait_for_url("**/dealer/")
        told = page.evaluate("fetch('/dealer/v1/me').then(r => r.json())")
        assert told["name"] == name


def test_outside_the_demo_the_doors_are_links(desk) -> None:
    desk.goto("/")
    links = desk.locator("#doors a")
    hrefs = [link.get_attribute("href") for link in links.all()]
    assert hrefs == ["/shop/", "/register/", "/office/", "/dealer/"]
    expect(desk.locator("[data-enters], [data-tours]")).to_have_count(0)


def test_who_is_lost_finds_home_and_programs_get_a_problem(browse, stage) -> None:
    page = browse("phone")
    browse.allowed.append("404")
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="To the front door").click()
    page.wait_for_url(re.compile(r"/$"))
    with stage.client() as http:
        told = http.get("/no/such/page", headers={"Accept": "application/json"})
        assert (told.status_code, told.json()["code"]) == (404, "request.not_found")
        told = http.get("/shop/v1/nothing", headers={"Accept": "text/html"})
        assert told.headers["content-type"] == "application/problem+json"
        assert http.get("/favicon.ico").headers["content-type"] == "image/png"
        assert "Disallow: /office/" in http.get("/robots.txt").text


def test_the_tour_goes_along_over_the_pages_and_ends_with_a_word(browse_demo) -> None:
    page = browse_demo("desk")
    browse_demo.allowed.append("Failed to load resource")  # this town has no map and no poster's place
    page.goto("/")
    page.locator("[data-tours]").click()
    tour = page.locator("#tour")
    expect(tour.get_by_text("Step 1 of 6")).to_be_visible()
    for step in (2, 3):
        tour.get_by_role("button", name="Skip").click()
        expect(tour.get_by_text(f"Step {step} of 6")).to_be_visible()
    tour.get_by_role("button", name="Open the register").click()
    page.wait_for_url("**/register/")
    expect(tour.get_by_text("First an article.")).to_be_visible()
    tour.get_by_role("button", name="Tour, step 3 of 6: show").click()
    for step in (4, 5, 6):
        tour.get_by_role("button", name="Skip").click()
        expect(tour.get_by_text(f"Step {step} of 6")).to_be_visible()
    tour.get_by_role("button", name="Skip").click()
    expect(tour.get_by_role("heading", name="That was the loop")).to_be_visible()
    tour.get_by_role("link", name="Choose a door").click()
    page.wait_for_url("**/#people")
    expect(page.locator("#tour button")).to_have_count(0)
    page.goto("/")
    expect(page.locator("[data-tours]")).to_be_visible()
    expect(page.locator("#tour")).to_have_count(0)


def test_at_the_register_the_tour_offers_the_next_thing_and_covers_nothing(browse_demo) -> None:
    page = browse_demo("phone")
    browse_demo.allowed.append("Failed to load resource")
    since = "2026-01-01T00:00:00Z"
    kept = json.dumps({"step": 3, "isFolded": True, "since": since})
    page.goto("/")
    page.evaluate("kept => localStorage.setItem('hs_tour', kept)", kept)
    page.reload()
    tour, bar = page.locator("#tour"), page.get_by_role("region", name="The tour: what is next")
    tour.get_by_role("button", name="Open the register").click()
    page.wait_for_url("**/register/")
    expect(bar.get_by_text("First an article.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    top = page.get_by_role("combobox").bounding_box()
    below = bar.bounding_box()
    assert top is not None
    assert below is not None
    assert below["y"] + below["height"] <= top["y"]
    bar.get_by_role("button", name="Scan an article").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(bar.get_by_text("Now the member.")).to_be_visible()
    bar.get_by_role("button", name="Scan the member").click()
    expect(bar.get_by_text("No member yet")).to_be_visible()
    page.get_by_role("button", name="Pay", exact=True).or_(
        page.get_by_role("button", name="Pay Enter")
    ).click()
    expect(bar.get_by_text("Cash, or the wallet")).to_be_visible()
    bar.get_by_role("button", name="Tour, step 3 of 6: show").click()
    expect(tour.get_by_role("button", name="Scan an article")).to_be_disabled()
    expect(tour.get_by_role("button", name="Scan the wallet")).to_be_enabled()
    tour.get_by_role("button", name="Make the tour small").click()
    page.get_by_role("button", name="Cash").click()
    expect(bar.get_by_text("Take the payment")).to_be_visible()
    total = page.locator("output").bounding_box()
    assert total is not None
    assert below["y"] + below["height"] <= total["y"]


def keep_tour(page: Page, **kept: Any) -> None:
    """As if one had come so far; at the front door."""
    page.goto("/")
    kept = {"isFolded": True, "since": "2026-01-01T00:00:00Z", **kept}
    page.evaluate("kept => localStorage.setItem('hs_tour', kept)", json.dumps(kept))


def join(page: Page, demo: Town) -> tuple[str, str]:
    """Become the demo's shopper and a member of the tour's brand; the ids of brand and member."""
    page.locator("[data-enters=shopper]").click()
    page.wait_for_url("**/shop/")
    brand, member = demo.seed.brand_id, new_id("mbr")
    joined = {"entry": "shop", "joins": True, "purposes": ["service"]}
    told = page.request.put(
        f"/shop/v1/brands/{brand}/follow",
        data={**joined, "consent_ids": [new_id("cst")], "member_id": member},
        headers={"X-Highstreet": "page", "Origin": demo.url},
    )
    assert told.ok, told.text()
    return brand, member


def test_on_a_phone_the_tour_covers_no_page_of_the_shopper(browse_demo, demo) -> None:
    page = browse_demo("phone")
    browse_demo.allowed.append("Failed to load resource")
    page.set_viewport_size({"width": 360, "height": 740})
    keep_tour(page, step=4)
    brand, member = join(page, demo)
    sale = demo.sell(1, member=member)
    for path in ("wallet", "orders", f"orders/{brand}/{sale}"):
        page.goto(f"/shop/{path}")
        bar = page.get_by_role("region", name="The tour: what is next").bounding_box()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        header = page.locator("header.sticky").first
        top, first = header.bounding_box(), header.locator("xpath=following-sibling::*[1]").bounding_box()
        assert bar is not None
        assert top is not None
        assert first is not None
        assert bar["y"] + bar["height"] <= top["y"]
        assert top["y"] + top["height"] <= first["y"]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_on_a_phone_the_second_steps_panel_leaves_the_places_sheet_in_sight(
    browse_demo, demo, locale: str
) -> None:
    page = browse_demo("phone", locale=locale)
    browse_demo.allowed.append("Failed to load resource")
    keep_tour(page, step=1, isFolded=False)
    page.goto(f"/shop/places/{demo.seed.brand_id}/{demo.seed.place_id}")
    place = page.locator(".map-sheet")
    tour = page.locator("#tour")
    for step in (1, 2):
        expect(tour.get_by_text(re.compile(rf"(Step {step} of|第 ?{step} ?步)"))).to_be_visible()
        expect(place.get_by_role("heading", level=2).first).to_be_visible()
        panel, sheet = tour.locator("section").bounding_box(), place.bounding_box()
        assert panel is not None
        assert sheet is not None
        assert panel["y"] + panel["height"] <= sheet["y"]
        # All of what it says is there without a hand's help.
        assert tour.locator("section").evaluate("one => one.scrollHeight <= one.clientHeight")
        if step == 1:
            tour.locator("section footer button").last.click()


def test_the_tour_asks_for_the_coupon_that_helps_and_says_at_last_whether_it_was_used(
    browse_demo, demo
) -> None:
    page = browse_demo("phone")
    browse_demo.allowed.append("Failed to load resource")
    keep_tour(page, step=3)
    brand, _ = join(page, demo)
    told = page.request.post(
        f"/shop/v1/brands/{brand}/offers/{OFFER}/claims",
        data={"coupon_id": new_id("cpn")},
        headers={"X-Highstreet": "page", "Origin": demo.url},
    )
    assert told.ok, told.text()
    keep_tour(page, step=7, isFolded=False)
    page.reload()
    tour, bar = page.locator("#tour"), page.get_by_role("region", name="The tour: what is next")
    expect(tour.get_by_text("Next time, claim a coupon and use it.")).to_be_visible()
    keep_tour(page, step=3)
    page.locator("[data-enters=register]").click()
    page.wait_for_url("**/register/")
    for press in ("Scan an article", "Scan the member", "Add the coupon"):
        bar.get_by_role("button", name=press).click()
    expect(bar.get_by_text("Now press Pay.")).to_be_visible()
    page.get_by_role("button", name="Pay", exact=True).or_(
        page.get_by_role("button", name="Pay Enter")
    ).click()
    page.get_by_role("button", name="Cash").click()
    page.get_by_role("button", name="Take payment").click()
    expect(bar.get_by_role("button", name="Next step")).to_be_visible()
    keep_tour(page, step=7, isFolded=False)
    page.reload()
    expect(tour.get_by_text("a coupon claimed and used")).to_be_visible()


def test_who_was_a_member_before_the_tour_is_told_so_and_goes_on(browse_demo, demo) -> None:
    page = browse_demo("phone")
    browse_demo.allowed.append("Failed to load resource")
    keep_tour(page, step=2, since="2999-01-01T00:00:00Z")
    join(page, demo)
    page.goto("/shop/wallet")
    tour, bar = page.locator("#tour"), page.get_by_role("region", name="The tour: what is next")
    expect(bar.get_by_text("You are a member already.")).to_be_visible()
    bar.get_by_role("button", name="Tour, step 2 of 6: show").click()
    expect(tour.get_by_text("You have done this before")).to_be_visible()
    tour.get_by_role("button", name="Next step").click()
    # What was done is coloured, what is skipped is not.
    tour.get_by_role("button", name="Skip").click()
    expect(tour.get_by_text("Step 4 of 6")).to_be_visible()
    bars = tour.locator("[aria-hidden=true] > span.rounded-full")
    shown = [one.get_attribute("class") or "" for one in bars.all()]
    assert ["bg-primary" in one for one in shown] == [False, True, False, False, False, False]


def test_on_a_desk_pages_begin_right_below_the_tours_bar(browse_demo) -> None:
    page = browse_demo("desk")
    browse_demo.allowed.append("Failed to load resource")
    kept = json.dumps({"step": 6, "isFolded": True, "since": "2026-01-01T00:00:00Z"})
    page.goto("/")
    page.evaluate("kept => localStorage.setItem('hs_tour', kept)", kept)
    for person, first in (("register", ".till-frame > header"), ("office", ".rail")):
        page.goto("/")
        page.locator(f"[data-enters={person}]").click()
        page.wait_for_url(f"**/{person}/")
        bar = page.get_by_role("region", name="The tour: what is next").bounding_box()
        top, main = page.locator(first).bounding_box(), page.locator("main").bounding_box()
        assert bar is not None
        assert top is not None
        assert main is not None
        assert top["y"] == bar["height"]
        assert top["x"] == 0
        assert main["width"] > 640
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
