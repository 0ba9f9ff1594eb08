"""The ways the room `members` refuses."""

from highstreet.kernel.errors import RefusalKind

MEMBER_UNKNOWN = RefusalKind("members.unknown", 404)
ID_TAKEN = RefusalKind("members.id_taken", 409)
PURPOSE_UNKNOWN = RefusalKind("members.purpose_unknown", 422)
CODE_MALFORMED = RefusalKind("members.code_malformed", 422)
CODE_STALE = RefusalKind("members.code_stale", 409)
POINTS_EARNED_BEFORE = RefusalKind("members.points_earned_before", 409)
POINTS_NOT_REVERSIBLE = RefusalKind("members.points_not_reversible", 409)
POINTS_TOO_FEW = RefusalKind("members.points_too_few", 409)
POINTS_RULE_MALFORMED = RefusalKind("members.points_rule_malformed", 422)
