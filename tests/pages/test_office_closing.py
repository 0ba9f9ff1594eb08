"""The money day in the office: a planted difference keeps the day open, is named, is cleared, and then it closes.

And money that leaves by bank transfer: a word that it was sent proves nothing, the uploaded statement does.
"""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import Tender, plan_tenders, refund_of, start_refunds, tenders_named
from highstreet.rooms.tenders.rails.book import RailAccount, Rails
from tests.fronts.office_town import Town
from tests.fronts.test_closing_ledger import tender
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
    page.get_by_label("Rail").select_option("wallet")
    page.get_by_label("File").set_input_files(bill)
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("stray-1")).to_be_visible()
    assert axe(page) == []

    page.goto(f"/office/closing/{town.seed.place_id}")
    page.get_by_role("button", name="Close the day").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("2 things keep the day open:")
    expect(alert).to_be_focused()
    expect(alert).to_be_in_viewport()
    expect(page.get_by_text("wallet · 20 Nov 2026 · stray-1")).to_be_visible()
    asked = {"id": new_id("cnt"), "pieces": {"5000": 2}}
    assert town.ask("register", "POST", "/register/v1/day/count", json=asked)["over_minor"] == 0
    page.reload()
    expect(page.get_by_text("One thing keeps the day open:")).to_be_visible()
    expect(page.get_by_text("exact")).to_be_visible()
    expect(page.get_by_text("counted at the register ·")).to_be_visible()
    expect(page.locator("#rails")).to_contain_text("cash 1 payment")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("link", name="Payment that we do not know").click()
    page.get_by_label("Reason").select_option("other")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Say why, please.")).to_be_visible()
    page.get_by_label("Note").fill("the kiosk's own account")
    assert axe(page) == []
    page.get_by_role("button", name="Clear").click()
    # Back where it was opened from, which tells what was cleared.
    expect(page.locator("#cleared")).to_contain_text("the kiosk's own account")
    page.goto("/office/closing")
    expect(page.get_by_text("Everything that is due is explained.")).to_be_visible()

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


