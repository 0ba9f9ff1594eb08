"""How the ledger refuses."""

from highstreet.kernel.errors import RefusalKind

SAME_ACCOUNT = RefusalKind("ledger.same_account", 422)
AMOUNT_NOT_POSITIVE = RefusalKind("ledger.amount_not_positive", 422)
ACCOUNTS_APART = RefusalKind("ledger.accounts_apart", 422)
