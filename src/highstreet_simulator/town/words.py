"""The invented names, read from words/*.json, and the one way to draw from them."""

import json
import random
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

from highstreet_simulator.town.records import Text


@cache
def words(name: str) -> Any:
    return json.loads(files(__package__).joinpath("words", f"{name}.json").read_text(encoding="utf-8"))


def text(pair: list[str]) -> Text:
    return Text(pair[0], pair[1])


def dice(seed: int, *topic: str) -> random.Random:
    """A die of its own for each topic, so that a change in one part leaves the others as they were."""
    return random.Random(":".join([str(seed), *topic]))


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def brand_specs() -> list[tuple[str, str, dict[str, Any]]]:
    """(category key, brand key, what brands.json says), in the order of the file."""
    return [
        (category, key, spec) for category, brands in words("brands").items() for key, spec in brands.items()
    ]


def street_zh(street: str) -> str:
    known: dict[str, str] = words("streets")
    return known.get(street, street)
