"""How a receipt's price came about, and which code was thanked for the visit, for the shopper whose it is."""

from dataclasses import dataclass
from typing import Any

from highstreet.flows.explain_sale import proof_holds
from highstreet.flows.lists import TouchedWith, touch_with_code
from highstreet.kernel.tx import Reader
from highstreet.rooms.loop import credits_for
from highstreet.rooms.offers import OfferFacts, offer_by_id
from highstreet.rooms.sales import SALE_UNKNOWN, Sale, sales_for


@dataclass(frozen=True, slots=True)
class ExplainedReceipt:
    """A sale, the offers that its proof names, and the touch that was given credit.

    `holds` is None for history, which has no proof.
    """

    sale: Sale
    holds: bool | None
    offers: dict[str, OfferFacts]
    touch: TouchedWith | None


def explain_receipt(reader: Reader, person_id: str, brand_id: str, sale_id: str) -> ExplainedReceipt:
    """One's own paid sale. Errors: Refusal sales.sale_unknown, also for another person's."""
    key = (brand_id, sale_id)
    sale = sales_for(reader, [key]).get(key)
    if sale is None or sale.person_id != person_id or sale.state != "paid":
        raise SALE_UNKNOWN()
    credit = credits_for(reader, [key]).get(key)
    stated: list[dict[str, Any]] = [*sale.proof.get("rules", ()), *sale.proof.get("rejected", ())]
    found = (offer_by_id(reader, brand_id, offer_id) for offer_id in sorted({s["offer_id"] for s in stated}))
    return ExplainedReceipt(
        sale=sale,
        holds=proof_holds(sale),
        offers={offer.offer_id: offer for offer in found if offer is not None},
        touch=None if credit is None else touch_with_code(reader, brand_id, credit.touch_id),
    )
