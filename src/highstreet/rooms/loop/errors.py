"""The ways the room `loop` refuses."""

from highstreet.kernel.errors import RefusalKind

CODE_UNKNOWN = RefusalKind("loop.code_unknown", 404)
SLUG_TAKEN = RefusalKind("loop.slug_taken", 409)
SLUG_FIXED = RefusalKind("loop.slug_fixed", 409)
SLUG_MALFORMED = RefusalKind("loop.slug_malformed", 422)
KIND_UNKNOWN = RefusalKind("loop.kind_unknown", 422)
CREDIT_GIVEN_BEFORE = RefusalKind("loop.credit_given_before", 409)
CREDIT_NOT_REVERSIBLE = RefusalKind("loop.credit_not_reversible", 409)
