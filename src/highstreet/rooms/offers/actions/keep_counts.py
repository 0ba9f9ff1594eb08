"""What a person had claimed and used outlasts their erasure, by a keyed hash of their phone, for the limits only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, select

from highstreet.kernel.tx import Tx
from highstreet.rooms.offers.actions.counters import UNLIMITED, count_persons
from highstreet.rooms.offers.errors import REDEMPTION_CHANGED
from highstreet.rooms.offers.tables import claim_count, kept_count, offer

KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class PhoneCounts:
    """Whose counts; `phone_key` is the phone's keyed hash, which this room cannot make."""

    person_id: str
    phone_key: str
    at: datetime


def keep_counts(tx: Tx, command: PhoneCounts) -> int:
    """Keep the counts of offers with a limit per person for a year; how many."""
    # From the offers that have such a limit, few, by the key of the counts: they have no index by person.
    theirs = and_(
        claim_count.c.brand_id == offer.c.brand_id,
        claim_count.c.offer_id == offer.c.id,
        claim_count.c.person_id == command.person_id,
        claim_count.c.claimed > 0,
    )
    found = tx.rows(
        select(claim_count.c.brand_id, claim_count.c.offer_id, claim_count.c.claimed)
        .select_from(offer)
        .join(claim_count, theirs)
        .where(offer.c.limit_per_person.is_not(None))
    )
    tx.run(delete(kept_count).where(kept_count.c.phone_key == command.phone_key))
    rows = [
        {**row._mapping, "phone_key": command.phone_key, "kept_until": command.at + KEPT} for row in found
    ]
    tx.insert_many(kept_count, rows)
    return len(rows)


def restore_counts(tx: Tx, command: PhoneCounts) -> int:
    """The person that has this phone now goes on from the counts kept, which are kept no longer; how many."""
    k = kept_count.c
    found = tx.rows(
        delete(kept_count)
        .where(k.phone_key == command.phone_key)
        .returning(k.brand_id, k.offer_id, k.claimed, k.kept_until)
    )
    counts = {
        (row.brand_id, row.offer_id, command.person_id): row.claimed
        for row in found
        if row.kept_until > command.at
    }
    if counts:
        count_persons(tx, counts, dict.fromkeys(counts, UNLIMITED), REDEMPTION_CHANGED())
    return len(counts)


def forget_counts(tx: Tx, now: datetime) -> int:
    """Remove what was kept long enough; how many."""
    return tx.run(delete(kept_count).where(kept_count.c.kept_until <= now)).rowcount