def test_in_chinese_a_packed_bill_with_a_strange_row_keeps_the_day_open(
    town: Town, browse_town: Browse, axe: Axe, tmp_path: Path
) -> None:
    """Upload, refusal with the row named, clearing, closing, opening again: all on a phone."""
    browse_town.allowed.append("409")
    page = signed_in(browse_town, town, "phone", locale="zh")
    page.goto("/office/closing")
    bill = tmp_path / "wallet.csv.gz"
    bill.write_bytes(gzip.compress(wallet_bill("stray-8").encode()))
    page.get_by_label("支付通道").select_option("wallet")
    page.get_by_label("文件").set_input_files(bill)
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_text("stray-8")).to_be_visible()
    page.goto(f"/office/closing/{town.seed.place_id}")
    page.get_by_role("button", name="日结", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("尚不能日结")
    expect(page.get_by_text("stray-8")).to_be_visible()
    page.get_by_role("link", name="我方没有的支付").click()
    page.get_by_label("原因").select_option("other_system")
    assert axe(page) == []
    page.get_by_role("button", name="了结").click()
    expect(page.get_by_role("heading", name="已了结的差异")).to_be_visible()
    page.goto("/office/closing")
    expect(page.get_by_text("已了结 1 项")).to_be_visible()
    page.goto(f"/office/closing/{town.seed.place_id}")
    page.get_by_role("button", name="日结", exact=True).click()
    expect(page.get_by_role("heading", name="已日结")).to_be_visible()
    page.get_by_label("原因").fill("抽屉下还有一张纸币")
    page.get_by_role("button", name="重新打开").click()
    expect(page.get_by_role("heading", name="未日结")).to_be_visible()
    expect(page.get_by_text("抽屉下还有一张纸币")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_slips_are_shown_beside_the_drawer_and_transfers_are_carried(
    town: Town, browse_town: Browse, axe: Axe
) -> None:
    owe_by_transfer(town, 1250)
    slip = {"id": new_id("tnd"), "rail": "slip", "reference": "0815"}
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[0], "quantity": 1}],
        "tenders": [slip],
    }
    town.ask("register", "POST", "/register/v1/sales", json=asked)
    counted = {"id": new_id("cnt"), "counted_minor": 0, "slips_minor": 9950}
    town.ask("register", "POST", "/register/v1/day/count", json=counted)
    page = signed_in(browse_town, town, "phone")
    page.goto(f"/office/closing/{town.seed.place_id}")
    expect(page.get_by_text("Slips €99.50")).to_be_visible()
    expect(page.get_by_text("€0.50 short")).to_be_visible()
    expect(page.get_by_role("link", name="To go back by bank transfer")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_role("heading", name="The day is closed")).to_be_visible()
    expect(page.get_by_text("carried on: bank transfer €12.50")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def owe_by_transfer(town: Town, amount_minor: int) -> Tender:
    """A payment that came by transfer and goes back by one: pending until the bank shows it."""
    paid = tender(town, town.sell(0, 1), rail="transfer", amount_minor=amount_minor)
    # Its own row is in a statement of long ago.
    paid = replace(paid, settled_at=paid.created_at - timedelta(days=9))
    refund = refund_of(paid, new_id("tnd"), amount_minor, town.clock.now())
    town.program.db.write_now(plan_tenders, [paid])
    town.program.db.write_now(start_refunds, [refund])
    return refund


def test_a_refused_refund_goes_by_transfer_instead(town: Town, browse_town: Browse, axe: Axe) -> None:
    browse_town.allowed.append("422")
    paid = tender(town, town.sell(0, 1), rail="wallet", amount_minor=1250)
    paid = replace(paid, settled_at=paid.created_at - timedelta(days=400))
    refused = replace(
        refund_of(paid, new_id("tnd"), 1250, town.clock.now()), state="failed", reason="too_late"
    )
    town.program.db.write_now(plan_tenders, [paid, refused])
    page = signed_in(browse_town, town, "phone")
    page.goto(f"/office/sales/{paid.sale_id}")
    page.get_by_label("What the transfer says").fill("A1")
    page.locator("#f-reason").fill("Paid 13 months ago")
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_text("at least four letters or digits")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("What the transfer says").fill("")
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_text("approved by head office, by another rail")).to_be_visible()
    expect(page.get_by_role("button", name="Give back")).to_have_count(0)
    (owed,) = town.ask("office", "GET", "/office/v1/transfers")
    assert (owed["amount_minor"], owed["sale_id"]) == (1250, paid.sale_id)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_refund_by_transfer_is_sent_by_word_and_done_by_the_statement(
    town: Town, browse_town: Browse, axe: Axe, tmp_path: Path
) -> None:
    refund = owe_by_transfer(town, 1250)
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/closing")
    expect(page.get_by_role("heading", name="Refunds to send by transfer")).to_be_visible()
    expect(page.get_by_text(str(refund.reference))).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Note").fill("bank page, 14:05")
    page.get_by_role("button", name="Say that it was sent").click()
    expect(page.get_by_text("Office said that it was sent")).to_be_visible()
    expect(page.get_by_text("bank page, 14:05")).to_be_visible()
    page.reload()
    # Their word changed nothing but what is shown.
    page.get_by_role("link", name=str(refund.reference)).click()
    expect(page.get_by_text("staff said that it was sent")).to_be_attached()
    page.goto("/office/closing")
    statement = tmp_path / "statement.csv"
    day = f"{town.clock.now():%Y-%m-%d}"
    rows = [f"{day},-12.50,{refund.reference}", f"{day},-800.00,rent", f"{day},-1200.00,wages"]
    statement.write_text("\n".join(["date,amount,text", *rows]))
    page.get_by_label("Rail").select_option("transfer")
    page.get_by_label("File").set_input_files(statement)
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("Money that left and that we do not know of")).to_have_count(2)
    expect(page.get_by_role("heading", name="Refunds to send by transfer")).to_have_count(0)
    expect(page.get_by_text("€800.00")).to_contain_text("−")
    assert axe(page) == []
    # What has nothing to do with sales is cleared together.
    page.get_by_text("Clear all 2 that left").click()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("Everything that is due is explained.")).to_be_visible()
    expect(page.get_by_text("2 cleared")).to_be_visible()
    (now,) = town.program.db.read_now(tenders_named, town.seed.brand_id, [refund.id]).values()
    assert now.state == "captured"
    page.goto("/office/audit")
    expect(page.locator("#trail").get_by_text("said that a refund’s transfer was sent")).to_be_visible()


def test_a_money_day_without_bills_says_so_and_offers_the_connected_providers(
    town: Town, browse_town: Browse, axe: Axe, tmp_path: Path
) -> None:
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/closing")
    expect(page.get_by_text("Nothing is due yet. 2 places were never closed.")).to_be_visible()
    expect(page.get_by_text("Everything that is due is explained.")).to_have_count(0)
    rail = page.get_by_label("Rail")
    expect(rail).to_have_value("transfer")
    gone = rail.locator("optgroup[label='Not connected here: a file only'] option")
    expect(gone).to_have_text(["wallet", "Alipay", "WeChat Pay", "card"])
    expect(rail.locator("> option")).to_have_text(["bank statement (camt.053, CSV)"])
    assert axe(page) == []
    rail.select_option("wallet")
    bill = tmp_path / "wallet.csv"
    bill.write_text(wallet_bill("stray-1"))
    page.get_by_label("File").set_input_files(bill)
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("stray-1")).to_be_visible()
    # Once it is connected it is the first that is offered.
    town.program.rails = Rails([RailAccount("stripe", SimpleNamespace(name="stripe"))])  # type: ignore[arg-type]
    page.reload()
    expect(rail).to_have_value("stripe")
    expect(gone).to_have_text(["wallet", "Alipay", "WeChat Pay"])
    town.program.rails = Rails()
