"""How tenders refuse."""

from highstreet.kernel.errors import RefusalKind

CASH_TOO_LITTLE = RefusalKind("tenders.cash_too_little", 422)
SUM_DIFFERS = RefusalKind("tenders.sum_differs", 422)
ID_TAKEN = RefusalKind("tenders.id_taken", 409)
NOT_FOUND = RefusalKind("tenders.not_found", 404)
REFUND_TOO_MUCH = RefusalKind("tenders.refund_too_much", 409)
NOTICE_FORGED = RefusalKind("tenders.notice_forged", 401)
NOTICE_MALFORMED = RefusalKind("tenders.notice_malformed", 422)
BILL_MALFORMED = RefusalKind("tenders.bill_malformed", 422)
BILL_NOT_READY = RefusalKind("tenders.bill_not_ready", 409)
RAIL_DOWN = RefusalKind("tenders.rail_down", 503)
QR_MALFORMED = RefusalKind("tenders.qr_malformed", 422)
SLIP_USED = RefusalKind("tenders.slip_used", 409)
SLIP_MISSING = RefusalKind("tenders.slip_missing", 422)
CARD_UNKNOWN = RefusalKind("tenders.card_unknown", 404)
"""Also for a card that is blocked, or another brand's: whoever guesses learns nothing."""
CARD_EXPIRED = RefusalKind("tenders.card_expired", 409)
CARD_TOO_LITTLE = RefusalKind("tenders.card_too_little", 409)
OVER_LIMIT = RefusalKind("tenders.over_limit", 409)
UNDER_MINIMUM = RefusalKind("tenders.under_minimum", 409)
RULES_MALFORMED = RefusalKind("tenders.rules_malformed", 422)
CLEARED_ALREADY = RefusalKind("tenders.cleared_already", 409)
BILL_OTHER_DAY = RefusalKind("tenders.bill_other_day", 422)
BILL_FILE_UNKNOWN = RefusalKind("tenders.bill_file_unknown", 422)
STATEMENT_MALFORMED = RefusalKind("tenders.statement_malformed", 422)
STATEMENT_COLUMNS = RefusalKind("tenders.statement_columns", 422)
