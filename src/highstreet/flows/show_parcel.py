"""A parcel as who packs it sees it: what, how many, for whom, and why it is served from here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parcels import (
    PARCEL_UNKNOWN,
    Address,
    Delivery,
    Parcel,
    ParcelLine,
    ParcelState,
    ParcelStep,
    address_of,
    delivery_of,
    parcel_by_id,
    parcels_to_pack,
    steps_of_parcel,
)
from highstreet.rooms.parties import PlaceOfBusiness, places_of_brand
from highstreet.rooms.places import zone_of
from highstreet.rooms.sales import Sale, SaleLine, sales_for

MOST = 200


@dataclass(frozen=True, slots=True)
class ShownParcel:
    """A parcel with its lines' names, its order, and to whom it goes; the address only while it is needed."""

    parcel: Parcel
    lines: tuple[tuple[ParcelLine, SaleLine], ...]
    sale: Sale
    place: PlaceOfBusiness | None
    time_zone: str
    delivery: Delivery
    address: Address | None

    @property
    def pieces(self) -> int:
        """How many are to be packed, or were."""
        return sum(line.packed for line, _ in self.lines)


@dataclass(frozen=True, slots=True)
class ParcelStory:
    """What was done with it, and by whom."""

    step: ParcelStep
    who: str


def show_parcel(reader: Reader, brand_id: str, parcel_id: str) -> ShownParcel:
    """Errors: Refusal parcels.unknown."""
    parcel = parcel_by_id(reader, brand_id, parcel_id)
    if parcel is None:
        raise PARCEL_UNKNOWN()
    return _shown(reader, brand_id, [parcel])[0]


def show_parcels(
    reader: Reader, brand_id: str, scopes: Collection[str], states: Sequence[ParcelState]
) -> list[ShownParcel]:
    """What waits in these states, the oldest first; of the whole brand, or of these parties and places."""
    return _shown(reader, brand_id, parcels_to_pack(reader, brand_id, scopes, states, MOST))


def story_of(reader: Reader, brand_id: str, parcel_id: str) -> list[ParcelStory]:
    """The oldest first; nobody's name for what the shopper did."""
    names = {one.id: one.name for one in staff_of_brand(reader, brand_id)}
    steps = steps_of_parcel(reader, brand_id, parcel_id)
    return [ParcelStory(step, names.get(step.by_id or "", "")) for step in steps]


def is_late(shown: ShownParcel, now: datetime) -> bool:
    """Whether it should have been on its way by now."""
    return shown.parcel.state.is_open and shown.delivery.promised_by < now


def _shown(reader: Reader, brand_id: str, parcels: Sequence[Parcel]) -> list[ShownParcel]:
    sales = sales_for(reader, {(brand_id, one.sale_id) for one in parcels})
    places = {one.id: one for one in places_of_brand(reader, brand_id)} if parcels else {}
    found = []
    for parcel in parcels:
        sale = sales[brand_id, parcel.sale_id]
        lines = {line.line_no: line for line in sale.lines}
        delivery = delivery_of(reader, brand_id, parcel.sale_id)
        if delivery is None:
            continue
        # Who has sent it, or never has to, need not know where somebody lives.
        is_needed = parcel.state in (ParcelState.QUEUED, ParcelState.PICKED)
        found.append(
            ShownParcel(
                parcel,
                tuple((line, lines[line.line_no]) for line in parcel.lines),
                sale,
                places.get(parcel.place_id),
                zone_of(reader, brand_id, parcel.place_id),
                delivery,
                address_of(reader, brand_id, parcel.sale_id) if is_needed else None,
            )
        )
    return found
