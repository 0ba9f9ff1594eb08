"""What a party took from shoppers, by place and business day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.channel.tables import share_sheet
from highstreet.rooms.sales.tables import sale, sale_return

_s, _r, _h = sale.c, sale_return.c, share_sheet.c


@dataclass(frozen=True, slots=True)
class TakenBy:
    """Whose takings: at these places, of business days from the first to the last, which lie within the instants."""

    brand_id: str
    party_id: str
    place_ids: Collection[str]
    first_day: str
    last_day: str
    since: datetime
    until: datetime


def taken_by_day(reader: Reader, asked: TakenBy) -> list[tuple[str, str, str, int]]:
    """(place, business day, currency, minor units) of the sales whose money the party took."""
    query = (
        select(_s.place_id, _s.business_day, _s.currency, func.sum(_s.total_minor))
        .join_from(sale, share_sheet, (_h.brand_id == _s.brand_id) & (_h.sale_id == _s.id))
        .where(_s.brand_id == asked.brand_id, _s.place_id.in_(sorted(asked.place_ids)))
        .where(_s.paid_at >= asked.since, _s.paid_at < asked.until, _s.state == "paid")
        .where(_s.business_day >= asked.first_day, _s.business_day <= asked.last_day)
        .where(_h.collector_party_id == asked.party_id)
        .group_by(_s.place_id, _s.business_day, _s.currency)
    )
    return [
        (place, day, currency, int(total)) for place, day, currency, total in map(tuple, reader.rows(query))
    ]


def handed_back(reader: Reader, asked: TakenBy) -> list[tuple[str, datetime, str, int]]:
    """(place, when, currency, minor units) of the returns there of sales whose money the party had taken."""
    query = (
        select(_r.place_id, _r.at, _r.currency, _r.refund_minor)
        .join_from(sale_return, share_sheet, (_h.brand_id == _r.brand_id) & (_h.sale_id == _r.sale_id))
        .where(_r.brand_id == asked.brand_id, _r.place_id.in_(sorted(asked.place_ids)))
        .where(_r.at >= asked.since, _r.at < asked.until, _h.collector_party_id == asked.party_id)
    )
    return [(place, at, currency, int(back)) for place, at, currency, back in map(tuple, reader.rows(query))]
