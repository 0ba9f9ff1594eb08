"""Writes of deliveries and parcels: each step once, by one guarded statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.parcels.errors import ON_ITS_WAY, PARCEL_MOVED_ON
from highstreet.rooms.parcels.events import ParcelMoved
from highstreet.rooms.parcels.model import Address, Delivery, DeliveryState, Parcel, ParcelState
from highstreet.rooms.parcels.queries import delivery_of, parcels_of_sale
from highstreet.rooms.parcels.tables import delivery, delivery_address, parcel, parcel_line, parcel_step

_d, _p, _l = delivery.c, parcel.c, parcel_line.c


@dataclass(frozen=True, slots=True)
class OpenDelivery:
    """An order that is to be brought, in these parcels."""

    delivery: Delivery
    address: Address
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class StepParcel:
    """A parcel goes on from one of `before` to `to`. `by_id` None: the shopper did it."""

    brand_id: str
    parcel_id: str
    before: tuple[ParcelState, ...]
    to: ParcelState
    by_id: str | None
    at: datetime
    note: str = ""
    carrier: str = ""
    tracking: str = ""


def open_delivery(tx: Tx, command: OpenDelivery) -> None:
    """Write a new order's delivery."""
    one, to = command.delivery, command.address
    key = {"brand_id": one.brand_id, "sale_id": one.sale_id}
    times = {"promised_by": one.promised_by, "opened_at": one.opened_at}
    tx.insert_many(delivery, [{**key, "state": one.state.value, **times}])
    spot = {"lat": to.point.lat if to.point else None, "lon": to.point.lon if to.point else None}
    names = ("name", "phone", "street", "postcode", "city", "note")
    tx.insert_many(delivery_address, [{**key, **{name: getattr(to, name) for name in names}, **spot}])
    add_parcels(tx, command.parcels)


def add_parcels(tx: Tx, parcels: Sequence[Parcel]) -> None:
    """Further parcels of a delivery."""
    names = ("brand_id", "id", "sale_id", "place_id", "operator_party_id", "made_at", "queued_at")
    heads = [{**{name: getattr(one, name) for name in names}, "state": one.state.value} for one in parcels]
    tx.insert_many(parcel, heads)
    tx.insert_many(
        parcel_line,
        [
            {
                "brand_id": one.brand_id,
                "parcel_id": one.id,
                "line_no": line.line_no,
                "variant_id": line.variant_id,
                "owner_party_id": line.owner_party_id,
                "quantity": line.quantity,
            }
            for one in parcels
            for line in one.lines
        ],
    )
    for one in parcels:
        _note(tx, one, one.state, None, "", one.made_at)


def start_packing(tx: Tx, brand_id: str, sale_id: str, at: datetime) -> bool:
    """It is paid: its parcels are to be packed. False for a sale that is not delivered."""
    begun = tx.run(
        update(delivery)
        .where(_d.brand_id == brand_id, _d.sale_id == sale_id, _d.state == DeliveryState.WAITING.value)
        .values(state=DeliveryState.PACKING.value)
    )
    if begun.rowcount != 1:
        return delivery_of(tx, brand_id, sale_id) is not None
    for one in parcels_of_sale(tx, brand_id, sale_id):
        step_parcel(
            tx, one, StepParcel(brand_id, one.id, (ParcelState.WAITING,), ParcelState.QUEUED, None, at)
        )
    return True


_WHEN = {ParcelState.QUEUED: "queued_at", ParcelState.PICKED: "picked_at", ParcelState.SENT: "sent_at"}


def step_parcel(tx: Tx, one: Parcel, command: StepParcel) -> None:
    """Errors: Refusal parcels.moved_on when it is in another state by now."""
    when = {_WHEN[command.to]: command.at} if command.to in _WHEN else {}
    sent = (
        {"carrier": command.carrier, "tracking": command.tracking} if command.to is ParcelState.SENT else {}
    )
    changed = tx.run(
        update(parcel)
        .where(_p.brand_id == command.brand_id, _p.id == command.parcel_id)
        .where(_p.state.in_([state.value for state in command.before]))
        .values(state=command.to.value, **when, **sent)
    )
    if changed.rowcount != 1:
        raise PARCEL_MOVED_ON()
    _note(tx, one, command.to, command.by_id, command.note, command.at)


def note_missing(tx: Tx, one: Parcel, line_no: int, missing: int) -> None:
    """So many pieces of a line were not there."""
    _change_line(tx, one, line_no, missing=missing)


def move_line(tx: Tx, one: Parcel, line_no: int, moved_to: str) -> None:
    """Another parcel brings this line."""
    _change_line(tx, one, line_no, moved_to=moved_to)


def end_delivery(tx: Tx, brand_id: str, sale_id: str, at: datetime, *, is_sent: bool) -> None:
    """Nothing is left to be done. Errors: Refusal parcels.on_its_way when it is given up and a parcel was sent."""
    parcels = parcels_of_sale(tx, brand_id, sale_id)
    if not is_sent and any(one.state is ParcelState.SENT for one in parcels):
        raise ON_ITS_WAY()
    state = DeliveryState.SENT if is_sent else DeliveryState.ENDED
    tx.run(
        update(delivery)
        .where(_d.brand_id == brand_id, _d.sale_id == sale_id, _d.ended_at.is_(None))
        .values(state=state.value, ended_at=at)
    )
    for one in parcels:
        if one.state.is_open:
            step_parcel(tx, one, StepParcel(brand_id, one.id, (one.state,), ParcelState.ENDED, None, at))


def forget_addresses(tx: Tx, keys: Collection[tuple[str, str]]) -> int:
    """Take away to whom these (brand, sale) went, and where; how many there were."""
    a, gone = delivery_address.c, 0
    for brand_id, sale_id in sorted(keys):
        gone += tx.run(delete(delivery_address).where(a.brand_id == brand_id, a.sale_id == sale_id)).rowcount
    return gone


KEPT = timedelta(days=30)
"""So long after a delivery ended it may still be asked where it went."""


def forget_old_addresses(tx: Tx, now: datetime) -> int:
    """Take away where deliveries went that ended long enough ago; how many there were."""
    a = delivery_address.c
    is_over = (
        select(_d.sale_id)
        .where(_d.brand_id == a.brand_id, _d.sale_id == a.sale_id, _d.ended_at <= now - KEPT)
        .exists()
    )
    return tx.run(delete(delivery_address).where(is_over)).rowcount


def _change_line(tx: Tx, one: Parcel, line_no: int, **values: object) -> None:
    tx.run(
        update(parcel_line)
        .where(_l.brand_id == one.brand_id, _l.parcel_id == one.id, _l.line_no == line_no)
        .values(**values)
    )


def _note(tx: Tx, one: Parcel, state: ParcelState, by_id: str | None, note: str, at: datetime) -> None:
    row = {"brand_id": one.brand_id, "parcel_id": one.id, "state": state.value}
    tx.insert_many(parcel_step, [{**row, "note": note, "by_id": by_id, "at": at}])
    tx.announce(
        ParcelMoved(
            at=at,
            brand_id=one.brand_id,
            place_id=one.place_id,
            parcel_id=one.id,
            sale_id=one.sale_id,
            state=state.value,
        )
    )
