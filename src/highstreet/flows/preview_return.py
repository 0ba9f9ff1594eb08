"""What a return would give back, and by which way, before anything is done: the till says so to the shopper."""

from collections.abc import Sequence
from dataclasses import dataclass

from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import return_value
from highstreet.rooms.sales import NOT_PAID, SALE_UNKNOWN, check_return, sales_for
from highstreet.rooms.tenders import split_refund, tenders_for


@dataclass(frozen=True, slots=True)
class ReturnPreview:
    """`ways`: (rail, amount) of each refund, in the order in which they are made."""

    currency: str
    refund_minor: int
    ways: tuple[tuple[str, int], ...]


def preview_return(
    reader: Reader, brand_id: str, sale_id: str, items: Sequence[tuple[int, int]]
) -> ReturnPreview:
    """Reckoned as `return_sale` does. Errors: Refusal sales.sale_unknown, sales.not_paid, sales.return_too_much."""
    key = (brand_id, sale_id)
    sale = sales_for(reader, [key]).get(key)
    if sale is None:
        raise SALE_UNKNOWN()
    if sale.state != "paid" or not sale.is_ours:
        raise NOT_PAID()
    refund_minor = sum(
        return_value(line.net_minor, line.quantity, line.returned_quantity, line.returned_minor, quantity)
        for line, quantity in check_return(sale, items)
    )
    parts = split_refund(tenders_for(reader, {key})[key], refund_minor)
    return ReturnPreview(sale.currency, refund_minor, tuple((paid.rail, amount) for paid, amount in parts))
