"""The drawer's day, parked baskets and goods without their receipt at the register's page, by keyboard."""

from typing import Any

from playwright.sync_api import Page, expect

from highstreet.kernel.ids import new_id
from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.stories.acts import buyer, one, rows, sale_of, sell
from tests.stories.conftest import Stage


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def opened(browse: Browse, stage: Stage) -> Page:
    page = browse("desk", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    heading(page, "Ready for the next customer.")
    return page


def write(page: Page, text: str) -> None:
    page.keyboard.type(text, delay=HAND_MS)


def test_float_pickup_and_a_blind_count_that_is_short(browse: Browse, stage: Stage, axe: Any) -> None:
    sell(stage, sale_of(stage))  # 202.30 in cash
    page = opened(browse, stage)
    press(page, "F7")
    heading(page, "Drawer")
    press(page, "i")
    expect(page.get_by_label("Amount")).to_be_focused()
    write(page, "100")
    press(page, "Enter")
    expect(page.get_by_role("list", name="Cash in and out")).to_contain_text("Float")
    press(page, "o")
    expect(page.get_by_label("Amount")).to_be_focused()
    write(page, "50")
    press(page, "Enter")
    expect(page.get_by_role("list", name="Cash in and out")).to_contain_text("To the safe")
    # 252.30 should be there, and nothing on the page says so.
    for told in ("252.30", "202.30", "152.30"):
        expect(page.locator("main").get_by_text(told)).to_have_count(0)
    totals = page.locator("dl")
    expect(totals.get_by_text("told after the count")).to_have_count(3)
    expect(totals.get_by_text("…")).to_have_count(0)
    last = page.get_by_role("region", name="Last sales here", exact=True)
    expect(last).to_contain_text("Amounts are told after the count")
    expect(last.get_by_role("listitem")).to_have_count(1)
    expect(last.get_by_text("€")).to_have_count(0)
    assert axe(page) == []
    press(page, "c")
    expect(page.get_by_label("€200.00 ×")).to_be_focused()
    write(page, "1")
    press(page, "Enter", "Enter")  # over the hundreds, to the fifties
    write(page, "1")
    expect(page.locator("dialog output")).to_have_text("€250.00")
    press(page, *["Enter"] * 12)
    expect(page.get_by_text("What is sold later belongs to the next day.")).to_be_visible()
    press(page, "Enter")
    expect(page.get_by_role("status").filter(has_text="Short")).to_contain_text("€2.30")
    expect(page.get_by_role("status").filter(has_text="Short")).to_contain_text("Expected€252.30")
    assert rows(stage, "SELECT counted_minor, counted_minor - expected_minor FROM day_entry") == [
        (25_000, -230)
    ]
    expect(page.locator("dl").get_by_text("€202.30").first).to_be_visible()
    expect(last.get_by_text("€202.30")).to_be_visible()


def test_four_digits_of_pieces_are_seen_on_a_phone(browse: Browse, stage: Stage) -> None:
    page = browse("phone", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    heading(page, "Ready for the next customer.")
    press(page, "F7")
    heading(page, "Drawer")
    press(page, "c")
    fields = page.locator("dialog input[maxlength='6']")
    expect(fields.first).to_be_visible()
    for field in fields.all():
        field.fill("8888")
        assert field.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= 360


def test_baskets_are_parked_survive_a_reload_and_come_back(browse: Browse, stage: Stage) -> None:
    page = opened(browse, stage)
    for place, name in ((0, "Blue hat"), (2, "Red bag")):
        scan(page, stage.seed.gtins[place])
        expect(page.get_by_role("list", name="Basket")).to_be_visible()
        press(page, "F10")
        expect(page.get_by_label("Name")).to_be_focused()
        write(page, name)
        press(page, "Enter")
        heading(page, "Ready for the next customer.")
    page.reload()
    heading(page, "Ready for the next customer.")
    expect(page.get_by_role("button", name="2 parked baskets")).to_be_visible()
    press(page, "F10")
    expect(page.get_by_role("dialog", name="Parked baskets")).to_contain_text("Blue hat")
    press(page, "2")
    expect(page.locator("main > * output")).to_have_text("€2.50")
    press(page, "Enter", "3", "Enter")
    heading(page, "Paid")
    assert one(stage, "SELECT total_minor FROM sale") == 250
    press(page, "Enter", "F10", "1")
    expect(page.locator("main > * output")).to_have_text("€100.00")
    expect(page.get_by_text("parked basket")).to_have_count(0)


def test_goods_without_their_receipt_come_back_by_the_members_code(browse: Browse, stage: Stage) -> None:
    who = buyer(stage)
    sell(stage, sale_of(stage, who))
    page = opened(browse, stage)
    press(page, "F6")
    heading(page, "Refund")
    scan(page, who.member_code())
    expect(page.get_by_role("list", name="What this member may bring back")).to_be_visible()
    press(page, "1")
    expect(page.get_by_role("list", name="What comes back")).to_be_visible()
    press(page, "1", "Enter")
    heading(page, "Refunded")
    assert rows(stage, "SELECT line_no, quantity FROM sale_return_line") == [(1, 1)]


def test_slips_are_counted_by_the_terminals_own_total(browse: Browse, stage: Stage) -> None:
    tender = {"id": new_id("tnd"), "rail": "slip", "reference": "004711"}
    sell(stage, sale_of(stage, tenders=[tender]))  # 202.30 by the card terminal
    page = opened(browse, stage)
    press(page, "F7")
    heading(page, "Drawer")
    expect(page.locator("dl, table").get_by_text("202.30")).to_have_count(0)
    press(page, "c")
    page.get_by_label("As a sum").check(force=True)
    page.locator("dialog").get_by_label("As a sum").last.fill("0")
    press(page, "Enter")
    expect(page.get_by_label("Card terminal’s total")).to_be_focused()
    write(page, "200")
    press(page, "Enter")
    expect(page.get_by_text("Card terminal: €200.00")).to_be_visible()
    press(page, "Enter")
    expect(page.get_by_role("status").filter(has_text="Card slips: Short")).to_contain_text("€2.30")
    expect(page.get_by_role("status").filter(has_text="Just right")).to_be_visible()
