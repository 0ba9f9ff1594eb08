"""How a register's journal is refused."""

from highstreet.kernel.errors import RefusalKind

JOURNAL_GAP = RefusalKind("registers.journal_gap", 409)
JOURNAL_FORKED = RefusalKind("registers.journal_forked", 409)
JOURNAL_UNKNOWN = RefusalKind("registers.journal_unknown", 404)
ENTRY_MALFORMED = RefusalKind("registers.entry_malformed", 422)
SOLD_WITH_DIFFERENCE = RefusalKind("registers.sold_with_difference", 409)
"""Refuses nothing: it is the problem that stands beside the receipt of such a sale."""
ALREADY_SEEN = RefusalKind("registers.already_seen", 409)
