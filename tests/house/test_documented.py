"""Nothing that a caller or an operator can meet is without words, in both languages, and nothing has words in vain."""

import ast
import importlib.util
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from highstreet.kernel.errors import REFUSAL_KINDS, RefusalKind
from highstreet.kernel.events import EVENTS, Event
from highstreet.kernel.i18n import LOCALES, has_text
from highstreet.kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "highstreet"
PAGES = ("contract-terms.schema.json", "errors.md", "events.md", "glossary.md", "settings.md")
RUN = "run `.venv/bin/python scripts/write_docs.py`"
SOURCES = {".py", ".html", ".ts", ".tsx"}
BUILT = {"static", "generated"}


@pytest.fixture(scope="module")
def write_docs() -> ModuleType:
    """The script that writes the pages; importing it all declares every refusal and event."""
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "scripts" / "write_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.import_whole_package()
    return module


def expected_texts(write_docs: ModuleType) -> set[str]:
    """The id of every text that a refusal, an event or a setting needs."""
    keys = {write_docs.setting_key(name) for name in Settings.model_fields}
    keys |= {write_docs.event_key(name) for name in EVENTS if name}
    for code in REFUSAL_KINDS:
        keys |= {write_docs.refusal_key(code), f"{write_docs.refusal_key(code)}.detail"}
    return keys


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_has_a_text(locale: str, write_docs: ModuleType) -> None:
    """Settings, refusals and events: in locale/<locale>/settings.ftl, errors*.ftl and events*.ftl."""
    keys = expected_texts(write_docs)
    assert len(keys) > 100
    assert sorted(key for key in keys if not has_text(locale, key)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_used(locale: str, write_docs: ModuleType) -> None:
    """It is a refusal's, an event's or a setting's, or its id stands in the code."""
    expected = expected_texts(write_docs)
    sources = "".join(path.read_text() for path in source_files())
    # Whole, also with a dot as a code has it: "import.note_sale_price"; or by its beginning: f"tier-{name}".
    spelled = {word.replace(".", "-") for word in re.findall(r"[\"'`]([a-z][\w.-]*)[\"'`]", sources)}
    # In TypeScript `tier-${name}`, in Jinja "tier-" ~ name.
    begun = r"f[\"'`]([a-z][a-z0-9_-]*[_-])\{|`([a-z][a-z0-9_-]*[_-])\$\{|[\"']([a-z][a-z0-9_-]*[_-])[\"'] ~"
    beginnings = tuple("".join(found) for found in re.findall(begun, sources))
    vain = [
        f"{path.name}: {key}"
        for path in sorted((SRC / "locale" / locale).glob("*.ftl"))
        for key in re.findall(r"^([a-z][\w-]*) *=", path.read_text(), re.M)
        if key not in expected | spelled and not key.startswith(beginnings)
    ]
    assert vain == []


def source_files() -> Iterator[Path]:
    """Give every file of ours that may ask for a text."""
    for path in SRC.rglob("*"):
        if path.suffix in SOURCES and not BUILT & set(path.parts) and path.is_file():
            yield path


def test_settings_are_explained_once() -> None:
    """The English text of a setting is its Field's own description."""
    lines = (SRC / "locale" / "en" / "settings.ftl").read_text().splitlines()
    texts = dict(line.split(" = ", 1) for line in lines if " = " in line)
    assert texts == {f"setting-{name}": field.description for name, field in Settings.model_fields.items()}


@pytest.mark.parametrize("page", PAGES)
def test_page_is_what_the_code_says(page: str, write_docs: ModuleType) -> None:
    """Every setting, refusal and event stands in its page, with what it has now."""
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == write_docs.pages()[page], RUN


def test_every_refusal_is_raised(write_docs: ModuleType) -> None:
    """A kind that nobody uses is no way to refuse: remove it and its texts."""
    used = {kind.code for module in our_modules() for kind, _ in kinds_used(module)}
    assert sorted(REFUSAL_KINDS.keys() - used) == []


def test_texts_ask_only_for_facts_that_are_given(write_docs: ModuleType) -> None:
    """A text that names a fact which some raise leaves out would turn the refusal into an internal error."""
    lacking = set()
    for locale in LOCALES:
        texts = write_docs.raw_texts(locale)
        for module in our_modules():
            for kind, call in kinds_used(module):
                if call is None or any(keyword.arg is None for keyword in call.keywords):
                    continue
                key = write_docs.refusal_key(kind.code)
                asked = set(re.findall(r"\{(\w+)", texts.get(key, "") + texts.get(f"{key}.detail", "")))
                if missing := asked - {keyword.arg for keyword in call.keywords}:
                    lacking.add(f"{module.__name__}:{call.lineno} {kind.code} lacks {sorted(missing)}")
    assert sorted(lacking) == []


def our_modules() -> Iterator[ModuleType]:
    """Give every module of the program, imported before."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "highstreet" and getattr(module, "__file__", None):
            yield module


def kinds_used(module: ModuleType) -> Iterator[tuple[RefusalKind, ast.Call | None]]:
    """Give the refusals that a module's code names, each with its call if it is one."""
    calls = {id(node.func): node for node in ast.walk(syntax_of(module)) if isinstance(node, ast.Call)}
    for thing, node in things_named(module):
        if isinstance(thing, RefusalKind):
            yield thing, calls.get(id(node))


def things_named(module: ModuleType) -> Iterator[tuple[object, ast.expr]]:
    """Give what the names in a module's code stand for; declaring and importing are no uses."""
    known = vars(module)
    for node in ast.walk(syntax_of(module)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield known.get(node.id), node
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = known.get(node.value.id)
            if isinstance(owner, ModuleType):
                yield getattr(owner, node.attr, None), node


@cache
def syntax_of(module: ModuleType) -> ast.Module:
    """Return a module's code as a tree."""
    return ast.parse(Path(str(module.__file__)).read_text())


def test_every_event_is_announced(write_docs: ModuleType) -> None:
    """An event that nothing makes is no fact."""
    made = {
        thing.name
        for module in our_modules()
        for thing, _ in things_named(module)
        if isinstance(thing, type) and issubclass(thing, Event)
    }
    assert sorted(EVENTS.keys() - made - {""}) == []


def test_event_names_are_versioned() -> None:
    """room.past_fact.v1, by the room that declares it."""
    wrong = [
        event.name
        for event in EVENTS.values()
        if event.name
        and not re.fullmatch(rf"{event.__module__.split('.')[2]}\.[a-z]+(_[a-z]+)*\.v[1-9]", event.name)
    ]
    assert wrong == []


def test_every_dependency_has_its_reason() -> None:
    """Each direct dependency of pyproject.toml and package.json has a line in docs/dependencies.md, and no others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for optional in project["project"].get("optional-dependencies", {}).values():
        wanted += optional
    for group in project["dependency-groups"].values():
        wanted += [line for line in group if isinstance(line, str)]
    names = {re.split(r"[\[<>=!~ ;]", line)[0] for line in wanted}
    pages = json.loads((ROOT / "package.json").read_text())
    names |= {*pages["dependencies"], *pages["devDependencies"]}
    rows = re.findall(
        r"^\| `([\w.@/-]+)` \| (.+?) \| (.+?) \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.M
    )
    assert {row[0] for row in rows} == names
    assert len(rows) == len(names)


def test_every_decision_says_what_enforces_it() -> None:
    """docs/decisions: numbered, with the same four headings, on one page."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        headings = re.findall(r"^## (.+)$", text, re.M)
        assert headings == ["Context", "Decision", "Consequences", "Enforced by"], page.name
        assert len(text.splitlines()) <= 60, page.name


def test_paths_named_in_docs_exist() -> None:
    """A page that sends the reader to a file sends them to one that is there."""
    pages = [
        *(ROOT / "docs" / "decisions").glob("*.md"),
        ROOT / "CONTRIBUTING.md",
        ROOT / "docs" / "dependencies.md",
    ]
    named = r"`((?:src|tests|docs|scripts|benchmarks)/[\w./-]+)`"
    assert [
        f"{page.name}: {path}"
        for page in pages
        for path in re.findall(named, page.read_text())
        if not (ROOT / path).exists()
    ] == []
