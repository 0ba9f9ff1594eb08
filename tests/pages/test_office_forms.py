"""Forms of the office: what is wrong is shown where it is, and what was typed stays."""

import json
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.fronts.office_town import CODE, CONTRACT, OFFER, Town, open_session, staff_of
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]


def test_a_form_goes_to_the_first_thing_that_is_wrong(town: Town, browse_town: Browse, axe: Axe) -> None:
    browse_town.allowed.append("422")
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/offers/new")
    page.get_by_label("Title in English").fill("Ten off")
    page.get_by_label("First day").fill("")
    page.get_by_role("button", name="Publish").click()
    first = page.locator("[aria-invalid=true]").first
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport()
    assert first.evaluate("one => document.getElementById(one.getAttribute('aria-describedby')).textContent")
    expect(page.get_by_label("Title in English")).to_have_value("Ten off")
    assert axe(page) == []
    page.get_by_label("From a total of").fill("50")
    page.get_by_label("Amount off").fill("10")
    page.get_by_label("First day").fill("2026-11-20")
    # One language is enough.
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="Ten off")).to_be_visible()


def test_no_page_complains(town: Town, browse_town: Browse) -> None:
    """Neither of a style or script that the policy stops, nor of anything else: `browse_town` fails on each."""
    seed, sale_id = town.seed, town.sell(1, member=town.seed.member_id)
    page = signed_in(browse_town, town)
    for path in (
        "",
        f"contracts contracts/new contracts/new?of={CONTRACT} earnings closing audit account",
        f"sales sales/{sale_id} loop loop/{CODE} members members/{seed.member_id}",
        f"offers offers/{OFFER} offers/new offers/new?kind=percent offers/new?kind=member_price",
        f"goods goods/{seed.variants[0]} stock stock/{seed.place_id} import import?kind=sales",
        f"closing/{seed.place_id} places places/{seed.place_id} registers registers/{seed.register_id}",
        f"staff staff/{staff_of('store')}",
    ):
        for one in path.split() or [""]:
            answer = page.goto(f"/office/{one}", wait_until="load")
            assert answer is not None
            assert answer.status == 200, one
            page.wait_for_timeout(100)


def test_places_stand_on_a_map_with_the_state_of_their_registers(
    town: Town, browse_town: Browse, axe: Axe
) -> None:
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/registers")
    paired = page.get_by_role("row", name="Nordlys Centre")
    # Its key was never used: that is no silence.
    expect(paired).to_contain_text("Never used")
    page.goto("/office/registers?only=unused")
    expect(page.locator("tbody tr")).to_have_count(1)
    town.sell(1)
    page.goto("/office/places")
    box = page.locator("[data-island=map]")
    expect(box.locator("canvas")).to_be_visible()
    shown = json.loads(box.get_attribute("data-shown") or "")["pins"]
    assert [(pin["name"], pin["tone"]) for pin in shown] == [
        ("Nordlys Centre · 1 of 1 registers alive", "open"),
    ]
    assert axe(page) == []
    town.clock.advance(timedelta(days=2))
    # The session of two days ago is over.
    town.tokens["office"] = open_session(town, "office", town.seed.brand_id, 99)
    page = signed_in(browse_town, town)
    page.goto("/office/places")
    box = page.locator("[data-island=map]")
    assert '"tone": "bad"' in (box.get_attribute("data-shown") or "")
