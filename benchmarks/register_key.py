"""The register's page: from a key to the paint that shows it, in Chromium, with 40 lines in the basket.

The browser itself says how long: the Event Timing of each keydown, from the key to the next frame drawn (it
rounds to 8 ms and counts from 16 ms on; faster keys are told as 16 ms here). The quote that each key asks for
runs against the real server meanwhile.
"""

import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.databases import sqlite_url

from benchmarks.processes import serve_ours, serving
from benchmarks.rows import Bar, Measured
from benchmarks.shop_floor import Size, charge_facts, make_town
from benchmarks.shop_floor import token as register_token

LINES = 40
BAR = Bar(at_most=50)
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-gpu",
    "--no-first-run",
)
KEYS = ("+", "-", "ArrowUp", "ArrowDown", "Home", "End")

# Every keydown's delay until the frame that follows it.
WATCH = """
window.__delays = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (entry.name === 'keydown') window.__delays.push(entry.duration);
}).observe({ type: 'event', durationThreshold: 16, buffered: false });
"""


def run(folder: Path, *, is_quick: bool, say: Callable[[str], None]) -> list[Measured]:
    """One row: the 95th percentile. Errors: RuntimeError without a browser, or without the built page."""
    browser = next((path for name in NAMES if (path := shutil.which(name))), None)
    if browser is None:
        raise RuntimeError("no browser: install chromium")
    size = Size()
    url = sqlite_url(folder)
    make_town(url, size)
    gtins = list(dict.fromkeys(charge_facts(size)["gtins"]))[:LINES]
    presses = 60 if is_quick else 240
    with serving(*serve_ours(url), folder) as server:
        say(f"a register with {len(gtins)} lines, {presses} keys")
        delays = _measure(browser, f"http://127.0.0.1:{server.port}", gtins, presses)
    name = f"register page, key to paint, {len(gtins)} lines, p95"
    return [Measured(name, _p95(delays), "ms", None, BAR)]


def _measure(browser: str, url: str, gtins: list[str], presses: int) -> list[float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        try:
            context = opened.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": "hs_register", "value": register_token(0), "url": url}])
            page = context.new_page()
            page.goto(f"{url}/register/")
            page.get_by_role("combobox").wait_for()
            for gtin in gtins:
                page.keyboard.type(gtin)
                page.keyboard.press("Enter")
            page.locator("output[aria-busy=false]").wait_for()
            shown = page.locator(".line").count()
            if shown != len(gtins):
                raise RuntimeError(f"{shown} lines in the basket, not {len(gtins)}")
            page.evaluate(WATCH)
            for number in range(presses):
                page.keyboard.press(KEYS[number % len(KEYS)])
                page.wait_for_timeout(40)
            page.wait_for_timeout(300)
            slow: list[Any] = page.evaluate("window.__delays")
        finally:
            opened.close()
    return [float(one) for one in slow] + [16.0] * max(0, presses - len(slow))


def _p95(delays: list[float]) -> float:
    return statistics.quantiles(delays, n=20, method="inclusive")[18]
