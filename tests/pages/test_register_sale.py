"""The register by keyboard alone, in a real browser, against the real server and a wallet in its own process."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from highstreet.rooms.tenders.rails import wallet
from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.patience import until
from tests.stories.acts import TOTAL_MINOR, buyer, next_fault, one, rows
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok
from tests.wallets import order, wallet_of

Open = Callable[..., Page]


@pytest.fixture
def till(browse: Browse, stage: Stage) -> Open:
    """A paired register at a desk, ready for a customer."""

    def opened(**more: Any) -> Page:
        page = browse("desk", cookies={"hs_register": stage.register_token}, **more)
        page.goto("/register/")
        expect(page.get_by_role("combobox", name="Scan or search")).to_be_focused()
        return page

    return opened


def fill_basket(page: Page, stage: Stage) -> None:
    """One of the first, two of the second, one of the third."""
    for place, times in ((0, 1), (1, 2), (2, 1)):
        for _ in range(times):
            scan(page, stage.seed.gtins[place])
    expect(page.get_by_role("list", name="Basket").get_by_role("listitem")).to_have_count(3)


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def sales(stage: Stage) -> list[tuple[Any, ...]]:
    return rows(stage, "SELECT state, total_minor FROM sale ORDER BY opened_at, id")


def test_a_member_with_coupons_pays_by_wallet_code(till: Open, stage: Stage, axe: Any) -> None:
    who, page = buyer(stage), till()
    scan(page, who.member_code())
    expect(page.get_by_text("0 points")).to_be_visible()
    fill_basket(page, stage)
    side = page.get_by_role("complementary")
    expect(side.get_by_text("15 off from 100")).to_be_visible()
    expect(side.get_by_role("button", name="Add")).to_have_count(len(who.coupons))
    expect(side.get_by_text("applied")).to_have_count(0)
    # Each of the member's two coupons helps, the better one first.
    for _ in who.coupons:
        with page.expect_response("**/register/v1/quotes"):
            press(page, "F3")
        page.wait_for_timeout(150)
    expect(page.locator("output")).to_have_text("€167.68")
    expect(side.get_by_text("applied")).to_have_count(len(who.coupons))
    expect(side.get_by_role("button", name="Add")).to_have_count(0)
    first = page.get_by_role("listitem").first
    expect(first).to_contain_text("Member price")
    expect(first).to_contain_text("5 % off")
    assert axe(page) == []
    press(page, "Enter")
    heading(page, "To pay")
    assert axe(page) == []
    press(page, "1")
    scan(page, who.auth_code())
    heading(page, "Paid")
    expect(page.get_by_text("points earned")).to_be_visible()
    assert axe(page) == []
    assert sales(stage) == [("paid", TOTAL_MINOR)]
    assert who.balance() == 100_000 - TOTAL_MINOR
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    expect(page.get_by_role("combobox", name="Scan or search")).to_be_focused()


def test_cash_with_change_and_quantities_by_keys(till: Open, stage: Stage) -> None:
    page = till()
    fill_basket(page, stage)
    press(page, "ArrowUp", "+", "+", "-")  # the second line: 2 → 3
    expect(page.locator("li[aria-current=true]")).to_contain_text("3 ×")
    press(page, "ArrowDown", "4", "Enter")  # four of the third
    press(page, "Home", "Delete")
    expect(page.get_by_role("listitem")).to_have_count(2)
    expect(page.locator("output")).to_have_text("€159.70")  # 3 × 49.90 + 4 × 2.50
    press(page, "Enter", "3")
    page.keyboard.type("170", delay=60)
    expect(page.get_by_text("€10.30")).to_be_visible()
    press(page, "Enter")
    heading(page, "Paid")
    expect(page.get_by_text("€10.30").first).to_be_visible()
    assert sales(stage) == [("paid", 15970)]
    assert rows(stage, "SELECT rail, amount_minor, given_minor FROM tender") == [("cash", 15970, 17000)]
    # The next customer's first scan does not wait for a key.
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("€2.50")


def test_a_quick_amount_shows_the_change_and_waits_for_a_yes(till: Open, stage: Stage) -> None:
    page = till()
    scan(page, stage.seed.gtins[2])
    press(page, "Enter", "3")
    page.get_by_role("button", name="€10.00").click()
    expect(page.get_by_label("Cash given")).to_have_value("10")
    expect(page.get_by_text("€7.50")).to_be_visible()
    page.get_by_role("button", name="€2.50").click()
    expect(page.get_by_label("Cash given")).to_have_value("2.50")
    page.get_by_role("button", name="€10.00").click()
    assert sales(stage) == []
    press(page, "Enter")
    heading(page, "Paid")
    assert rows(stage, "SELECT rail, amount_minor, given_minor FROM tender") == [("cash", 250, 1000)]


def test_a_code_scanned_before_a_way_was_chosen_is_no_key(till: Open, stage: Stage) -> None:
    """Payment codes begin with 28: the 2 alone would show a QR."""
    who, page = buyer(stage), till()
    scan(page, stage.seed.gtins[2])
    press(page, "Enter")
    heading(page, "To pay")
    scan(page, who.auth_code())
    heading(page, "Charge €2.50 to this code?")
    press(page, "Enter")
    heading(page, "Paid")
    assert rows(stage, "SELECT rail FROM tender") == [("wallet",)]


def test_beside_cash_the_wallet_is_said_to_ask_for_the_rest(till: Open, stage: Stage) -> None:
    who, page = buyer(stage, confirm_mode="ask"), till()
    fill_basket(page, stage)
    press(page, "Enter", "3")
    page.keyboard.type("100", delay=HAND_MS)
    press(page, "Enter")
    heading(page, "Scan the payment code")
    scan(page, who.auth_code())
    heading(page, "Waiting for the customer")
    expect(page.get_by_role("status").filter(has_text="Waiting")).to_contain_text("€102.30")
    expect(page.get_by_text("after €100.00 in cash")).to_be_visible()
    (asked,) = who.waiting()
    assert asked["amount"]["total"] == 10_230


def test_declined_then_unknown_then_paid(till: Open, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallet, "PAY_TIMEOUT_S", 0.8)
    who, page = buyer(stage), till()
    scan(page, stage.seed.gtins[2])
    press(page, "Enter", "1")
    next_fault(stage, "pay", "decline_risk")
    scan(page, who.auth_code())
    heading(page, "Declined")
    expect(page.get_by_text("Nothing was taken.")).to_be_visible()
    assert sales(stage) == [("abandoned", 250)]
    press(page, "Enter", "1")
    next_fault(stage, "pay", "timeout_after_effect", seconds=2)
    scan(page, who.auth_code())
    heading(page, "Not known yet")
    assert [state for state, _ in sales(stage)] == ["abandoned", "open"]
    until(lambda: who.balance() == 100_000 - 250)
    stage.advance(timedelta(seconds=6))
    stage.drain()
    heading(page, "Paid")
    assert sales(stage)[1] == ("paid", 250)
    assert who.balance() == 100_000 - 250


def test_a_reload_in_the_middle_asks_for_the_same_sale(till: Open, stage: Stage, browse: Browse) -> None:
    browse.allowed += [r"ERR_FAILED"]
    page = till()
    scan(page, stage.seed.gtins[0])
    expect(page.locator("output")).to_have_text("€100.00")
    # The answer is lost on the way back: the server has sold, the page does not know.
    lost = []

    def swallow(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/register/v1/sales", swallow, times=1)
    press(page, "Enter", "3", "Enter")
    heading(page, "No answer yet")
    assert lost == [200]
    page.reload()
    heading(page, "Paid")
    assert sales(stage) == [("paid", 10000)]
    page.reload()  # until the cashier has seen it
    heading(page, "Paid")
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    assert one(stage, "SELECT count(*) FROM tender") == 1


def test_a_code_whose_charge_never_arrived_is_asked_for_again(
    till: Open, stage: Stage, browse: Browse
) -> None:
    browse.allowed += [r"ERR_FAILED", r"404"]
    who, page = buyer(stage), till()
    scan(page, stage.seed.gtins[2])
    press(page, "Enter", "1")
    page.route("**/register/v1/sales", lambda route: route.abort())
    scan(page, who.auth_code())
    heading(page, "No answer yet")
    page.unroute("**/register/v1/sales")
    page.reload()
    heading(page, "The charge never arrived")
    assert sales(stage) == []
    scan(page, who.auth_code())
    heading(page, "Paid")
    assert sales(stage) == [("paid", 250)]


def test_show_a_qr_and_the_customer_pays_it(till: Open, stage: Stage) -> None:
    who, page = buyer(stage), till()
    scan(page, stage.seed.gtins[2])
    press(page, "Enter", "2")
    heading(page, "Scan to pay")
    expect(page.get_by_role("img", name="QR code to pay €2.50")).to_be_visible()
    code_url = one_qr(stage)
    ok(who.wallet.post(f"/app/accounts/{who.account_id}/scan", json={"code_url": code_url}))
    heading(page, "Paid")
    assert sales(stage) == [("paid", 250)]


@pytest.mark.parametrize("size", [(1366, 768), (360, 740)])
def test_a_qr_that_nobody_pays_was_not_declined(till: Open, stage: Stage, size: tuple[int, int]) -> None:
    page = till()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    scan(page, stage.seed.gtins[2])
    press(page, "Enter", "2")
    heading(page, "Scan to pay")
    expect(page.get_by_text("Called back in")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("img", name="QR code to pay €2.50")).to_be_in_viewport(ratio=1)
    for name in ("Ask now", "Call back", "Next customer meanwhile"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert page.evaluate(NOTHING_COVERS_THE_WORDS)
    stage.advance(timedelta(seconds=31))
    stage.drain()
    heading(page, "Not paid in time")
    expect(page.get_by_text("Nothing was taken.")).to_be_visible()
    press(page, "Enter", "2")
    heading(page, "Scan to pay")
    press(page, "Escape")
    heading(page, "Called back")
    expect(page.get_by_text("Nothing was taken.")).to_be_visible()


def test_the_words_under_a_chinese_qr_stay_in_one_line(stage: Stage, browse: Browse) -> None:
    page = browse("desk", locale="zh", cookies={"hs_register": stage.register_token})
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/register/")
    heading(page, "可以接待下一位顾客。")
    scan(page, stage.seed.gtins[2])
    press(page, "Enter", "2")
    heading(page, "请扫码付款")
    button = page.get_by_role("button", name="立即查询")
    assert button.evaluate(LINES) == 1
    assert button.evaluate("one => one.scrollWidth <= one.clientWidth")


LINES = """(button) => {
    const words = document.createRange();
    words.selectNodeContents([...button.childNodes].find((one) => one.nodeType === 3 && one.textContent.trim()));
    return new Set([...words.getClientRects()].map((one) => one.top)).size;
}"""


NOTHING_COVERS_THE_WORDS = """() => {
    const words = [...document.querySelectorAll("main p")].find((one) => one.textContent.startsWith("Called back in"));
    const { left, bottom } = words.getBoundingClientRect();
    return document.elementFromPoint(left + 5, bottom - 2) === words;
}"""


def one_qr(stage: Stage) -> str:
    """The QR's text, as the wallet tells it when it is asked for the same one again."""
    tender_id, sale_id = rows(stage, "SELECT id, sale_id FROM tender WHERE rail = 'wallet'")[0]
    shown = stage.server.run(wallet_of(stage.program).show_qr(order(tender_id, 250, "EUR", sale_id)))
    return str(shown.code_url)


