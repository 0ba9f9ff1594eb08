"""A day's work of somebody in the head office, page by page; at its end the audit trail tells all of it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from highstreet.kernel.i18n import text
from tests.fronts.office_town import Town
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
GOODS = "sku,name_en,price\nNEW-1,New shell,12.50\nNEW-2,,no price\n"


@pytest.mark.parametrize(("locale", "size"), [("en", "desk"), ("zh", "phone")])
def test_a_days_work(town: Town, browse_town: Browse, tmp_path: Path, locale: str, size: str) -> None:
    browse_town.allowed.append("422")  # what was typed wrong
    page = signed_in(browse_town, town, size, locale=locale)

    def say(key: str, **args: str | int) -> str:
        return text(locale, f"office-{key}", **args)

    def go(path: str, key: str) -> None:
        page.goto(f"/office/{path}")
        expect(page.get_by_role("heading", name=say(key), level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    _look_around(town, page, go, say)
    _change_a_price(town, page, say)
    _add_a_colleague(town, page, say)
    _pair_a_new_register(town, page, say)
    _bring_in_goods(page, say, tmp_path / "goods.csv")
    go("audit", "menu_audit")
    trail = page.locator("#trail")
    for did in ("set_price", "add_staff", "add_register", "pair_register", "import_file"):
        expect(trail.get_by_text(say(f"more_did_{did}")).first).to_be_visible()
    assert trail.locator("strong", has_text="Office").count() == trail.locator("li").count() == 5


def _look_around(town: Town, page: Page, go: Callable[[str, str], None], say: Callable[..., str]) -> None:
    sale_id = town.sell(1, member=town.seed.member_id)
    go("members", "menu_members")
    page.locator(f"a[href='/office/members/{town.seed.member_id}']").click()
    page.wait_for_url("**/office/members/*")
    go("contracts", "menu_contracts")
    expect(page.locator("main").get_by_text(say("more_contract_in_force")).first).to_be_visible()
    go("earnings", "menu_earnings")
    # 60, 30 and 10 percent of 100.00.
    for amount in ("60.00", "30.00", "10.00"):
        expect(page.locator("main").get_by_text(amount).first).to_be_visible()
    go("sales", "menu_sales")
    page.locator(f"a[href='/office/sales/{sale_id}']").click()
    page.wait_for_url(f"**/office/sales/{sale_id}")


def _change_a_price(town: Town, page: Page, say: Callable[..., str]) -> None:
    page.goto("/office/goods")
    page.locator(f"a[href='/office/goods/{town.seed.variants[0]}']").click()
    page.get_by_text(say("more_price_edit")).click()
    page.get_by_label(say("more_price_list")).fill("1,2,3")
    save = page.locator("#prices button[type=submit]")
    save.click()
    expect(page.get_by_text(say("more_wrong_money"))).to_be_visible()
    page.get_by_label(say("more_price_list")).fill("123.45")
    page.get_by_label(say("more_price_member")).fill("99")
    save.click()
    expect(page.locator(".toast-line")).to_have_text(say("more_price_changed"))
    expect(page.locator("#prices dd").first).to_contain_text("123.45")


def _add_a_colleague(town: Town, page: Page, say: Callable[..., str]) -> None:
    page.goto("/office/staff")
    page.get_by_role("button", name=say("more_staff_new")).click()
    form = page.get_by_role("dialog")
    form.get_by_label(say("more_name"), exact=True).fill("Aino")
    form.get_by_label(say("login")).fill("aino")
    form.get_by_label(say("more_password_first")).fill("correct horse battery")
    form.get_by_role("button").last.click()
    expect(page.get_by_role("heading", name="Aino", level=1)).to_be_visible()


def _pair_a_new_register(town: Town, page: Page, say: Callable[..., str]) -> None:
    page.goto(f"/office/places/{town.own_place}")
    page.get_by_role("button", name=say("more_register_new")).click()
    page.get_by_label(say("more_register_name"), exact=True).fill("Upstairs")
    page.get_by_role("dialog").get_by_role("button", name=say("more_register_add")).click()
    expect(page.get_by_role("heading", name="Upstairs", level=1)).to_be_visible()
    expect(page.get_by_text(say("more_till_unpaired"))).to_be_visible()
    page.get_by_role("button", name=say("more_pair_start")).click()
    expect(page.locator("qr-code svg")).to_be_visible()
    expect(page.locator("p.font-mono")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$"))


def _bring_in_goods(page: Page, say: Callable[..., str], file: Path) -> None:
    file.write_text(GOODS)
    page.goto("/office/import?kind=goods")
    page.get_by_label(say("more_import_file"), exact=True).set_input_files(file)
    page.get_by_role("button", name=say("more_import_start")).click()
    expect(page.get_by_text(say("more_import_done_bad", count=1))).to_be_visible()
    bad = page.get_by_role("region", name=say("more_import_left_out")).locator("tbody tr")
    expect(bad).to_have_count(1)
    expect(bad.locator("td").first).to_have_text("3")
    expect(page.locator("a[download]")).to_be_visible()
