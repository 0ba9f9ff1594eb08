"""Words and rules of stock: who owns it, who should sell it, what may be promised of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WantedStock = tuple[str, str, int, str]
"""brand_id, variant_id, cell, place_id."""
StockKey = tuple[str, str, int, str, str]
"""brand_id, variant_id, cell, place_id, owner_party_id."""


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
    is_online: bool = False
    """Whether somebody promises them who does not stand at the register: then not all on hand may go."""

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


class Reason(StrEnum):
    """Why somebody says that the number is another. `display` and `safety` change no number on hand."""

    DAMAGED = "damaged"
    LOST = "lost"
    STOLEN = "stolen"
    FOUND = "found"
    CORRECTION = "correction"
    DISPLAY = "display"
    SAFETY = "safety"

    @property
    def is_level(self) -> bool:
        """Whether the pieces stay where they are, and only what may be promised of them changes."""
        return self in (Reason.DISPLAY, Reason.SAFETY)

    def allows(self, quantity: int) -> bool:
        """Whether so many more (negative: fewer) make sense for this reason."""
        if self in (Reason.DAMAGED, Reason.LOST, Reason.STOLEN):
            return quantity < 0
        return quantity > 0 if self is Reason.FOUND else quantity != 0


@dataclass(frozen=True, slots=True)
class AdjustStock:
    """So many pieces more (negative: fewer) of one stock item, and why. `ref_id` is the adjustment's own id."""

    key: StockKey
    reason: Reason
    quantity: int
    ref_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StockMove:
    """One change of a stock item beside its sales. `level_change`: of what is on display or kept back."""

    seq: int
    owner_party_id: str
    quantity: int
    level_change: int | None
    reason: str
    ref_id: str
    at: datetime


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
    display: int = 0
    safety: int = 0
    missed: int = 0

    @property
    def available(self) -> int:
        """Pieces that may be sold at a register now: whoever holds the piece in hand may buy it."""
        return self.on_hand - self.reserved

    @property
    def available_online(self) -> int:
        """Pieces that may be promised to somebody who is not here; never below zero."""
        return online_pieces(self.on_hand, self.reserved, self.display, self.safety, self.missed)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One owner's pieces of an article at a place, and how well we know them."""

    place_id: str
    variant_id: str
    stock: OwnerStock
    counted_at: datetime
    sold: int


@dataclass(frozen=True, slots=True)
class PlaceStock:
    """One stock item of a place."""

    variant_id: str
    cell: int
    owner_party_id: str
    on_hand: int
    reserved: int
    display: int
    safety: int
    in_transit: int
    sold: int
    missed: int
    counted_at: datetime

    @property
    def available(self) -> int:
        """Pieces that may be sold at a register now."""
        return self.on_hand - self.reserved

    @property
    def available_online(self) -> int:
        """Pieces that may be promised to somebody who is not here; never below zero."""
        return online_pieces(self.on_hand, self.reserved, self.display, self.safety, self.missed)


def online_pieces(on_hand: int, reserved: int, display: int, safety: int, missed: int) -> int:
    """What is left to promise online: not what is on display, kept back, or was looked for in vain since the count."""
    return max(0, on_hand - reserved - display - safety - missed)


def choose_owner(
    owners: Collection[OwnerStock], quantity: int, preferred_party_id: str | None, *, is_online: bool = False
) -> str | None:
    """Whose pieces a line takes: the preferred party's if they cover the line, else the first other's by id.

    One owner covers the whole line, so that a line has one share and one return; None when nobody can.
    """
    able = [
        owner.owner_party_id
        for owner in owners
        if (owner.available_online if is_online else owner.available) >= quantity
    ]
    return preferred_party_id if preferred_party_id in able else min(able, default=None)
