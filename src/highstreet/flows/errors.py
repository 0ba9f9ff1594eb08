"""Refusals that belong to a story rather than to one room."""

from highstreet.kernel.errors import RefusalKind

REGISTER_UNKNOWN = RefusalKind("sale.register_unknown", 404)
GOODS_UNKNOWN = RefusalKind("sale.goods_unknown", 404)
MEMBER_UNKNOWN = RefusalKind("sale.member_unknown", 404)
COUPON_UNUSABLE = RefusalKind("sale.coupon_unusable", 409)
OUT_OF_STOCK = RefusalKind("sale.out_of_stock", 409)
RAIL_OFF = RefusalKind("sale.rail_off", 409)
NOTHING_DUE = RefusalKind("sale.nothing_due", 409)
MEMBER_NEEDED = RefusalKind("sale.member_needed", 409)
NEEDS_HOLD = RefusalKind("sale.needs_hold", 409)
NEEDS_APPROVAL = RefusalKind("sale.needs_approval", 409)
"""All are about a sale at a register."""
OWN_ACCESS = RefusalKind("office.own_access", 409)
"""Nobody takes away their own role, or ends their own work."""
FIRST_LOGIN_ENDING = RefusalKind("office.first_login_ending", 422)
LOGIN_ENDING = RefusalKind("office.login_ending", 422)
"""A brand gives out no logins that read as another's."""
