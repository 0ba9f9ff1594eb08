"""The ways `training` refuses."""

from highstreet.kernel.errors import RefusalKind

SALE_UNKNOWN = RefusalKind("training.sale_unknown", 404)
NOT_OPEN = RefusalKind("training.not_open", 409)
