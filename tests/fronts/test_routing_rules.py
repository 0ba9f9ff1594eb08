"""The office's route rules, over HTTP on both databases: versions, bad ones, and what others would have done."""

from typing import Any

from tests.stories.conftest import stage, wallet_url
from tests.stories.test_delivery import FAR, NEAR, Deal, deal, order, shop
from tests.stories.test_loop import ok

__all__ = ["deal", "stage", "wallet_url"]
AT = "/office/v1/route-rules"


def test_rules_are_versions_and_nobody_overwrites_anothers(deal: Deal) -> None:
    office = deal.office()
    [first] = ok(office.get(AT))
    assert (first["version"], first["by_id"]) == (0, None)
    told = ok(office.post(AT, json={"based_on": 0, "km_minor": 50, "note": "Winter"}), 201)
    assert (told["version"], told["rules"]["km_minor"], told["rules"]["parcel_minor"]) == (1, 50, 450)
    refused = ok(office.post(AT, json={"based_on": 0, "km_minor": 60}), 409)
    assert (refused["code"], refused["facts"]["version"]) == ("routing.rules_changed", 1)
    assert ok(office.post(AT, json={"based_on": 1, "km_minor": -1}), 422)
    assert [one["version"] for one in ok(office.get(AT))] == [1]


def test_other_rules_on_past_orders(deal: Deal) -> None:
    near, far = shop(deal, "north", "North", NEAR, 8), shop(deal, "south", "South", FAR, 50)
    told = order(deal, 1)
    office, tried = deal.office(), f"{AT}/dry-run"
    same = ok(office.post(tried, json={}))
    assert (same["orders"], same["moved"], same["unserved"], same["is_all"]) == (1, 0, 0, True)
    assert same["was"] == same["would_be"]
    # A piece that may be missing weighs more than a long way: it comes from where there are many.
    other: dict[str, Any] = ok(office.post(tried, json={"reject_minor": 100_000}))
    assert (other["moved"], other["examples"][0]["order_id"]) == (1, told["sale_id"])
    assert (other["examples"][0]["was"], other["examples"][0]["would_be"]) == ([near], [far])
    assert other["would_be"]["total"] < other["was"]["total"]
    none = ok(office.post(tried, json={"reach_m": 1}))
    assert (none["orders"], none["unserved"]) == (1, 1)
    assert ok(office.post(tried, json={"capacity": 0}))["unserved"] == 1
    [decided] = ok(office.get(f"/office/v1/sales/{told['sale_id']}/routing"))
    assert ([take["place_id"] for take in decided["takes"]], decided["is_proven"]) == ([near], True)
    assert decided["cost"]["total"] == sum(n for term, n in decided["cost"].items() if term != "total")
    assert [one["place_id"] for one in decided["not_chosen"]] == [far]
