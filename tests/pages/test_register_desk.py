"""The register's pairing, refunds and shift, in a real browser."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from highstreet.kernel.ids import new_id
from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
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
    # A code of a roll-out's sheet lasts for days: the page knows of none how long.
    where = page.get_by_text("In the office: Registers, this register")
    expect(where).to_contain_text("Beside the code stands how long it is good.")
    expect(where).not_to_contain_text("minutes")
    assert axe(page) == []
    scan(page, "wrong000")
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


def test_what_is_no_receipt_is_said_in_words_until_something_new_is_typed(
    browse: Browse, stage: Stage, axe: Any
) -> None:
    browse.allowed += [r"422"]
    page = opened(browse, stage)
    press(page, "F6")
    heading(page, "Refund")
    field = page.get_by_label("Scan the receipt’s code")
    expect(field).to_be_focused()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/v1/receipt" in one.url else None)
    scan(page, stage.seed.gtins[0])
    expect(page.get_by_role("alert")).to_contain_text("This is not a receipt’s code")
    assert asked == []
    assert axe(page) == []
    expect(field).to_be_focused()
    page.keyboard.type("x", delay=HAND_MS)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(field).not_to_have_attribute("aria-invalid", "true")
    press(page, "Enter")  # the server does not know such a form either
    expect(page.get_by_role("alert")).to_contain_text("This is not a receipt’s code")
    assert len(asked) == 1


def test_every_key_is_told(browse: Browse, stage: Stage) -> None:
    page = opened(browse, stage)
    press(page, "F1")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    told = set(dialog.locator("dt kbd").all_inner_texts())
    assert told >= {*"1234ABCGIMNOPR/?", *(f"F{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9, 10))}
    meanings = dialog.locator("dd").all_inner_texts()
    assert len(meanings) == len(set(meanings))


@pytest.mark.parametrize(("language", "name"), [("en", "Register 1"), ("zh", "1 号收银台")])
def test_which_register_it_is_is_read_on_a_phone(
    browse: Browse, stage: Stage, language: str, name: str
) -> None:
    page = browse("phone", locale=language, cookies={"hs_register": stage.register_token})
    page.goto("/register/")
    told = page.locator("header").get_by_text(name, exact=True)
    expect(told).to_be_visible()
    assert told.evaluate("one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")


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
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_contain_text(f"1 × Shell, M{shown}Total−{shown}Wallet−{shown}")
    page.emulate_media(media="screen")
    page.evaluate("window.print = () => (document.title = 'printed')")
    press(page, "p")
    expect(page).to_have_title("printed")
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
    row = page.get_by_role("row", name="Wallet")
    expect(row).to_contain_text(f"€{by_wallet['total_minor'] / 100:.2f}")
    assert axe(page) == []
    # Cash, and sums that would tell it, come with the count.
    total = (cash["total_minor"] + by_wallet["total_minor"]) / 100
    expect(page.get_by_text(f"€{total:.2f}")).to_have_count(0)
    count = {"id": new_id("cnt"), "counted_minor": cash["total_minor"]}
    ok(stage.register.post("/register/v1/day/count", json=count))
    press(page, "Escape", "F7", "2")
    expect(page.get_by_text(f"€{total:.2f}")).to_be_visible()
    press(page, "Escape")
    heading(page, "Ready for the next customer.")
