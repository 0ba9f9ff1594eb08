"""What a person of the office sets of their own and of others: PINs."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from highstreet.rooms.identity import pin_of_staff, verify_pin
from tests.fronts.office_town import PASSWORD, Town, staff_of
from tests.pages.conftest import Browse
from tests.pages.test_office_day import browse_town, signed_in, town

__all__ = ["browse_town", "town"]
Axe = Callable[[Page], list[str]]


def test_a_saved_pin_applies_no_style_that_the_policy_forbids(town: Town, browse_town: Browse) -> None:
    """`browse_town` fails on what the page complains of; the field has a style, as a password keeper leaves one."""
    page = signed_in(browse_town, town)
    page.goto(f"/office/staff/{staff_of('store')}")
    field = page.get_by_label("New PIN")
    field.evaluate("field => { field.style.height = '50px' }")
    field.fill("4711")
    page.get_by_role("button", name="Set the PIN").click()
    expect(page.get_by_text("The PIN is set.")).to_be_visible()
    expect(field).to_have_value("")
    expect(page.get_by_role("button", name="Take it away")).to_be_visible()


def test_ones_own_pin_is_set_and_taken_with_the_password(town: Town, browse_town: Browse, axe: Axe) -> None:
    browse_town.allowed.append("422")
    page = signed_in(browse_town, town, "phone")
    page.goto("/office/account")
    form = page.locator("#own-pin")
    form.get_by_label("New PIN").fill("4711")
    form.get_by_label("Password as it is").fill("not it")
    form.get_by_role("button", name="Set the PIN").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_role("button", name="Take it away")).to_have_count(0)
    assert axe(page) == []
    form.get_by_label("New PIN").fill("4711")
    form.get_by_label("Password as it is").fill(PASSWORD)
    form.get_by_role("button", name="Set the PIN").click()
    expect(page.get_by_text("The PIN is set.")).to_be_visible()
    assert pin_is(town, "4711")
    page.reload()
    form.get_by_label("Password as it is").fill(PASSWORD)
    form.get_by_role("button", name="Take it away").click()
    expect(page.get_by_text("The PIN is taken away.")).to_be_visible()
    assert not pin_is(town, "4711")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/office/audit")
    expect(page.locator("#trail").get_by_text("changed their own PIN").first).to_be_visible()


def pin_is(town: Town, pin: str) -> bool:
    who = (town.seed.brand_id, staff_of("office"))
    kept = town.program.db.read_now(pin_of_staff, *who)
    return verify_pin(town.program.pepper, *who, pin, kept.pin_hash if kept else None)
