"""How the house says no: one exception type, and one documented kind for each stable code.

A room declares its kinds in its `errors.py` and raises what calling a kind returns:

    NOT_ENOUGH = RefusalKind("stock.not_enough", 409)
    raise NOT_ENOUGH(available=3)

Title and detail in each language stand in `locale/<locale>/errors*.ftl`; `kernel/web.py` turns a refusal into
an RFC 9457 problem. Facts are shown to the caller: put in nothing that is another person's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

JsonScalar = str | int | float | bool | None

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Refusal(Exception):
    """A lawful "no": a stable dotted `code`, an HTTP `status` and the `facts` that its text needs.

    The fact names `code`, `status` and `self` are taken. Survives pickling.
    """

    code: str
    status: int
    facts: dict[str, JsonScalar]
    was_outrun = False
    """Whether a rival may have taken, since it was read, what this was decided by: done again it may go well."""

    def __init__(self, code: str, status: int = 409, **facts: JsonScalar) -> None:
        super().__init__(code, status, facts)
        self.code = code
        self.status = status
        self.facts = facts

    def __str__(self) -> str:
        if not self.facts:
            return self.code
        return f"{self.code} ({', '.join(f'{name}={value!r}' for name, value in self.facts.items())})"

    def __repr__(self) -> str:
        return f"Refusal({self.code!r}, {self.status}, {self.facts!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_refusal, (self.code, self.status, self.facts)


def _rebuild_refusal(code: str, status: int, facts: dict[str, JsonScalar]) -> Refusal:
    return Refusal(code, status, **facts)


REFUSAL_KINDS: dict[str, RefusalKind] = {}
"""Every kind declared in the modules imported so far, by code."""


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One way to refuse. Declaring it registers it; calling it with facts makes the `Refusal` to raise.

    Errors: ValueError when the code is not dotted lower case, the status is not 400 to 599, or the same code
    was declared before with another status.
    """

    code: str
    status: int = 409

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"a refusal code is dotted lower case, like stock.not_enough: {self.code!r}")
        if not 400 <= self.status <= 599:
            raise ValueError(f"{self.code}: status {self.status} is not 400 to 599")
        known = REFUSAL_KINDS.setdefault(self.code, self)
        if known.status != self.status:
            raise ValueError(f"{self.code} is already declared with status {known.status}")

    def __call__(self, **facts: JsonScalar) -> Refusal:
        return Refusal(self.code, self.status, **facts)

    def outrun(self, **facts: JsonScalar) -> Refusal:
        """The same where something else might have been chosen, had the rival been seen: `kernel/db.py` asks again."""
        refusal = self(**facts)
        refusal.was_outrun = True
        return refusal


REQUEST_MALFORMED = RefusalKind("request.malformed", 422)
REQUEST_TOO_LARGE = RefusalKind("request.too_large", 413)
REQUEST_NOT_FOUND = RefusalKind("request.not_found", 404)
REQUEST_CONFLICT = RefusalKind("request.conflict", 409)
METHOD_NOT_ALLOWED = RefusalKind("method.not_allowed", 405)
MEDIA_UNSUPPORTED = RefusalKind("media.unsupported", 415)
CROSS_SITE = RefusalKind("request.cross_site", 403)
AUTH_REQUIRED = RefusalKind("auth.required", 401)
AUTH_FORBIDDEN = RefusalKind("auth.forbidden", 403)
AUTH_IN_TRAINING = RefusalKind("auth.in_training", 403)
RATE_LIMITED = RefusalKind("rate.limited", 429)
STREAM_TOO_MANY = RefusalKind("stream.too_many", 429)
BUSY_TRY_LATER = RefusalKind("busy.try_later", 503)
IDEMPOTENCY_MISMATCH = RefusalKind("idempotency.mismatch", 409)
INTERNAL_ERROR = RefusalKind("internal.error", 500)
