"""The shopper's map in a real browser: what is near, search, a place's page, follow, claim, codes, positions."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.loop.tables import touch
from highstreet_simulator.town.tiles import write_tiles
from tests.pages.shoppers import somebody
from tests.patience import PATIENCE_MS
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

# The painter of the map tells of its own slowness; nobody here has a graphics card.
ALLOWED = [r"GPU stall", r"WebGL", r"Failed to load resource.*404"]


@pytest.fixture(autouse=True)
def _painter(browse) -> None:
    browse.allowed += ALLOWED


@pytest.fixture(scope="session")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's map, drawn once."""
    path = tmp_path_factory.mktemp("map") / "town.pmtiles"
    write_tiles(path)
    return path


def near(stage: Stage, **more: object) -> list[dict]:
    params = {"lat": 60.1699, "lon": 24.9384, "open_only": False, **more}
    return ok(stage.client().get("/shop/v1/nearest", params=params))


def lines(page: Page):
    return page.locator(".near-list a")


def place_path(stage: Stage) -> str:
    return f"/shop/places/{stage.seed.brand_id}/{stage.seed.place_id}"


def count_touches(stage: Stage) -> int:
    def count(reader: Reader, _: None) -> int:
        return int(reader.rows(select(func.count()).select_from(touch))[0][0])

    return stage.program.db.read_now(count, None)


def test_the_list_tells_what_is_near_and_leads_to_the_places_page(browse, stage: Stage) -> None:
    page = browse("phone")
    page.goto("/shop/")
    told = near(stage)
    expect(lines(page)).to_have_count(len(told))
    expect(lines(page).first).to_contain_text(told[0]["place"]["name_en"])
    expect(lines(page).first).to_contain_text(f"about {max(1, told[0]['walking_minutes'])} min on foot")
    expect(page.get_by_text("Nearest to you first")).to_be_visible()
    lines(page).first.click()
    expect(page).to_have_url(re.compile("/shop/places/brd_.*/plc_"))
    expect(page.get_by_role("heading", name=told[0]["place"]["name_en"])).to_be_visible()
    page.go_back()
    expect(lines(page)).to_have_count(len(told))


def test_a_places_page_has_its_week_its_goods_and_the_way(browse, stage: Stage, axe) -> None:
    told = ok(stage.client().get(place_path(stage).replace("/shop/", "/shop/v1/")))
    page = browse("phone", locale="zh", scheme="dark")
    page.goto(place_path(stage))
    expect(page.get_by_role("heading", name=told["place"]["name_zh"])).to_be_visible()
    week = page.get_by_role("table").get_by_role("row")
    expect(week).to_have_count(7)
    expect(week.first).to_have_attribute("aria-current", "date")
    expect(week.first).to_contain_text("今天")
    expect(page.locator(".goods-line")).to_have_count(min(12, len(told["goods"])))
    expect(page.locator(".goods-line").first).to_contain_text("有货")
    expect(page.get_by_text(re.compile(r"步行\d+分钟"))).to_be_visible()
    # Nobody told this server of streets: it says so.
    expect(page.get_by_text("按直线距离")).to_be_visible()
    assert axe(page) == []


def test_goods_are_found_by_keyboard_and_remembered_on_this_phone_only(browse, stage: Stage) -> None:
    goods = ok(stage.client().get(f"/shop/v1/brands/{stage.seed.brand_id}/goods"))
    word = goods[0]["name_en"].split(",")[0].split()[0]
    page = browse("desk")
    page.goto("/shop/")
    expect(lines(page).first).to_be_visible()
    box = page.get_by_role("combobox")
    box.fill(word)
    expect(page.get_by_role("option").first).to_contain_text(word)
    box.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Who has"))).to_be_visible()
    expect(lines(page).first).to_contain_text("In stock")
    # The place that it leads to shows it first, whatever its name.
    with page.expect_request(re.compile(r"/shop/v1/places/.*[?&](gtin|text)=")):
        lines(page).first.click()
    expect(page.locator(".goods-line").first).to_contain_text(word)
    page.go_back()
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_role("heading", name="What is near")).to_have_count(2)
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("button", name="Forget these searches").click()
    assert page.evaluate("localStorage.getItem('hs-searches')") is None
    box.fill("zzzz")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Nobody nearby has it")).to_be_visible()


def test_filters_leave_out_and_can_be_undone(browse, stage: Stage) -> None:
    page = browse("phone")
    page.goto("/shop/")
    expect(lines(page)).to_have_count(len(near(stage)))
    chip = page.get_by_role("button", name="Open now")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    is_open = near(stage, open_only=True)
    if is_open:
        expect(lines(page)).to_have_count(len(is_open))
    else:
        page.get_by_role("button", name="Show everything").click()
        expect(lines(page)).to_have_count(len(near(stage)))


