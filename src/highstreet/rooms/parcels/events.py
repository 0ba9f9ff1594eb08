"""What parcels announce."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelMoved(Event):
    """A parcel is to be packed, was packed, is on its way, or came to nothing. It says nothing of the shopper."""

    name = "parcels.parcel_moved.v1"
    parcel_id: str
    sale_id: str
    state: str
