"""Words for people: Fluent catalogs in `locale/<locale>/*.ftl`, in English and Chinese.

Every file in a locale's folder is read; an id may stand in one of them only. A text that is missing, or lacks
one of its arguments, is a LookupError: never a silent gap. A refusal's id is its code, with dots as dashes:

    stock-not_enough = Not enough in stock
        .detail = Only { $available } left.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.resolver import Pattern
from fluent.syntax import ast

LOCALES = ("en", "zh")
_WORDS = re.compile(r"[^\s,\uff0c\u3001]+")
DEFAULT_LOCALE = "en"

TextArgument = str | int | float | bool | None


def text(locale: str, key: str, /, **args: TextArgument) -> str:
    """The text of `key` or `key.attribute` in this locale. Booleans arrive as "true" and "false", None as "".

    Errors: LookupError when the locale, the text or one of its arguments is missing.
    """
    pattern = _pattern(locale, key)
    if pattern is None:
        raise LookupError(f"no text {key!r} in locale {locale!r}")
    value, errors = _bundle(locale).format_pattern(pattern, {k: _fluent(v) for k, v in args.items()})
    if errors:
        raise LookupError(f"text {key!r} in locale {locale!r}: {'; '.join(map(str, errors))}")
    return str(value)


def words_of(typed: str) -> list[str]:
    """The words that somebody typed: what stands between spaces and commas, of both scripts."""
    return _WORDS.findall(typed)


def has_text(locale: str, key: str) -> bool:
    """Whether `key` (or `key.attribute`) has a text. Errors: LookupError for an unknown locale."""
    return _pattern(locale, key) is not None


def refusal_texts(locale: str, code: str, facts: dict[str, TextArgument]) -> tuple[str, str]:
    """Title and detail of a refusal. Errors: LookupError as for `text`."""
    key = code.replace(".", "-")
    return text(locale, key, **facts), text(locale, f"{key}.detail", **facts)


def negotiate(accept_language: str | None) -> str:
    """The best of `LOCALES` for an Accept-Language header (RFC 9110, 12.5.4), or `DEFAULT_LOCALE`.

    Any kind of Chinese is zh. Of equal weights the first named wins; a malformed part is passed over.
    """
    best, best_weight = DEFAULT_LOCALE, 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().split("-")[0].replace("*", DEFAULT_LOCALE)
        weight = _weight(parameter)
        if language in LOCALES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _fluent(value: TextArgument) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _pattern(locale: str, key: str) -> Pattern | None:
    bundle = _bundle(locale)
    name, _, attribute = key.partition(".")
    if not bundle.has_message(name):
        return None
    message = bundle.get_message(name)
    return message.attributes.get(attribute) if attribute else message.value


@lru_cache(maxsize=len(LOCALES))
def _bundle(locale: str) -> FluentBundle:
    if locale not in LOCALES:
        raise LookupError(f"no locale {locale!r}, only {', '.join(LOCALES)}")
    # No isolating marks: texts also go to receipts and SMS, where the invisible characters would show.
    bundle = FluentBundle([locale], use_isolating=False)
    seen: dict[str, str] = {}
    folder = files("highstreet").joinpath("locale", locale)
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".ftl"):
            resource = FluentResource(entry.read_text(encoding="utf-8"))
            _check_resource(resource, f"{locale}/{entry.name}", seen)
            bundle.add_resource(resource)
    return bundle


def _check_resource(resource: ast.Resource, name: str, seen: dict[str, str]) -> None:
    """Refuses what Fluent would pass over in silence: unreadable lines, and an id given twice."""
    for item in resource.body:
        if isinstance(item, ast.Junk):
            raise ValueError(f"{name}: not Fluent: {item.content!r}")
        if isinstance(item, ast.Message | ast.Term):
            key = ("-" if isinstance(item, ast.Term) else "") + item.id.name
            if key in seen:
                raise ValueError(f"{name}: {key} is already in {seen[key]}")
            seen[key] = name
