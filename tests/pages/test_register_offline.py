"""The register without a network: it opens, sells, survives a killed tab, and sends each sale once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import Browse
from tests.pages.hands import HAND_MS, press, scan
from tests.patience import until
from tests.stories.acts import ledger_is_balanced, one, rows
from tests.stories.conftest import Stage
from tests.stories.test_clerks import PIN, hire

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
        # wait_for_function does not await what its function promises.
        until(lambda: page.evaluate(LISTED, stage.seed.register_id))
        return page

    return opened


LISTED = """(id) => new Promise((done) => {
  const asked = indexedDB.open(`highstreet-register-${id}`);
  asked.onupgradeneeded = () => asked.transaction.abort();  // the page makes it
  asked.onerror = () => done(false);
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


def test_who_is_signed_in_does_not_go_into_the_journal(till: Open, stage: Stage) -> None:
    hire(stage, "Maija", "assistant")
    page = till()
    press(page, "F9")
    expect(page.get_by_label("PIN of Maija")).to_be_focused()
    page.keyboard.type(PIN, delay=HAND_MS)
    press(page, "Enter")
    expect(page.get_by_role("button", name="Maija")).to_be_visible()
    page.context.set_offline(True)
    sell_cash(page, stage)
    expect(page.get_by_text("Offline receipt no. 1")).to_be_visible()
    with page.expect_request("**/register/v1/journal") as sent:
        page.context.set_offline(False)
    assert sent.value.post_data_json["entries"][0]["body"]["sale"]["tenders"]
    assert "clerk" not in sent.value.post_data_json["entries"][0]["body"]["sale"]
    expect(page.get_by_text(re.compile(r"not sent|is being sent"))).to_have_count(0)
    assert rows(stage, "SELECT state FROM journal_entry") == [("done",)]


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
    expect(page.get_by_text("Needs a network. Now only cash and card slips.").first).to_be_visible()
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


def test_a_basket_priced_before_the_network_went_is_written_down_at_once(till: Open, stage: Stage) -> None:
    """The bar promises it; nothing was sent that could have been lost."""
    page = till()
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("€2.50")
    page.context.set_offline(True)
    expect(page.get_by_text("No network: ")).to_be_visible()
    tried: list[str] = []
    page.on("request", lambda one: tried.append(one.url) if one.url.endswith("/v1/sales") else None)
    press(page, "Enter")
    heading(page, "To pay")
    press(page, "3", "Enter")
    heading(page, "Paid")
    expect(page.get_by_text("Offline receipt no. 1. It is kept here and sent by itself.")).to_be_visible()
    assert tried == []
    # And what was said of it is true afterwards, too.
    page.context.set_offline(False)
    expect(page.get_by_text("Offline receipt no. 1. It was sent.")).to_be_visible()
    expect(page.get_by_text("sent by itself")).to_have_count(0)
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", 250)]


NETWORK_RETURNS = """() => {
  // The first sending fails; the network comes back while the page still reads what that left unsent.
  const usual = window.fetch;
  window.fetch = async (request, ...more) => {
    if (!String(request.url ?? request).endsWith("/register/v1/journal")) return usual(request, ...more);
    window.fetch = usual;
    const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith("highstreet-register-"));
    const opened = await new Promise((done) => (indexedDB.open(name).onsuccess = (it) => done(it.target.result)));
    const store = opened.transaction("entries", "readwrite").objectStore("entries");
    let isHeld = true;
    const hold = () => (isHeld ? (store.count().onsuccess = hold) : opened.close());
    hold();
    setTimeout(() => dispatchEvent(new Event("online")), 300);
    setTimeout(() => (isHeld = false), 600);
    throw new TypeError("Failed to fetch");
  };
  dispatchEvent(new Event("offline"));
}"""


def test_a_network_that_returns_while_a_sending_ends_is_not_missed(till: Open, stage: Stage) -> None:
    """Found by a slow machine: the sale lay there unsent until the next one was written."""
    page = till("block")
    page.evaluate(NETWORK_RETURNS)
    sell_cash(page, stage)
    expect(page.get_by_text("Offline receipt no. 1. It was sent.")).to_be_visible()
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", LIST_MINOR)]


def test_what_may_have_been_sent_and_is_written_down_is_one_sale(till: Open, stage: Stage) -> None:
    page = till("block")  # what passes a worker cannot be caught
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("€2.50")
    taken: list[int] = []

    def lose(route: Route) -> None:
        """The server takes it; the answer never arrives, nor does any after it."""
        taken.append(route.fetch().status)
        page.context.set_offline(True)
        route.abort()

    page.context.route("**/register/v1/sales", lose, times=1)
    press(page, "Enter")
    heading(page, "To pay")
    press(page, "3", "Enter")
    heading(page, "No answer yet")
    expect(page.get_by_text("Offline receipt")).to_have_count(0)
    press(page, "o")
    heading(page, "Paid")
    page.context.set_offline(False)
    expect(page.get_by_text("Offline receipt no. 1. It was sent.")).to_be_visible()
    assert taken == [200]
    assert rows(stage, "SELECT state, total_minor FROM sale") == [("paid", 250)]
    assert rows(stage, "SELECT seq, state FROM journal_entry") == [(1, "done")]
    assert ledger_is_balanced(stage)


def test_offline_nothing_is_said_of_what_is_left_and_no_picture_is_broken(till: Open, stage: Stage) -> None:
    page = till()
    page.context.set_offline(True)
    heading(page, "Ready for the next customer.")
    page.keyboard.type("shell", delay=HAND_MS)
    found = page.get_by_role("listbox", name="Goods found")
    expect(found.get_by_role("option")).to_have_count(3)
    expect(found.get_by_text("here")).to_have_count(0)
    expect(found.locator("img")).to_have_count(0)
    press(page, "Escape")
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("€2.50")
    line = page.get_by_role("list", name="Basket").get_by_role("listitem")
    expect(line.get_by_text("List price")).to_be_visible()
    expect(line.locator("img")).to_have_count(0)
    expect(page.get_by_text(re.compile(r"only \d+ here"))).to_have_count(0)
    # Back in the network, more than there are is said again.
    page.context.set_offline(False)
    expect(page.get_by_text("No network:")).to_have_count(0)
    press(page, "8", "8", "8", "Enter")
    scan(page, stage.seed.gtins[2])
    expect(line.get_by_text(re.compile(r"only \d+ here"))).to_be_visible()


def test_a_card_slip_is_taken_offline_and_sent(till: Open, stage: Stage, axe: Any) -> None:
    page = till()
    page.context.set_offline(True)
    scan(page, stage.seed.gtins[2])
    expect(page.locator("output")).to_have_text("€2.50")
    press(page, "Enter")
    heading(page, "To pay")
    expect(page.get_by_role("button", name="Several ways")).to_be_disabled()
    press(page, "4")
    expect(page.get_by_role("status").filter(has_text="Needs a network.")).to_be_visible()
    heading(page, "To pay")
    press(page, "5")
    heading(page, "Take €2.50 on the card terminal, then its slip’s number")
    expect(page.get_by_label("Slip number")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_have_text("Fill this in first.")
    page.keyboard.type("004711", delay=HAND_MS)
    assert axe(page) == []
    press(page, "Enter")
    heading(page, "Paid")
    expect(page.get_by_text("Offline receipt no. 1")).to_be_visible()
    assert one(stage, "SELECT count(*) FROM sale") == 0
    page.context.set_offline(False)
    expect(page.get_by_text(re.compile(r"not sent|is being sent"))).to_have_count(0)
    assert rows(stage, "SELECT seq, state FROM journal_entry") == [(1, "done")]
    told = rows(stage, "SELECT rail, state, amount_minor, reference FROM tender")
    assert told == [("slip", "captured", 250, "004711")]
    assert ledger_is_balanced(stage)


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
