"""What sales announce."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePaid(Event):
    """A sale was paid in full. `receipt` is what the phone shows; `lines` is for analytics.

    `party_ids`: who collected, and who has a share in it. `operator_party_id`: whose place it was at the sale.
    """

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
    party_ids: tuple[str, ...] = ()
    operator_party_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnApproved(Event):
    """Staff let a sale's goods come back after the time for returns."""

    name = "sales.return_approved.v1"
    approval_id: str
    sale_id: str
    staff_id: str
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleAbandoned(Event):
    """A sale was given up before it was paid. `operator_party_id`: whose place it was when it began."""

    name = "sales.sale_abandoned.v1"
    sale_id: str
    register_id: str | None
    reason: str
    operator_party_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(Event):
    """A part of a shopper's order began, came, failed or went back, or the order was given up: read it again."""

    name = "sales.order_moved.v1"
    sale_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReturned(Event):
    """Some pieces of a paid sale came back. `operator_party_id`: whose place it was that took them."""

    name = "sales.sale_returned.v1"
    return_id: str
    sale_id: str
    currency: str
    refund_minor: int
    business_day: str
    code_id: str | None
    lines: tuple[dict[str, Any], ...]
    party_ids: tuple[str, ...] = ()
    operator_party_id: str | None = None
