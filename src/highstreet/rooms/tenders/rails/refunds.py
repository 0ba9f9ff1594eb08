"""A refund as a draft: what of it follows from the payment that it gives back."""

from dataclasses import replace
from datetime import datetime

from highstreet.rooms.tenders.model import RAIL_KINDS, Tender, refund_state
from highstreet.rooms.tenders.rails.references import creditor_reference


def refund_of(
    paid: Tender,
    refund_id: str,
    amount_minor: int,
    at: datetime,
    *,
    place_id: str | None = None,
    register_id: str | None = None,
    return_id: str | None = None,
    slip: str | None = None,
    reason: str | None = None,
    is_owed: bool = False,
) -> Tender:
    """Give back `amount_minor` of a payment by its own rail; captured at once where the rail is, else pending.

    `place_id`: where, else the payment's. `slip`: the number of the card terminal's slip that was made for it.
    `is_owed`: nobody of the place is there to hand it out. A transfer gets a reference of its own (ISO 11649).
    """
    reference = paid.reference
    if RAIL_KINDS[paid.rail].needs_number:
        reference = slip
    elif paid.rail == "transfer":
        reference = creditor_reference(refund_id)
    refund = Tender(
        brand_id=paid.brand_id,
        id=refund_id,
        sale_id=paid.sale_id,
        return_id=return_id,
        refunds_tender_id=paid.id,
        place_id=place_id or paid.place_id,
        register_id=register_id,
        direction="out",
        rail=paid.rail,
        state="pending",
        currency=paid.currency,
        amount_minor=amount_minor,
        reason=reason,
        created_at=at,
        reference=reference,
    )
    state = refund_state(refund, is_owed=is_owed)
    return replace(refund, state=state, settled_at=at if state == "captured" else None)
