"""What the stock room announces."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CountWanted(Event):
    """The number was wrong: a register sold pieces offline that were not on hand for all we knew, or an order's pieces
    were looked for and not found."""

    name: ClassVar[str] = "stock.count_wanted.v1"
    variant_id: str
    owner_party_id: str
    missing: int
    ref_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLow(Event):
    """A sale took an owner's last available piece of a variant at a place."""

    name: ClassVar[str] = "stock.stock_low.v1"
    variant_id: str
    owner_party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSent(Event):
    """Pieces of one owner left a place for another one and are under way."""

    name: ClassVar[str] = "stock.transfer_sent.v1"
    transfer_id: str
    owner_party_id: str
    to_place_id: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived(Event):
    """Pieces arrived at the destination, or were declared lost there; `left` are still under way."""

    name: ClassVar[str] = "stock.transfer_received.v1"
    transfer_id: str
    owner_party_id: str
    arrived: int
    lost: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCancelled(Event):
    """A transfer was called off before anything was received: its pieces are at the sender's again."""

    name: ClassVar[str] = "stock.transfer_cancelled.v1"
    transfer_id: str
    owner_party_id: str
    to_place_id: str
    pieces: int
