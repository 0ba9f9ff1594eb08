"""How routing refuses."""

from highstreet.kernel.errors import RefusalKind

RULES_MALFORMED = RefusalKind("routing.rules_malformed", 422)
RULES_CHANGED = RefusalKind("routing.rules_changed", 409)
DECIDED_MEANWHILE = RefusalKind("routing.decided_meanwhile", 409)
