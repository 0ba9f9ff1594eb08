"""What landlords report that they took, by place and business day: the last report counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, or_, select

from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.settlements.tables import reported_taking

_t = reported_taking.c


@dataclass(frozen=True, slots=True)
class ReportedTaking:
    """Sales less returns of a business day at a place, as the party that took the money says. Minor units."""

    brand_id: str
    party_id: str
    place_id: str
    day: str
    currency: str
    amount_minor: int
    reported_at: datetime


def put_takings(tx: Tx, taken: Sequence[ReportedTaking]) -> int:
    """Keep what was reported; how many differ from what was known."""
    if not taken:
        return 0
    brand_id = taken[0].brand_id
    same = and_(
        _t.brand_id == brand_id,
        or_(*(and_(_t.party_id == o.party_id, _t.place_id == o.place_id, _t.day == o.day) for o in taken)),
    )
    known = {
        (r.party_id, r.place_id, r.day): (r.currency, r.amount_minor)
        for r in tx.rows(select(_t.party_id, _t.place_id, _t.day, _t.currency, _t.amount_minor).where(same))
    }
    changed = [o for o in taken if known.get((o.party_id, o.place_id, o.day)) != (o.currency, o.amount_minor)]
    gone = [and_(_t.party_id == o.party_id, _t.place_id == o.place_id, _t.day == o.day) for o in changed]
    if gone:
        tx.run(delete(reported_taking).where(_t.brand_id == brand_id, or_(*gone)))
    tx.insert_many(
        reported_taking,
        [{name: getattr(one, name) for name in ReportedTaking.__slots__} for one in changed],
    )
    return len(changed)


def takings_of(
    reader: Reader, brand_id: str, party_id: str, first_day: str, last_day: str
) -> list[ReportedTaking]:
    """What a party reported of these days."""
    query = select(reported_taking).where(
        _t.brand_id == brand_id, _t.party_id == party_id, _t.day >= first_day, _t.day <= last_day
    )
    return [ReportedTaking(**row._mapping) for row in reader.rows(query)]
