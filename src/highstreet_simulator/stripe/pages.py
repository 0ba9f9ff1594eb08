"""Lists: newest first, by `limit`, `starting_after` and `created` (docs.stripe.com/api/pagination)."""

from typing import Any

from highstreet_simulator.provider.core import Call
from highstreet_simulator.provider.store import Row, Tx
from highstreet_simulator.stripe.forms import int_of, refuse

_SIGNS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


def list_newest(
    tx: Tx, call: Call, select: str, where: str, values: list[Any], *, created: str, id_: str
) -> tuple[list[Row], bool]:
    """A page of rows, and whether there are more. `created` and `id_` are SQL expressions of this folder."""
    params = call.asked
    limit = int_of(params, "limit") or 10
    if not 1 <= limit <= 100:
        raise refuse(400, "limit must be between 1 and 100.", param="limit")
    asked = params.get("created") or {}
    bounds = asked if isinstance(asked, dict) else {"gte": asked, "lte": asked}
    for name in bounds:
        if name not in _SIGNS:
            raise refuse(400, f"Received unknown parameter: created[{name}]", code="parameter_unknown")
        where += f" AND {created} {_SIGNS[name]} ?"
        values = [*values, int_of(bounds, name)]
    rows = tx.execute(f"{select} WHERE {where} ORDER BY {created} DESC, {id_} DESC", values).fetchall()
    after = params.get("starting_after")
    if after:
        ids = [str(row[0]) for row in rows]
        if after not in ids:
            raise refuse(400, f"No such object: '{after}'", code="resource_missing", param="starting_after")
        rows = rows[ids.index(str(after)) + 1 :]
    return rows[:limit], len(rows) > limit
