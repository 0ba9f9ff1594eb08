"""The ways `identity` refuses."""

from highstreet.kernel.errors import RefusalKind

PHONE_MALFORMED = RefusalKind("identity.phone_malformed", 422)
LOGIN_MALFORMED = RefusalKind("identity.login_malformed", 422)
NAME_MALFORMED = RefusalKind("identity.name_malformed", 422)
PASSWORD_WEAK = RefusalKind("identity.password_weak", 422)
PIN_MALFORMED = RefusalKind("identity.pin_malformed", 422)
PIN_WRONG = RefusalKind("identity.pin_wrong", 403)
PIN_LOCKED = RefusalKind("identity.pin_locked", 409)
LOCALE_UNKNOWN = RefusalKind("identity.locale_unknown", 422)
CODE_TOO_SOON = RefusalKind("identity.code_too_soon", 429)
CODE_WRONG = RefusalKind("identity.code_wrong", 401)
LOGIN_WRONG = RefusalKind("identity.login_wrong", 401)
PAIRING_WRONG = RefusalKind("identity.pairing_wrong", 401)
LOGIN_TAKEN = RefusalKind("identity.login_taken", 409)
ALREADY_THERE = RefusalKind("identity.already_there", 409)
STAFF_NOT_FOUND = RefusalKind("identity.staff_not_found", 404)
