"""Takes a page in one of eight variants and judges it: axe, overflow, clipped text, complaints in the console."""

import base64
import re
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page

from tests.pages.conftest import ROOT, SIZES, Browse
from tests.pages.gallery.pages import Shot
from tests.pages.gallery.town import GalleryTown

OVERFLOW = (Path(__file__).parent / "overflow.js").read_text()
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# As tall as a picture of a long page becomes.
TALLEST = {"phone": 1400, "desk": 1300}
# Painters without a graphics card, and tiles asked for beyond the town.
ALLOWED = r"GPU stall|WebGL|GL Driver|Service Worker registration blocked|ERR_ABORTED"

SETTLED = """() => !document.querySelector(".skeleton, [aria-busy=true], .loading:not(.htmx-indicator)")
  && document.fonts.status === "loaded"
  && [...document.querySelectorAll(".town-map")].every(map => map.dataset.state !== "loading")"""
ARRIVED = """() => document.getAnimations().filter(one => one instanceof CSSTransition).forEach(one => one.finish())"""


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the eight: size, language, colours."""

    size: str
    locale: str
    scheme: str

    def __str__(self) -> str:
        return f"{self.size}-{self.locale}-{self.scheme}"


VARIANTS = tuple(Variant(*one) for one in product(("phone", "desk"), ("en", "zh"), ("light", "dark")))


@dataclass
class Seen:
    """What was wrong with one page in one variant."""

    shot: str
    variant: str
    faults: list[str] = field(default_factory=list)
    # Texts that end in "…" here: right by design, worth a look.
    shortened: list[str] = field(default_factory=list)
    text: str = ""


class Camera:
    """Opens, settles, judges, takes."""

    def __init__(self, browser: Browser, town: GalleryTown) -> None:
        self.browser, self.town = browser, town
        self.axe = AXE.read_text()
        # Pages that only look share a window: (variant, person) → it.
        self.windows: dict[tuple[Variant, str | None], tuple[Browse, Page]] = {}

    def take(self, shot: Shot, variant: Variant, target: Path | None = None, *, quality: int = 54) -> Seen:
        """The picture goes into `target` (WebP), if given; what is wrong comes back."""
        seen = Seen(shot.name, str(variant))
        browse, page = self._window(shot, variant)
        try:
            page.goto(shot.path.format(**self.town.facts))
            self._settle(page)
            if shot.act is not None:
                shot.act(page, self.town)
                self._settle(page)
            self._judge(page, seen)
            if target is not None:
                self._picture(page, variant, target, quality)
        except (Error, AssertionError) as error:
            seen.faults.append(f"did not come up: {str(error)[:300]}")
        allowed = f"{ALLOWED}|{shot.allowed}" if shot.allowed else ALLOWED
        seen.faults += [f"console: {line}" for line in browse.complaints if not re.search(allowed, line)]
        browse.complaints.clear()
        if shot.act is not None:
            browse.close()
        elif seen.faults:
            self.windows.pop((variant, shot.person))[0].close()
        return seen

    def close(self) -> None:
        """Close what pages shared."""
        for browse, _ in self.windows.values():
            browse.close()
        self.windows.clear()

    def _window(self, shot: Shot, variant: Variant) -> tuple[Browse, Page]:
        """A fresh one for what is done on a page; else the one in which this person looked before."""
        if shot.act is None and (variant, shot.person) in self.windows:
            browse, page = self.windows[variant, shot.person]
            page.set_viewport_size(dict(zip(("width", "height"), SIZES[variant.size], strict=True)))
            return browse, page
        browse = Browse(self.browser, self.town.url)
        cookies = self.town.cookies[shot.person] if shot.person else {}
        page = browse(variant.size, locale=variant.locale, scheme=variant.scheme, cookies=cookies)
        page.clock.set_fixed_time(self.town.clock.now())
        if shot.act is None:
            self.windows[variant, shot.person] = browse, page
        return browse, page

    @staticmethod
    def _settle(page: Page) -> None:
        for _ in range(60):
            if page.evaluate(SETTLED):
                break
            page.wait_for_timeout(100)
        page.wait_for_timeout(350)
        page.evaluate(ARRIVED)  # a colour on its way is nobody's contrast

    def _judge(self, page: Page, seen: Seen) -> None:
        for line in page.evaluate(OVERFLOW):
            (seen.shortened if line.startswith("(short) ") else seen.faults).append(
                line.removeprefix("(short) ")
            )
        page.evaluate(self.axe)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found: Any = page.evaluate(
            "tags => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", tags
        )
        seen.faults += [
            f"axe {one['id']}: {node['target']} {node['failureSummary'][:200]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]
        seen.text = page.evaluate("document.body.innerText")
        seen.faults += [f"markup as text: {tag}" for tag in re.findall(r"</?[a-z][^\n]{0,60}", seen.text)]

    @staticmethod
    def _picture(page: Page, variant: Variant, target: Path, quality: int) -> None:
        """A page that scrolls is taken longer than its window; Chromium itself writes WebP."""
        window = page.viewport_size or {"width": 0, "height": 0}
        tall = page.evaluate("document.scrollingElement.scrollHeight")
        if tall > window["height"]:
            height = min(tall, TALLEST[variant.size])
            page.set_viewport_size({"width": window["width"], "height": height})
            page.wait_for_timeout(250)
        session = page.context.new_cdp_session(page)
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(shot["data"]))
