"""Closing a day in the office: a planted difference keeps it open, is named, is cleared, and then the day closes."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from highstreet.kernel.ids import new_id
from tests.fronts.office_town import Town
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]
HEAD = (
    "trade_time,merchant_id,transaction_id,out_trade_no,method,row_type,currency,amount,refund_id,out_refund_no,"
    "refund_amount,subject"
)


def wallet_bill(*refs: str) -> str:
    """A wallet's bill of 2026-11-20 with payments of 7.77 that nobody here knows."""
    rows = [f"`2026-11-20 12:00:00,`m1,`w_{ref},`{ref},`code,`paid,`EUR,`7.77,`,`,`0.00,`Tea" for ref in refs]
    total = f"{7.77 * len(refs):.2f}"
    summary = "row_count,paid_total,refund_total,reversed_total,net_total"
    return "\n".join([HEAD, *rows, summary, f"`{len(refs)},`{total},`0.00,`0.00,`{total}", ""])


def test_a_day_closes_once_its_planted_difference_is_cleared(
    town: Town, browse_town: Browse, axe: Axe, tmp_path: Path
) -> None:
    browse_town.allowed.append("409|422")
    bill = tmp_path / "wallet.csv"
    bill.write_text(wallet_bill("stray-1"))
    town.sell(1)
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/closing")
    expect(page.get_by_role("heading", name="Money day", level=1)).to_be_visible()
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("Choose a file, or a day to fetch.")).to_be_visible()
    page.get_by_label("File").set_input_files(bill)
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("stray-1")).to_be_visible()
    assert axe(page) == []

    page.goto(f"/office/closing/{town.seed.place_id}")
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_role("alert")).to_contain_text("register_open 1; missing_here wallet stray-1")
    expect(page.get_by_text("2 things keep the day open:")).to_be_visible()
    asked = {"id": new_id("cnt"), "pieces": {"5000": 2}}
    assert town.ask("register", "POST", "/register/v1/day/count", json=asked)["over_minor"] == 0
    page.reload()
    expect(page.get_by_text("One thing keeps the day open:")).to_be_visible()
    expect(page.get_by_text("exact")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("link", name="Payment that we do not know").click()
    page.get_by_label("Reason").select_option("other")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Say why, please.")).to_be_visible()
    page.get_by_label("Note").fill("the kiosk's own account")
    assert axe(page) == []
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Everything is explained.")).to_be_visible()

    page.goto(f"/office/closing/{town.seed.place_id}")
    expect(page.get_by_text("Nothing keeps it open.")).to_be_visible()
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_role("heading", name="The day is closed")).to_be_visible()
    page.get_by_label("Why").fill("a late envelope")
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_text("a late envelope")).to_be_visible()
    expect(page.get_by_role("heading", name="The day is open")).to_be_visible()
    page.goto("/office/audit")
    for did in (
        "closed a day",
        "cleared a difference",
        "opened a closed day again",
        "uploaded a provider’s bill",
    ):
        expect(page.locator("#trail").get_by_text(did).first).to_be_visible()