def test_offers_say_how_long_and_from_what_before_they_are_claimed(browse, stage: Stage) -> None:
    page = browse("phone")
    page.goto(place_path(stage))
    line = page.get_by_role("listitem").filter(has_text="15 off from 100")
    expect(line).to_contain_text("€15.00 off when you spend €100.00 or more")
    expect(line).to_contain_text("Available until")
    expect(line).to_contain_text("Good for 7 days after you take it")
    # The stub is the whole card's edge, and the words keep off the other one.
    card, stub = line.bounding_box(), line.locator(".offer-stub").bounding_box()
    assert card
    assert stub
    assert stub["height"] >= card["height"] - 2
    for words in line.locator("p").all():
        box = words.bounding_box()
        assert box
        assert box["x"] + box["width"] <= card["x"] + card["width"] - 12


def test_follow_claim_and_unfollow_from_the_places_page(browse, stage: Stage) -> None:
    shopper = somebody(stage)
    page = browse("phone", cookies=shopper.cookies)
    page.goto(place_path(stage))
    page.get_by_role("button", name="Follow").click()
    page.get_by_role("dialog").get_by_role("button", name="Follow").click()
    following = page.get_by_role("button", name="Following")
    expect(following).to_be_visible()
    follows = ok(shopper.http.get("/shop/v1/me"))["follows"]
    assert [one["brand"]["brand_id"] for one in follows] == [stage.seed.brand_id]
    assert ok(shopper.http.get("/shop/v1/consents")) == []
    page.get_by_role("button", name="Claim").first.click()
    expect(page.get_by_role("link", name="In your wallet").first).to_be_visible()
    assert len(ok(shopper.http.get("/shop/v1/coupons"))) == 1
    following.click()
    expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    assert ok(shopper.http.get("/shop/v1/me"))["follows"] == []


def test_nobody_is_led_to_sign_in_and_back(browse, stage: Stage) -> None:
    page = browse("phone")
    page.goto(place_path(stage))
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute(
        "href", re.compile(r"/shop/sign-in\?next=%2Fshop%2Fplaces")
    )


def test_a_scanned_code_counts_once_and_leads_on(browse, stage: Stage) -> None:
    page = browse("phone")
    page.goto(f"/shop/?code={stage.slugs['poster']}")
    expect(page.get_by_text("Welcome to")).to_be_visible()
    expect(page).to_have_url(re.compile("/shop/$"))
    assert count_touches(stage) == 1
    page.goto(f"/shop/c/{stage.slugs['place']}")
    expect(page).to_have_url(re.compile("/shop/places/brd_.*/plc_"))
    assert count_touches(stage) == 2
    page.goto("/shop/c/no-such-code")
    expect(page.get_by_text("This code leads nowhere any more")).to_be_visible()
    assert count_touches(stage) == 2


def test_without_a_position_or_far_away_the_town_is_shown(browse) -> None:
    page = browse("phone")
    page.context.clear_permissions()
    page.goto("/shop/")
    expect(page.get_by_role("button", name="Share")).to_be_visible()
    expect(lines(page).first).to_be_visible()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 31.23, "longitude": 121.47})
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("You are far from here").first).to_be_visible()
    expect(lines(page).first).to_be_visible()


