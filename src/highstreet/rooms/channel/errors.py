"""How the channel refuses."""

from highstreet.kernel.errors import RefusalKind

NO_CONTRACT = RefusalKind("channel.no_contract", 409)
TERMS_MALFORMED = RefusalKind("channel.terms_malformed", 422)
PERIOD_OVERLAPS = RefusalKind("channel.period_overlaps", 409)
