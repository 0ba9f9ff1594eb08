"""Disputes: what a party says is wrong, what both sides said of it, and how it ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, select, update

from highstreet.kernel.errors import REQUEST_CONFLICT, REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.settlements.errors import DISPUTE_OVER, TOO_MANY_DISPUTES
from highstreet.rooms.settlements.events import DisputeEnded, DisputeOpened
from highstreet.rooms.settlements.tables import dispute, dispute_word

MAX_OPEN, MAX_WORDS, MAX_LISTED = 200, 200, 200
MAX_TEXT = 2000
_d = dispute.c


class DisputeState(StrEnum):
    """An open one ends once."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Dispute:
    """About a statement, a sale, or both; `asked_minor`: what the party thinks it is owed, if it says so."""

    brand_id: str
    id: str
    party_id: str
    settlement_id: str | None
    sale_id: str | None
    currency: str
    asked_minor: int | None
    state: DisputeState
    granted_minor: int
    words: int
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeWord:
    """What somebody said for one side: `party` or `brand`."""

    brand_id: str
    id: str
    dispute_id: str
    no: int
    side: str
    staff_id: str
    text: str
    at: datetime


def open_dispute(tx: Tx, new: Dispute, word: DisputeWord) -> Dispute:
    """Open it with its first word; the same id again is the same dispute.

    Errors: Refusal settlements.too_many_disputes; request.conflict where the id is another one's.
    """
    before = dispute_by_id(tx, new.brand_id, new.id)
    if before is not None:
        if _subject(before) != _subject(new):
            raise REQUEST_CONFLICT()
        return before
    count = select(func.count()).where(
        _d.brand_id == new.brand_id, _d.party_id == new.party_id, _d.state == DisputeState.OPEN
    )
    if tx.value(count) >= MAX_OPEN:
        raise TOO_MANY_DISPUTES(limit=MAX_OPEN)
    tx.insert_many(dispute, [{name: getattr(new, name) for name in Dispute.__slots__}])
    tx.insert_many(dispute_word, [_row(word)])
    tx.announce(
        DisputeOpened(at=new.opened_at, brand_id=new.brand_id, dispute_id=new.id, party_id=new.party_id)
    )
    return new


def _subject(one: Dispute) -> tuple[Any, ...]:
    return one.party_id, one.settlement_id, one.sale_id, one.currency, one.asked_minor


def say_word(tx: Tx, word: DisputeWord) -> None:
    """Add a word to an open dispute; `no` is given here. The same id again says nothing twice.

    Errors: Refusal settlements.dispute_over, also after two hundred words.
    """
    known = select(dispute_word.c.dispute_id).where(
        dispute_word.c.brand_id == word.brand_id, dispute_word.c.id == word.id
    )
    said = tx.value(known)
    if said is not None:
        if said != word.dispute_id:
            raise REQUEST_CONFLICT()
        return
    key = (_d.brand_id == word.brand_id, _d.id == word.dispute_id)
    counted = tx.run(
        update(dispute)
        .where(*key, _d.state == DisputeState.OPEN, _d.words < MAX_WORDS)
        .values(words=_d.words + 1)
    )
    if counted.rowcount != 1:
        raise DISPUTE_OVER()
    tx.insert_many(dispute_word, [_row(word) | {"no": tx.value(select(_d.words).where(*key))}])


def _row(word: DisputeWord) -> dict[str, Any]:
    return {name: getattr(word, name) for name in DisputeWord.__slots__}


@dataclass(frozen=True, slots=True)
class EndDispute:
    """How it ends: granted with an amount, declined by the brand, withdrawn by the party."""

    brand_id: str
    dispute_id: str
    state: DisputeState
    granted_minor: int
    at: datetime


def end_dispute(tx: Tx, asked: EndDispute) -> Dispute:
    """End an open one. Errors: Refusal request.not_found; settlements.dispute_over."""
    changed = tx.run(
        update(dispute)
        .where(_d.brand_id == asked.brand_id, _d.id == asked.dispute_id, _d.state == DisputeState.OPEN)
        .values(state=asked.state, granted_minor=asked.granted_minor, ended_at=asked.at)
    )
    found = dispute_by_id(tx, asked.brand_id, asked.dispute_id)
    if found is None:
        raise REQUEST_NOT_FOUND()
    if changed.rowcount != 1:
        raise DISPUTE_OVER()
    tx.announce(
        DisputeEnded(
            at=asked.at,
            brand_id=found.brand_id,
            dispute_id=found.id,
            party_id=found.party_id,
            state=found.state.value,
            currency=found.currency,
            granted_minor=found.granted_minor,
        )
    )
    return found


def dispute_by_id(reader: Reader, brand_id: str, dispute_id: str) -> Dispute | None:
    """One, or none."""
    row = reader.first(select(dispute).where(_d.brand_id == brand_id, _d.id == dispute_id))
    return None if row is None else _dispute(row)


def disputes_of(
    reader: Reader,
    brand_id: str,
    *,
    party_ids: Collection[str] | None = None,
    settlement_id: str | None = None,
    state: DisputeState | None = None,
) -> list[Dispute]:
    """The newest two hundred; of these parties, about this statement, or in this state only."""
    query = select(dispute).where(_d.brand_id == brand_id)
    if party_ids is not None:
        query = query.where(_d.party_id.in_(sorted(party_ids)))
    if settlement_id is not None:
        query = query.where(_d.settlement_id == settlement_id)
    if state is not None:
        query = query.where(_d.state == state)
    newest = query.order_by(_d.opened_at.desc(), _d.id.desc()).limit(MAX_LISTED)
    return [_dispute(row) for row in reader.rows(newest)]


def words_of(
    reader: Reader, brand_id: str, dispute_ids: Collection[str]
) -> Mapping[str, Sequence[DisputeWord]]:
    """What was said, in order, by dispute."""
    w = dispute_word.c
    query = select(dispute_word).where(w.brand_id == brand_id, w.dispute_id.in_(sorted(dispute_ids)))
    found: dict[str, list[DisputeWord]] = {one: [] for one in dispute_ids}
    for row in reader.rows(query.order_by(w.dispute_id, w.no)):
        found[row.dispute_id].append(DisputeWord(**row._mapping))
    return found


def _dispute(row: Row[Any]) -> Dispute:
    told = dict(row._mapping)
    return Dispute(**told | {"state": DisputeState(told["state"])})
