"""What a brand says about routing: what things cost, and how far it goes."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from highstreet.rooms.routing.errors import RULES_MALFORMED

MOST = 1_000_000_000
"""No rule is larger: sums over an order then stay far within 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRules:
    """Costs are in minor units of the brand's currency. They weigh one choice against another; nobody is charged them.

    parcel_minor      each place that serves, for packing and handing over
    km_minor          each kilometre from the place to the destination, as the crow flies
    late_hour_minor   each hour begun after the promise
    reject_minor      a piece that is not there after all, times the chance of it
    load_minor        a place whose hands are full; in proportion, one that is less busy
    split_minor       each place after the first
    income_bp         of what dealers miss against their contracts; 10,000 counts it whole
    handling_min      from being ready to having the parcel out
    km_min            each kilometre on the way
    reach_m           farther places do not serve; None: however far
    capacity          so many parcels a place has in hand at most, where nothing else is said
    latest_h          later than the promise by more hours is no way to keep it; 0: a promise is a promise
    """

    parcel_minor: int = 450
    km_minor: int = 35
    late_hour_minor: int = 250
    reject_minor: int = 1_500
    load_minor: int = 300
    split_minor: int = 600
    income_bp: int = 5_000
    handling_min: int = 60
    km_min: int = 3
    reach_m: int | None = None
    capacity: int = 30
    latest_h: int = 0

    def as_document(self) -> dict[str, Any]:
        """The form in which rules are kept."""
        return asdict(self)


DEFAULT_RULES = RouteRules()
_OPTIONAL = {"reach_m"}


def parse_rules(document: Any) -> RouteRules:
    """Read rules; what is left out is as by default. Errors: Refusal routing.rules_malformed (field)."""
    if not isinstance(document, dict):
        raise RULES_MALFORMED(field="rules")
    names = {one.name for one in fields(RouteRules)}
    for name, value in document.items():
        if name not in names:
            raise RULES_MALFORMED(field=str(name)[:40])
        if value is None and name in _OPTIONAL:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
            raise RULES_MALFORMED(field=name)
    return RouteRules(**document)
