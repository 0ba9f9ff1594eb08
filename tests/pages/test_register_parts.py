"""A sale paid in parts at the register's page, all by keyboard: several rails, orders from the shop, given up."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from highstreet.kernel.ids import new_id
from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.stories.acts import buyer, ledger_is_balanced, one, rows
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok
from tests.stories.test_pay_in_parts import other_place

TOTAL = 20230
Open = Callable[..., Page]


@pytest.fixture
def till(browse: Browse, stage: Stage) -> Open:
    """A paired register at a desk, ready for a customer."""

    def opened(token: str = "", size: str = "desk") -> Page:
        page = browse(size, cookies={"hs_register": token or stage.register_token})
        page.goto("/register/")
        expect(page.get_by_role("combobox", name="Scan or search")).to_be_visible()
        return page

    return opened


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def hold(page: Page, stage: Stage) -> None:
    """A basket of 202.30, to be paid several ways."""
    for place, times in ((0, 1), (1, 2), (2, 1)):
        for _ in range(times):
            scan(page, stage.seed.gtins[place])
    expect(page.locator("output")).to_have_text("€202.30")
    press(page, "Enter")
    heading(page, "To pay")
    press(page, "4")
    heading(page, "Still due")
    expect(page.get_by_role("list", name="Ways to pay, the best first")).to_be_visible()


def due(page: Page, shown: str) -> None:
    expect(page.locator("header output")).to_have_text(shown)
    expect(page.get_by_role("list", name="Ways to pay, the best first")).to_be_visible()


def choose(page: Page, rail: str) -> None:
    """By its key, as the list names it."""
    way = page.get_by_role("list", name="Ways to pay, the best first").get_by_role("button", name=rail)
    key = way.get_attribute("aria-keyshortcuts")
    assert key is not None
    press(page, key)
    heading(page, rail)


def make_link(page: Page) -> None:
    """For all that is due."""
    choose(page, "Pay link")
    press(page, "Enter")
    heading(page, "For somebody else’s phone")


def write(page: Page, text: str) -> None:
    """By hand: what is in the field is chosen, and gives way."""
    page.keyboard.type(text, delay=HAND_MS)


def parts(stage: Stage) -> list[tuple[Any, ...]]:
    return rows(
        stage, "SELECT rail, direction, state, amount_minor FROM tender ORDER BY created_at, direction, id"
    )


def sales(stage: Stage) -> list[tuple[Any, ...]]:
    return rows(stage, "SELECT state, total_minor FROM sale ORDER BY opened_at, id")


def test_a_first_part_out_and_in_again_then_two_wallets_and_a_slip(
    till: Open, stage: Stage, axe: Any
) -> None:
    who, other, page = buyer(stage), buyer(stage, 1), till()
    hold(page, stage)
    assert axe(page) == []
    choose(page, "Cash")
    write(page, "50")
    press(page, "Tab")
    write(page, "60")
    expect(page.get_by_text("€10.00")).to_be_visible()
    assert axe(page) == []
    press(page, "Enter")
    due(page, "€152.30")
    # The rest comes later: the next customer buys meanwhile, and the sale stands among the open ones.
    press(page, "Escape")
    heading(page, "Ready for the next customer.")
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("€2.50")
    press(page, "Enter", "3", "Enter")
    heading(page, "Paid")
    press(page, "Enter", "F7")
    page.get_by_role("button", name="In parts, €152.30 due").press("Enter")
    due(page, "€152.30")
    # Two wallets; a scan beats the hand.
    for payer, amount, left in ((who, "100", "€52.30"), (other, "40", "€12.30")):
        choose(page, "Wallet")
        write(page, amount)
        scan(page, payer.auth_code())
        due(page, left)
    choose(page, "Card slip")
    press(page, "Enter")  # the number is missing: it goes there
    expect(page.get_by_label("Slip number")).to_be_focused()
    write(page, "004711")
    press(page, "Enter")
    heading(page, "Paid")
    assert sales(stage) == [("paid", TOTAL), ("paid", 250)]
    assert [(rail, amount) for rail, _, state, amount in parts(stage) if state == "captured"] == [
        ("cash", 5000),
        ("cash", 250),
        ("wallet", 10_000),
        ("wallet", 4_000),
        ("slip", 1230),
    ]
    assert (who.balance(), other.balance()) == (90_000, 96_000)
    assert ledger_is_balanced(stage)
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    expect(page.get_by_role("list", name="Basket")).to_have_count(0)


def test_the_change_of_each_cash_part_is_shown_when_it_is_taken(till: Open, stage: Stage) -> None:
    page = till()
    hold(page, stage)
    choose(page, "Cash")
    write(page, "30")
    press(page, "Tab")
    write(page, "50")
    press(page, "Enter")
    due(page, "€172.30")
    change = page.get_by_role("status").filter(has_text="Change")
    expect(change).to_contain_text("€20.00")
    expect(page.get_by_role("list", name="Parts", exact=True)).to_contain_text("Change €20.00 · from €50.00")
    choose(page, "Card slip")
    expect(change).to_contain_text("€20.00")
    write(page, "100")
    press(page, "Tab")
    write(page, "0815")
    press(page, "Enter")
    due(page, "€72.30")
    expect(change).to_have_count(0)
    choose(page, "Cash")
    press(page, "Tab")
    write(page, "80")
    press(page, "Enter")
    heading(page, "Paid")
    # That of the first part was handed back long ago.
    expect(change).to_contain_text("€7.70")
    expect(change).to_contain_text("from €80.00")
    expect(page.get_by_label("Receipt", exact=True)).to_contain_text("Cash · Change €20.00")
    page.reload()
    heading(page, "Paid")
    expect(change).to_contain_text("€7.70")


def test_a_decline_is_said_a_waiting_part_is_called_back_and_all_goes_back(till: Open, stage: Stage) -> None:
    poor, page = buyer(stage, balance_minor=100), till()
    hold(page, stage)
    choose(page, "Cash")
    write(page, "20")
    press(page, "Enter")
    due(page, "€182.30")
    scan(page, poor.auth_code())  # no rail was chosen: the code knows its own
    heading(page, "Wallet")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is not enough money in the wallet.")
    due(page, "€182.30")
    choose(page, "Wallet")
    press(page, "Enter")
    heading(page, "Scan to pay")
    press(page, "Escape")
    heading(page, "Waiting for the last part")
    # A reload in between goes on where it was.
    page.reload()
    heading(page, "Waiting for the last part")
    press(page, "r")
    due(page, "€182.30")
    press(page, "g")
    expect(page.get_by_role("dialog", name="Give the sale up?")).to_contain_text("€20.00")
    press(page, "Enter")
    expect(page.get_by_text("Give cash back")).to_be_visible()
    assert sales(stage) == [("abandoned", TOTAL)]
    assert ("cash", "out", "captured", 2000) in parts(stage)
    press(page, "Enter")
    expect(page.get_by_role("list", name="Basket").get_by_role("listitem")).to_have_count(3)
    assert rows(stage, "SELECT sum(reserved) FROM stock_item") == [(0,)]
    assert ledger_is_balanced(stage)


def test_nothing_taken_is_given_up_by_escape(till: Open, stage: Stage) -> None:
    page = till()
    hold(page, stage)
    press(page, "Escape")
    heading(page, "To pay")
    press(page, "3", "Enter")
    heading(page, "Paid")
    assert sales(stage) == [("abandoned", TOTAL), ("paid", TOTAL)]


def test_a_gift_card_that_is_scanned_among_the_ways_opens_its_form(till: Open, stage: Stage) -> None:
    asked = {"count": 1, "amount_minor": 3000, "expires_at": "2030-01-01T00:00:00Z"}
    (made,) = ok(stage.office().post("/office/v1/gift-cards", json=asked), 201)
    page = till()
    hold(page, stage)
    scan(page, made["code"])
    heading(page, "Gift card")
    expect(page.locator("input[name=second]")).to_have_value(made["code"])
    press(page, "Enter")
    expect(page.get_by_text("€30.00 is on the card.")).to_be_visible()
    press(page, "Enter")
    due(page, "€172.30")


def test_gift_card_transfer_and_a_link_for_somebody_else(till: Open, stage: Stage) -> None:
    made = ok(
        stage.office().post(
            "/office/v1/gift-cards",
            json={"count": 1, "amount_minor": 3000, "expires_at": "2030-01-01T00:00:00Z"},
        ),
        201,
    )
    page = till()
    hold(page, stage)
    choose(page, "Gift card")
    scan(page, made[0]["code"])
    expect(page.get_by_text("€30.00 is on the card.")).to_be_visible()
    press(page, "Enter")
    due(page, "€172.30")
    expect(page.get_by_text("is on the card")).to_have_count(0)
    choose(page, "Bank transfer")
    write(page, "100")
    press(page, "Enter")
    heading(page, "Reference of the transfer")
    reference = one(stage, "SELECT reference FROM tender WHERE rail = 'transfer'")
    expect(page.get_by_text(reference).first).to_be_visible()
    press(page, "Escape")
    due(page, "€72.30")
    make_link(page)
    assert "/pay" in page.evaluate("navigator.clipboard.readText()")
    assert [(rail, state, amount) for rail, _, state, amount in parts(stage)] == [
        ("gift_card", "captured", 3000),
        ("transfer", "pending", 10_000),
        ("link", "planned", 7230),
    ]


def test_a_link_that_is_called_back_has_ended_and_nobody_said_no(till: Open, stage: Stage) -> None:
    page = till()
    hold(page, stage)
    make_link(page)
    press(page, "r")
    due(page, "€202.30")
    listed = page.get_by_role("list", name="Parts", exact=True)
    expect(listed).to_contain_text("Ended")
    expect(page.get_by_text("Declined")).to_have_count(0)
    expect(page.get_by_text("said no")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert rows(stage, "SELECT state, reason FROM tender") == [("failed", "link_ended")]


def test_a_part_is_called_back_at_once_though_the_page_has_not_heard_where_the_sale_stands(
    till: Open, stage: Stage
) -> None:
    page, asks = till(), []
    hold(page, stage)
    choose(page, "Pay link")
    page.route("**/register/v1/orders?*", lambda route: asks.append(route))
    press(page, "Enter")
    heading(page, "For somebody else’s phone")
    expect(page.get_by_text("€202.30", exact=True).last).to_be_visible()
    page.unroute("**/register/v1/orders?*")
    press(page, "r")
    expect(page.get_by_role("list", name="Parts", exact=True)).to_contain_text("Ended")
    due(page, "€202.30")
    assert len(asks) == 1


def test_a_link_that_nobody_used_ends_with_its_sale_and_no_wallet_said_no(till: Open, stage: Stage) -> None:
    page = till()
    hold(page, stage)
    choose(page, "Cash")
    write(page, "50")
    press(page, "Enter")
    due(page, "€152.30")
    make_link(page)
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("button", name="Give it up")).to_be_visible()
    expect(page.get_by_text("Copied", exact=True)).to_have_count(0)
    press(page, "g")
    asked = page.get_by_role("dialog", name="Give the sale up?")
    expect(asked).to_contain_text("Pay link · nothing taken yet, is called back")
    press(page, "Enter")
    heading(page, "Given up")
    listed = page.get_by_role("list", name="Parts", exact=True)
    expect(listed).to_contain_text("Ended")
    expect(listed).to_contain_text("was taken")
    expect(listed).to_contain_text("out of the drawer")
    expect(page.get_by_text("Declined")).to_have_count(0)
    sale_id = one(stage, "SELECT id FROM sale")
    told = stage.office().get(f"/office/sales/{sale_id}", headers={"Accept": "text/html"})
    assert "ended, nobody was asked" in told.text
    assert "declined" not in told.text


def test_what_was_wrong_on_one_screen_is_not_said_on_the_next(till: Open, stage: Stage) -> None:
    page, wrong = till(), "neither a payment code"
    hold(page, stage)
    choose(page, "Cash")
    write(page, "20")
    press(page, "Enter")
    due(page, "€182.30")
    said = page.get_by_text(wrong)
    scan(page, stage.seed.gtins[0])
    expect(said).to_be_visible()
    press(page, "Escape")
    heading(page, "Ready for the next customer.")
    expect(said).to_have_count(0)
    press(page, "F7")
    page.get_by_role("button", name="In parts, €182.30 due").press("Enter")
    due(page, "€182.30")
    expect(said).to_have_count(0)
    scan(page, stage.seed.gtins[0])
    expect(said).to_be_visible()
    press(page, "g", "Enter")
    heading(page, "Given up")
    expect(said).to_have_count(0)


def test_a_scanned_slip_goes_into_the_field_of_the_dialog_that_asks_for_it(till: Open, stage: Stage) -> None:
    page = till()
    hold(page, stage)
    choose(page, "Card slip")
    write(page, "20")
    press(page, "Tab")
    write(page, "0815")
    press(page, "Enter")
    due(page, "€182.30")
    press(page, "g")
    asked = page.get_by_role("dialog", name="Give the sale up?")
    number = asked.get_by_label("Slip number of €20.00 given back")
    expect(number).to_be_focused()
    scan(page, "00471100")
    expect(number).to_have_value("00471100")
    expect(page.get_by_text("neither a payment code")).to_have_count(0)
    press(page, "Enter")
    heading(page, "Given up")
    assert rows(stage, "SELECT reference FROM tender WHERE direction = 'out'") == [("00471100",)]


def test_a_sale_that_was_set_aside_half_paid_is_seen_on_the_sale_screen(
    till: Open, stage: Stage, axe: Any
) -> None:
    page = till()
    waits = page.get_by_role("button", name="1 sale in parts, €152.30 due")
    hold(page, stage)
    choose(page, "Cash")
    write(page, "50")
    press(page, "Enter")
    due(page, "€152.30")
    press(page, "Escape")
    heading(page, "Ready for the next customer.")
    expect(waits).to_be_visible()
    page.reload()
    expect(waits).to_be_visible()
    assert axe(page) == []
    press(page, "F10")
    listed = page.get_by_role("dialog").get_by_role("button", name="In parts, €152.30 due")
    expect(listed).to_be_focused()
    assert axe(page) == []
    press(page, "Enter")
    due(page, "€152.30")
    press(page, "Escape")
    waits.click()
    due(page, "€152.30")
    choose(page, "Cash")
    press(page, "Enter")
    heading(page, "Paid")
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    expect(waits).to_have_count(0)


def test_limits_propose_a_split_that_is_taken_by_keys(till: Open, stage: Stage) -> None:
    off = [{"rail": rail, "is_on": False} for rail in ("gift_card", "points", "transfer")]
    limits = [
        {"rail": "slip", "max_minor": 15_000, "rank": 1},
        {"rail": "wallet", "max_minor": 10_000, "rank": 2},
        {"rail": "cash", "max_minor": 5_000, "rank": 3},
    ]
    ok(stage.office().put("/office/v1/rails", json={"rails": [*limits, *off]}))
    who, page = buyer(stage), till()
    hold(page, stage)
    expect(page.get_by_text("It is more than one payment may be.").first).to_be_visible()
    expect(page.get_by_text("The brand does not take it at present.").first).to_be_visible()
    first = page.get_by_role("button", name="Card slip €150.00 + Wallet €52.30")
    expect(first).to_be_visible()
    press(page, "a")
    heading(page, "Card slip")
    press(page, "Tab")
    write(page, "0815")
    press(page, "Enter")
    heading(page, "Wallet")
    expect(page.get_by_label("Amount")).to_have_value("52.30")
    code = who.auth_code()
    scan(page, code[:3], end="")  # a scanner that pauses: its first half runs into the amount
    scan(page, code[3:])
    heading(page, "Paid")
    assert [(rail, amount) for rail, _, _, amount in parts(stage)] == [("slip", 15_000), ("wallet", 5230)]


def test_an_orders_balance_is_taken_by_its_code_and_its_goods_come_back_elsewhere(
    till: Open, stage: Stage, browse: Browse
) -> None:
    """Ordered with a deposit on the phone; the balance by two wallets and a slip; refunded at another place."""
    browse.allowed += [r"404"]  # the code is no receipt yet
    policy = {"deposit_bp": 2000, "minimum_minor": 1000, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    who, other, seed = buyer(stage), buyer(stage, 1), stage.seed
    asked = {
        "id": new_id("sal"),
        "brand_id": seed.brand_id,
        "place_id": seed.place_id,
        "items": [{"gtin": seed.gtins[0]}],
        "currency": "EUR",
        "coupons": [],
        "expected_total_minor": None,
    }
    price = ok(who.phone.post("/shop/v1/orders/prices", json={k: asked[k] for k in PRICED}))
    asked["expected_total_minor"] = total = price["total_minor"]
    sale_id = ok(who.phone.post("/shop/v1/orders", json=asked), 201)["sale_id"]
    deposit = {"id": new_id("tnd"), "rail": "wallet"}
    shown = ok(who.phone.post(f"/shop/v1/orders/{seed.brand_id}/{sale_id}/tenders", json=deposit))
    ok(who.wallet.post(f"/app/accounts/{who.account_id}/scan", json={"code_url": shown["qr"]}))
    page = till()
    page.keyboard.type(sale_id.removeprefix("sal_").upper(), delay=60)  # typed from the phone
    press(page, "Enter")
    left = total - price["deposit_minor"]
    due(page, f"€{left / 100:.2f}")
    expect(page.get_by_role("list", name="Parts")).to_contain_text(f"€{price['deposit_minor'] / 100:.2f}")
    for payer, amount in ((who, 3000), (other, 2000)):
        choose(page, "Wallet")
        write(page, str(amount // 100))
        scan(page, payer.auth_code())
        left -= amount
        due(page, f"€{left / 100:.2f}")
    choose(page, "Card slip")
    press(page, "Tab")
    write(page, "000123")
    press(page, "Enter")
    heading(page, "Paid")
    assert sales(stage) == [("paid", total)]
    # Its goods come back at another place: the slip's money by a slip of its own.
    elsewhere = other_place(stage).headers["Authorization"].removeprefix("Bearer ")
    there = till(elsewhere)
    scan(there, sale_id)
    expect(there.get_by_role("list", name="What comes back")).to_be_visible()
    press(there, "a")
    there.get_by_label("Slip number of").press_sequentially("000999", delay=HAND_MS)
    press(there, "Enter")
    heading(there, "Refunded")
    stage.drain()
    assert (who.balance(), other.balance()) == (100_000, 100_000)
    assert rows(stage, "SELECT reference FROM tender WHERE rail = 'slip' AND direction = 'out'") == [
        ("000999",)
    ]
    assert ledger_is_balanced(stage)


PRICED = ("brand_id", "place_id", "items", "coupons")