def test_the_first_map_is_usable_before_the_real_one_has_come(browse, stage: Stage, tiles: Path, axe) -> None:
    stage.program.settings.map_path = str(tiles)
    page = browse("phone")
    # The real map never comes on this line.
    page.route("**/engine-*.js", lambda _route: None)
    # What is beyond the first sight is asked for afterwards.
    with page.expect_response("**/shop/v1/pins?*"):
        answer = page.goto("/shop/")
    modules = re.findall(
        r'(?:module" crossorigin src|modulepreload" crossorigin href)="([^"]+)"', answer.text()
    )
    assert answer.headers["link"] == ", ".join(
        f"<{path}>; rel=modulepreload; crossorigin" for path in modules
    )
    assert json.loads(page.locator("#first-map").text_content())["categories"] == ["outdoor"]
    expect(page.locator(".first-ground path").first).to_be_attached()
    assert page.evaluate("performance.getEntriesByName('usable').length") == 1
    assert axe(page) == []
    pin = page.locator(".first-pin")
    expect(pin).to_have_count(1)
    pin.dispatch_event("click")
    expect(page).to_have_url(re.compile("/shop/places/brd_.*/plc_"))
    expect(page.locator(".first-pin-chosen")).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_before_any_script_pins_and_lines_lead_to_their_places(
    browse, stage: Stage, tiles: Path, axe, locale: str
) -> None:
    stage.program.settings.map_path = str(tiles)
    told = ok(stage.client().get(place_path(stage).replace("/shop/", "/shop/v1/")))
    name = told["place"][f"name_{locale}"]
    page = browse("phone", locale=locale, scheme="dark")
    page.route("**/*.js", lambda _route: None)
    page.goto("/shop/", wait_until="commit")
    pin = page.locator("svg").get_by_role("link", name=re.compile(re.escape(name)))
    assert pin.get_attribute("href") == place_path(stage)
    expect(page.locator(".near-list").get_by_role("link", name=re.compile(re.escape(name)))).to_be_visible()
    assert axe(page) == []
    box = pin.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(place_path(stage)))
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text(told["brand"][f"name_{locale}"])
    assert axe(page) == []


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("is_place", [False, True])
def test_the_application_takes_over_where_the_server_drew(
    browse, stage: Stage, tiles: Path, size: str, is_place: bool
) -> None:
    stage.program.settings.map_path = str(tiles)
    path = place_path(stage) if is_place else "/shop/"
    page = browse(size)
    page.route("**/*.js", lambda _route: None)
    page.goto(path, wait_until="commit")
    title = page.get_by_role("heading", level=2).first
    drawn = page.locator(".first-drawn-pin path").bounding_box(), title.bounding_box()
    page = browse(size)
    page.context.clear_permissions()
    page.route("**/engine-*.js", lambda _route: None)
    # The place itself does not come either: what the server drew of it stays.
    page.route("**/shop/v1/places/**", lambda _route: None)
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries()"
        ".forEach(one => (window.moved += one.value))).observe({ type: 'layout-shift', buffered: true })"
    )
    page.goto(path)
    page.wait_for_function("performance.getEntriesByName('usable').length === 1")
    page.wait_for_timeout(500)
    expect(page.locator("#first-page")).to_have_count(0)
    title = page.get_by_role("heading", level=2).first
    there = page.locator(".first-pin path").bounding_box(), title.bounding_box()
    for was, now in zip(drawn, there, strict=True):
        assert [now[side] for side in ("x", "y", "width")] == pytest.approx(
            [was[side] for side in ("x", "y", "width")], abs=1.5
        )
    assert page.evaluate("window.moved") < 0.01


def test_the_real_map_takes_over(browse, stage: Stage, tiles: Path) -> None:
    stage.program.settings.map_path = str(tiles)
    page = browse("desk")
    page.goto("/shop/")
    expect(page.locator(".town-map[data-state=there]")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".first-map")).to_have_count(0)
    expect(page.get_by_role("button", name="Zoom in")).to_be_visible()


def test_the_way_is_shown_whole_and_near_whenever_it_comes(browse, stage: Stage, tiles: Path) -> None:
    stage.program.settings.map_path = str(tiles)
    page = browse("phone")
    door = ok(stage.client().get(place_path(stage).replace("/shop/", "/shop/v1/")))["position"]
    page.context.set_geolocation({"latitude": door["lat"] + 0.0027, "longitude": door["lon"]})
    # The way comes only after the map has gone to the place by itself.
    waiting: list[Route] = []
    page.route("**/way?*", lambda route: waiting.append(route))
    page.goto(place_path(stage))
    expect(page.locator(".town-map[data-state=there]")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(500)
    zooms: list[int] = []
    page.on("request", lambda one: zooms.extend(int(z) for z in re.findall(r"/tiles/(\d+)/", one.url)))
    with page.expect_response("**/way?*"):
        waiting.pop().continue_()
    page.wait_for_timeout(1_000)
    # Three hundred metres: seen from far away, other tiles would be asked for.
    assert [z for z in zooms if z < 14] == []


def test_what_floats_over_the_map_stays_below_the_sheet(browse) -> None:
    page = browse("phone")
    page.goto("/shop/")
    expect(lines(page).first).to_be_visible()
    page.get_by_role("button", name="Show the whole list").click()
    expect(page.get_by_role("button", name="Show the map")).to_be_visible()
    covers = """button => {
        const { x, y, width, height } = button.getBoundingClientRect();
        return Boolean(document.elementFromPoint(x + width / 2, y + height / 2)?.closest(".map-sheet"));
    }"""
    assert page.locator(".map-buttons button").evaluate(covers)
