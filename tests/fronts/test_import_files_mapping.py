"""Mapping files: what they can say, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from highstreet.fronts.office.imports import KINDS
from highstreet.fronts.office.imports.mapping import NamesMapping, read_mapping
from highstreet.kernel.errors import Refusal

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "mappings"
FIELDS = {"a", "b", "c", "d", "e", "f", "g"}


def fields_of(tmp_path: Path, toml: str, record: dict[str, Any]) -> dict[str, Any]:
    path = tmp_path / "m.toml"
    path.write_text(toml, encoding="utf-8")
    return read_mapping(path, FIELDS, "attribute_").fields_of(record)


def test_every_way_to_a_value(tmp_path: Path) -> None:
    toml = """
        [fields]
        a = "shop.names.1"
        b = { const = "gcj02" }
        c = { path = "state", values = { OPEN = "true" }, default = "false" }
        d = { first = ["x", "y"] }
        e = { sum = ["p", "q"] }
        f = { join = ["x", "y", "shop.city"], separator = "/" }
        g = { template = "Mo-Su {from|hm}-{to|hm}" }
        attribute_colour = "dotted.name"
    """
    record = {
        "shop": {"names": ["N", "M"], "city": "C"},
        "state": "OPEN",
        "x": "",
        "y": 5,
        "p": 1,
        "from": "07:30:00",
        "to": "22:00:00",
        "dotted.name": "red",
    }
    assert fields_of(tmp_path, toml, record) == {
        "a": "M",
        "b": "gcj02",
        "c": "true",
        "d": 5,
        "e": [1, None],
        "f": "5/C",
        "g": "Mo-Su 07:30-22:00",
        "attribute_colour": "red",
    }
    assert fields_of(tmp_path, toml, {"shop": [1]}) == {
        "a": None,
        "b": "gcj02",
        "c": "false",
        "d": None,
        "e": [None, None],
        "f": "",
        "g": None,
        "attribute_colour": None,
    }


@pytest.mark.parametrize(
    "toml",
    [
        "",
        "[fields",
        "[fields]\nunknown = 'x'",
        "[fields]\na = 5",
        "[fields]\na = {}",
        "[fields]\na = { path = 'x', const = 'y' }",
        "[fields]\na = { path = 'x', typo = 'y' }",
        "[fields]\na = { sum = 'x' }",
        "[fields]\na = { template = 'no slot' }",
        "[fields]\na = { template = '{x|nofilter}' }",
        "[fields]\na = { path = 'x', values = 3 }",
        "[options]\ndatum = 5\n[fields]\na = 'x'",
        "[options]\nother = 'x'\n[fields]\na = 'x'",
        "other = 'x'\n[fields]\na = 'x'",
    ],
)
def test_malformed(tmp_path: Path, toml: str) -> None:
    with pytest.raises(Refusal) as caught:
        fields_of(tmp_path, toml, {})
    assert caught.value.code == "import.mapping_malformed"


def test_names_of_columns_in_any_dress() -> None:
    mapping = NamesMapping({"item_group_id": "ref", "id": "ref", "size": "attribute_size"}, "attribute_")
    record = {"g:ID": "", "Item-Group ID": "G", "attribute_fit": "slim", "Size": "M", "other": "x"}
    expected = {"ref": "G", "attribute_fit": "slim", "attribute_size": "M"}
    assert mapping.fields_of(record) == expected


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_examples_are_read(path: Path) -> None:
    kind = KINDS[path.stem.rpartition("_")[2] if path.stem.endswith("_sales") else "places"]
    mapping = read_mapping(path, kind.fields(), kind.prefix)
    assert mapping.getters
