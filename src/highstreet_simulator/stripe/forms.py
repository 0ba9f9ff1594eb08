"""Stripe's requests: form encoding with nested brackets, and what may be read from it.

Source: docs.stripe.com/api (form-encoded bodies); stripe-python `_encode.py` (`a[b]=c`, `a[0][b]=c`, `a[]=b`).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from highstreet_simulator.provider.errors import ProviderRefusal

Json = dict[str, Any]
MAX_DEPTH = 6


def refuse(
    status: int,
    message: str,
    *,
    type_: str = "invalid_request_error",
    code: str = "",
    param: str = "",
    **more: Any,
) -> ProviderRefusal:
    """A refusal in Stripe's words (docs.stripe.com/api/errors); `code` and `param` only where Stripe has one."""
    facts = {name: value for name, value in (("param", param), ("type", type_)) if value}
    return ProviderRefusal(status, code, message, **facts, **more)


def missing(kind: str, id_: str, *, status: int = 404, param: str = "id") -> ProviderRefusal:
    """No such object: 404 for one in the path, 400 for one among the parameters."""
    return refuse(status, f"No such {kind}: '{id_}'", code="resource_missing", param=param)


def read_form(text: str) -> Json:
    """`a[b][0][c]=d` as nested dicts and lists; raises a 400 refusal for what cannot be nested so."""
    tree: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=500):
        head, *rest = name.replace("]", "").split("[")
        path = [head, *rest]
        if not head or len(path) > MAX_DEPTH:
            raise refuse(400, f"Invalid parameter name: {name[:80]}", code="parameter_unknown")
        _put(tree, path, value, name)
    nested = _listed(tree)
    return nested if isinstance(nested, dict) else {}


def _put(tree: Json, path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise refuse(400, f"Invalid parameter: {name[:80]}", param=name[:80])
    last = path[-1]
    tree[str(len(tree)) if last == "" else last] = value


def _listed(value: Any) -> Any:
    """Dicts whose names are 0, 1, 2, ... are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(part.isdigit() for part in value):
        return [_listed(value[part]) for part in sorted(value, key=int)]
    return {part: _listed(inner) for part, inner in value.items()}


def text_of(params: Mapping[str, Any], name: str, *, max_length: int = 500) -> str | None:
    """A text parameter, or None when there is none."""
    value = params.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value) > max_length:
        raise refuse(400, f"Invalid string: {name}", param=name)
    return value


def need_text(params: Mapping[str, Any], name: str) -> str:
    """A text parameter that must be there."""
    value = text_of(params, name)
    if value is None:
        raise refuse(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return value


def int_of(params: Mapping[str, Any], name: str) -> int | None:
    """A whole number, or None when there is none."""
    value = params.get(name)
    if value in (None, ""):
        return None
    if (
        not isinstance(value, str)
        or not value.isascii()
        or not value.lstrip("-").isdigit()
        or len(value) > 15
    ):
        raise refuse(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def need_int(params: Mapping[str, Any], name: str) -> int:
    """A whole number that must be there."""
    value = int_of(params, name)
    if value is None:
        raise refuse(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return value


def dict_of(params: Mapping[str, Any], name: str) -> Json:
    """A nested parameter; empty when there is none."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise refuse(400, f"Invalid object: {name}", param=name)
    return value


def list_of(params: Mapping[str, Any], name: str) -> list[Any]:
    """A repeated parameter; empty when there is none."""
    value = params.get(name) or []
    if not isinstance(value, list):
        raise refuse(400, f"Invalid array: {name}", param=name)
    return value


def metadata_of(params: Mapping[str, Any], name: str = "metadata") -> dict[str, str]:
    """Metadata: at most 50 keys of 40 characters, values of 500 (docs.stripe.com/api/metadata)."""
    found = dict_of(params, name)
    if len(found) > 50 or any(
        len(key) > 40 or not isinstance(value, str) or len(value) > 500 for key, value in found.items()
    ):
        raise refuse(400, "Metadata can have up to 50 keys of 40 and values of 500 characters.", param=name)
    return found


def expand_of(params: Mapping[str, Any]) -> frozenset[str]:
    """What to show whole instead of by its id (docs.stripe.com/api/expanding_objects: four levels)."""
    names = frozenset(str(name) for name in list_of(params, "expand"))
    if any(name.count(".") > 3 for name in names):
        raise refuse(400, "You cannot expand more than 4 levels of a property.", param="expand")
    return names


def under(expand: frozenset[str], name: str) -> frozenset[str]:
    """What to expand within `name`."""
    return frozenset(part.removeprefix(f"{name}.") for part in expand if part.startswith(f"{name}."))


def wants(expand: frozenset[str], name: str) -> bool:
    """Whether `name` is to be shown whole."""
    return any(part == name or part.startswith(f"{name}.") for part in expand)
