"""How tenders refuse."""

from highstreet.kernel.errors import RefusalKind

CASH_TOO_LITTLE = RefusalKind("tenders.cash_too_little", 422)
SUM_DIFFERS = RefusalKind("tenders.sum_differs", 422)
ID_TAKEN = RefusalKind("tenders.id_taken", 409)
NOT_FOUND = RefusalKind("tenders.not_found", 404)
NOT_REFUSED = RefusalKind("tenders.not_refused", 409)
REFUND_TOO_MUCH = RefusalKind("tenders.refund_too_much", 409)
NOTICE_FORGED = RefusalKind("tenders.notice_forged", 401)
NOTICE_MALFORMED = RefusalKind("tenders.notice_malformed", 422)
BILL_MALFORMED = RefusalKind("tenders.bill_malformed", 422)
BILL_NOT_READY = RefusalKind("tenders.bill_not_ready", 409)
RAIL_DOWN = RefusalKind("tenders.rail_down", 503)
QR_MALFORMED = RefusalKind("tenders.qr_malformed", 422)
