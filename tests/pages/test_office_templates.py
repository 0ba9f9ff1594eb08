"""Known models of contracts on the page of a new one: chosen with a tap, read in sentences, proposed as they are."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fronts.office_town import Town
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_model_fills_the_form_and_is_proposed(town: Town, browse_town: Browse, axe: Axe, size: str) -> None:
    page = signed_in(browse_town, town, size)
    page.goto("/office/contracts/new")
    assert axe(page) == []
    page.get_by_role("link", name="Counter in a department store").click()
    expect(page.get_by_role("link", name="Counter in a department store")).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_text("What this model says")).to_be_visible()
    expect(page.get_by_text("The rest goes to whoever runs the place.")).to_be_visible()
    expect(page.get_by_label("%").nth(3)).to_have_value("30")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Contracts", exact=True)).to_be_visible()
    newest = town.ask("office", "GET", "/office/v1/contracts")
    assert [one["terms"]["collector"] for one in newest].count("landlord") == 1
