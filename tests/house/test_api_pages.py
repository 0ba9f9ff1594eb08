"""The pages at /docs can be read: each operation says what it does for whom, and each example is one that could be."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from highstreet.app import create_app, open_program
from highstreet.kernel.ids import PREFIXES, check_id
from highstreet.kernel.settings import Settings

ID = re.compile(r"([a-z]{3})_[0-9a-z]{26}")
OF_WORD = {name.split()[-1]: prefix for prefix, name in PREFIXES.items()} | {
    "allowance": "rtn",
    "consent": "cst",
    "order": "sal",
    "part": "tnd",
    "rail": "tnd",
}
# The last row seen: of the list it goes on from. A role's scope is a brand, a party or a place.
OTHER = {
    "after": set(PREFIXES),
    "before_id": set(PREFIXES),
    "register_ids": {"reg"},
    "scope_id": {"brd", "pty", "plc"},
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application as it ships; its database is never asked."""
    file = Path(tmp_path_factory.mktemp("pages")) / "empty.db"
    program = open_program(Settings(_env_file=None, mode="test", database_url=f"sqlite:///{file}"))  # type: ignore[call-arg]
    yield create_app(program, runs_worker=False)
    program.db.close()


def test_every_operation_says_what_it_does_for_whom(app: FastAPI) -> None:
    """Its own words, not its function's name; three at least, and no other operation's."""
    operations = [
        operation
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
        if "responses" in operation
    ]
    assert len(operations) > 80
    given = {
        context.operation_id: context.summary
        for context in iter_route_contexts(app.routes)
        if hasattr(context, "operation_id")
    }
    assert [one["operationId"] for one in operations if not given.get(one["operationId"])] == []
    assert [one["summary"] for one in operations if len(one["summary"].split()) < 3] == []
    counted = Counter(one["summary"] for one in operations)
    assert [summary for summary, count in counted.items() if count > 1] == []


def test_examples_of_ids_bear_their_own_prefix(app: FastAPI) -> None:
    """`register_id` is a register's: an example of a place would be copied, and refused."""
    found = list(examples(app.openapi(), "", ""))
    assert len(found) > 60
    wrong = []
    for where, name, text in found:
        for match in ID.finditer(text):
            check_id(match[0], match[1])
            if match[1] not in prefixes_of(where, name):
                wrong.append((where, name, text))
    assert wrong == []


def prefixes_of(where: str, name: str) -> set[str]:
    """What an id in a field may begin with: `operator_party_id` is a party's, `id` in `OfferAsked` an offer's."""
    if name in OTHER:
        return OTHER[name]
    word = name.removesuffix("_id").rpartition("_")[2]
    if name == "id":
        word = re.findall(r"[A-Z][a-z]+", where)[-2].lower()
    return {OF_WORD[word]}


def examples(node: Any, where: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Give every example with an id in it, with its schema's and its field's name."""
    if isinstance(node, list):
        for part in node:
            yield from examples(part, where, name)
    elif isinstance(node, dict):
        name = node["name"] if "in" in node and "schema" in node else name
        for text in (*node.get("examples", ()), node.get("example")) if "type" in node else ():
            if isinstance(text, str) and ID.search(text):
                yield where, name, text
        for key, part in node.items():
            if key == "properties":
                for field, schema in part.items():
                    yield from examples(schema, node.get("title", where), field)
            elif key not in ("examples", "example"):
                yield from examples(part, where, name)
