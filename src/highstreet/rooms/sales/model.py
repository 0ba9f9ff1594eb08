"""A sale and its lines, as drafts to be written and as records that were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from highstreet.kernel.money import split_by_weights
from highstreet.rooms.sales.errors import ALLOWANCE_TOO_MUCH, BASKET_MALFORMED, RETURN_TOO_MUCH

MAX_LINES = 200
MAX_QUANTITY = 9_999
APPROVAL_VALID = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One variant in a sale. Amounts are minor units for the whole line, `unit_list_minor` for a piece."""

    line_no: int
    variant_id: str
    gtin: str | None
    name_en: str
    name_zh: str
    owner_party_id: str | None
    quantity: int
    unit_list_minor: int
    discount_minor: int
    net_minor: int
    returned_quantity: int = 0
    returned_minor: int = 0
    place_id: str | None = None
    """Where its pieces come from; None: from the sale's own place."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale with its lines, in line order."""

    brand_id: str
    id: str
    place_id: str
    register_id: str | None
    member_id: str | None
    person_id: str | None
    origin: str
    currency: str
    list_minor: int
    discount_minor: int
    total_minor: int
    proof: dict[str, Any]
    business_day: str
    opened_at: datetime
    lines: tuple[SaleLine, ...]
    state: str = "open"
    paid_at: datetime | None = None
    returned_minor: int = 0
    held_until: datetime | None = None
    tendered_minor: int = 0
    deposit_minor: int | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it was settled here, at a register or in a shop; history that was taken in cannot come back."""
        return self.origin in ("register", "shop")

    def serves(self, line: SaleLine) -> str:
        """The place that a line's pieces come from."""
        return line.place_id or self.place_id

    @property
    def is_in_parts(self) -> bool:
        """Whether it is paid tender by tender, and stays open when one of them comes to nothing."""
        return self.held_until is not None


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Pieces of a line that come back and what is refunded for them; no pieces: money only."""

    line_no: int
    quantity: int
    refund_minor: int


@dataclass(frozen=True, slots=True)
class SaleReturn:
    """A return, with its lines."""

    brand_id: str
    id: str
    sale_id: str
    place_id: str
    register_id: str | None
    currency: str
    refund_minor: int
    reason: str
    at: datetime
    lines: tuple[ReturnLine, ...]
    staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnApproval:
    """Staff lets a sale's goods come back until `valid_until`, whatever the time for returns."""

    brand_id: str
    id: str
    sale_id: str
    staff_id: str
    approved_at: datetime
    valid_until: datetime


HOUR = timedelta(hours=1)


def hour_of(at: datetime) -> datetime:
    """The hour that an instant is in; hours are UTC's."""
    return at.replace(minute=0, second=0, microsecond=0)


def is_in_time(sale: Sale, at: datetime, days: int) -> bool:
    """Whether a paid sale's goods may come back without approval."""
    return sale.paid_at is not None and at <= sale.paid_at + timedelta(days=days)


def check_quantities(quantities: Sequence[int]) -> None:
    """A basket has 1 to 200 lines of 1 to 9,999 pieces."""
    if not 1 <= len(quantities) <= MAX_LINES:
        raise BASKET_MALFORMED(field="lines")
    for quantity in quantities:
        if not 1 <= quantity <= MAX_QUANTITY:
            raise BASKET_MALFORMED(field="quantity")


def check_return(sale: Sale, wanted: Sequence[tuple[int, int]]) -> list[tuple[SaleLine, int]]:
    """The lines (line_no, quantity) to take back, or `sales.return_too_much`."""
    lines = {line.line_no: line for line in sale.lines}
    numbers = [line_no for line_no, _ in wanted]
    if not wanted or len(set(numbers)) != len(numbers):
        raise BASKET_MALFORMED(field="lines")
    found = []
    for line_no, quantity in wanted:
        line = lines.get(line_no)
        if line is None or quantity < 1:
            raise BASKET_MALFORMED(field="line_no")
        if quantity > line.quantity - line.returned_quantity:
            raise RETURN_TOO_MUCH(line_no=line_no, left=line.quantity - line.returned_quantity)
        found.append((line, quantity))
    return found


def spread_allowance(sale: Sale, amount_minor: int) -> list[tuple[SaleLine, int]]:
    """Money given back while the goods stay: each line's part of it, in proportion to what is left of each.

    Errors: Refusal sales.allowance_too_much (left_minor).
    """
    left = [line.net_minor - line.returned_minor for line in sale.lines]
    if not 0 < amount_minor <= sum(left):
        raise ALLOWANCE_TOO_MUCH(left_minor=sum(left))
    parts = split_by_weights(amount_minor, left)
    return [(line, part) for line, part in zip(sale.lines, parts, strict=True) if part]


@dataclass(frozen=True, slots=True)
class OrderRule:
    """How a brand takes orders: for pickup `deposit_bp` of the total in advance, at least `minimum_minor`.

    `delivery_hours`: within so many an order for delivery is on its way; None: there is no delivery.
    """

    brand_id: str
    deposit_bp: int
    minimum_minor: int
    hold_days: int
    delivery_hours: int | None = None

    def deposit_of(self, total_minor: int) -> int:
        """What is to be paid in advance: rounded up, never more than the total."""
        part = -(-total_minor * self.deposit_bp // 10_000)
        return min(total_minor, max(part, self.minimum_minor))
