"""The register's pairing, refunds and shift, in a real browser."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.pages.conftest import Browse
from tests.pages.hands import press, scan
from tests.stories.acts import buyer, one, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def opened(browse: Browse, stage: Stage) -> Page:
    page = browse("desk", cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    heading(page, "Ready for the next customer.")
    return page


def pairing(stage: Stage) -> dict[str, Any]:
    path = f"/office/v1/registers/{stage.seed.register_id}/pairing"
    told: dict[str, Any] = ok(stage.office().post(path), 201)
    return told


def test_pairing_by_code_and_by_the_address_of_the_qr(browse: Browse, stage: Stage, axe: Any) -> None:
    browse.allowed += [r"401", r"40[0-9] \("]
    page = browse("phone")
    page.goto("/register/")
    heading(page, "Register")
    assert axe(page) == []
    page.keyboard.type("wrong000")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("It may have been used or be too old")
    code = str(pairing(stage)["code"])
    page.get_by_label("Code from the office").fill(code.lower())
    press(page, "Enter")
    heading(page, "Ready for the next customer.")
    page.reload()
    heading(page, "Ready for the next customer.")
    assert one(stage, "SELECT count(*) FROM register_key WHERE revoked_at IS NULL") == 2
    other = browse("desk")
    other.goto(f"/register/#pair={pairing(stage)['code']}")
    heading(other, "Ready for the next customer.")
    assert "pair" not in other.url
    # A register whose key ends is one no more.
    other.get_by_role("button", name="Settings").click()
    other.get_by_role("button", name="Unpair this register").click()
    other.get_by_role("button", name="Unpair this register").click()
    heading(other, "Register")


def test_a_refund_by_receipt_code_line_and_quantity(browse: Browse, stage: Stage, axe: Any) -> None:
    who = buyer(stage)
    paid = sell(stage, sale_of(stage, who, "wallet"))
    before, page = who.balance(), opened(browse, stage)
    scan(page, paid["sale_id"].upper())  # scanned at the sale: it opens the refund
    heading(page, "Refund")
    expect(page.get_by_role("list", name="What comes back").get_by_role("listitem")).to_have_count(3)
    assert axe(page) == []
    press(page, "ArrowDown", "1")
    shown = page.locator("output").inner_text()
    press(page, "Enter")
    heading(page, "Refunded")
    expect(page.get_by_text(shown).first).to_be_visible()
    refunded = one(stage, "SELECT refund_minor FROM sale_return")
    assert shown == f"€{refunded / 100:.2f}"
    assert rows(stage, "SELECT line_no, quantity FROM sale_return_line") == [(2, 1)]
    assert who.balance() == before + refunded
    press(page, "Enter")
    # The rest of it, after the time for returns: refused in words.
    stage.advance(timedelta(days=60))
    press(page, "F6")
    scan(page, paid["sale_id"])
    expect(page.get_by_role("alert")).to_contain_text("The head office can approve it")
    expect(page.get_by_role("button", name="Refund Enter")).to_be_disabled()
    assert one(stage, "SELECT count(*) FROM sale_return") == 1


def test_a_refund_whose_answer_is_lost_counts_once(browse: Browse, stage: Stage) -> None:
    browse.allowed += [r"ERR_FAILED"]
    paid = sell(stage, sale_of(stage))
    page = opened(browse, stage)
    press(page, "F6")
    scan(page, paid["sale_id"])

    def swallow(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/register/v1/returns", swallow, times=1)
    page.get_by_role("list", name="What comes back").wait_for()
    press(page, "a", "Enter")
    heading(page, "Refunded")
    expect(page.get_by_text("Give cash back")).to_be_visible()
    assert one(stage, "SELECT count(*) FROM sale_return") == 1
    assert one(stage, "SELECT sum(refund_minor) FROM sale_return") == paid["total_minor"]


def test_the_shift_adds_up_by_rail(browse: Browse, stage: Stage, axe: Any) -> None:
    who = buyer(stage)
    cash = sell(stage, sale_of(stage))
    by_wallet = sell(stage, sale_of(stage, who, "wallet"))
    page = opened(browse, stage)
    press(page, "F7")
    heading(page, "Shift")
    press(page, "2")
    total = (cash["total_minor"] + by_wallet["total_minor"]) / 100
    expect(page.get_by_text(f"€{total:.2f}")).to_be_visible()
    row = page.get_by_role("row", name="Wallet")
    expect(row).to_contain_text(f"€{by_wallet['total_minor'] / 100:.2f}")
    assert axe(page) == []
    press(page, "Escape")
    heading(page, "Ready for the next customer.")
