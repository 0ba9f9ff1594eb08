"""What goods announce. Amounts are minor units of `currency`."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChanged(Event):
    """A variant has other prices from now on; no `member_minor`: members pay the list price."""

    name = "goods.price_changed.v1"
    variant_id: str
    currency: str
    list_minor: int
    member_minor: int | None
