"""Who stands at the register's page, and what a manager approves by PIN; all by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.stories.acts import buyer, ledger_is_balanced, one, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_clerks import PIN, hire, policy

Open = Callable[[], Page]


@pytest.fixture
def till(browse: Browse, stage: Stage) -> Open:
    """A paired register at a desk, ready for a customer. What is refused, is told on the console, too."""
    browse.allowed += [r"status of 40[39]"]

    def opened() -> Page:
        page = browse("desk", cookies={"hs_register": stage.register_token})
        page.goto("/register/")
        heading(page, "Ready for the next customer.")
        return page

    return opened


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def dialog(page: Page, name: str) -> Any:
    return page.get_by_role("dialog", name=name)


def write(page: Page, text: str) -> None:
    page.keyboard.type(text, delay=HAND_MS)


def enter_pin(page: Page, name: str, pin: str = PIN) -> None:
    expect(page.get_by_label(f"PIN of {name}")).to_be_focused()
    write(page, pin)
    press(page, "Enter")


def pays_cash(page: Page, stage: Stage, place: int = 2) -> None:
    """A basket of one article, paid in cash."""
    scan(page, stage.seed.gtins[place])
    expect(page.get_by_role("list", name="Basket")).to_be_visible()
    press(page, "Enter", "3", "Enter")


def test_who_signed_in_by_pin_is_told_with_what_is_done(till: Open, stage: Stage, axe: Any) -> None:
    boss, cashier = hire(stage, "Boss", "store_manager"), hire(stage, "Maija", "assistant")
    page = till()
    expect(page.get_by_role("button", name="Nobody signed in")).to_be_visible()
    press(page, "F9")
    asked = dialog(page, "Who is at the register")
    expect(asked.get_by_role("button", name="Boss")).to_be_focused()
    expect(asked.get_by_role("list", name="Choose who signs in")).to_contain_text("may approve")
    assert axe(page) == []
    press(page, "2")
    enter_pin(page, "Maija", "0000")
    expect(asked.get_by_role("alert")).to_contain_text("The PIN is not right.")
    # A scan is no PIN, and costs no try.
    scan(page, stage.seed.gtins[0])
    expect(page.get_by_label("PIN of Maija")).to_have_value("")
    assert axe(page) == []
    enter_pin(page, "Maija")
    expect(asked).to_be_hidden()
    expect(page.get_by_role("button", name="Maija")).to_be_visible()
    assert one(stage, "SELECT tries_left FROM staff_pin WHERE staff_id = :s", s=cashier) == 10
    assert PIN not in str(page.evaluate("JSON.stringify({ ...localStorage })")).replace(cashier, "")
    # It outlives a reload, and goes with the sale and the cash.
    page.reload()
    expect(page.get_by_role("button", name="Maija")).to_be_visible()
    pays_cash(page, stage)
    heading(page, "Paid")
    press(page, "Enter", "F7")
    heading(page, "Drawer")
    press(page, "i")
    expect(page.get_by_label("Amount")).to_be_focused()
    write(page, "100")
    press(page, "Enter")
    expect(page.get_by_role("list", name="Cash in and out")).to_contain_text("Float")
    assert {row[0] for row in rows(stage, "SELECT staff_id FROM clerk_act")} == {cashier}
    assert one(stage, "SELECT count(*) FROM clerk_act") == 2
    # Somebody else; then nobody.
    press(page, "F9")
    expect(dialog(page, "Who is at the register").get_by_role("button", name="Boss")).to_be_visible()
    press(page, "1")
    enter_pin(page, "Boss")
    expect(dialog(page, "Who is at the register")).to_be_hidden()
    expect(page.get_by_role("button", name="Boss")).to_be_visible()
    press(page, "F9")
    expect(asked.get_by_role("button", name="Maija")).to_be_focused()
    press(page, "0")
    expect(page.get_by_role("button", name="Nobody signed in")).to_be_visible()
    assert page.evaluate("localStorage.getItem('hs-register-clerk')") is None
    assert boss != cashier


def test_without_a_pin_nothing_is_otherwise(till: Open, stage: Stage) -> None:
    page = till()
    press(page, "F9")
    expect(dialog(page, "Who is at the register")).to_contain_text("The office sets one on its Staff page")
    press(page, "F9")
    expect(dialog(page, "Who is at the register")).to_be_hidden()
    pays_cash(page, stage)
    heading(page, "Paid")
    assert rows(stage, "SELECT staff_id FROM clerk_act") == []


def test_whoever_is_gone_is_signed_out_and_the_sale_goes_on(till: Open, stage: Stage) -> None:
    cashier, other = hire(stage, "Maija", "assistant"), hire(stage, "Olli", "assistant")
    page = till()
    press(page, "F9")
    expect(dialog(page, "Who is at the register").get_by_role("button", name="Maija")).to_be_visible()
    press(page, "1")
    enter_pin(page, "Maija")
    expect(page.get_by_role("button", name="Maija")).to_be_visible()
    assert stage.office().delete(f"/office/v1/staff/{cashier}").status_code == 204
    pays_cash(page, stage)
    asked = dialog(page, "Who is at the register")
    expect(asked.get_by_role("alert")).to_contain_text("Maija is not signed in any more.")
    expect(asked.get_by_role("button", name="Olli")).to_be_focused()
    press(page, "0")
    heading(page, "Paid")
    assert rows(stage, "SELECT staff_id FROM clerk_act") == []
    # Or somebody who is there takes it over.
    press(page, "Enter", "F9")
    enter_pin(page, "Olli")
    expect(page.get_by_role("button", name="Olli")).to_be_visible()
    stage.advance(timedelta(seconds=1))
    assert stage.office().put(f"/office/v1/staff/{other}/pin", json={"pin": "2222"}).status_code == 204
    pays_cash(page, stage)
    expect(asked.get_by_role("button", name="Olli")).to_be_focused()
    press(page, "1")
    enter_pin(page, "Olli", "2222")
    heading(page, "Paid")
    assert rows(stage, "SELECT staff_id FROM clerk_act") == [(other,)]
    assert one(stage, "SELECT count(*) FROM sale WHERE state = 'paid'") == 2
    assert ledger_is_balanced(stage)


def test_a_sale_whose_answer_was_lost_stays_one_when_its_clerk_is_gone(
    till: Open, stage: Stage, browse: Browse
) -> None:
    browse.allowed += ["ERR_FAILED"]
    cashier = hire(stage, "Maija", "assistant")
    page = till()
    press(page, "F9")
    enter_pin(page, "Maija")
    expect(page.get_by_role("button", name="Maija")).to_be_visible()

    def loses(route: Route) -> None:
        route.fetch()
        assert stage.office().delete(f"/office/v1/staff/{cashier}").status_code == 204
        route.abort()

    page.route("**/register/v1/sales", loses, times=1)
    pays_cash(page, stage)
    expect(dialog(page, "Who is at the register").get_by_role("alert")).to_be_visible()
    press(page, "Enter")
    heading(page, "Paid")
    assert one(stage, "SELECT count(*) FROM sale") == 1
    assert rows(stage, "SELECT staff_id FROM clerk_act") == [(cashier,)]


def test_a_return_over_the_limit_is_approved_by_a_managers_pin(till: Open, stage: Stage, axe: Any) -> None:
    manager = hire(stage, "Boss", "store_manager")
    hire(stage, "Maija", "assistant")
    policy(stage, no_receipt_from_minor=5000)
    who = buyer(stage)
    sell(stage, sale_of(stage, who))
    page = till()
    press(page, "F6")
    heading(page, "Refund")
    scan(page, who.member_code())
    expect(page.get_by_role("list", name="What this member may bring back")).to_be_visible()
    press(page, "1")
    expect(page.get_by_role("list", name="What comes back")).to_be_visible()
    press(page, "1", "Enter")
    asked = dialog(page, "A manager has to approve this")
    expect(asked).to_contain_text("Money to give back")
    # Put off: what was chosen stays.
    press(page, "Escape")
    expect(page.get_by_role("alert")).to_contain_text("A manager has to approve this")
    expect(page.get_by_role("listitem").first).to_contain_text("1 / 1")
    press(page, "Enter")
    expect(asked.get_by_text("Maija")).to_have_count(0)
    enter_pin(page, "Boss", "0000")
    expect(asked.get_by_role("alert")).to_contain_text("The PIN is not right.")
    assert axe(page) == []
    enter_pin(page, "Boss")
    heading(page, "Refunded")
    assert rows(stage, "SELECT line_no, quantity FROM sale_return_line") == [(1, 1)]
    assert rows(stage, "SELECT staff_id, act FROM register_approval WHERE used_at IS NOT NULL") == [
        (manager, "return")
    ]
    assert ledger_is_balanced(stage)


def test_an_amount_goes_back_while_the_goods_stay(till: Open, stage: Stage, axe: Any) -> None:
    manager = hire(stage, "Boss", "store_manager")
    sold = sale_of(stage)
    sell(stage, sold)
    page = till()
    press(page, "F6")
    heading(page, "Refund")
    scan(page, sold["id"])
    expect(page.get_by_role("list", name="What comes back")).to_be_visible()
    press(page, "m")
    asked = dialog(page, "Amount back, goods stay")
    expect(asked.get_by_label("Amount")).to_be_focused()
    write(page, "15")
    press(page, "Enter")
    expect(asked.get_by_label("Reason")).to_be_focused()
    expect(asked.get_by_role("alert")).to_be_visible()
    write(page, "Scratch")
    assert axe(page) == []
    press(page, "Enter")
    expect(dialog(page, "A manager has to approve this")).to_contain_text("€15.00")
    # Put off: what was entered is there.
    press(page, "Escape", "m")
    expect(asked.get_by_label("Amount")).to_have_value("15")
    press(page, "Enter")
    enter_pin(page, "Boss")
    heading(page, "Still owed")
    press(page, "Enter")
    heading(page, "Refunded")
    expect(page.get_by_text("Still owed")).to_have_count(0)
    assert rows(stage, "SELECT staff_id, refund_minor FROM sale_return") == [(manager, 1500)]
    paid_out = "SELECT state FROM tender WHERE direction = 'out' AND rail = 'cash'"
    assert rows(stage, paid_out) == [("captured",)]
    assert ledger_is_balanced(stage)


def test_a_price_by_hand_is_approved_at_the_payment(till: Open, stage: Stage, axe: Any) -> None:
    manager = hire(stage, "Boss", "store_manager")
    page = till()
    scan(page, stage.seed.gtins[0])
    total = page.locator("main > * output")
    expect(total).to_have_text("€100.00")
    press(page, "/")
    asked = dialog(page, "Price by hand")
    expect(asked.get_by_label("New price of one piece")).to_be_focused()
    write(page, "100.01")
    press(page, "Enter")
    expect(asked.get_by_role("alert")).to_contain_text("At most €100.00")
    assert axe(page) == []
    asked.get_by_label("New price of one piece").fill("")
    write(page, "80")
    press(page, "Enter")
    basket = page.get_by_role("list", name="Basket")
    expect(total).to_have_text("€80.00")
    expect(basket).to_contain_text("Price set in the shop −€20.00")
    expect(basket.locator("s")).to_have_text("€100.00")
    # Parked and taken back, the price is the same.
    press(page, "F10")
    expect(page.get_by_label("Name")).to_be_focused()
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    press(page, "F10", "1")
    expect(total).to_have_text("€80.00")
    press(page, "+")
    expect(total).to_have_text("€160.00")
    press(page, "Enter")
    wanted = dialog(page, "A manager has to approve this")
    expect(wanted).to_contain_text("€40.00")
    expect(page.get_by_role("heading", level=1, include_hidden=True)).to_have_text("To pay")
    # Nobody approves: nothing was charged, and the basket is there.
    press(page, "Escape")
    expect(wanted).to_be_hidden()
    expect(basket).to_contain_text("Price set in the shop")
    expect(total).to_have_text("€160.00")
    assert one(stage, "SELECT count(*) FROM sale") == 0
    press(page, "Enter")
    enter_pin(page, "Boss")
    expect(wanted).to_be_hidden()
    heading(page, "To pay")
    press(page, "3", "Enter")
    heading(page, "Paid")
    assert rows(stage, "SELECT total_minor FROM sale WHERE state = 'paid'") == [(16_000,)]
    assert rows(stage, "SELECT staff_id, act, amount_minor FROM register_approval") == [
        (manager, "price", 4000)
    ]
    assert ledger_is_balanced(stage)


def by_hand(page: Page, price: str) -> None:
    """The chosen line's new price."""
    press(page, "/")
    expect(page.get_by_label("New price of one piece")).to_be_focused()
    write(page, price)
    press(page, "Enter")
    expect(page.locator("main > * output")).to_have_text(f"€{price}.00")


