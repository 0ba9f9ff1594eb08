"""Pages in a real Chromium against a real server: `stage` (one brand, everything running), `phone`, `desk`, `browse`."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from highstreet.migrations.run import upgrade
from tests.patience import PATIENCE_MS
from tests.stories.conftest import Stage, stage, wallet_url

__all__ = ["Stage", "stage", "wallet_url"]

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
]
# How many times slower than this machine its processor is for pages: what only waits by luck fails then.
SLOWER = float(os.environ.get("HIGHSTREET_TEST_PAGES_SLOWER", "1"))
SIZES = {"phone": (360, 780), "desk": (1280, 800)}
HELSINKI = {"latitude": 60.1699, "longitude": 24.9384}


@pytest.fixture
def migrated_url(tmp_path: Path) -> str:
    """SQLite alone: which database it is does not show on a page."""
    url = f"sqlite:///{tmp_path / 'pages.db'}"
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; without one the tests fail and say what to install."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "no browser: install chromium and fonts-noto-cjk (make test does it as root)", pytrace=False
        )
    return found


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Not for the whole session: its event loop runs until it stops, and other tests need their own."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One browser for all tests of this process."""
    opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield opened
    opened.close()


class Browse:
    """Opens pages, each in a context of its own, and remembers what they complained of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        # What a page may complain of: patterns.
        self.allowed: list[str] = [
            r"GL Driver Message",  # Chromium without a graphics card
            r"Service Worker registration blocked by Playwright",  # as `browse` asks for, unless told otherwise
        ]

    def __call__(
        self,
        size: str = "phone",
        *,
        locale: str = "en",
        scheme: str = "light",
        cookies: dict[str, str] | None = None,
        **more: Any,
    ) -> Page:
        """A page at the size of a phone or a desk: `browse("desk", locale="zh", scheme="dark")`."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            has_touch=size == "phone",
            locale={"en": "en-GB", "zh": "zh-CN"}[locale],
            timezone_id=more.pop("timezone_id", "Europe/Helsinki"),
            color_scheme=scheme,  # type: ignore[arg-type]
            geolocation=HELSINKI,
            permissions=["geolocation", "camera", "clipboard-read", "clipboard-write"],
            reduced_motion="reduce",
            service_workers=more.pop("service_workers", "block"),
            **more,
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": n, "value": v, "url": self.url} for n, v in (cookies or {}).items()])
        page = context.new_page()
        if SLOWER > 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._hear(page, said))
        return page

    def _hear(self, page: Page, said: Any) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(f"{page.url}: {said.text}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def unexpected(self) -> list[str]:
        """Errors and warnings, violations of the policy among them, that no pattern allows."""
        return [line for line in self.complaints if not any(re.search(one, line) for one in self.allowed)]


@pytest.fixture
def browse(browser: Browser, stage: Stage) -> Iterator[Browse]:
    """Pages of the stage; a test fails if one of them wrote an error or a warning that it did not allow."""
    expect.set_options(timeout=PATIENCE_MS)
    opened = Browse(browser, stage.url)
    yield opened
    opened.close()
    assert opened.unexpected() == []


@pytest.fixture
def phone(browse: Browse) -> Page:
    """A phone, English, light."""
    return browse("phone")


@pytest.fixture
def desk(browse: Browse) -> Page:
    """A desk, English, light."""
    return browse("desk")


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What axe finds serious on a page; the script is given to the page past its policy."""
    script = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def run(page: Page) -> list[str]:
        page.evaluate(script)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("tags => axe.run(document, { runOnly: tags })", tags)
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    return run
