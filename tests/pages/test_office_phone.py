"""The office at 360 px: tables whose words stay whole and inside their cells; days that are those of the desk."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import update

from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import IssueRegisterKey, issue_register_key
from highstreet.rooms.identity.tables import staff
from highstreet.rooms.parties import AddRegisters, RegisterRecord, add_registers
from highstreet.rooms.parties.tables import party, place
from tests.fronts.office_town import Town, open_session, scan_and_follow
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]

AFTER_MIDNIGHT = datetime(2026, 11, 20, 22, 26, tzinfo=UTC)  # 00:26 in Helsinki
# What of a table's words stands outside its cell, or is broken in the middle.
UNREADABLE = """tables => tables.flatMap(table => [...table.querySelectorAll("tbody td")].flatMap(cell => {
  const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
  const box = cell.getBoundingClientRect();
  for (let node = walk.nextNode(); node; node = walk.nextNode())
    for (const word of node.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = [...range.getClientRects()].filter(line => line.width > 1);
      const isOut = lines.some(line => line.right > box.right + 1 || line.left < box.left - 1);
      if (isOut || new Set(lines.map(line => line.top)).size > 1) found.push(word[0]);
    }
  return found;
}))"""

BROKEN = """boxes => boxes.flatMap(box => {
  const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode())
    for (const word of node.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(line => line.top)).size > 1) found.push(word[0]);
    }
  return found;
})"""
# In how many lines the words of each stand.
LINES = """chips => chips.map(chip => {
  const range = document.createRange();
  range.selectNodeContents(chip.lastChild);
  return new Set([...range.getClientRects()].filter(line => line.width > 1).map(line => line.top)).size;
})"""


def unreadable(tables: Locator) -> list[str]:
    found: list[str] = tables.evaluate_all(UNREADABLE)
    return found


@pytest.fixture
def long_names(town: Town) -> None:
    """Companies and people that are called what such are called."""
    long = "Kuusitasku Retail and Distribution Oy"

    def rename(tx: Tx, _: None) -> None:
        tx.run(update(party).values(name_en=long))
        tx.run(update(staff).values(name="Konstantin Papadopoulos-Lehtonen"))

    town.program.db.write_now(rename, None)


@pytest.mark.usefixtures("long_names")
def test_tables_are_read_on_a_phone(town: Town, browse_town: Browse) -> None:
    sale_id = town.sell(1)
    page = signed_in(browse_town, town, "phone")
    page.goto(f"/office/sales/{sale_id}")
    page.get_by_text("Line by line").first.click()
    ledger = page.get_by_role("region", name="In the ledger")
    expect(ledger.get_by_text("Kuusitasku").first).to_be_visible()
    assert unreadable(page.locator("table")) == []
    page.goto("/office/staff")
    expect(page.locator("tbody").get_by_text("Konstantin").first).to_be_visible()
    assert unreadable(page.locator("table")) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_after_midnight_today_is_still_the_day_it_began(town: Town, browse_town: Browse) -> None:
    town.clock.advance(AFTER_MIDNIGHT - town.clock.now())
    town.tokens["office"] = open_session(town, "office", town.seed.brand_id, 99)
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/")
    expect(page.get_by_text("since 04:00")).to_have_text("20 Nov 2026 · since 04:00")


def test_an_offer_ends_with_its_last_day(town: Town, browse_town: Browse) -> None:
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/offers/new")
    page.get_by_label("Title in English").fill("Ten off")
    page.get_by_label("From a total of").fill("50")
    page.get_by_label("Amount off").fill("10")
    page.get_by_label("First day").fill("2026-11-20")
    page.get_by_label("Last day").fill("2026-12-23")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("23 Dec 2026, the whole day")).to_be_visible()
    page.goto("/office/offers")
    expect(page.get_by_role("listitem").filter(has_text="Ten off")).to_contain_text("– 23 Dec 2026")
    shopper = browse_town("phone")
    shopper.goto(f"/shop/places/{town.seed.brand_id}/{town.seed.place_id}")
    line = shopper.get_by_role("listitem").filter(has_text="Ten off")
    expect(line).to_contain_text("Available until 23 Dec 2026")


def test_the_whole_page_says_that_it_was_paired(town: Town, browse_town: Browse) -> None:
    write = town.program.db.write_now
    register = stable_id("reg", "new")
    record = RegisterRecord(town.seed.brand_id, register, town.own_place, "New", is_active=True)
    write(add_registers, AddRegisters([record], town.clock.now()))
    page = signed_in(browse_town, town)
    page.goto(f"/office/registers/{register}")
    expect(page.get_by_text("Not paired")).to_be_visible()
    page.get_by_role("button", name="Make a code").click()
    expect(page.locator("qr-code svg")).to_be_visible()
    key = IssueRegisterKey(
        town.seed.brand_id, stable_id("rky", "new"), town.own_place, register, b"k" * 32, town.clock.now()
    )
    write(issue_register_key, key)
    expect(page.get_by_role("heading", name="Paired", exact=True)).to_be_visible()
    expect(page.locator("#keys li")).to_have_count(1)
    expect(page.get_by_text("Not paired")).to_have_count(0)


def test_the_funnel_goes_from_scans_to_visits_before_it_counts_followers(
    town: Town, browse_town: Browse
) -> None:
    scan_and_follow(town)
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/loop")
    steps = page.locator("ol", has_text="Phones").locator("li > span:first-child")
    expect(steps).to_have_text(["Scans", "Phones", "Visits", "New followers", "Sales"])
    expect(page.get_by_text("one can follow without coming")).to_be_visible()


def broken(lines: Locator) -> list[str]:
    """Words that stand in two lines."""
    found: list[str] = lines.evaluate_all(BROKEN)
    return found


def test_the_menu_ends_within_a_small_desk(town: Town, browse_town: Browse) -> None:
    page = signed_in(browse_town, town)
    page.goto("/office/")
    foot = page.get_by_role("complementary")
    for last in (foot.get_by_role("button", name="Sign out"), foot.get_by_role("button", name="中文")):
        expect(last).to_be_in_viewport(ratio=1)
    # What does not fit on a lower one is scrolled between the brand and the foot.
    page.set_viewport_size({"width": 1280, "height": 600})
    expect(foot.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
    trail = foot.get_by_role("link", name="Audit trail")
    trail.scroll_into_view_if_needed()
    expect(trail).to_be_in_viewport(ratio=1)


def test_names_that_tick_in_and_states_of_registers_stay_whole(town: Town, browse_town: Browse) -> None:
    def rename(tx: Tx, _: None) -> None:
        tx.run(update(place).values(name_en="Aleksanterinkadunkauppa 11"))

    town.program.db.write_now(rename, None)
    town.sell(1)
    page = signed_in(browse_town, town)
    page.goto("/office/")
    expect(page.locator("#ticker")).to_contain_text("Aleksanterinkadunkauppa 11")
    assert broken(page.locator("#ticker")) == []
    phone = signed_in(browse_town, town, "phone")
    phone.goto("/office/registers")
    chips = phone.locator("tbody .badge-word")
    expect(chips.first).to_be_visible()
    assert chips.evaluate_all(LINES) == [1] * chips.count()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
