"""The register without a network: it opens, sells, survives a killed tab, and sends each sale once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import Browse
from tests.pages.hands import press, scan
from tests.stories.acts import one, rows
from tests.stories.conftest import Stage

Open = Callable[..., Page]
LIST_MINOR = 20230


@pytest.fixture
def till(browse: Browse, stage: Stage) -> Open:
    """A paired register that has loaded its worker and its price list."""
    browse.allowed += [
        r"ERR_INTERNET_DISCONNECTED",
        r"ERR_FAILED",
        r"net::ERR",
        r"dynamically imported module",
    ]

    def opened(worker: str = "allow") -> Page:
        cookies = {"hs_register": stage.register_token}
        page = browse("desk", cookies=cookies, service_workers=worker)
        page.goto("/register/")
        ready(page)
        if worker == "allow":
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        page.wait_for_function(LISTED, arg=stage.seed.register_id)
        return page

    return opened


LISTED = """(id) => new Promise((done) => {
  const asked = indexedDB.open(`highstreet-register-${id}`);
  asked.onsuccess = () => {
    const count = asked.result.transaction("facts").objectStore("facts").get("list");
    count.onsuccess = () => { asked.result.close(); done(Boolean(count.result)); };
  };
})"""


def ready(page: Page) -> None:
    expect(page.get_by_role("combobox", name="Scan or search")).to_be_focused()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def sell_cash(page: Page, stage: Stage) -> None:
    for place, times in ((0, 1), (1, 2), (2, 1)):
        for _ in range(times):
            scan(page, stage.seed.gtins[place])
    expect(page.locator("output")).to_have_text("€202.30")
    press(page, "Enter")
    heading(page, "To pay")
    press(page, "3", "Enter")
    heading(page, "Paid")


def test_sold_offline_killed_reopened_offline_and_sent_once(till: Open, stage: Stage, axe: Any) -> None:
    page = till()
    context = page.context
    context.set_offline(True)
    sell_cash(page, stage)
    expect(page.get_by_text("Offline receipt no. 1")).to_be_visible()
    expect(page.get_by_text("Offline – 1 sale not sent")).to_be_visible()
    assert axe(page) == []

    # The tab is killed with the receipt on the screen, and opened again while there is still no network.
    page.close(run_before_unload=False)
    page = context.new_page()
    page.goto("/register/")
    expect(page.get_by_text("Offline receipt no. 1")).to_be_visible()
    press(page, "Enter")
    ready(page)
    sell_cash(page, stage)
    expect(page.get_by_text("Offline receipt no. 2")).to_be_visible()
    press(page, "Enter")
    # A wallet cannot be asked, and the page says so.
    scan(page, stage.seed.gtins[0])
    press(page, "Enter")
    expect(page.get_by_role("button", name="Wallet code")).to_be_disabled()
    expect(page.get_by_text("Needs a network. Now only cash.").first).to_be_visible()
    press(page, "Escape", "F6")
    expect(page.get_by_text("Goods are taken back only with a network")).to_be_visible()
    press(page, "Escape")
    page.get_by_role("status").get_by_role("button", name="Show").click()
    expect(page.get_by_text("not sent", exact=True)).to_have_count(2)
    assert axe(page) == []
    assert one(stage, "SELECT count(*) FROM sale") == 0

    context.set_offline(False)
    expect(page.get_by_text("sent", exact=True)).to_have_count(2)
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", LIST_MINOR)] * 2
    assert rows(stage, "SELECT seq, state FROM journal_entry ORDER BY seq") == [(1, "done"), (2, "done")]
    assert one(stage, "SELECT count(*) FROM tender") == 2
    page.reload()
    ready(page)
    expect(page.get_by_text("not sent")).to_have_count(0)
    assert one(stage, "SELECT count(*) FROM sale") == 2
    assert one(stage, "SELECT count(*) FROM register_alert") == 0


def test_an_answer_that_was_lost_is_asked_for_again(till: Open, stage: Stage) -> None:
    page = till("block")  # what passes a worker cannot be caught
    page.context.set_offline(True)
    sell_cash(page, stage)
    taken: list[int] = []

    def lose(route: Route) -> None:
        """The server takes it; the answer never arrives."""
        taken.append(route.fetch().status)
        route.abort()

    page.context.route("**/register/v1/journal", lose, times=1)
    page.context.set_offline(False)
    expect(page.get_by_text(re.compile(r"not sent|is being sent"))).to_have_count(0)
    assert taken == [200]
    assert rows(stage, "SELECT seq, state FROM journal_entry") == [(1, "done")]
    assert one(stage, "SELECT count(*) FROM sale") == 1
