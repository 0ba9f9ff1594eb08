"""A cashier's hands: a scanner's burst of keys, and keys as fast as fingers press them."""

import asyncio
import time
from typing import Any

from playwright.sync_api import Page

# The fastest typists need 80 ms a key; the register takes what comes quicker for a scanner.
HAND_MS = 100
SCANNER_S = 0.002


def scan(page: Page, text: str, end: str = "Enter") -> None:
    """As a scanner on the keyboard does it: a burst of keys, then Enter; wherever the focus is.

    The keys lie in the system's queue with the time of their pressing, however busy the page is. Playwright's own
    keyboard waits for the page after each key: on a loaded machine that is no scanner any more.
    """
    session = page.context.new_cdp_session(page)
    began = time.time()
    keys: list[dict[str, Any]] = [
        {"key": key, "text": key, "unmodifiedText": key, "timestamp": began + n * SCANNER_S}
        for n, key in enumerate(text)
    ]
    if end:
        last = began + len(text) * SCANNER_S
        keys.append({"key": end, "code": end, "windowsVirtualKeyCode": 13, "text": "\r", "timestamp": last})

    async def burst() -> None:
        sent = [
            session._impl_obj.send(
                "Input.dispatchKeyEvent", {"type": kind, **(key if kind == "keyDown" else up)}, None
            )
            for key in keys
            for up in [{"key": key["key"], "timestamp": key["timestamp"] + SCANNER_S / 2}]
            for kind in ("keyDown", "keyUp")
        ]
        await asyncio.gather(*sent)

    page._sync(burst())  # the public `send` waits for each key
    session.detach()
    page.wait_for_timeout(len(keys) * SCANNER_S * 1000 + HAND_MS)


def press(page: Page, *keys: str) -> None:
    """One key after the other, by hand."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(HAND_MS)
