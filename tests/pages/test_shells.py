"""Each application comes up in a real browser: in both languages and colours, under its policy, clean for axe."""

import pytest
from playwright.sync_api import expect

THEMES = {"light": "highstreet", "dark": "highstreet-dark"}


@pytest.mark.parametrize("path", ["/shop/", "/register/"])
@pytest.mark.parametrize(("locale", "scheme"), [("en", "light"), ("zh", "dark")])
def test_page_comes_up_as_the_device_has_it(path, locale, scheme, browse, axe) -> None:
    browse.allowed.append(r"401")  # a browser that is no register asks who it is, and is told so
    page = browse("phone", locale=locale, scheme=scheme)
    page.goto(path)
    expect(page.locator("#app > *").first).to_be_visible()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
        locale,
        THEMES[scheme],
    ]
    assert axe(page) == []


def test_what_was_chosen_goes_before_what_the_device_has(browse) -> None:
    browse.allowed.append(r"401")
    page = browse("phone", cookies={"lang": "zh", "theme": "dark"})
    page.goto("/register/")
    expect(page.locator("#app > *").first).to_be_visible()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
        "zh",
        "highstreet-dark",
    ]


def test_policy_stops_scripts_in_the_page(browse) -> None:
    """An injected script does not run, and the browser says why."""
    page = browse("phone")
    browse.allowed.append("Content Security Policy")
    page.goto("/register/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 1\">')"
    )
    page.evaluate(
        "s => { const e = document.createElement('script'); e.textContent = s; document.body.append(e) }",
        "hacked = 1",
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in line for line in browse.complaints)
    browse.allowed.append("Failed to load resource")
