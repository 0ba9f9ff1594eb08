"""What points are worth is said on the page of rules; without it the page does not claim that they are taken."""

from tests.fronts.office_town import Town, town
from tests.fronts.test_office_day_pages import page
from tests.fronts.test_office_sale_refunds import send

__all__ = ["town"]
PATH = "/office/rules/points"


def test_points_get_their_worth_on_the_page(town: Town) -> None:
    assert "no worth set" in page(town, "/office/rules")
    for points, worth in (("0", "1"), ("100", ""), ("100", "0"), ("", "1"), ("x", "1")):
        send(town, PATH, 422, points=points, worth=worth)
    assert town.ask("office", "GET", "/office/v1/rails")["points"] is None
    send(town, PATH, 200, points="100", worth="0,50")
    said = {"points": 100, "worth_minor": 50, "earns_on_points": False}
    assert town.ask("office", "GET", "/office/v1/rails")["points"] == said
    told = page(town, "/office/rules")
    assert "no worth set" not in told
    assert 'name="worth" type="text" value="0.50"' in told
    assert "100 are worth €0.50" in " ".join(page(town, "/office/audit").split())
    send(town, PATH, 200, points="", worth="")
    assert town.ask("office", "GET", "/office/v1/rails")["points"] is None
