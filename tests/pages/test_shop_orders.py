"""Orders on the phone: a deposit paid there, the balance at a register, a part by somebody else, and all of it back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from highstreet.kernel.ids import new_id
from tests.pages.conftest import Browse
from tests.pages.shoppers import Somebody, somebody
from tests.stories.acts import ledger_is_balanced, next_fault, rows
from tests.stories.conftest import Stage
from tests.stories.own_rails import state
from tests.stories.test_loop import ok

TOTAL = "€90.00"


@pytest.fixture
def hold(browser: Browser, wallet_url: str) -> Iterator[Browse]:
    """Phones with the wallet's page open."""
    opened = Browse(browser, wallet_url)
    yield opened
    opened.close()
    assert opened.unexpected() == []


@pytest.fixture
def who(stage: Stage) -> Somebody:
    """A member of a brand that takes orders for a fifth in advance."""
    policy = {"deposit_bp": 2000, "minimum_minor": 0, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    shopper = somebody(stage)
    shopper.join("service")
    return shopper


def ordered(who: Somebody, page: Page) -> str:
    """From the place's page to the open order, by the buttons; the sale's id."""
    seed = who.stage.seed
    page.goto(f"/shop/places/{seed.brand_id}/{seed.place_id}")
    page.locator(f'a[href$="/{seed.gtins[0]}"]').click()
    page.get_by_role("button", name="Order and pay the deposit").click()
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()
    return page.url.split("/")[-2]


def begin(page: Page, button: str) -> str:
    """Begin a payment on the phone; what its QR says."""
    with page.expect_response("**/tenders") as answered:
        page.get_by_role("button", name=button).click()
    return str(answered.value.json()["qr"])


def pays(hold: Browse, qr: str) -> None:
    """Lumi scans it with the wallet."""
    wallet = hold("phone")
    wallet.goto("/payer/lumi")
    wallet.get_by_label("The QR’s text").fill(qr)
    wallet.get_by_role("button", name="Open").click()
    wallet.get_by_role("button", name="Pay as Lumi").click()
    expect(wallet.get_by_text(re.compile("^Paid "))).to_be_visible()


def at_register(who: Somebody, sale_id: str, rail: str, amount: int | None = None) -> dict[str, Any]:
    part = {"id": new_id("tnd"), "rail": rail, "amount_minor": amount}
    return dict(ok(who.stage.register.post(f"/register/v1/sales/{sale_id}/tenders", json=part)))


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_deposit_on_the_phone_balance_at_a_register_and_it_closes_by_itself(
    who: Somebody, browse: Browse, hold: Browse, axe: Any
) -> None:
    page = browse("phone", cookies=who.cookies)
    seed = who.stage.seed
    page.goto(f"/shop/places/{seed.brand_id}/{seed.place_id}")
    expect(page.get_by_role("link", name="Order Shell, S")).to_be_visible()
    assert axe(page) == []
    assert fits(page)
    page.locator(f'a[href$="/{seed.gtins[0]}"]').click()
    sums = page.locator("dl")
    expect(sums).to_contain_text(f"Total{TOTAL}")
    expect(sums).to_contain_text("Deposit, on this phone€18.00")
    expect(sums).to_contain_text("Due later, at the shop or here€72.00")
    expect(page.get_by_text(re.compile("kept half an hour for the deposit. Once it is paid"))).to_be_visible()
    assert axe(page) == []
    assert fits(page)
    page.get_by_role("button", name="One more").click()
    expect(sums).to_contain_text("Total€180.00")
    page.get_by_role("button", name="One fewer").click()
    expect(sums).to_contain_text(f"Total{TOTAL}")
    page.get_by_role("button", name="Order and pay the deposit").click()

    expect(
        page.get_by_text(re.compile("^Pay the deposit of €.* by .*, or the goods are free again"))
    ).to_be_visible()
    sale_id = page.url.split("/")[-2]
    assert rows(who.stage, "SELECT sum(reserved) FROM stock_item") == [(1,)]
    expect(page.get_by_label("Amount (EUR)")).to_have_value("18")
    assert axe(page) == []
    assert fits(page)
    qr = begin(page, "Pay €18.00 by Wallet")
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("Waiting for the payment.")).to_be_visible()
    expect(sheet.get_by_role("img", name="Pay €18.00 by Wallet")).to_be_visible()
    assert axe(page) == []
    pays(hold, qr)
    expect(sheet.get_by_text("€18.00 paid.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile("^Kept for you until "))).to_be_visible()
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_text("The code is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == sale_id

    page.get_by_role("link", name="Orders").click()
    card = page.get_by_role("link").filter(has_text=f"€18.00 of {TOTAL} paid")
    expect(card).to_contain_text("€72.00 left")
    expect(card).to_contain_text("Wallet")
    assert axe(page) == []
    assert fits(page)
    at_register(who, sale_id, "cash", 840)
    card = page.get_by_role("link").filter(has_text=f"€26.40 of {TOTAL} paid")
    expect(card).to_contain_text("Cash")
    card.click()
    expect(page.get_by_role("progressbar", name=f"€26.40 of {TOTAL} paid")).to_be_visible()
    assert at_register(who, sale_id, "cash")["state"] == "paid"
    expect(page.get_by_text(f"{TOTAL} paid. Thank you!")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/shop/orders/{seed.brand_id}/{sale_id}\\?new$"))
    page.get_by_role("link", name="Orders").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.get_by_text("Open orders")).to_have_count(0)
    assert ledger_is_balanced(who.stage)


def test_a_link_made_on_the_phone_is_paid_on_another(
    who: Somebody, browse: Browse, hold: Browse, axe: Any
) -> None:
    page = browse("phone", cookies=who.cookies)
    sale_id = ordered(who, page)
    page.get_by_role("button", name="Make a pay link").click()
    sheet = page.get_by_role("dialog")
    amount = sheet.get_by_label("Amount (EUR)")
    amount.fill("nothing")
    expect(sheet.get_by_role("alert")).to_contain_text("Please type an amount")
    amount.fill("99")
    expect(sheet.get_by_role("alert")).to_have_text(f"{TOTAL} at most is left.")
    amount.fill("20,5")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Pay link, €20.50")
    expect(sheet.get_by_role("img", name="Pay link, €20.50")).to_be_visible()
    assert axe(page) == []
    assert fits(page)
    sheet.get_by_role("button", name="Copy the link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    line = page.get_by_role("listitem").filter(has_text="€20.50")
    expect(line).to_contain_text("Open until")
    expect(page.get_by_label("Amount (EUR)")).to_have_value("18")

    friend = browse("phone", locale="zh")
    friend.goto(link.replace(who.stage.program.settings.public_url, ""))
    expect(friend.get_by_text("€20.50")).to_be_visible()
    friend.get_by_role("button").first.click()
    expect(line).to_contain_text("Being paid")
    pays(hold, str(friend.locator("a.btn-primary").get_attribute("href")))
    expect(line).to_contain_text("Wallet, by somebody else")
    expect(line).to_contain_text("Paid")
    expect(page.get_by_role("progressbar", name=f"€20.50 of {TOTAL} paid")).to_be_visible()
    friend.goto(link.replace(who.stage.program.settings.public_url, ""))
    expect(friend.get_by_text("已付款，谢谢！")).to_be_visible()
    # Another is ended by who made it, and its amount can be paid again.
    page.get_by_role("button", name="Make a pay link").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^All that is left")).click()
    page.get_by_role("dialog").get_by_role("button", name="Make a pay link").click()
    expect(page.get_by_role("dialog", name="Pay link, €69.50")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Make a pay link")).to_have_count(0)  # nothing is left to ask for
    page.get_by_role("button", name="End the link").click()
    expect(page.get_by_role("listitem").filter(has_text="€69.50")).to_contain_text("Ended")
    expect(page.get_by_role("button", name="Make a pay link")).to_be_visible()
    parts = ok(who.http.get(f"/shop/v1/orders/{who.stage.seed.brand_id}/{sale_id}"))["parts"]
    assert [part["link_state"] for part in parts] == ["paid", "ended"]
    # All that is left, on this phone: the code stays in sight, and then the receipt comes.
    pays(hold, begin(page, "Pay €69.50 by Wallet"))
    expect(page.get_by_text(f"{TOTAL} paid. Thank you!")).to_be_visible()
    assert ledger_is_balanced(who.stage)


def test_cancelled_it_says_what_comes_back_and_gives_it_back(
    who: Somebody, browse: Browse, hold: Browse, axe: Any
) -> None:
    page = browse("phone", cookies=who.cookies)
    sale_id = ordered(who, page)
    pays(hold, begin(page, "Pay €18.00 by Wallet"))
    expect(page.get_by_role("dialog").get_by_text("€18.00 paid.")).to_be_visible()
    page.keyboard.press("Escape")
    at_register(who, sale_id, "cash", 1000)
    page.get_by_role("button", name="Cancel the order").click()
    sheet = page.get_by_role("dialog", name="Cancel this order?")
    expect(sheet).to_contain_text("€18.00 by Wallet")
    expect(sheet).to_contain_text("€10.00 in cash, at Nordlys Centre")
    assert axe(page) == []
    sheet.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("progressbar", name=f"€28.00 of {TOTAL} paid")).to_be_visible()
    page.get_by_role("button", name="Cancel the order").click()
    sheet.get_by_role("button", name="Cancel it").click()
    expect(page.get_by_text("Given up.", exact=False).first).to_be_visible()
    back = page.get_by_role("listitem").filter(has_text="Back by Wallet")
    expect(back).to_contain_text("−€18.00")
    expect(back).to_contain_text("Given back")
    cash = page.get_by_role("listitem").filter(has_text="Back by Cash")
    expect(cash).to_contain_text("Waits at Nordlys Centre")
    ok(who.stage.register.post(f"/register/v1/sales/{sale_id}/hand-out"))
    assert rows(who.stage, "SELECT sum(reserved) FROM stock_item") == [(0,)]
    page.get_by_role("link", name="Orders").click()
    page.locator("summary").filter(has_text="Given up").click()
    expect(page.get_by_role("link").filter(has_text=TOTAL)).to_be_visible()
    assert axe(page) == []
    assert ledger_is_balanced(who.stage)


def test_what_nobody_can_say_is_shown_as_unknown(who: Somebody, browse: Browse, axe: Any) -> None:
    page = browse("phone", locale="zh", cookies=who.cookies)
    seed = who.stage.seed
    page.goto(f"/shop/order/{seed.brand_id}/{seed.place_id}/{seed.gtins[0]}")
    page.get_by_role("button", name="下单并付订金").click()
    next_fault(who.stage, "pay", "answer_unknown", effect=True)
    page.get_by_role("button", name="用钱包付 €18.00").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("这笔款是否已付，目前还不清楚。")).to_be_visible()
    assert axe(page) == []
    assert fits(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listitem").filter(has_text="尚不清楚")).to_contain_text("请不要重复付款")
    # Asked again and nobody paid it: its wallet closes it, and it is due again, by itself.
    who.stage.advance(timedelta(minutes=11))
    who.stage.drain()
    expect(page.get_by_role("listitem").filter(has_text="未成功")).to_be_visible()


def test_who_is_no_member_joins_and_limits_are_said(stage: Stage, browse: Browse, axe: Any) -> None:
    browse.allowed.append("status of 409")
    shopper = somebody(stage)
    page = browse("phone", cookies=shopper.cookies)
    seed = stage.seed
    path = f"/shop/order/{seed.brand_id}/{seed.place_id}/{seed.gtins[0]}"
    page.goto(path)
    expect(page.get_by_role("heading", name="There is nothing to order here")).to_be_visible()
    policy = {"deposit_bp": 2000, "minimum_minor": 0, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    page.reload()
    expect(page.locator("dl")).to_contain_text("Total€100.00")
    assert axe(page) == []
    page.get_by_role("button", name="Join nordlys to order").click()
    page.get_by_role("button", name="Agree and join").click()
    expect(page.locator("dl")).to_contain_text(f"Total{TOTAL}")
    state(stage, {"rail": "wallet", "max_minor": 1000})
    page.get_by_role("button", name="Order and pay the deposit").click()
    expect(page.get_by_text("Wallet takes €10.00 at most now.")).to_be_visible()
    expect(page.get_by_role("button", name="Pay €18.00 by Wallet")).to_be_disabled()
    page.get_by_label("Amount (EUR)").fill("9.50")
    expect(page.get_by_role("button", name="Pay €9.50 by Wallet")).to_be_enabled()


@pytest.mark.parametrize("path", ["/shop/order/{brand}/{place}/{gtin}", "/shop/orders/{brand}/{sale}/order"])
def test_nobody_is_told_how_to_come_in(path: str, stage: Stage, browse: Browse, axe: Any) -> None:
    seed = stage.seed
    page = browse("phone", locale="zh", scheme="dark")
    page.goto(path.format(brand=seed.brand_id, place=seed.place_id, gtin=seed.gtins[0], sale=new_id("sal")))
    expect(page.get_by_role("link", name="登录")).to_be_visible()
    assert "shop-" not in page.locator("body").inner_text()
    assert axe(page) == []
