"""Words and rules of transfers: pieces of one owner on their way from one place to another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from highstreet.rooms.stock.model import Reason

LOSSES = (Reason.DAMAGED, Reason.LOST, Reason.STOLEN)


class TransferState(StrEnum):
    """`sent`: nothing was received yet. `partly`: some was, and some is under way. The other two are ends."""

    SENT = "sent"
    PARTLY = "partly"
    RECEIVED = "received"
    CANCELLED = "cancelled"

    @property
    def is_under_way(self) -> bool:
        """Whether something may still be received."""
        return self in (TransferState.SENT, TransferState.PARTLY)


@dataclass(frozen=True, slots=True)
class SentLine:
    """So many pieces of one article. Errors: ValueError when quantity is below 1."""

    variant_id: str
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"nobody sends {self.quantity} pieces")


@dataclass(frozen=True, slots=True)
class SendTransfer:
    """Pieces leave a place for another one of the same owner. `transfer_id` was made by whoever asks.

    `from_cell` and `to_cell` are the places' H3 cells. Errors: ValueError when an article stands in it twice,
    or not one at all, or both places are the same.
    """

    brand_id: str
    transfer_id: str
    owner_party_id: str
    from_place_id: str
    from_cell: int
    to_place_id: str
    to_cell: int
    lines: tuple[SentLine, ...]
    by_id: str
    at: datetime

    def __post_init__(self) -> None:
        if self.from_place_id == self.to_place_id:
            raise ValueError("a transfer goes to another place")
        if not self.lines or len({line.variant_id for line in self.lines}) != len(self.lines):
            raise ValueError("a transfer has each article once")


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """`arrived` pieces are there; of the others `difference` (below zero) will not come, or so many more came.

    Errors: ValueError when arrived is negative, or difference without a reason or the other way round.
    """

    variant_id: str
    arrived: int
    difference: int = 0
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if self.arrived < 0 or (self.difference != 0) != (self.reason is not None):
            raise ValueError("arrived is 0 or more, and each difference has a reason")

    @property
    def lost(self) -> int:
        """Pieces that were sent and will not arrive."""
        return max(0, -self.difference)

    @property
    def extra(self) -> int:
        """Pieces that arrived and were not sent, for all we knew."""
        return max(0, self.difference)


@dataclass(frozen=True, slots=True)
class ReceiveTransfer:
    """What arrived at the destination. `ref_id` is the receipt's own id. Errors: ValueError as `SendTransfer`."""

    brand_id: str
    transfer_id: str
    lines: tuple[ReceivedLine, ...]
    by_id: str
    ref_id: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.lines or len({line.variant_id for line in self.lines}) != len(self.lines):
            raise ValueError("a receipt has each article once")


@dataclass(frozen=True, slots=True)
class CancelTransfer:
    """It is called off, and what was sent is at the sender's again."""

    brand_id: str
    transfer_id: str
    by_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TransferLine:
    """What became of the pieces of one article."""

    variant_id: str
    sent: int
    arrived: int
    lost: int

    @property
    def missing(self) -> int:
        """Neither arrived nor declared lost; of a cancelled transfer, what came back."""
        return self.sent - self.arrived - self.lost


@dataclass(frozen=True, slots=True)
class TransferMove:
    """One thing that was done with a transfer."""

    variant_id: str
    kind: str
    quantity: int
    by_id: str
    ref_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """Pieces of one owner, from one place to another."""

    id: str
    owner_party_id: str
    from_place_id: str
    to_place_id: str
    state: TransferState
    sent_at: datetime
    lines: tuple[TransferLine, ...]
