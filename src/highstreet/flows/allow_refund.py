"""Money back by the head office: an amount while the goods stay.

It needs a member of staff and a reason. What is handed out in cash stays owed until a register does it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from highstreet.flows.return_sale import Returned, answer_of, give_back, paid_sale
from highstreet.flows.stand_at_register import ActHere, check_approved, note_clerk
from highstreet.kernel import idempotency
from highstreet.kernel.tx import Tx
from highstreet.rooms.registers import ALLOWANCE
from highstreet.rooms.sales import ReturnLine, Sale, SaleReturn, record_return, spread_allowance

SCOPE = "allowance"


@dataclass(frozen=True, slots=True)
class AllowRefund:
    """Give back `amount_minor` of a paid sale, goods staying where they are. The client made `return_id`."""

    brand_id: str
    return_id: str
    sale_id: str
    amount_minor: int
    reason: str
    staff_id: str | None
    """Of the head office; at a register it is whose approval lets it be done."""
    fingerprint: str
    at: datetime
    register_id: str | None = None
    """The register that it is done at, if any; cash is owed all the same until one hands it out."""
    approval_id: str | None = None
    clerk_id: str | None = None

    @property
    def key(self) -> str:
        """Idempotency key."""
        return f"{self.brand_id}:{self.return_id}"


def allow_refund(tx: Tx, command: AllowRefund) -> Returned:
    """Spread the amount over what is left of the lines and reverse points, shares and credit by it (G3).

    Stock and coupons stay: the goods were kept. Errors: Refusal sales.sale_unknown, sales.not_paid,
    sales.allowance_too_much (left_minor), idempotency.mismatch; at a register also as `check_approved`.
    """
    before = idempotency.stored(tx, SCOPE, [command.key]).get(command.key)
    if before is not None:
        return Returned(before.check(command.fingerprint), ())
    sale = paid_sale(tx, (command.brand_id, command.sale_id))
    staff_id = command.staff_id if command.register_id is None else _approver(tx, sale, command)
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
        staff_id=staff_id,
    )
    record_return(tx, back)
    refunds = give_back(tx, sale, back, lines, None)
    answer: dict[str, Any] = answer_of(back, refunds)
    idempotency.remember(tx, SCOPE, [(command.key, command.fingerprint, answer)], command.at)
    return Returned(answer, tuple(t for t in refunds if t.state == "pending"))


def _approver(tx: Tx, sale: Sale, command: AllowRefund) -> str:
    act = ActHere(
        brand_id=sale.brand_id,
        register_id=str(command.register_id),
        act=ALLOWANCE,
        sale_id=sale.id,
        amount_minor=command.amount_minor,
        currency=sale.currency,
        used_for=command.return_id,
        at=command.at,
        approval_id=command.approval_id,
    )
    approval = check_approved(tx, act)
    assert approval is not None  # this act always needs one
    note_clerk(tx, (sale.brand_id, command.return_id), act.register_id, command.clerk_id, command.at)
    return approval.staff_id
