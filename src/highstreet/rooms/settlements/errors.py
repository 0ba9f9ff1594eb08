"""How settlements refuse."""

from highstreet.kernel.errors import RefusalKind

NOT_OVER = RefusalKind("settlements.not_over", 409)
NOT_NEXT = RefusalKind("settlements.not_next", 409)
NOT_MADE = RefusalKind("settlements.not_made", 409)
ALREADY_PAID = RefusalKind("settlements.already_paid", 409)
NOT_OPEN = RefusalKind("settlements.not_open", 409)
NOTHING_DUE = RefusalKind("settlements.nothing_due", 409)
IBAN_WRONG = RefusalKind("settlements.iban_wrong", 422)
BIC_WRONG = RefusalKind("settlements.bic_wrong", 422)
NO_BANK_ACCOUNT = RefusalKind("settlements.no_bank_account", 409)
