"""What the places room announces."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesPut(Event):
    """Positions or hours of places were written: of `place_id`, or of several of the brand when it is None."""

    name: ClassVar[str] = "places.sites_put.v1"
    sites: int
    moved: int
