"""What the stock room announces."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLow(Event):
    """A sale took an owner's last available piece of a variant at a place."""

    name: ClassVar[str] = "stock.stock_low.v1"
    variant_id: str
    owner_party_id: str
