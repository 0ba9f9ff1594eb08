"""The ways `parties` refuses."""

from highstreet.kernel.errors import RefusalKind

TEXT_MALFORMED = RefusalKind("parties.text_malformed", 422)
CURRENCY_MALFORMED = RefusalKind("parties.currency_malformed", 422)
KIND_UNKNOWN = RefusalKind("parties.kind_unknown", 422)
ROWS_MALFORMED = RefusalKind("parties.rows_malformed", 422)
ROLE_UNKNOWN = RefusalKind("parties.role_unknown", 422)
BRAND_NOT_FOUND = RefusalKind("parties.brand_not_found", 404)
PARTY_NOT_FOUND = RefusalKind("parties.party_not_found", 404)
REGISTER_NOT_FOUND = RefusalKind("parties.register_not_found", 404)
PLACE_NOT_FOUND = RefusalKind("parties.place_not_found", 404)
SCOPE_NOT_FOUND = RefusalKind("parties.scope_not_found", 404)
ALREADY_THERE = RefusalKind("parties.already_there", 409)
PARTY_UNFIT = RefusalKind("parties.party_unfit", 409)
REF_TAKEN = RefusalKind("parties.ref_taken", 409)
