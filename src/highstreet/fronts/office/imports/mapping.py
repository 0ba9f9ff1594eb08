"""A mapping file (TOML): which values of a record make which fields of an import (docs/import.md)."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from highstreet.flows.import_errors import FILE_MISSING, MAPPING_MALFORMED
from highstreet.fronts.office.imports.read_csv import normalize

Getter = Callable[[Mapping[str, Any]], Any]

_SETTINGS = {"format", "items", "header", "options", "fields"}
_OPTIONS = {"encoding", "time_zone", "country", "datum", "zero_quantity"}
_SLOT = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
# What a template can do to a value. hm: "07:30:00" is 07:30.
_FILTERS: dict[str, Callable[[str], str]] = {"hm": lambda text: text[:5], "lower": str.lower}


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How to read the file, and a getter for each field."""

    format: str | None = None
    items: str = ""
    has_header: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    getters: Mapping[str, Getter] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    """The first names of all paths: what must be read of a parquet file."""

    def fields_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a record."""
        return {name: get(values) for name, get in self.getters.items()}


class NamesMapping:
    """Without a mapping file: names are compared as `normalize` has them, with the kind's other names."""

    def __init__(self, names: Mapping[str, str], prefix: str = "") -> None:
        self._names = names
        self._prefix = prefix
        self._known: dict[str, str | None] = {}

    def fields_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a record; of several columns for one field, the first that is not empty."""
        fields: dict[str, Any] = {}
        for name, value in values.items():
            target = self._known[name] if name in self._known else self._find(name)
            if target is not None and fields.get(target) in (None, ""):
                fields[target] = value
        return fields

    def _find(self, name: str) -> str | None:
        plain = normalize(name)
        target = self._names.get(plain)
        if target is None and self._prefix and plain.startswith(self._prefix):
            target = plain
        self._known[name] = target
        return target


def read_mapping(path: Path, fields: Collection[str], prefix: str = "") -> FileMapping:
    """Read a mapping for a kind with these fields. Errors: Refusal import.mapping_malformed (key)."""
    if not path.is_file():
        raise FILE_MISSING(path=path.name)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MAPPING_MALFORMED(key=str(error)) from error
    _check_keys(given, _SETTINGS, "")
    options, rules = given.get("options", {}), given.get("fields")
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise MAPPING_MALFORMED(key="options")
    _check_keys(options, _OPTIONS, "options.")
    if not isinstance(rules, dict) or not rules:
        raise MAPPING_MALFORMED(key="fields")
    columns: set[str] = set()
    getters = {}
    for name, rule in rules.items():
        if name not in fields and not (prefix and name.startswith(prefix)):
            raise MAPPING_MALFORMED(key=f"fields.{name}")
        getters[name] = _getter(rule, f"fields.{name}", columns)
    return FileMapping(
        format=given.get("format"),
        items=str(given.get("items", "")),
        has_header=bool(given.get("header", True)),
        options=options,
        getters=getters,
        columns=frozenset(columns),
    )


def _check_keys(given: Mapping[str, Any], allowed: Collection[str], prefix: str) -> None:
    for key in given:
        if key not in allowed:
            raise MAPPING_MALFORMED(key=f"{prefix}{key}")


def _getter(rule: Any, key: str, columns: set[str]) -> Getter:
    if isinstance(rule, str):
        return _path(rule, columns)
    if not isinstance(rule, dict):
        raise MAPPING_MALFORMED(key=key)
    sources = [name for name in ("path", "first", "sum", "join", "template", "const") if name in rule]
    _check_keys(rule, {*sources, "default", "values", "separator"}, f"{key}.")
    if len(sources) != 1:
        raise MAPPING_MALFORMED(key=key)
    get = _source(sources[0], rule, key, columns)
    values, default = rule.get("values"), rule.get("default")
    if values is not None:
        if not isinstance(values, dict):
            raise MAPPING_MALFORMED(key=f"{key}.values")
        get = _with_values(get, values)
    return get if default is None else _with_default(get, default)


def _source(source: str, rule: Mapping[str, Any], key: str, columns: set[str]) -> Getter:
    given = rule[source]
    if source == "const":
        return lambda _: given
    if source in ("path", "template"):
        if not isinstance(given, str):
            raise MAPPING_MALFORMED(key=f"{key}.{source}")
        return _path(given, columns) if source == "path" else _template(given, key, columns)
    if not isinstance(given, list) or not given or not all(isinstance(path, str) for path in given):
        raise MAPPING_MALFORMED(key=f"{key}.{source}")
    paths = [_path(path, columns) for path in given]
    if source == "first":
        return lambda record: next((v for get in paths if (v := get(record)) not in (None, "")), None)
    if source == "sum":
        return lambda record: [get(record) for get in paths]
    separator = str(rule.get("separator", " "))
    return lambda record: separator.join(str(v) for get in paths if (v := get(record)) not in (None, ""))


def _path(path: str, columns: set[str]) -> Getter:
    """A name, or names and numbers with dots: `address.city`, `positions.0.lat`. A whole name goes first."""
    steps = path.split(".")
    columns |= {path, steps[0]}
    if len(steps) == 1:
        return lambda record: record.get(path)

    def get(record: Mapping[str, Any]) -> Any:
        value: Any = record
        if path in record:
            return record[path]
        for step in steps:
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value

    return get


def _template(text: str, key: str, columns: set[str]) -> Getter:
    """Text with {path} or {path|filter} in it; nothing when one of them is empty."""
    slots = [(_path(path, columns), name) for path, name in _SLOT.findall(text)]
    if not slots or any(name and name not in _FILTERS for _, name in slots):
        raise MAPPING_MALFORMED(key=f"{key}.template")
    pieces = _SLOT.sub("\0", text).split("\0")

    def get(record: Mapping[str, Any]) -> str | None:
        made = [pieces[0]]
        for (path, name), piece in zip(slots, pieces[1:], strict=True):
            value = path(record)
            if value in (None, ""):
                return None
            made += [_FILTERS[name](str(value)) if name else str(value), piece]
        return "".join(made)

    return get


def _with_values(get: Getter, values: Mapping[str, Any]) -> Getter:
    """Values found in the table are replaced; others stay."""

    def changed(record: Mapping[str, Any]) -> Any:
        value = get(record)
        return value if value is None else values.get(str(value), value)

    return changed


def _with_default(get: Getter, default: Any) -> Getter:
    def filled(record: Mapping[str, Any]) -> Any:
        value = get(record)
        return default if value in (None, "") else value

    return filled
