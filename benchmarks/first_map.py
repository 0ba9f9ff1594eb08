"""The first map on a slow phone line: how long until it can be used, and how much had to come for it.

The demo's town, served by `highstreet serve`; a fresh Chromium context for each try, 360 × 780, throttled by the
browser itself (DevTools protocol). Fast 3G is what DevTools calls so: 1.6 Mbit/s × 0.9 down, 750 kbit/s × 0.9 up,
150 ms × 3.75 for each request. Usable is the first frame in which the server's drawing shows a pin that a finger
can reach: its link is the topmost thing at that point. In a context of its own that pin is then tapped, at once, with
no script there yet; its place counts as open when its name and whether it is open now can be read.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic

from playwright.sync_api import Browser, Page, Request, sync_playwright
from tests.databases import sqlite_url

from benchmarks.processes import Server, serve_ours, serving
from benchmarks.rows import Bar, Measured
from highstreet.demo.seed import seed_town
from highstreet.kernel.db import Database
from highstreet.kernel.time import SystemClock
from highstreet.migrations.run import upgrade
from highstreet_simulator.town.plan import make_plan
from highstreet_simulator.town.tiles import write_tiles

SEED = 7
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-gpu", "--no-first-run",
]  # fmt: skip
SOON, LIGHT = Bar(at_most=1500), Bar(at_most=450)
_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Line:
    """How the line is throttled; `latency_ms` for each request."""

    name: str
    down_bit_s: float
    up_bit_s: float
    latency_ms: float


FAST_3G = Line("Fast 3G of DevTools: 1.44 Mbit/s, 562 ms", 1.6e6 * 0.9, 750e3 * 0.9, 562.5)
FAST_3G_WIRE = Line("1.6 Mbit/s, 150 ms", 1.6e6, 750e3, 150)


@dataclass(frozen=True, slots=True)
class Try:
    """One opening of the page. Bytes are what came over the wire, headers included."""

    usable_ms: float
    usable_kb: float
    taken_over_ms: float  # by the application, which drags, zooms and searches
    opened_ms: float  # after the tap
    whole_ms: float
    whole_kb: float


def run(folder: Path, *, tries: int, say: Callable[[str], None]) -> list[Measured]:
    """Both lines; the bytes are of the slower one. Errors: RuntimeError without a browser or built pages."""
    url = sqlite_url(folder)
    upgrade(url)
    db = Database(url, readers=1)
    try:
        seed_town(db, make_plan(SEED), SystemClock(), lambda _done, _of: None, secret=b"benchmark" * 4)
    finally:
        db.close()
    write_tiles(folder / "town.pmtiles")
    say("the town stands")
    command, environment = serve_ours(url)
    environment["HIGHSTREET_MAP_PATH"] = str(folder / "town.pmtiles")
    rows = []
    with serving(command, environment, folder) as server, _chromium() as browser:
        for line in (FAST_3G, FAST_3G_WIRE):
            _open(browser, server, line)  # the server draws the ground once
            done = [_open(browser, server, line) for _ in range(tries)]
            usable = median(one.usable_ms for one in done)
            rows.append(Measured(f"first map usable, {line.name}", round(usable), "ms", bar=SOON))
            opened = median(one.opened_ms for one in done)
            rows.append(Measured(f"a pin tapped then, its place open, {line.name}", round(opened), "ms"))
            taken = median(one.taken_over_ms for one in done)
            rows.append(Measured(f"the application there, {line.name}", round(taken), "ms"))
            if line is FAST_3G:
                kb = max(one.usable_kb for one in done)
                rows.append(Measured("first map usable, over the wire", round(kb), "KB", bar=LIGHT))
                whole = median(one.whole_ms for one in done)
                rows.append(Measured("the whole map, same line", round(whole), "ms"))
                kb = max(one.whole_kb for one in done)
                rows.append(Measured("the whole map, over the wire", round(kb), "KB"))
    return rows


@contextmanager
def _chromium() -> Iterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("no browser: install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _open(browser: Browser, server: Server, line: Line) -> Try:
    with _phone(browser, line) as page:
        came: list[Request] = []
        page.on("requestfinished", lambda one: came.append(one))
        usable_ms = float(_go(page, server)["at"])
        taken_over_ms = float(page.evaluate(_TAKEN_OVER))
        whole_ms = float(page.evaluate(_WHOLE))
        early = [one for one in came if _ended_ms(one) <= usable_ms or one.is_navigation_request()]
        kb = _kb(early), _kb(came)
    with _phone(browser, line) as page:
        pin = _go(page, server)
        tapped = monotonic()
        page.touchscreen.tap(float(pin["x"]), float(pin["y"]))
        page.wait_for_url("**/shop/places/**", wait_until="commit")
        page.get_by_role("heading", name=str(pin["name"]).rpartition(", ")[0]).wait_for()
        opened_ms = (monotonic() - tapped) * 1000
    return Try(usable_ms, kb[0], taken_over_ms, opened_ms, whole_ms, kb[1])


@contextmanager
def _phone(browser: Browser, line: Line) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 360, "height": 780}, has_touch=True, locale="en-GB", service_workers="block"
    )
    context.set_default_timeout(_TIMEOUT_MS)
    try:
        page = context.new_page()
        page.add_init_script(_WATCH)
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": line.latency_ms,
                "downloadThroughput": line.down_bit_s / 8,
                "uploadThroughput": line.up_bit_s / 8,
            },
        )
        yield page
    finally:
        context.close()


def _go(page: Page, server: Server) -> dict[str, str | float]:
    """Open the map; when it was usable, and which pin is in reach: `at`, `x`, `y`, `name`."""
    page.goto(f"http://127.0.0.1:{server.port}/shop/", wait_until="commit")
    pin: dict[str, str | float] = page.evaluate("window.firstPin")
    return pin


_WATCH = """window.firstPin = new Promise(resolve => {
    const look = () => {
        for (const link of document.querySelectorAll("a.first-drawn-pin")) {
            const box = link.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
            if (document.elementFromPoint(x, y)?.closest("a") !== link) continue;
            // The frame after the one that paints it.
            requestAnimationFrame(() => requestAnimationFrame(() =>
                resolve({ at: performance.now(), x, y, name: link.getAttribute("aria-label") })));
            return;
        }
        requestAnimationFrame(look);
    };
    look();
})"""
_TAKEN_OVER = """() => new Promise(resolve => {
    const look = () => {
        const mark = performance.getEntriesByName("usable")[0];
        if (mark) resolve(mark.startTime); else setTimeout(look, 20);
    };
    look();
})"""
_WHOLE = """() => new Promise(resolve => {
    const look = () => {
        if (document.querySelector(".town-map[data-state=there]")) resolve(performance.now());
        else setTimeout(look, 20);
    };
    look();
})"""


def _ended_ms(request: Request) -> float:
    """Since the page was asked for."""
    timing = request.timing
    page = request.frame.page.evaluate("performance.timeOrigin")
    return float(timing["startTime"] + timing["responseEnd"] - page)


def _kb(requests: list[Request]) -> float:
    sizes = [one.sizes() for one in requests]
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) / 1000
