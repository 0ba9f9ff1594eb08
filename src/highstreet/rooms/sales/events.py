"""What sales announce."""

from dataclasses import dataclass
from typing import Any

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePaid(Event):
    """A sale was paid in full. `receipt` is what the phone shows; `lines` is for analytics."""

    name = "sales.sale_paid.v1"
    sale_id: str
    register_id: str | None
    member_id: str | None
    currency: str
    list_minor: int
    discount_minor: int
    total_minor: int
    business_day: str
    rails: tuple[str, ...]
    code_id: str | None
    lines: tuple[dict[str, Any], ...]
    receipt: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleAbandoned(Event):
    """A sale was given up before it was paid."""

    name = "sales.sale_abandoned.v1"
    sale_id: str
    register_id: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReturned(Event):
    """Some pieces of a paid sale came back."""

    name = "sales.sale_returned.v1"
    return_id: str
    sale_id: str
    currency: str
    refund_minor: int
    business_day: str
    code_id: str | None
    lines: tuple[dict[str, Any], ...]