def approved_at_80(page: Page, stage: Stage) -> Any:
    """The first article, Pay, and the boss's PIN for the price; the dialog that asked, closed."""
    hire(stage, "Boss", "store_manager")
    wanted = dialog(page, "A manager has to approve this")
    scan(page, stage.seed.gtins[0])
    expect(page.locator("main > * output")).to_have_text("€100.00")
    by_hand(page, "80")
    press(page, "Enter")
    enter_pin(page, "Boss")
    expect(wanted).to_be_hidden()
    return wanted


def test_a_price_by_hand_is_approved_before_a_code_is_asked_for(till: Open, stage: Stage) -> None:
    """A manager walks over for minutes; a payer's code lasts one."""
    hire(stage, "Boss", "store_manager")
    who, page = buyer(stage), till()
    wanted = dialog(page, "A manager has to approve this")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url.split("/register/v1/")[-1]))
    scan(page, stage.seed.gtins[0])
    expect(page.locator("main > * output")).to_have_text("€100.00")
    by_hand(page, "80")
    # A code that was scanned too early is asked for again after the approval; another scan is none, too.
    scan(page, who.auth_code())
    expect(page.get_by_label("PIN of Boss")).to_be_focused()
    expect(page.get_by_role("heading", name="Charging", include_hidden=True)).to_have_count(0)
    scan(page, who.auth_code())
    enter_pin(page, "Boss")
    expect(wanted).to_be_hidden()
    assert "sales" not in asked
    heading(page, "Scan the payment code")
    scan(page, who.auth_code())
    heading(page, "Paid")
    assert asked.count("approvals") == asked.count("sales") == 1
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", 8000)]
    assert one(stage, "SELECT sale_id FROM register_approval") == one(stage, "SELECT id FROM sale")
    assert ledger_is_balanced(stage)


