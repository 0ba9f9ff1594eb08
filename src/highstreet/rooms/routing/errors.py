"""How routing refuses."""

from highstreet.kernel.errors import RefusalKind

RULES_MALFORMED = RefusalKind("routing.rules_malformed", 422)
