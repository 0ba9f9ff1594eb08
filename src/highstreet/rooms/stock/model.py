"""Words and rules of stock: who owns it, who should sell it, how sure we are that it is there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WantedStock = tuple[str, str, int, str]
"""brand_id, variant_id, cell, place_id."""
StockKey = tuple[str, str, int, str, str]
"""brand_id, variant_id, cell, place_id, owner_party_id."""

LOW_AVAILABLE = 2
ASK_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class TakeStock:
    """So many pieces of one line of a sale or return. Errors: ValueError when quantity is below 1."""

    brand_id: str
    variant_id: str
    cell: int
    place_id: str
    owner_party_id: str
    quantity: int
    ref_id: str
    line_no: int
    at: datetime

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"a quantity is 1 or more, not {self.quantity}")

    @property
    def key(self) -> StockKey:
        """The stock item these pieces belong to."""
        return self.brand_id, self.variant_id, self.cell, self.place_id, self.owner_party_id


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Pieces sold offline that the shelf's number did not cover: `missing` of them were found, and then sold."""

    take: TakeStock
    missing: int


@dataclass(frozen=True, slots=True)
class CountRow:
    """What was seen on the shelf. Errors: ValueError when on_hand is negative."""

    variant_id: str
    cell: int
    place_id: str
    owner_party_id: str
    on_hand: int

    def __post_init__(self) -> None:
        if self.on_hand < 0:
            raise ValueError(f"nobody counts {self.on_hand} pieces")


@dataclass(frozen=True, slots=True)
class CountStock:
    """One brand's count of many stock items, as of `at`; `ref_id` is the import or the counting person."""

    brand_id: str
    at: datetime
    ref_id: str
    rows: Sequence[CountRow]


@dataclass(frozen=True, slots=True)
class MoveCell:
    """A place now stands in another cell (0 for a place that lost its position)."""

    brand_id: str
    place_id: str
    cell: int


@dataclass(frozen=True, slots=True)
class OwnerStock:
    """One owner's pieces of a variant at a place."""

    owner_party_id: str
    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """Pieces that may be promised now."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class PlaceStock:
    """One stock item of a place."""

    variant_id: str
    cell: int
    owner_party_id: str
    on_hand: int
    reserved: int
    counted_at: datetime


class StockWords(StrEnum):
    """What a shopper is told; the texts stand in the locale files of the front."""

    IN_STOCK = "in_stock"
    FEW_LEFT = "few_left"
    ASK = "ask"


def choose_owner(owners: Collection[OwnerStock], quantity: int, preferred_party_id: str | None) -> str | None:
    """Whose pieces a line takes: the preferred party's if they cover the line, else the first other's by id.

    One owner covers the whole line, so that a line has one share and one return; None when nobody can.
    """
    able = [owner.owner_party_id for owner in owners if owner.available >= quantity]
    return preferred_party_id if preferred_party_id in able else min(able, default=None)


def confidence_words(available: int, age: timedelta) -> StockWords:
    """How sure we are after a count of this age.

    Shelves drift by theft and misplacing: each day since the count takes one piece from our certainty, and
    after `ASK_AFTER` a person should be asked.
    """
    if available <= 0 or age > ASK_AFTER:
        return StockWords.ASK
    if available <= LOW_AVAILABLE + max(age, timedelta()).days:
        return StockWords.FEW_LEFT
    return StockWords.IN_STOCK
