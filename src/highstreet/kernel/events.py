"""Facts that rooms announce. A room's `events.py` subclasses `Event`; `tx.announce` puts it in the outbox.

An event's name ends in its version (`offers.coupon_redeemed.v1`); its fields never change meaning. An
event that must change gets the next version and both are announced until nobody reads the old one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

EVENTS: dict[str, "type[Event]"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A past fact. `brand_id`, `place_id` and `person_id` say whose live streams carry it."""

    name: ClassVar[str] = ""
    at: datetime
    brand_id: str | None = None
    place_id: str | None = None
    person_id: str | None = None

    def __init_subclass__(cls) -> None:
        # dataclass(slots=True) makes the class twice; the second, final one stays registered.
        EVENTS[cls.name] = cls
