"""Money back by the head office: an amount while the goods stay, and a refused refund by another rail.

Both need a member of staff and a reason. What is handed out in cash stays owed until a register does it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from highstreet.flows.return_sale import Returned, answer_of, give_back, paid_sale, post_refund
from highstreet.kernel import idempotency
from highstreet.kernel.tx import Tx
from highstreet.rooms.sales import ReturnLine, SaleReturn, record_return, spread_allowance
from highstreet.rooms.tenders import ReplaceRefund, Tender, replace_refund

SCOPE = "allowance"


@dataclass(frozen=True, slots=True)
class AllowRefund:
    """Give back `amount_minor` of a paid sale, goods staying where they are. The client made `return_id`."""

    brand_id: str
    return_id: str
    sale_id: str
    amount_minor: int
    reason: str
    staff_id: str
    fingerprint: str
    at: datetime

    @property
    def key(self) -> str:
        """Idempotency key."""
        return f"{self.brand_id}:{self.return_id}"


def allow_refund(tx: Tx, command: AllowRefund) -> Returned:
    """Spread the amount over what is left of the lines and reverse points, shares and credit by it (G3).

    Stock and coupons stay: the goods were kept. Errors: Refusal sales.sale_unknown, sales.not_paid,
    sales.allowance_too_much (left_minor), idempotency.mismatch.
    """
    before = idempotency.stored(tx, SCOPE, [command.key]).get(command.key)
    if before is not None:
        return Returned(before.check(command.fingerprint), ())
    sale = paid_sale(tx, (command.brand_id, command.sale_id))
    lines = [(line, 0, part) for line, part in spread_allowance(sale, command.amount_minor)]
    back = SaleReturn(
        brand_id=command.brand_id,
        id=command.return_id,
        sale_id=command.sale_id,
        place_id=sale.place_id,
        register_id=None,
        currency=sale.currency,
        refund_minor=command.amount_minor,
        reason=command.reason,
        at=command.at,
        lines=tuple(ReturnLine(line.line_no, 0, part) for line, _, part in lines),
        staff_id=command.staff_id,
    )
    record_return(tx, back)
    refunds = give_back(tx, sale, back, lines, None)
    answer: dict[str, Any] = answer_of(back, refunds)
    idempotency.remember(tx, SCOPE, [(command.key, command.fingerprint, answer)], command.at)
    return Returned(answer, tuple(t for t in refunds if t.state == "pending"))


def refund_otherwise(tx: Tx, command: ReplaceRefund) -> Tender:
    """A refund that its provider refused for good goes by another rail; a bank transfer is posted at once.

    Errors: as `replace_refund`.
    """
    instead = replace_refund(tx, command)
    if instead.state == "captured":
        post_refund(tx, instead, command.at)
    return instead
