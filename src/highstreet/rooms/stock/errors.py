"""How the stock room refuses."""

from highstreet.kernel.errors import RefusalKind

NOT_ENOUGH = RefusalKind("stock.not_enough", 409)
NOT_RESERVED = RefusalKind("stock.not_reserved", 409)
COUNT_BELOW_RESERVED = RefusalKind("stock.count_below_reserved", 409)
COUNTED_TWICE = RefusalKind("stock.counted_twice", 422)
BELOW_RESERVED = RefusalKind("stock.below_reserved", 409)
LEVEL_IMPOSSIBLE = RefusalKind("stock.level_impossible", 409)
REASON_UNFIT = RefusalKind("stock.reason_unfit", 422)
NOT_ENOUGH_TO_SEND = RefusalKind("stock.not_enough_to_send", 409)
TRANSFER_CLOSED = RefusalKind("stock.transfer_closed", 409)
TRANSFER_STARTED = RefusalKind("stock.transfer_started", 409)
TRANSFER_TOO_MANY = RefusalKind("stock.transfer_too_many", 409)
OTHER_OPERATOR = RefusalKind("stock.other_operator", 409)
