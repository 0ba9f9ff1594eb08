"""Names on the shopper's map lie on no pin: seen in the picture that the browser paints."""

import base64
import math

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import Browse
from tests.patience import PATIENCE_MS, until

LAT, LON = 60.1699, 24.9384
STEPS = 3
ZOOM = 15.8 + STEPS
"""So near, no pins are drawn as one mark."""
GAP_PX = 56
"""Between two pins of a column: too near for a name of two lines and the next pin's head."""
PINS = 4
NAME = "曼纳海姆大道二十号商业中心店"
HEAD_PX = (9, 24)
"""Of a pin's head: half its width, and how far its middle is above the pin's point."""

# How many pixels of each head have the colour of an open place.
COUNT = """async ([picture, heads, [half, up]]) => {
  const image = await createImageBitmap(await (await fetch(picture)).blob());
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  return heads.map(([x, y]) => {
    const { data } = pen.getImageData(x - half, y - up - half, 2 * half, 2 * half);
    let count = 0;
    for (let at = 0; at < data.length; at += 4)
      if (Math.abs(data[at] - 15) + Math.abs(data[at + 1] - 118) + Math.abs(data[at + 2] - 110) < 30) count++;
    return count;
  });
}"""


def south(px: float) -> float:
    """The latitude so many pixels below the middle."""
    size = 512 * 2**ZOOM
    middle = math.asinh(math.tan(math.radians(LAT))) / math.pi
    return math.degrees(math.atan(math.sinh(math.pi * (middle - 2 * px / size))))


def teal(page: Page, heads: list[tuple[int, int]]) -> list[int]:
    """Looked at in a page of its own: this one's policy lets nothing be read from a picture."""
    picture = "data:image/png;base64," + base64.b64encode(page.screenshot()).decode()
    other = page.context.new_page()
    counts: list[int] = other.evaluate(COUNT, [picture, heads, HEAD_PX])
    other.close()
    return counts


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_name_lies_on_no_pin(browse: Browse, scheme: str) -> None:
    browse.allowed += [r"GPU stall", r"WebGL"]
    page = browse("desk", locale="zh", scheme=scheme)
    # Side by side: each pin is the upper one of one column and the lower one of none, whatever order they come in.
    spots = [(column * 260 + 120, row * GAP_PX - 40) for column in (-1, 0) for row in range(PINS)]
    size = 512 * 2**ZOOM

    def pins(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        pin = {**told["pins"][0], "name_zh": NAME, "is_open": True}
        order = [*spots[:PINS], *reversed(spots[PINS:])]
        told["pins"] = [
            {**pin, "place_id": f"plc_{at}", "lat": south(y), "lon": LON + x / size * 360}
            for at, (x, y) in enumerate(order)
        ]
        route.fulfill(response=answer, json=told)

    page.route("**/shop/v1/pins?*", pins)
    page.goto("/shop/")
    expect(page.locator(".town-map[data-state=there]")).to_be_visible(timeout=PATIENCE_MS)
    for _ in range(STEPS):
        page.get_by_role("button", name="放大").click()
    box = page.locator(".town-map").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    heads = [(round(middle[0] + x), round(middle[1] + y)) for x, y in spots]
    # Of its 324 pixels its sign takes about a half; a name on it, with its rim, would take another fifth.
    until(lambda: min(teal(page, heads)) > 160)
