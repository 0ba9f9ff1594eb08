"""Each application comes up in a real browser: in both languages and colours, under its policy, clean for axe."""

import pytest
from playwright.sync_api import expect

TITLES = {
    "/shop/": {"en": "What is near", "zh": "附近"},
    "/register/": {"en": "Register", "zh": "收银台"},
}


@pytest.mark.parametrize("path", TITLES)
def test_page_comes_up_in_both_languages_and_colours(path, browse, axe) -> None:
    for locale, scheme in (("en", "light"), ("zh", "dark")):
        page = browse("phone", locale=locale, scheme=scheme)
        page.goto(path)
        expect(page.get_by_role("heading", name=TITLES[path][locale])).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == locale
        assert page.evaluate("document.documentElement.dataset.theme") == {
            "light": "highstreet", "dark": "highstreet-dark",
        }[scheme]  # fmt: skip
        assert axe(page) == []


def test_language_is_remembered(phone) -> None:
    phone.goto("/shop/")
    phone.get_by_role("button", name="中文").click()
    expect(phone.get_by_role("heading", name="附近")).to_be_visible()
    phone.goto("/register/")
    expect(phone.get_by_role("heading", name="收银台")).to_be_visible()
