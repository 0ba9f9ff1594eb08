"""The whole loop in three browsers at once: a shopper's phone, a register, and the head office that watches."""

import re

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import Browse
from tests.pages.hands import press, scan
from tests.pages.shoppers import shown_code
from tests.patience import until
from tests.stories.acts import TOTAL_MINOR, buyer, return_of, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

WORDS = {
    "en": {"paid": "Paid", "thanks": "€167.68 paid. Thank you!", "total": "€167.68", "back": "Given back"},
    "zh": {"paid": "收款成功", "thanks": "€167.68", "total": "€167.68", "back": "退款"},
}


def bearer(client: httpx.Client) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")


def watch(browse: Browse, stage: Stage, locale: str) -> Page:
    """The office's day, signed in and live."""
    office = browse("desk", locale=locale, cookies={"hs_office": bearer(stage.office())})
    with office.expect_response("**/office/v1/stream"):
        office.goto("/office/")
    return office


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_sale_on_three_screens(stage: Stage, browse: Browse, locale: str) -> None:
    words, who = WORDS[locale], buyer(stage)
    office = watch(browse, stage, locale)
    phone = browse("phone", locale=locale, cookies={"hs_shop": bearer(who.phone), "hs_shop_in": "1"})
    with phone.expect_response("**/shop/v1/stream"):
        phone.goto("/shop/wallet")
    till = browse("desk", locale=locale, cookies={"hs_register": stage.register_token})
    till.goto("/register/")
    expect(till.get_by_role("combobox")).to_be_focused()

    scan(till, shown_code(phone))
    gtins = stage.seed.gtins
    for gtin in (gtins[0], gtins[1], gtins[1], gtins[2]):
        scan(till, gtin)
    expect(till.get_by_role("listitem")).to_have_count(3)
    for _ in who.coupons:
        with till.expect_response("**/register/v1/quotes"):
            press(till, "F3")
        till.wait_for_timeout(150)
    expect(till.locator("output")).to_have_text(words["total"])
    press(till, "Enter", "1")
    with till.expect_response("**/register/v1/sales") as answered:
        scan(till, who.auth_code())
    assert answered.value.status == 200
    expect(phone.get_by_text(words["thanks"]).first).to_be_visible()
    expect(phone).to_have_url(re.compile(r"/shop/orders/brd_\w+/sal_\w+"))
    expect(till.get_by_role("heading", name=words["paid"], exact=True)).to_be_visible()

    # The office sees it come, and each step of it on the sale's page.
    ticket = office.locator(".ticker-link[href^='/office/sales/']").first
    expect(ticket).to_contain_text(words["total"])
    ticket.click()
    expect(office).to_have_url(re.compile(r"/office/sales/sal_\w+"))
    expect(office.locator("main")).to_contain_text(words["total"])
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", TOTAL_MINOR)]
    assert who.balance() == 100_000 - TOTAL_MINOR
    _comes_back(stage, phone, office, words)


def test_what_happens_while_the_pages_still_connect_is_not_missed(stage: Stage, browse: Browse) -> None:
    who = buyer(stage)
    office = browse("desk", cookies={"hs_office": bearer(stage.office())})
    phone = browse("phone", cookies={"hs_shop": bearer(who.phone), "hs_shop_in": "1"})
    held: list[Route] = []
    for page in (office, phone):
        page.route("**/v1/stream", lambda route: held.append(route))
    with office.expect_request("**/office/v1/stream"):
        office.goto("/office/")
    with phone.expect_request("**/shop/v1/stream"), phone.expect_response("**/shop/v1/receipts?*"):
        phone.goto("/shop/wallet")
    sell(stage, sale_of(stage, who))
    for route in held:
        route.continue_()
    expect(office.locator(".ticker-link").first).to_contain_text("€167.68")
    expect(phone.get_by_text("€167.68 paid. Thank you!").first).to_be_visible()


def _comes_back(stage: Stage, phone: Page, office: Page, words: dict[str, str]) -> None:
    """The whole sale is returned: phone and office hear of it without a key being touched."""
    with office.expect_response("**/office/v1/stream"):
        office.goto("/office/")
    ((sale_id,),) = rows(stage, "SELECT id FROM sale")
    told = ok(stage.register.post("/register/v1/returns", json=return_of(sale_id, {1: 1, 2: 2, 3: 1})))
    assert told["refund_minor"] == TOTAL_MINOR
    expect(phone.get_by_role("article").get_by_role("heading", name=words["back"])).to_be_visible()
    expect(office.locator(".ticker-link").first).to_contain_text(f"−{words['total']}")
    # Every account that any of it went through is even again.
    left = """
        SELECT id, sum(amount) FROM (
            SELECT debit_account_id AS id, amount_minor AS amount FROM transfer
            UNION ALL SELECT credit_account_id, -amount_minor FROM transfer
        ) AS moved GROUP BY id HAVING sum(amount) <> 0
    """
    stage.drain()
    until(lambda: rows(stage, left) == [])
