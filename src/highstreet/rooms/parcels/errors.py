"""How parcels refuse."""

from highstreet.kernel.errors import RefusalKind

PARCEL_UNKNOWN = RefusalKind("parcels.unknown", 404)
PARCEL_MOVED_ON = RefusalKind("parcels.moved_on", 409)
PARCEL_EMPTY = RefusalKind("parcels.empty", 409)
PICK_MALFORMED = RefusalKind("parcels.pick_malformed", 422)
NO_DELIVERY = RefusalKind("parcels.no_delivery", 409)
NOBODY_SERVES = RefusalKind("parcels.nobody_serves", 409)
ON_ITS_WAY = RefusalKind("parcels.on_its_way", 409)
