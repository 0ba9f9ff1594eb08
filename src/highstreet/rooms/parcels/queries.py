"""Reads of deliveries and parcels."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select

from highstreet.kernel.geo import Point
from highstreet.kernel.tx import Reader
from highstreet.rooms.parcels.model import (
    Address,
    Delivery,
    DeliveryState,
    Parcel,
    ParcelLine,
    ParcelState,
    ParcelStep,
)
from highstreet.rooms.parcels.tables import delivery, delivery_address, parcel, parcel_line, parcel_step

_d, _a, _p, _l = delivery.c, delivery_address.c, parcel.c, parcel_line.c
OPEN = [state.value for state in ParcelState if state.is_open]


def delivery_of(reader: Reader, brand_id: str, sale_id: str) -> Delivery | None:
    """None for an order that the shopper picks up, and for any other sale."""
    row = reader.first(select(delivery).where(_d.brand_id == brand_id, _d.sale_id == sale_id))
    if row is None:
        return None
    return Delivery(
        row.brand_id, row.sale_id, DeliveryState(row.state), row.promised_by, row.opened_at, row.ended_at
    )


def address_of(reader: Reader, brand_id: str, sale_id: str) -> Address | None:
    """None when it was taken away, or never was."""
    r = reader.first(select(delivery_address).where(_a.brand_id == brand_id, _a.sale_id == sale_id))
    if r is None:
        return None
    point = None if r.lat is None or r.lon is None else Point(r.lat, r.lon)
    return Address(r.name, r.phone, r.street, r.postcode, r.city, r.note, point)


def parcels_of_sale(reader: Reader, brand_id: str, sale_id: str) -> list[Parcel]:
    """In the order in which they were made."""
    query = select(parcel).where(_p.brand_id == brand_id, _p.sale_id == sale_id).order_by(_p.made_at, _p.id)
    return _with_lines(reader, brand_id, reader.rows(query))


def parcel_by_id(reader: Reader, brand_id: str, parcel_id: str) -> Parcel | None:
    """None when the brand has no such parcel."""
    query = select(parcel).where(_p.brand_id == brand_id, _p.id == parcel_id)
    return next(iter(_with_lines(reader, brand_id, reader.rows(query))), None)


def parcels_to_pack(
    reader: Reader, brand_id: str, scopes: Collection[str], states: Sequence[ParcelState], limit: int
) -> list[Parcel]:
    """In these states, the oldest first; of a whole brand where its id is a scope, else of these parties and places."""
    query = (
        select(parcel)
        .where(_p.brand_id == brand_id, _p.state.in_([state.value for state in states]))
        .order_by(_p.made_at, _p.id)
        .limit(limit)
    )
    if brand_id not in scopes:
        own = sorted(scopes)
        query = query.where(or_(_p.operator_party_id.in_(own), _p.place_id.in_(own)))
    return _with_lines(reader, brand_id, reader.rows(query))


def steps_of_parcel(reader: Reader, brand_id: str, parcel_id: str) -> list[ParcelStep]:
    """What was done with it, the oldest first."""
    s = parcel_step.c
    query = (
        select(s.state, s.note, s.by_id, s.at)
        .where(s.brand_id == brand_id, s.parcel_id == parcel_id)
        .order_by(s.seq)
    )
    return [ParcelStep(ParcelState(r.state), r.note, r.by_id, r.at) for r in reader.rows(query)]


def loads_of_places(reader: Reader, brand_id: str) -> dict[str, int]:
    """How many parcels each place has in hand; those without any are left out."""
    query = (
        select(_p.place_id, func.count())
        .where(_p.brand_id == brand_id, _p.state.in_(OPEN))
        .group_by(_p.place_id)
    )
    found: Iterable[Any] = reader.rows(query)
    return {place_id: int(n) for place_id, n in map(tuple, found)}


def _with_lines(reader: Reader, brand_id: str, rows: Iterable[Any]) -> list[Parcel]:
    heads = list(rows)
    lines: dict[str, list[ParcelLine]] = {}
    query = (
        select(parcel_line)
        .where(_l.brand_id == brand_id, _l.parcel_id.in_([head.id for head in heads]))
        .order_by(_l.parcel_id, _l.line_no)
    )
    for r in reader.rows(query) if heads else ():
        line = ParcelLine(r.line_no, r.variant_id, r.owner_party_id, r.quantity, r.missing, r.moved_to)
        lines.setdefault(r.parcel_id, []).append(line)
    return [
        Parcel(
            brand_id=h.brand_id,
            id=h.id,
            sale_id=h.sale_id,
            place_id=h.place_id,
            operator_party_id=h.operator_party_id,
            state=ParcelState(h.state),
            lines=tuple(lines.get(h.id, ())),
            made_at=h.made_at,
            queued_at=h.queued_at,
            picked_at=h.picked_at,
            sent_at=h.sent_at,
            carrier=h.carrier,
            tracking=h.tracking,
        )
        for h in heads
    ]