def test_a_price_that_nobody_could_approve_is_not_set(till: Open, stage: Stage, axe: Any) -> None:
    """It stood in the basket, and only the payment said that nobody has a PIN."""
    hire(stage, "Maija", "assistant")
    page = till()
    scan(page, stage.seed.gtins[0])
    total = page.locator("main > * output")
    expect(total).to_have_text("€100.00")
    press(page, "/")
    asked = dialog(page, "Price by hand")
    write(page, "80")
    press(page, "Enter")
    expect(asked.get_by_role("alert")).to_contain_text("A manager sets one in the office: “Your account”")
    expect(asked.get_by_label("New price of one piece")).to_have_count(0)
    assert axe(page) == []
    press(page, "Escape")
    expect(asked).to_be_hidden()
    expect(total).to_have_text("€100.00")
    # What the words ask for helps at once.
    hire(stage, "Boss", "store_manager")
    by_hand(page, "80")


def test_an_approval_is_for_these_prices_and_this_customer(till: Open, stage: Stage) -> None:
    page = till()
    wanted = approved_at_80(page, stage)
    # Back for something more at the list's price: the manager is not called again.
    heading(page, "To pay")
    press(page, "Escape")
    scan(page, stage.seed.gtins[2])
    expect(page.locator("main > * output")).to_have_text("€82.50")
    press(page, "Enter")
    heading(page, "To pay")
    expect(page.get_by_role("button", name="Wallet code")).to_be_enabled()
    expect(wanted).to_be_hidden()
    # Another price is asked for, and so is the next customer's.
    press(page, "Escape", "ArrowUp")
    press(page, "/")
    expect(page.get_by_label("New price of one piece")).to_be_focused()
    write(page, "70")
    press(page, "Enter")
    expect(page.locator("main > * output")).to_have_text("€72.50")
    press(page, "Enter")
    expect(wanted).to_contain_text("€30.00")
    enter_pin(page, "Boss")
    expect(wanted).to_be_hidden()
    press(page, "3", "Enter")
    heading(page, "Paid")
    press(page, "Enter")
    scan(page, stage.seed.gtins[0])
    expect(page.locator("main > * output")).to_have_text("€100.00")
    by_hand(page, "70")
    press(page, "Enter")
    expect(wanted).to_contain_text("€30.00")
    used = "SELECT amount_minor FROM register_approval WHERE used_at IS NOT NULL"
    assert rows(stage, used) == [(3000,)]


