"""How settlements refuse."""

from highstreet.kernel.errors import RefusalKind

NOT_OVER = RefusalKind("settlements.not_over", 409)
NOT_NEXT = RefusalKind("settlements.not_next", 409)
NOT_NEWEST = RefusalKind("settlements.not_newest", 409)
ALREADY_PAID = RefusalKind("settlements.already_paid", 409)
NOTHING_DUE = RefusalKind("settlements.nothing_due", 409)
ACCOUNT_MALFORMED = RefusalKind("settlements.account_malformed", 422)
NO_ACCOUNT = RefusalKind("settlements.no_account", 409)
NO_FILE = RefusalKind("settlements.no_file", 409)
DISPUTE_OVER = RefusalKind("settlements.dispute_over", 409)
TOO_MANY_DISPUTES = RefusalKind("settlements.too_many_disputes", 409)
NOT_OPEN = RefusalKind("settlements.not_open", 409)
