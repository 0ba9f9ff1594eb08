"""Reads of what a brand says about its rails, and of its gift cards."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.tenders.rails.rules import BrandRules, RailRule
from highstreet.rooms.tenders.tables import gift_card, gift_card_entry, rail_day, rail_off, rail_rule

_RULE = tuple(f.name for f in fields(RailRule))


def rules_of_brand(reader: Reader, brand_id: str) -> BrandRules:
    """What a brand says about its rails."""
    rows = reader.rows(select(rail_rule).where(rail_rule.c.brand_id == brand_id))
    off = reader.rows(select(rail_off.c.rail, rail_off.c.place_id).where(rail_off.c.brand_id == brand_id))
    return BrandRules(
        {row.rail: RailRule(**{name: row._mapping[name] for name in _RULE}) for row in rows},
        frozenset((row.rail, row.place_id) for row in off),
    )


def day_use(reader: Reader, brand_id: str, member_id: str, day: str) -> dict[tuple[str, str], int]:
    """What a member has paid on a trading day towards limits, minor units by (rail, limit)."""
    d = rail_day.c
    rows = reader.rows(
        select(d.rail, d.limit_kind, d.used_minor).where(
            d.brand_id == brand_id, d.member_id == member_id, d.day == day
        )
    )
    return {(row.rail, row.limit_kind): row.used_minor for row in rows}


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A card and what is left on it, in minor units. Not its code."""

    brand_id: str
    id: str
    last4: str
    currency: str
    issued_minor: int
    balance_minor: int
    issued_at: datetime
    expires_at: datetime | None
    blocked_at: datetime | None

    def left_at(self, at: datetime) -> int:
        """What can be paid with it at a moment."""
        is_over = self.expires_at is not None and self.expires_at <= at
        return 0 if is_over or self.blocked_at is not None else self.balance_minor


def _gift_card(row: Row[Any]) -> GiftCard:
    return GiftCard(**{name: row._mapping[name] for name in GiftCard.__slots__})


def gift_card_by_id(reader: Reader, brand_id: str, card_id: str) -> GiftCard | None:
    """One card."""
    c = gift_card.c
    row = reader.first(select(gift_card).where(c.brand_id == brand_id, c.id == card_id))
    return None if row is None else _gift_card(row)


def gift_card_by_hash(reader: Reader, brand_id: str, code_hash: str) -> GiftCard | None:
    """The card of a printed code, by what is kept of the code."""
    c = gift_card.c
    row = reader.first(select(gift_card).where(c.brand_id == brand_id, c.code_hash == code_hash))
    return None if row is None else _gift_card(row)


def gift_cards_of(
    reader: Reader, brand_id: str, before: tuple[datetime, str] | None, limit: int, last4: str | None = None
) -> list[GiftCard]:
    """A brand's cards, the newest first; those after (issued_at, id) of the last one seen."""
    c = gift_card.c
    query = select(gift_card).where(c.brand_id == brand_id)
    if before is not None:
        at, card_id = before
        query = query.where(c.issued_at <= at, or_(c.issued_at < at, c.id < card_id))
    if last4 is not None:
        query = query.where(c.last4 == last4)
    query = query.order_by(c.issued_at.desc(), c.id.desc()).limit(limit)
    return [_gift_card(row) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class CardEntry:
    """A payment with a card ("pay"), or money that went back on to it ("back")."""

    tender_id: str
    kind: str
    amount_minor: int
    at: datetime


def entries_of_card(reader: Reader, brand_id: str, card_id: str) -> list[CardEntry]:
    """All that happened to a card, oldest first."""
    e = gift_card_entry.c
    query = select(e.tender_id, e.kind, e.amount_minor, e.at)
    query = query.where(e.brand_id == brand_id, e.card_id == card_id).order_by(e.at, e.tender_id, e.kind)
    return [CardEntry(*tuple(row)) for row in reader.rows(query)]
