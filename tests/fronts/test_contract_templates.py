"""A known model fills the form of a new contract, and what the form does not ask for is kept; on both databases."""

import re

import pytest

from highstreet.rooms.channel import TEMPLATES, Template
from tests.fronts.office_town import Town, town  # noqa: F401
from tests.fronts.test_contract_words import page

NEW = "/office/contracts/new"
LIST = "/office/v1/contracts/templates"


def form(town: Town, name: str) -> dict[str, str]:  # noqa: F811
    """What a browser would send of the form as it is filled."""
    headers = {"Cookie": f"hs_office={town.tokens['office']}; locale=en", "X-Highstreet": "page"}
    with town.client(None) as http:
        html = http.get(f"{NEW}?template={name}", headers=headers).text
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in said:
            sent[said["name"]] = said.get("value", "")
    for name_, inside in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        sent[name_] = chosen.group(1) if chosen else ""
    return sent


def test_the_models_are_told_in_the_language_asked_for(town: Town) -> None:  # noqa: F811
    told = town.ask("office", "GET", LIST)
    assert [one["name"] for one in told] == [one.name for one in TEMPLATES]
    assert [one["is_own"] for one in told] == [one.is_own for one in TEMPLATES]
    chinese = town.ask("office", "GET", LIST, headers={"Accept-Language": "zh"})
    assert {one["title"] for one in told}.isdisjoint(one["title"] for one in chinese)


@pytest.mark.parametrize("template", TEMPLATES, ids=[one.name for one in TEMPLATES])
def test_what_the_page_proposes_is_the_model(town: Town, template: Template) -> None:  # noqa: F811
    seed = town.seed
    sent = form(town, template.name)
    assert sent["party"] == (seed.brand_party if template.is_own else seed.dealer)
    assert sent["template"] == template.name
    before = {one["id"] for one in town.ask("office", "GET", "/office/v1/contracts")}
    status, words = page(town, "office", "/office/contracts", **sent)
    assert status == 204, words
    (made,) = [one for one in town.ask("office", "GET", "/office/v1/contracts") if one["id"] not in before]
    asked = next(one for one in town.ask("office", "GET", LIST) if one["name"] == template.name)
    assert made["terms"] == asked["terms"]
    bound = set() if template.is_own else {seed.dealer}
    bound |= {seed.landlord} if template.terms.names("landlord") else set()
    assert {one["party_id"] for one in made["acceptances"]} == bound


def test_another_percentage_is_typed_and_the_rest_stays(town: Town) -> None:  # noqa: F811
    sent = form(town, "flagship") | {"landlord": "7.5"}
    before = {one["id"] for one in town.ask("office", "GET", "/office/v1/contracts")}
    assert page(town, "office", "/office/contracts", **sent)[0] == 204
    (made,) = [one for one in town.ask("office", "GET", "/office/v1/contracts") if one["id"] not in before]
    rules = [(one["role"], one["bp"], one["channels"]) for one in made["terms"]["shares"]]
    assert rules == [("landlord", 750, []), ("brand", 500, ["shop"])]
    assert made["terms"]["collectors"] == {"shop": "brand"}
    assert made["terms"]["stock"] == {"operator_for": ["shop"], "brand_for": []}


def test_a_mistake_keeps_the_model(town: Town) -> None:  # noqa: F811
    sent = form(town, "consignment") | {"operator": "140"}
    status, words = page(town, "office", "/office/contracts", **sent)
    assert (status, "What this model says" in words) == (422, True)


def test_nobody_knows_another_model(town: Town) -> None:  # noqa: F811
    assert page(town, "office", f"{NEW}?template=nothing")[0] == 404
    sent = form(town, "consignment") | {"template": "nothing"}
    assert page(town, "office", "/office/contracts", **sent)[0] == 404


def test_the_picker_is_for_new_contracts(town: Town) -> None:  # noqa: F811
    (contract,) = [
        one
        for one in town.ask("office", "GET", "/office/v1/contracts")
        if one["operator_party_id"] == town.seed.dealer
    ]
    assert "Start from a known model" in page(town, "office", NEW)[1]
    assert "Start from a known model" not in page(town, "office", f"{NEW}?of={contract['id']}")[1]
