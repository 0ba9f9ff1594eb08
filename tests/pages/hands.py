"""A cashier's hands: a scanner's burst of keys, and keys as fast as fingers press them."""

from playwright.sync_api import Page

# The fastest typists need 80 ms a key; the register takes what comes quicker for a scanner.
HAND_MS = 100


def scan(page: Page, text: str) -> None:
    """As a scanner on the keyboard does it: a burst of keys, then Enter; wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_timeout(HAND_MS)


def press(page: Page, *keys: str) -> None:
    """One key after the other, by hand."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(HAND_MS)
