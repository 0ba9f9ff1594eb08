"""How the channel refuses."""

from highstreet.kernel.errors import RefusalKind

NO_CONTRACT = RefusalKind("channel.no_contract", 409)
TERMS_MALFORMED = RefusalKind("channel.terms_malformed", 422)
PERIOD_OVERLAPS = RefusalKind("channel.period_overlaps", 409)
NOT_PROPOSED = RefusalKind("channel.not_proposed", 409)
TERMS_CHANGED = RefusalKind("channel.terms_changed", 409)
NOT_IN_FORCE = RefusalKind("channel.not_in_force", 409)
PARITY_BROKEN = RefusalKind("channel.parity_broken", 409)
CASE_NOT_WAITING = RefusalKind("channel.case_not_waiting", 409)
