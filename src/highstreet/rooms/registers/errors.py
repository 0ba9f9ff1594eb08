"""How a register's journal, its clerks and their approvals are refused."""

from highstreet.kernel.errors import RefusalKind

JOURNAL_GAP = RefusalKind("registers.journal_gap", 409)
JOURNAL_FORKED = RefusalKind("registers.journal_forked", 409)
JOURNAL_UNKNOWN = RefusalKind("registers.journal_unknown", 404)
ENTRY_MALFORMED = RefusalKind("registers.entry_malformed", 422)
CHARGED_FAR_OFF = RefusalKind("registers.charged_far_off", 409)
SOLD_WITH_DIFFERENCE = RefusalKind("registers.sold_with_difference", 409)
"""Refuses nothing: it is the problem that stands beside the receipt of such a sale."""
ALREADY_SEEN = RefusalKind("registers.already_seen", 409)
CLERK_GONE = RefusalKind("registers.clerk_gone", 409)
"""Who was signed in at the register is not any more, or may not sell here."""
NOT_APPROVER = RefusalKind("registers.not_approver", 403)
APPROVAL_UNUSABLE = RefusalKind("registers.approval_unusable", 409)
