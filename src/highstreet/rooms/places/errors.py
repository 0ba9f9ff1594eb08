"""How the places room refuses."""

from highstreet.kernel.errors import RefusalKind

HOURS_MALFORMED = RefusalKind("places.hours_malformed", 422)
TIME_ZONE_UNKNOWN = RefusalKind("places.time_zone_unknown", 422)
COUNTRY_MALFORMED = RefusalKind("places.country_malformed", 422)
PUT_TWICE = RefusalKind("places.put_twice", 422)
PLACE_UNKNOWN = RefusalKind("places.place_unknown", 404)
