"""Where a place of business stands and when it is open (see README.md)."""

from highstreet.rooms.places.actions import put_sites
from highstreet.rooms.places.events import SitesPut
from highstreet.rooms.places.model import (
    DayHours,
    Hours,
    HoursSpan,
    MovedSite,
    NearSite,
    PutSites,
    Site,
    SiteRow,
    hours_of,
    is_open,
    next_change,
    week,
)
from highstreet.rooms.places.queries import sites_for, sites_near, zone_of

__all__ = [
    "DayHours",
    "Hours",
    "HoursSpan",
    "MovedSite",
    "NearSite",
    "PutSites",
    "Site",
    "SiteRow",
    "SitesPut",
    "hours_of",
    "is_open",
    "next_change",
    "put_sites",
    "sites_for",
    "sites_near",
    "week",
    "zone_of",
]
