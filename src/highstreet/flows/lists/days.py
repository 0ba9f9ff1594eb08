"""What moved at registers and places, for the counting of drawers and the closing of days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select, union_all

from highstreet.kernel.tx import Reader
from highstreet.rooms.sales.tables import sale, sale_return
from highstreet.rooms.tenders import OPEN_STATES, Tender
from highstreet.rooms.tenders.tables import tender

_s, _r, _t = sale.c, sale_return.c, tender.c
Span = tuple[datetime, datetime]


def _taken(brand_id: str, place_id: str, since: datetime) -> Select[Any]:
    """What sales of a place were paid with since a moment; a part of a sale counts at the register that took it."""
    joined = sale.join(tender, (_t.brand_id == _s.brand_id) & (_t.sale_id == _s.id))
    return (
        select(_s.register_id, _t.amount_minor, _t.settled_at)
        .select_from(joined)
        .where(_s.brand_id == brand_id, _s.place_id == place_id, _s.paid_at >= since)
        .where(_t.direction == "in", _t.state == "captured", _t.register_id.is_(None))
        .where(_t.settled_at >= since)
    )


def _given_back(brand_id: str, place_id: str, since: datetime) -> Select[Any]:
    joined = sale_return.join(
        tender,
        (_t.brand_id == _r.brand_id) & (_t.sale_id == _r.sale_id) & (_t.return_id == _r.id),
    )
    return (
        select(_r.register_id, -_t.amount_minor, _t.settled_at)
        .select_from(joined)
        .where(_r.brand_id == brand_id, _r.place_id == place_id, _r.at >= since)
        .where(_t.direction == "out", _t.state == "captured", _t.register_id.is_(None))
        .where(_t.settled_at >= since)
    )


def _parts(brand_id: str, since: datetime, direction: str) -> Select[Any]:
    amount = _t.amount_minor if direction == "in" else -_t.amount_minor
    return (
        select(_t.register_id, amount, _t.settled_at)
        .where(_t.brand_id == brand_id, _t.register_id.is_not(None), _t.settled_at >= since)
        .where(_t.direction == direction, _t.state == "captured")
    )


def taken_at_register(
    reader: Reader, brand_id: str, place_id: str, register_id: str, rail: str, since: datetime
) -> tuple[int, int]:
    """What sales and returns brought to a register by a rail since a moment, less what left it; and how many tenders."""
    queries = (
        _taken(brand_id, place_id, since).where(_s.register_id == register_id),
        _given_back(brand_id, place_id, since).where(_r.register_id == register_id),
        _parts(brand_id, since, "in").where(_t.register_id == register_id),
        _parts(brand_id, since, "out").where(_t.register_id == register_id),
    )
    total = tenders = 0
    for query in queries:
        amounts = query.where(_t.rail == rail).subquery()
        for some, count in map(
            tuple,
            reader.rows(select(func.coalesce(func.sum(amounts.c[1]), 0), func.count()).select_from(amounts)),
        ):
            total, tenders = total + int(some), tenders + int(count)
    return total, tenders


def business_spanned(
    reader: Reader, brand_id: str, place_id: str, since: datetime, until: datetime
) -> dict[str, Span]:
    """When each register of a place first and last took or gave money in a time (`until` is not in it), by any rail."""
    parts = [
        # A part of a sale may be taken at another place than the sale's: the tender says where.
        _parts(brand_id, since, direction).where(_t.place_id == place_id)
        for direction in ("in", "out")
    ]
    all_of_it = union_all(
        *(
            query.where(_t.settled_at < until)
            for query in (_taken(brand_id, place_id, since), _given_back(brand_id, place_id, since), *parts)
        )
    ).subquery()
    register_id, settled_at = all_of_it.c[0], all_of_it.c[2]
    query = (
        select(register_id, func.min(settled_at), func.max(settled_at))
        .where(register_id.is_not(None))
        .group_by(register_id)
    )
    return {register: (first, last) for register, first, last in map(tuple, reader.rows(query))}


def open_tenders_of_place(reader: Reader, brand_id: str, place_id: str, until: datetime) -> list[Tender]:
    """Tenders made at a place before a moment that nobody has answered for yet, oldest first."""
    query = (
        select(tender)
        .where(_t.brand_id == brand_id, _t.place_id == place_id, _t.state.in_(OPEN_STATES))
        .where(_t.created_at < until)
    )
    return [Tender(**row._mapping) for row in reader.rows(query.order_by(_t.created_at, _t.id))]


@dataclass(frozen=True, slots=True)
class RailOfDay:
    """What a rail brought to a place in a time, and what went back by it; minor units and how many payments."""

    rail: str
    currency: str
    taken: int
    taken_minor: int
    given_back: int
    given_back_minor: int


def rails_of_place(
    reader: Reader, brand_id: str, place_id: str, since: datetime, until: datetime
) -> list[RailOfDay]:
    """By each rail what was taken and given back at a place in a time (`until` is not in it), the most first.

    A refund counts where its pieces came back, a part of a sale where its tender says.
    """
    returned = tender.outerjoin(
        sale_return,
        (_t.brand_id == _r.brand_id) & (_t.return_id == _r.id) & _t.register_id.is_(None),
    )
    is_in = _t.direction == "in"
    taken, taken_minor, back, back_minor = (
        func.sum(case((which, amount), else_=0))
        for which, amount in ((is_in, 1), (is_in, _t.amount_minor), (~is_in, 1), (~is_in, _t.amount_minor))
    )
    query = (
        select(_t.rail, _t.currency, taken, taken_minor, back, back_minor)
        .select_from(returned)
        .where(_t.brand_id == brand_id, _t.settled_at >= since, _t.settled_at < until)
        .where(func.coalesce(_r.place_id, _t.place_id) == place_id, _t.state == "captured")
        .group_by(_t.rail, _t.currency)
        .order_by(taken_minor.desc(), _t.rail)
    )
    found = map(tuple, reader.rows(query))
    return [RailOfDay(rail, currency, *(int(one) for one in sums)) for rail, currency, *sums in found]
