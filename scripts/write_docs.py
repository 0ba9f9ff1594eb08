"""Write what docs/ says of the code by itself: settings, errors, events, the rooms' words, the schema of terms.

tests/house/test_documented.py compares the pages byte for byte with what this would write.
"""

import dataclasses
import json
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from fluent.syntax import FluentParser, ast
from fluent.syntax.serializer import serialize_pattern
from pydantic import SecretStr

import highstreet
from highstreet.fronts.contracts_told import TermsTold
from highstreet.kernel.errors import REFUSAL_KINDS
from highstreet.kernel.events import EVENTS, Event
from highstreet.kernel.i18n import LOCALES
from highstreet.kernel.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by scripts/write_docs.py: change the code or the texts in locale/, then run it. -->"
GLOSSARY_MARK = (
    "<!-- From here on written by scripts/write_docs.py: change the rooms' READMEs, then run it. -->"
)
MISSING = "(no text)"


def import_whole_package() -> None:
    """Import every module, so that every refusal and event is declared. Alembic's own files cannot be imported."""
    for found in pkgutil.walk_packages(highstreet.__path__, "highstreet."):
        if not found.name.startswith("highstreet.migrations.") and not found.name.endswith("__main__"):
            import_module(found.name)


def raw_texts(locale: str) -> dict[str, str]:
    """Every text of a locale by its key, arguments as {name}."""
    texts = {}
    for entry in files("highstreet").joinpath("locale", locale).iterdir():
        if not entry.name.endswith(".ftl"):
            continue
        for item in FluentParser().parse(entry.read_text(encoding="utf-8")).body:
            if isinstance(item, ast.Message):
                if item.value:
                    texts[item.id.name] = plain(item.value)
                for attribute in item.attributes:
                    texts[f"{item.id.name}.{attribute.id.name}"] = plain(attribute.value)
    return texts


def plain(pattern: ast.Pattern) -> str:
    """One line of text that may stand in a table."""
    line = " ".join(serialize_pattern(pattern).split())
    return line.replace("{ $", "{").replace(" }", "}").replace("|", "\\|")


def refusal_key(code: str) -> str:
    """The id of a refusal's text."""
    return code.replace(".", "-")


def event_key(name: str) -> str:
    """The id of an event's text."""
    return f"event-{name.replace('.', '-')}"


def setting_key(name: str) -> str:
    """The id of a setting's text."""
    return f"setting-{name}"


