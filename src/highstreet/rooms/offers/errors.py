"""How offers refuse. None of them says whose coupon it is."""

from highstreet.kernel.errors import RefusalKind

TERMS_MALFORMED = RefusalKind("offers.terms_malformed", 422)
OFFER_NOT_FOUND = RefusalKind("offers.offer_not_found", 404)
OFFER_EXISTS = RefusalKind("offers.offer_exists", 409)
NEEDS_NO_COUPON = RefusalKind("offers.needs_no_coupon", 409)
CODE_TAKEN = RefusalKind("offers.code_taken", 409)
COUPON_EXISTS = RefusalKind("offers.coupon_exists", 409)

NOT_RUNNING = RefusalKind("offers.not_running", 409)
CLAIMED_OUT = RefusalKind("offers.claimed_out", 409)
PERSON_LIMIT = RefusalKind("offers.person_limit", 409)

COUPON_USED_UP = RefusalKind("offers.coupon_used_up", 409)
COUPON_IN_SALE = RefusalKind("offers.coupon_in_sale", 409)
BUDGET_SPENT = RefusalKind("offers.budget_spent", 409)
RETURN_BEYOND_USE = RefusalKind("offers.return_beyond_use", 409)
REDEMPTION_CHANGED = RefusalKind("offers.redemption_changed", 409)