def test_wrong_things_are_said_and_change_nothing(till: Open, stage: Stage, browse: Browse) -> None:
    browse.allowed += [r"404", r"409"]
    page = till()
    said = page.get_by_role("status").first
    scan(page, "4006381333931")  # a good number that is not sold here
    expect(page.get_by_text("4006381333931 is not sold here.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(0)
    scan(page, "nothing like this")
    expect(said).to_contain_text("Nothing found")
    page.keyboard.type("She", delay=70)  # hands, not a scanner
    expect(page.get_by_role("option")).not_to_have_count(0)
    press(page, "Enter")
    expect(page.get_by_role("listitem")).to_have_count(1)
    press(page, "F1")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape", "F8")
    expect(page.get_by_role("dialog", name="Empty the basket?")).to_be_visible()
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    assert sales(stage) == []


def test_chinese_register(till: Open, stage: Stage, browse: Browse) -> None:
    page = browse("phone", locale="zh", scheme="dark", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    heading(page, "可以接待下一位顾客。")
    scan(page, stage.seed.gtins[0])
    page.get_by_role("button", name="收款").click()
    page.get_by_role("button", name="现金").click()
    page.get_by_role("button", name="确认收款").click()
    heading(page, "收款成功")
    assert sales(stage) == [("paid", 10000)]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
