"""Scanning: the camera is a file that shows a QR code; without a camera one types."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.pages.conftest import FLAGS, Browse
from tests.pages.shoppers import somebody
from tests.patience import PATIENCE_MS
from tests.stories.acts import rows
from tests.stories.conftest import Stage

WIDTH, HEIGHT, MODULE = 640, 480, 10


def film(text: str, path: Path) -> None:
    """A second of video, YUV 4:2:0, with a QR code of `text` in its middle."""
    matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    side = len(matrix) * MODULE
    left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
    light = bytearray(b"\xeb" * (WIDTH * HEIGHT))
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                for line in range(top + y * MODULE, top + (y + 1) * MODULE):
                    at = line * WIDTH + left + x * MODULE
                    light[at : at + MODULE] = b"\x10" * MODULE
    frame = b"FRAME\n" + bytes(light) + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10)


@pytest.fixture
def filming(playwright: Playwright, chromium: str, stage: Stage, tmp_path: Path) -> Iterator[Any]:
    """A phone whose camera sees a text: `filming("…")`."""
    expect.set_options(timeout=PATIENCE_MS)
    opened: list[tuple[Browser, Browse]] = []

    def open_phone(text: str, **more: Any) -> Page:
        path = tmp_path / "camera.y4m"
        film(text, path)
        flags = [*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        browse = Browse(browser, stage.url)
        opened.append((browser, browse))
        return browse("phone", **more)

    yield open_phone
    for browser, browse in opened:
        browse.close()
        browser.close()
        assert browse.unexpected() == []


def test_camera_reads_a_poster(stage: Stage, filming: Any, axe: Any) -> None:
    page: Page = filming(f"{stage.url}/shop/c/{stage.slugs['place']}")
    page.goto("/shop/scan")
    sheet = page.get_by_role("dialog", name="nordlys")
    expect(sheet).to_contain_text("Door")
    expect(sheet.get_by_role("link", name="To Nordlys Centre")).to_be_visible()
    assert axe(page) == []
    (touched,) = rows(stage, "SELECT c.slug, t.person_id FROM touch t JOIN code c ON c.id = t.code_id")
    assert touched == (stage.slugs["place"], None)


def test_camera_reads_goods(stage: Stage, filming: Any) -> None:
    gtin = stage.seed.gtins[0]
    page: Page = filming(f"https://id.gs1.org/01/{gtin}")
    page.goto("/shop/scan")
    expect(page).to_have_url(f"{stage.url}/shop/")
    expect(page.get_by_role("combobox")).to_have_value(gtin.removeprefix("0"))
    expect(page.get_by_role("link").filter(has_text="Nordlys Centre")).to_be_visible()


def test_code_is_typed_when_there_is_no_camera(stage: Stage, browse: Any, axe: Any) -> None:
    browse.allowed.append("status of 404")  # a code of nobody
    who = somebody(stage)
    who.join("service")
    sold = who.buy()
    page: Page = browse("phone", cookies=who.cookies)
    page.goto("/shop/scan")
    expect(page.get_by_role("heading", name="There is no camera here")).to_be_visible()
    assert axe(page) == []
    field = page.get_by_label("Or type the code")
    field.fill("no-such-code")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This code is not one of ours.")
    field.fill(stage.slugs["poster"].upper())
    field.press("Enter")
    expect(page.get_by_role("dialog", name="nordlys")).to_contain_text("Bus stop")
    page.keyboard.press("Escape")
    field.fill(sold["id"])
    field.press("Enter")
    expect(page).to_have_url(re.compile(f"/shop/orders/{stage.seed.brand_id}/{sold['id']}"))


def test_denied_camera_says_what_to_do(stage: Stage, filming: Any) -> None:
    page: Page = filming("x")
    page.context.clear_permissions()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    page.goto("/shop/scan")
    expect(page.get_by_role("heading", name="The camera is not allowed")).to_be_visible()
    expect(page.get_by_label("Or type the code")).to_be_visible()
