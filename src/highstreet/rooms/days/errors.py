"""How days refuse."""

from highstreet.kernel.errors import RefusalKind

ID_TAKEN = RefusalKind("days.id_taken", 409)
DAY_CLOSED = RefusalKind("days.day_closed", 409)
DAY_AHEAD = RefusalKind("days.day_ahead", 409)
NOT_CLEAR = RefusalKind("days.not_clear", 409)
NOT_REOPENABLE = RefusalKind("days.not_reopenable", 409)
COUNT_DIFFERS = RefusalKind("days.count_differs", 422)
SLIPS_UNCOUNTED = RefusalKind("days.slips_uncounted", 409)
MOVES_FULL = RefusalKind("days.moves_full", 409)
REASON_UNKNOWN = RefusalKind("days.reason_unknown", 422)
