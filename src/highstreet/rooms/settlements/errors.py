"""How settlements refuse."""

from highstreet.kernel.errors import RefusalKind

NOT_OVER = RefusalKind("settlements.not_over", 409)
NOT_NEXT = RefusalKind("settlements.not_next", 409)
