"""Draw docs/gallery: every page of the four doors in its state, and fail on what is clipped or not accessible.

    draw_gallery.py [--only WORD]… [--variant phone-zh-dark]…

The town stands at a fixed moment. Pictures of all eight variants lie in var/gallery/pictures; three go into docs/gallery.
"""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.pages.conftest import FLAGS, NAMES  # noqa: E402
from tests.pages.gallery.camera import VARIANTS, Camera, Seen  # noqa: E402
from tests.pages.gallery.pages import SHOTS, Shot  # noqa: E402
from tests.pages.gallery.town import open_gallery  # noqa: E402

from highstreet_simulator.town.plan import make_plan  # noqa: E402

FOLDER = ROOT / "var" / "gallery"
ALL = FOLDER / "pictures"
DOCS = ROOT / "docs" / "gallery"
KEPT = ("desk-en-light", "phone-en-light", "phone-zh-dark")
LIMIT_BYTES = 8_000_000
DOORS = (
    ("door", "Front door and tour"),
    ("shop", "The shopper's phone"),
    ("register", "The register"),
    ("office", "The head office"),
    ("dealer", "Dealers and landlords"),
)


def main() -> int:
    """Take all of them; 1 when something is wrong with one."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--only", action="append", default=[], help="shots whose names hold this")
    ask.add_argument("--variant", action="append", default=[], help="for example phone-zh-dark")
    wish = ask.parse_args()
    shots = [s for s in SHOTS if not wish.only or any(word in s.name for word in wish.only)]
    variants = [v for v in VARIANTS if not wish.variant or str(v) in wish.variant]
    print("Building the gallery's town ...", flush=True)
    seen: list[Seen] = []
    with open_gallery(FOLDER, make_plan(7)) as town, sync_playwright() as running:
        browser = _launch(running)
        camera = Camera(browser, town)
        for variant in variants:
            started = time.monotonic()
            for shot in shots:
                found = camera.take(shot, variant, ALL / str(variant) / f"{shot.name}.webp")
                seen.append(found)
                for fault in found.faults:
                    print(f"  {shot.name} {variant}: {fault}", flush=True)
            camera.close()
            print(f"{variant}: {len(shots)} pages, {time.monotonic() - started:.0f} s", flush=True)
        browser.close()
    FOLDER.joinpath("seen.json").write_text(
        json.dumps([vars(one) for one in seen], ensure_ascii=False, indent=1)
    )
    size = _keep()
    wrong = sum(len(one.faults) for one in seen)
    print(f"{len(seen)} pictures, {wrong} faults; docs/gallery is {size / 1e6:.1f} MB", flush=True)
    return 1 if wrong or size > LIMIT_BYTES else 0


def _launch(running: Playwright) -> Browser:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        sys.exit("no browser: install chromium and fonts-noto-cjk")
    return running.chromium.launch(executable_path=path, args=FLAGS)


def _keep() -> int:
    """Three variants and the page that shows them; the bytes they take come back."""
    DOCS.mkdir(parents=True, exist_ok=True)
    wanted = {f"{shot.name}-{variant}.webp" for shot in SHOTS for variant in KEPT}
    for old in DOCS.glob("*.webp"):
        if old.name not in wanted:
            old.unlink()
    for shot in SHOTS:
        for variant in KEPT:
            taken = ALL / variant / f"{shot.name}.webp"
            if taken.exists():
                shutil.copyfile(taken, DOCS / f"{shot.name}-{variant}.webp")
    (DOCS / "README.md").write_text(_page(), encoding="utf-8")
    return sum(path.stat().st_size for path in DOCS.iterdir())


def _page() -> str:
    lines = [
        "# Gallery",
        "",
        "Every page as `make gallery` takes it from a running server, at a phone (360 px, in Chinese at night, too) and a",
        "desk. The same command takes all eight variants of size, language and colours into `var/gallery/pictures`, and",
        "fails when axe finds something serious, a page is wider than its window, or a text is cut off.",
        "",
    ]
    for door, title in DOORS:
        lines += [f"## {title}", ""]
        for shot in SHOTS:
            if _door_of(shot) == door:
                lines += [f"### {shot.caption}", "", _row(shot), ""]
    return "\n".join(lines)


def _row(shot: Shot) -> str:
    said = {"desk-en-light": "desk", "phone-en-light": "phone", "phone-zh-dark": "phone, Chinese, dark"}
    widths = {"desk-en-light": 520, "phone-en-light": 170, "phone-zh-dark": 170}
    return " ".join(
        f'<img src="{shot.name}-{variant}.webp" width="{widths[variant]}" alt="{shot.caption}: {said[variant]}">'
        for variant in KEPT
    )


def _door_of(shot: Shot) -> str:
    first = shot.name.partition("-")[0]
    return {"tour": "door", "landlord": "dealer"}.get(first, first)


if __name__ == "__main__":
    sys.exit(main())
