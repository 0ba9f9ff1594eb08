"""What a return would give back, and by which way, before anything is done: the till says so to the shopper."""

from collections.abc import Sequence
from dataclasses import dataclass

from highstreet.flows.return_sale import read_paid_sale, refunds_of_lines
from highstreet.kernel.tx import Reader
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
    """What `return_sale` would do. Errors: Refusal sales.sale_unknown, sales.not_paid, sales.return_too_much."""
    key = (brand_id, sale_id)
    sale = read_paid_sale(reader, key)
    refund_minor = sum(refund for _, _, refund in refunds_of_lines(sale, items))
    parts = split_refund(tenders_for(reader, {key})[key], refund_minor)
    return ReturnPreview(sale.currency, refund_minor, tuple((paid.rail, amount) for paid, amount in parts))
