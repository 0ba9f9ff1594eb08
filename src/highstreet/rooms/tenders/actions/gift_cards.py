"""Gift cards, and the numbers of slips: what a register pays with that no provider knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Text, case, or_, update

from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.tenders.errors import (
    CARD_EXPIRED,
    CARD_TOO_LITTLE,
    CARD_UNKNOWN,
    ID_TAKEN,
    SLIP_USED,
)
from highstreet.rooms.tenders.events import GiftCardsIssued
from highstreet.rooms.tenders.queries import gift_card_by_id
from highstreet.rooms.tenders.tables import gift_card, gift_card_entry, slip_number

GRACE = timedelta(days=90)
"""So long at least a card can be used after a refund went back on to it."""
_g = gift_card.c


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card to be issued: what is kept of its printed code."""

    id: str
    code_hash: str
    last4: str


@dataclass(frozen=True, slots=True)
class IssueCards:
    """Cards of one value."""

    brand_id: str
    cards: Sequence[NewCard]
    currency: str
    amount_minor: int
    expires_at: datetime | None
    issued_by: str
    at: datetime


def issue_cards(tx: Tx, command: IssueCards) -> None:
    """Write them. Errors: Refusal tenders.id_taken when an id or a code is there already."""
    rows = [
        {
            "brand_id": command.brand_id,
            "id": card.id,
            "code_hash": card.code_hash,
            "last4": card.last4,
            "currency": command.currency,
            "issued_minor": command.amount_minor,
            "balance_minor": command.amount_minor,
            "issued_at": command.at,
            "expires_at": command.expires_at,
            "blocked_at": None,
            "issued_by": command.issued_by,
        }
        for card in command.cards
    ]
    if tx.insert_many(gift_card, rows, ignore_existing=True) != len(rows):
        raise ID_TAKEN()
    tx.announce(
        GiftCardsIssued(
            at=command.at,
            brand_id=command.brand_id,
            cards=len(rows),
            amount_minor=command.amount_minor,
            currency=command.currency,
        )
    )


def block_card(tx: Tx, brand_id: str, card_id: str, at: datetime | None) -> None:
    """Stop a card (lost, stolen), or let it pay again with `at` None. Errors: Refusal tenders.card_unknown."""
    changed = tx.run(update(gift_card).where(_g.brand_id == brand_id, _g.id == card_id).values(blocked_at=at))
    if changed.rowcount != 1:
        raise CARD_UNKNOWN()


@dataclass(frozen=True, slots=True)
class MoveOfCard:
    """A payment with a card, or money that goes back on to it, for a tender."""

    brand_id: str
    card_id: str
    tender_id: str
    currency: str
    amount_minor: int
    at: datetime


TAKE_FROM_CARD = Change(
    {"brand_id": Text, "id": Text, "currency": Text, "amount": BigInteger, "at": Instant},
    lambda v: (
        update(gift_card)
        .where(_g.brand_id == v.brand_id, _g.id == v.id, _g.currency == v.currency)
        .where(_g.blocked_at.is_(None), or_(_g.expires_at.is_(None), _g.expires_at > v.at))
        .where(_g.balance_minor >= v.amount)
        .values(balance_minor=_g.balance_minor - v.amount)
    ),
)
PUT_ON_CARD = Change(
    {"brand_id": Text, "id": Text, "amount": BigInteger, "until": Instant},
    lambda v: (
        update(gift_card)
        .where(_g.brand_id == v.brand_id, _g.id == v.id, _g.balance_minor + v.amount <= _g.issued_minor)
        .values(
            balance_minor=_g.balance_minor + v.amount,
            expires_at=case((_g.expires_at < v.until, v.until), else_=_g.expires_at),
        )
    ),
)


def take_from_card(tx: Tx, move: MoveOfCard) -> None:
    """Pay with a card. Errors: Refusal tenders.card_unknown, card_expired, card_too_little (left_minor)."""
    row = {
        "brand_id": move.brand_id,
        "id": move.card_id,
        "currency": move.currency,
        "amount": move.amount_minor,
        "at": move.at,
    }
    if tx.change(TAKE_FROM_CARD, [row]) != 1:
        card = gift_card_by_id(tx, move.brand_id, move.card_id)
        if card is None or card.blocked_at is not None or card.currency != move.currency:
            raise CARD_UNKNOWN()
        if card.expires_at is not None and card.expires_at <= move.at:
            raise CARD_EXPIRED()
        raise CARD_TOO_LITTLE(left_minor=card.balance_minor)
    _write_entry(tx, move, "pay")


def put_on_card(tx: Tx, move: MoveOfCard) -> None:
    """Money goes back on to the card it came from, which can be used for `GRACE` at least.

    Errors: Refusal tenders.card_unknown.
    """
    row = {"brand_id": move.brand_id, "id": move.card_id, "amount": move.amount_minor}
    if tx.change(PUT_ON_CARD, [{**row, "until": move.at + GRACE}]) != 1:
        raise CARD_UNKNOWN()
    _write_entry(tx, move, "back")


def _write_entry(tx: Tx, move: MoveOfCard, kind: str) -> None:
    tx.insert_many(
        gift_card_entry,
        [
            {
                "brand_id": move.brand_id,
                "tender_id": move.tender_id,
                "kind": kind,
                "card_id": move.card_id,
                "amount_minor": move.amount_minor,
                "at": move.at,
            }
        ],
    )


@dataclass(frozen=True, slots=True)
class NoteSlip:
    """A card terminal's slip, seen at a register on a trading day."""

    brand_id: str
    register_id: str
    day: str
    number: str
    tender_id: str


def note_slip(tx: Tx, slip: NoteSlip) -> None:
    """A slip proves one movement of money. Errors: Refusal tenders.slip_used."""
    row = {name: getattr(slip, name) for name in NoteSlip.__slots__}
    if tx.insert_many(slip_number, [row], ignore_existing=True) != 1:
        raise SLIP_USED(number=slip.number)
