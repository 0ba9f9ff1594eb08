"""The JSON Schema of a contract's terms takes what the room takes: our models, the docs' example; and refuses the rest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from highstreet.fronts.contracts_told import TermsTold
from highstreet.rooms.channel import TEMPLATES, Parity, Terms, parse_terms

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = validator_for(json.loads((DOCS / "contract-terms.schema.json").read_text(encoding="utf-8")))
PLAIN: dict[str, Any] = {
    "collector": "operator",
    "shares": [{"role": "brand", "bp": 3000}],
    "leftover_to": "operator",
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: str(one.name))
def test_models_are_valid(template: Any) -> None:
    assert SCHEMA.is_valid(template.terms.as_document())


def test_what_the_page_shows_is_valid() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", (DOCS / "contracts.md").read_text(encoding="utf-8"), re.S)
    terms = json.loads(example)["terms"]
    assert SCHEMA.is_valid(terms)
    assert parse_terms(terms)


@pytest.mark.parametrize("online", [False, True])
def test_what_is_told_of_parity_says_all_of_it(online: bool) -> None:
    parity = Parity("compensate", 500, 2500, 3000, ("prd_a",), online=online)
    terms = Terms("operator", (), "operator", parity=parity)
    told = TermsTold.model_validate(terms.as_document())
    assert parse_terms(told.as_document()) == terms
    assert SCHEMA.is_valid(told.as_document())


@pytest.mark.parametrize(
    "wrong",
    [
        {"collector": "nobody"},
        {"unknown": 1},
        {"shares": [{"role": "brand", "bp": 10_001}]},
        {"shares": [{"role": "brand", "bp": "3000"}]},
        {"tax_bp": -1},
        {"stock": {"operator_for": ["street"]}},
        {"parity": {"on_breach": "forget"}},
    ],
)
def test_others_are_not(wrong: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(PLAIN)
    assert not SCHEMA.is_valid(PLAIN | wrong)
