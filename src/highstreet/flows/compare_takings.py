"""Landlords' own files of what they took at counters in their buildings, against the sales that name them as collector."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.flows.lists import TakenBy, handed_back, taken_by_day
from highstreet.kernel.time import business_day
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties import places_of_brand
from highstreet.rooms.places import sites_for
from highstreet.rooms.settlements import ReportedTaking, put_takings, takings_of

_ROUND = timedelta(days=2)
"""A business day of any time zone lies within its calendar day in UTC and so much around it."""


class TakingImport(NamedTuple):
    """What a landlord says that it took at a place on a business day: sales less returns."""

    party_id: str
    place_id: str
    day: str
    currency: str
    amount_minor: int


def import_takings(tx: Tx, batch: ImportBatch[TakingImport]) -> ImportState:
    """Keep what was reported; the last report of a day counts."""
    rows = [ReportedTaking(batch.brand_id, *row, batch.at) for row in batch.groups]
    changed = put_takings(tx, rows)
    return count_batch(tx, batch, changed, len(rows) - changed)


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """A place's business day: what our sales say that the party took, and what it reports; None: nothing."""

    place_id: str
    day: str
    currency: str
    ours_minor: int
    reported_minor: int | None

    @property
    def difference_minor(self) -> int:
        """Above zero: it reports more than we know of."""
        return (self.reported_minor or 0) - self.ours_minor


def compare_takings(
    reader: Reader, brand_id: str, party_id: str, first: date, last: date
) -> list[ComparedDay]:
    """Every place and day of these with sales or a report, by day."""
    places = [one.id for one in places_of_brand(reader, brand_id)]
    zones = {
        key[1]: site.time_zone for key, site in sites_for(reader, {(brand_id, one) for one in places}).items()
    }
    asked = TakenBy(
        brand_id,
        party_id,
        places,
        f"{first}",
        f"{last}",
        datetime.combine(first, time(), UTC) - _ROUND,
        datetime.combine(last, time(), UTC) + _ROUND,
    )
    ours: Counter[tuple[str, str, str]] = Counter()
    for place_id, day, currency, total in taken_by_day(reader, asked):
        ours[place_id, day, currency] += total
    for place_id, at, currency, back in handed_back(reader, asked):
        day = f"{business_day(at, zones.get(place_id, 'UTC'))}"
        if asked.first_day <= day <= asked.last_day:
            ours[place_id, day, currency] -= back
    told = {
        (one.place_id, one.day, one.currency): one.amount_minor
        for one in takings_of(reader, brand_id, party_id, asked.first_day, asked.last_day)
    }
    keys = sorted(ours.keys() | told.keys(), key=lambda key: (key[1], key[0], key[2]))
    return [ComparedDay(*key, ours.get(key, 0), told.get(key)) for key in keys]
