"""How sales refuse."""

from highstreet.kernel.errors import RefusalKind

BASKET_MALFORMED = RefusalKind("sales.basket_malformed", 422)
SALE_UNKNOWN = RefusalKind("sales.sale_unknown", 404)
NOT_OPEN = RefusalKind("sales.not_open", 409)
NOT_PAID = RefusalKind("sales.not_paid", 409)
RETURN_TOO_MUCH = RefusalKind("sales.return_too_much", 409)
RETURN_TOO_LATE = RefusalKind("sales.return_too_late", 409)
ALLOWANCE_TOO_MUCH = RefusalKind("sales.allowance_too_much", 409)
NO_ORDERS = RefusalKind("sales.no_orders", 409)
ORDER_TOO_LARGE = RefusalKind("sales.order_too_large", 422)
TOO_MANY_ORDERS = RefusalKind("sales.too_many_orders", 409)
TOTAL_CHANGED = RefusalKind("sales.total_changed", 409)
CURRENCY_DIFFERS = RefusalKind("sales.currency_differs", 422)
ID_TAKEN = RefusalKind("sales.id_taken", 409)
PART_TOO_MUCH = RefusalKind("sales.part_too_much", 409)
TOO_MANY_PARTS = RefusalKind("sales.too_many_parts", 409)
CASH_ELSEWHERE = RefusalKind("sales.cash_elsewhere", 409)