def test_an_approval_that_grew_old_is_asked_for_while_nothing_is_charged(till: Open, stage: Stage) -> None:
    page = till()
    wanted = approved_at_80(page, stage)
    stage.advance(timedelta(minutes=16))
    press(page, "3", "Enter")
    expect(wanted.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", level=1, include_hidden=True)).to_have_text("A manager is asked")
    enter_pin(page, "Boss")
    heading(page, "Paid")
    assert rows(stage, "SELECT total_minor FROM sale WHERE state = 'paid'") == [(8000,)]


def test_a_sale_in_parts_says_who_began_it_at_a_price_by_hand(till: Open, stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    page = till()
    press(page, "F9")
    enter_pin(page, "Boss")
    expect(page.get_by_role("button", name="Boss")).to_be_visible()
    scan(page, stage.seed.gtins[0])
    page.get_by_role("button", name="by hand").click()
    write(page, "80")
    press(page, "Enter")
    expect(page.locator("main > * output")).to_have_text("€80.00")
    press(page, "Enter")
    enter_pin(page, "Boss")
    expect(dialog(page, "A manager has to approve this")).to_be_hidden()
    press(page, "4")
    expect(page.get_by_role("list", name="Ways to pay, the best first")).to_be_visible()
    assert one(stage, "SELECT total_minor FROM sale") == 8000
    assert rows(stage, "SELECT staff_id FROM clerk_act") == [(manager,)]


def test_without_a_network_no_price_is_set_by_hand(till: Open, stage: Stage, browse: Browse) -> None:
    browse.allowed += ["ERR_INTERNET_DISCONNECTED"]
    hire(stage, "Boss", "store_manager")
    page = till()
    scan(page, stage.seed.gtins[0])
    total = page.locator("main > * output")
    expect(total).to_have_text("€100.00")
    press(page, "/")
    write(page, "80")
    press(page, "Enter")
    expect(total).to_have_text("€80.00")
    page.context.set_offline(True)
    expect(page.get_by_text("No network: ")).to_be_visible()
    press(page, "/")
    expect(page.get_by_role("status").filter(has_text="Needs a network")).to_be_visible()
    # Nor is it charged by the price that was told before the network went.
    press(page, "Enter")
    heading(page, "To pay")
    press(page, "3", "Enter")
    expect(page.get_by_role("status").filter(has_text="it waits for the network")).to_be_visible()
    heading(page, "To pay")
    press(page, "Escape", "Escape")
    expect(page.get_by_role("list", name="Basket")).to_be_visible()
    # Nor is it sold for the list's price instead.
    press(page, "+")
    expect(page.get_by_role("alert").filter(has_text="it waits for the network")).to_be_visible()
    page.context.set_offline(False)
    expect(total).to_have_text("€160.00")


def test_a_sale_in_parts_is_given_up_with_an_approval_or_not(till: Open, stage: Stage) -> None:
    policy(stage, give_up_from_minor=1)
    page = till()
    scan(page, stage.seed.gtins[0])
    expect(page.locator("main > * output")).to_have_text("€100.00")
    press(page, "Enter", "4")
    expect(page.get_by_role("list", name="Ways to pay, the best first")).to_be_visible()
    page.get_by_role("button", name="Cash").first.click()
    page.locator("input[name=amount]").fill("30")
    press(page, "Enter")
    expect(page.get_by_role("list", name="Parts")).to_contain_text("€30.00")
    press(page, "g", "Enter")
    asked = dialog(page, "A manager has to approve this")
    expect(asked).to_contain_text("€30.00")
    expect(asked.get_by_role("alert")).to_contain_text("Nobody who may approve here has a PIN.")
    press(page, "Escape")
    expect(page.get_by_text("A manager approves it by PIN")).to_be_visible()
    assert one(stage, "SELECT state FROM sale") != "abandoned"
    hire(stage, "Boss", "store_manager")
    press(page, "g", "Enter")
    enter_pin(page, "Boss")
    expect(page.get_by_text("Every part goes back to where it came from.")).to_be_visible()
    assert one(stage, "SELECT state FROM sale") == "abandoned"
    assert ledger_is_balanced(stage)