def grouped(names: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names by what stands before their first dot, both in order."""
    groups = defaultdict(list)
    for name in sorted(names):
        groups[name.split(".")[0]].append(name)
    return groups


def errors_page(texts: dict[str, dict[str, str]]) -> str:
    """Every refusal: its code, HTTP status, title and detail."""
    lines = [
        "# Refusals · 拒绝",
        "",
        NOTE,
        "",
        "What the program answers instead of what was asked, as an RFC 9457 problem: `type` ends in the code, which",
        "never changes its meaning; `title` and `detail` are in the caller's language; what they name in braces is also",
        "in `facts`. 404 may mean that it is there but not yours. What is malformed is told field by field in `errors`:",
        "`in`, `pointer`, `reason`, `detail` in the caller's language, and `allowed` where only few values are.",
    ]
    for group, codes in grouped(REFUSAL_KINDS).items():
        lines += ["", f"## {group}", "", "| code | status | English | 中文 |", "| --- | --- | --- | --- |"]
        for code in codes:
            cells = [both(texts[locale], refusal_key(code)) for locale in LOCALES]
            lines.append(f"| `{code}` | {REFUSAL_KINDS[code].status} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def both(texts: dict[str, str], key: str) -> str:
    """A title in bold and the detail after it."""
    return f"**{texts.get(key, MISSING)}** {texts.get(f'{key}.detail', MISSING)}"


def events_page(texts: dict[str, dict[str, str]]) -> str:
    """Every event with its own fields; those of all events stand once, at the top."""
    common = [(field.name, type_name(field.type)) for field in dataclasses.fields(Event)]
    lines = [
        "# Events · 事件",
        "",
        NOTE,
        "",
        "Facts that live streams, reactions and the lake carry, in commit order, each at least once. The last part of",
        "a name is its version: fields never change their meaning; a new meaning is a new version, announced beside",
        "the old one. Amounts are minor units of `currency`, or of the brand's own where there is none.",
        "",
        f"Every event has {', '.join(f'`{name}` ({kind})' for name, kind in common)}: when, and whose streams carry it.",
    ]
    shared = {name for name, _ in common}
    for group, names in grouped({name: event for name, event in EVENTS.items() if name}).items():
        lines += ["", f"## {group}", "", "| event | fields | English | 中文 |", "| --- | --- | --- | --- |"]
        for name in names:
            own = [
                f"`{field.name}` {type_name(field.type)}"
                for field in dataclasses.fields(EVENTS[name])
                if field.name not in shared
            ]
            cells = [texts[locale].get(event_key(name), MISSING) for locale in LOCALES]
            lines.append(f"| `{name}` | {', '.join(own)} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def type_name(kind: Any) -> str:
    """A type in the words of JSON."""
    names = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "true/false",
        dict: "object",
        type(None): "none",
    }
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return " or ".join(type_name(part) for part in arguments)
    if origin in (tuple, list):
        return f"list of {type_name(arguments[0])}"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if getattr(kind, "__name__", "") == "datetime":
        return "instant"
    return names.get(origin or kind, str(getattr(kind, "__name__", kind)))


def settings_page(texts: dict[str, dict[str, str]]) -> str:
    """Every setting: its variable, kind, default and meaning."""
    lines = [
        "# Settings · 设置",
        "",
        NOTE,
        "",
        "Environment variables, or lines of a `.env` file in the folder where the program starts.",
        "",
        "Behind a proxy on another machine, uvicorn's own `FORWARDED_ALLOW_IPS` must name it, in the environment: "
        "[why and how](running.md#behind-a-proxy).",
        "",
        "| variable | kind | default | English | 中文 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        is_secret = field.annotation is SecretStr
        kind = "secret text" if is_secret else type_name(field.annotation)
        default = field.default.get_secret_value() if is_secret else field.default
        shown = (
            "for the demo only"
            if is_secret and default
            else "none"
            if default == ""
            else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        cells = [texts[locale].get(setting_key(name), MISSING) for locale in LOCALES]
        lines.append(f"| `HIGHSTREET_{name.upper()}` | {kind} | {shown} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def glossary_page() -> str:
    """The part written by hand, then the words of every room's README in the order of the alphabet."""
    by_hand = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    head, mark, _ = by_hand.partition(GLOSSARY_MARK)
    if not mark:
        raise SystemExit(f"docs/glossary.md has lost its line {GLOSSARY_MARK}")
    rows = []
    for readme in sorted(Path(highstreet.__path__[0]).glob("rooms/*/README.md")):
        table = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", readme.read_text(encoding="utf-8"), re.M)
        words = [row for row in table if row[0] != "word" and set(row[0]) != {"-"}]
        if not words:
            raise SystemExit(f"{readme} has no table of words: | word | 中文 | meaning |")
        rows += [(*row, readme.parent.name) for row in words]
    lines = [
        "",
        "",
        "## The rooms",
        "",
        "| word | 中文 | meaning | room |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in sorted(rows, key=lambda row: (row[0].lower(), row[3]))),
    ]
    return head + mark + "\n".join([*lines, ""])


def terms_schema() -> str:
    """The terms of a contract as a JSON Schema, as the API takes them."""
    known = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | TermsTold.model_json_schema()
    return json.dumps(known, indent=2, sort_keys=True) + "\n"


def pages() -> dict[str, str]:
    """What each page should hold, by its name in docs/."""
    import_whole_package()
    texts = {locale: raw_texts(locale) for locale in LOCALES}
    return {
        "settings.md": settings_page(texts),
        "errors.md": errors_page(texts),
        "events.md": events_page(texts),
        "glossary.md": glossary_page(),
        "contract-terms.schema.json": terms_schema(),
    }


def main() -> int:
    """Write the pages; 1 when a text was missing."""
    missing = 0
    for name, page in pages().items():
        (ROOT / "docs" / name).write_text(page, encoding="utf-8")
        missing += page.count(MISSING)
        print(f"docs/{name}: {page.count(chr(10))} lines, {page.count(MISSING)} texts missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
