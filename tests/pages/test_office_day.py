"""The head office on its pages: sign-in, the day as it comes, sales and why, the loop, members; what others may not."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from highstreet.kernel.ids import stable_id
from highstreet.rooms import loop
from highstreet.rooms.stock.tables import stock_item
from tests.fronts.office_town import CODE, PASSWORD, Town, open_town, scan_and_follow
from tests.pages.conftest import Browse
from tests.patience import PATIENCE_MS

Axe = Callable[[Page], list[str]]


@pytest.fixture
def town(migrated_url: str) -> Iterator[Town]:
    with open_town(migrated_url) as opened:
        yield opened


@pytest.fixture
def browse_town(browser: Browser, town: Town) -> Iterator[Browse]:
    expect.set_options(timeout=PATIENCE_MS)
    opened = Browse(browser, town.url)
    opened.allowed.append("401|403|404")
    yield opened
    opened.close()
    assert opened.unexpected() == []


def signed_in(browse: Browse, town: Town, size: str = "desk", **more: str) -> Page:
    """A page with the office's session."""
    return browse(size, cookies={"hs_office": town.tokens["office"]}, **more)


def test_sign_in_goes_on_to_the_page_that_was_asked_for(town: Town, browse_town: Browse, axe: Axe) -> None:
    page = browse_town("phone", locale="zh", scheme="dark")
    answer = page.goto("/office/members")
    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_role("heading", name="登录总部后台")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("账号").fill("office")
    page.get_by_label("密码").fill("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("账号")).to_have_value("office")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="会员", exact=True, level=1)).to_be_visible()
    assert page.url.endswith("/office/members")
    cookie = next(c for c in page.context.cookies() if c["name"] == "hs_office")
    assert cookie["httpOnly"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="菜单").click()
    page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录总部后台")).to_be_visible()


def test_today_shows_a_sale_the_moment_it_is_paid(town: Town, browse_town: Browse, axe: Axe) -> None:
    page = signed_in(browse_town, town)
    page.goto("/office/")
    expect(page.get_by_text("Nothing has happened yet")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    sale_id = town.sell(1)
    line = page.locator(f"#ticker a[href='/office/sales/{sale_id}']")
    expect(line).to_contain_text("€100.00")
    taken = page.locator("a.surface", has_text="Taken today")
    expect(taken).to_contain_text("€100.00")
    told = town.ask("office", "GET", "/office/v1/today")
    assert (told["sales"], told["total_minor"]) == (1, 10_000)
    assert axe(page) == []
    line.click()
    expect(page.get_by_role("heading", name="€100.00")).to_be_visible()


def test_a_sale_says_why_and_who_got_what(town: Town, browse_town: Browse, axe: Axe) -> None:
    sale_id = town.sell(2)
    town.take_back(sale_id, (1, 1))
    page = signed_in(browse_town, town, "phone")
    page.goto(f"/office/sales/{sale_id}")
    told = town.ask("office", "GET", f"/office/v1/sales/{sale_id}")
    assert told["proof_holds"] is True
    expect(page.get_by_text("Recomputed: right")).to_be_visible()
    shares = page.locator("section", has=page.get_by_role("heading", name="Who got what"))
    for amount in ("€120.00", "€60.00", "€20.00"):  # operator, brand, landlord of 200.00
        expect(shares.get_by_text(amount).first).to_be_visible()
    ledger = page.get_by_role("region", name="In the ledger").locator("tbody tr")
    expect(ledger).to_have_count(len(told["transfers"]))
    expect(page.get_by_text("Partly returned")).to_be_visible()
    returns = page.locator("section", has=page.get_by_role("heading", name="Returns"))
    expect(returns.get_by_text("−€100.00").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []


def test_sales_are_filtered_paged_and_found_by_their_code(town: Town, browse_town: Browse, axe: Axe) -> None:
    town.program.db.write_now(lambda tx, _: tx.run(update(stock_item).values(on_hand=500)), None)
    ids = []
    for _ in range(52):
        ids.append(town.sell(0, 0, 1, at=town.own_register))
        town.clock.advance(timedelta(seconds=1))
    dear = town.sell(1)
    town.take_back(dear, (1, 1))
    page = signed_in(browse_town, town)
    page.goto("/office/sales")
    rows = page.locator("#sales tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(rows).to_have_count(3)
    page.goto("/office/sales")
    page.get_by_label("State").select_option("returned")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("−€100.00")
    page.get_by_label("Receipt code").fill("sal_nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No sale has this code")).to_be_visible()
    page.get_by_label("Receipt code").fill(ids[0].upper())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/office/sales/{ids[0]}")
    assert axe(page) == []


def test_the_loop_and_a_code_to_print(town: Town, browse_town: Browse, axe: Axe) -> None:
    page = signed_in(browse_town, town)
    page.goto("/office/loop?days=7")
    told = town.ask("office", "GET", "/office/v1/funnel")
    assert CODE in {code["code_id"] for code in told["codes"]}
    page.locator(f"a[href='/office/loop/{CODE}?days=7']").click()
    expect(page.locator("qr-code svg")).to_be_visible()
    slug = next(code["slug"] for code in told["codes"] if code["code_id"] == CODE)
    expect(page.get_by_text(f"/shop/c/{slug}")).to_be_visible()
    assert axe(page) == []


def test_members_without_phone_numbers_in_the_clear(town: Town, browse_town: Browse, axe: Axe) -> None:
    sale_id = town.sell(1, member=town.seed.member_id)
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/members")
    counted = town.ask("office", "GET", "/office/v1/members")
    expect(page.locator(".surface", has_text="Members").first).to_contain_text(str(counted["members"]))
    page.goto(f"/office/members/{town.seed.member_id}")
    # This member consents to measurement only: no phone, and no list of what they bought.
    expect(page.get_by_text("does not allow the use of their purchases")).to_be_visible()
    assert sale_id not in page.content()
    assert "+358" not in page.content()
    assert axe(page) == []


def test_who_lacks_the_right_is_told_so_on_a_page(town: Town, browse_town: Browse) -> None:
    page = browse_town("desk", cookies={"hs_office": town.tokens["dealer"]})
    for path, status in (("/office/", 403), ("/office/nothing", 404), (f"/office/sales/{town.sell(1)}", 403)):
        answer = page.goto(path)
        assert answer is not None
        assert (answer.status, answer.headers["content-type"].split(";")[0]) == (status, "text/html")
        expect(page.get_by_role("link", name="To the first page")).to_be_visible()
    stranger = browse_town("desk", cookies={"hs_office": town.tokens["other-office"]})
    answer = stranger.goto(f"/office/sales/{town.sell(1)}")
    assert answer is not None
    assert answer.status == 404


def test_codes_that_brought_nothing_are_folded_and_any_is_found(
    town: Town, browse_town: Browse, axe: Axe
) -> None:
    rows = [
        loop.CodeRow(
            stable_id("cod", f"desk-{n}"),
            f"desk-{n}",
            "assistant",
            "autumn",
            f"Assistant {n}",
            f"导购{n}",
            *[None] * 5,
        )
        for n in range(160)
    ]
    town.program.db.write_now(loop.put_codes, loop.PutCodes(town.seed.brand_id, rows))
    scan_and_follow(town)
    town.sell(1, member=town.seed.member_id)
    # Asked a moment later: what happens at the end of the time is not in it.
    town.clock.advance(timedelta(seconds=1))
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/loop?days=7")
    codes = page.get_by_role("region", name="Which code brought it").locator("tbody tr")
    expect(codes).to_have_count(1)
    expect(codes).to_contain_text("Bus stop")
    funnel = page.locator("section", has=page.get_by_role("heading", name="From scan to sale"))
    expect(funnel.locator("li", has_text="Visits")).to_contain_text("1")
    expect(funnel).to_contain_text("came to one of your places after the scan")
    folded = page.locator("details", has_text="160 codes without a touch in this time")
    expect(folded.get_by_text("Assistant 7", exact=True)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight") < 2_000
    page.get_by_role("searchbox").fill("assistant 159")
    expect(page.get_by_text("Assistant 159", exact=True)).to_be_visible()
    expect(page.locator("details li")).to_have_count(1)
    expect(page).to_have_url(re.compile("days=7.*text=assistant"))
    assert axe(page) == []
    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_text("No code like this")).to_be_visible()
