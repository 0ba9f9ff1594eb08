"""Words and rules of parcels: from paid to on its way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from highstreet.kernel.geo import Point
from highstreet.rooms.parcels.errors import PICK_MALFORMED


class ParcelState(StrEnum):
    """`waiting` for the payment, `queued` to be packed, `picked`, `sent`; `ended`: nothing of it is sent."""

    WAITING = "waiting"
    QUEUED = "queued"
    PICKED = "picked"
    SENT = "sent"
    ENDED = "ended"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done with it."""
        return self in (ParcelState.WAITING, ParcelState.QUEUED, ParcelState.PICKED)


class DeliveryState(StrEnum):
    """Of all parcels of an order. `ended`: it was given up."""

    WAITING = "waiting"
    PACKING = "packing"
    SENT = "sent"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Address:
    """To whom and where. `point` is where that is (WGS-84), if the shopper said so."""

    name: str
    phone: str
    street: str
    postcode: str
    city: str
    note: str = ""
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """A line of the sale in a parcel. `missing` pieces were not there; `moved_to`: another parcel brings it."""

    line_no: int
    variant_id: str
    owner_party_id: str
    quantity: int
    missing: int = 0
    moved_to: str | None = None

    @property
    def packed(self) -> int:
        """Pieces that go out in this parcel."""
        return 0 if self.moved_to else self.quantity - self.missing

    @property
    def lost(self) -> int:
        """Pieces that nobody brings."""
        return 0 if self.moved_to else self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one place packs for an order."""

    brand_id: str
    id: str
    sale_id: str
    place_id: str
    operator_party_id: str
    state: ParcelState
    lines: tuple[ParcelLine, ...]
    made_at: datetime
    queued_at: datetime | None = None
    picked_at: datetime | None = None
    sent_at: datetime | None = None
    carrier: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An order that is brought to the shopper."""

    brand_id: str
    sale_id: str
    state: DeliveryState
    promised_by: datetime
    opened_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParcelStep:
    """One thing that was done with a parcel."""

    state: ParcelState
    note: str
    by_id: str | None
    at: datetime


def check_missing(parcel: Parcel, missing: dict[int, int], reason: str) -> None:
    """Errors: Refusal parcels.pick_malformed (field) for a line that is not in it, too many pieces, or no reason."""
    lines = {line.line_no: line for line in parcel.lines if line.moved_to is None}
    for line_no, pieces in missing.items():
        if line_no not in lines or not 0 <= pieces <= lines[line_no].quantity:
            raise PICK_MALFORMED(field="missing")
    if any(missing.values()) and not reason:
        raise PICK_MALFORMED(field="reason")
