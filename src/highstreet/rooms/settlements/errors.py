"""How settlements refuse."""

from highstreet.kernel.errors import RefusalKind

NOT_OVER = RefusalKind("settlements.not_over", 409)
NOT_NEXT = RefusalKind("settlements.not_next", 409)
NOT_NEWEST = RefusalKind("settlements.not_newest", 409)
ALREADY_PAID = RefusalKind("settlements.already_paid", 409)
NOTHING_DUE = RefusalKind("settlements.nothing_due", 409)
NOT_OPEN = RefusalKind("settlements.not_open", 409)
