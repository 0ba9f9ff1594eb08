"""Offers and what came of them: who was led to them, how many coupons were taken and used, what they cost."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows import lists
from highstreet.flows.lists import SharedCoupon
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader
from highstreet.rooms.loop import FunnelRow, codes_of_brand, funnel
from highstreet.rooms.offers import OfferFacts, OfferUses, offer_by_id, offers_of_brand, uses_by_offer
from highstreet.rooms.parties import Party, parties_of_brand

UNUSED = OfferUses(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class OfferResult:
    """An offer, who pays for it, how its coupons were used, and its coupons for everybody."""

    offer: OfferFacts
    funder: Party | None
    uses: OfferUses
    shared: tuple[SharedCoupon, ...]
    codes: tuple[FunnelRow, ...] = ()

    @property
    def touches(self) -> int:
        """How often codes that lead to it were scanned."""
        return sum(code.touches for code in self.codes)

    def state(self, now: datetime) -> str:
        """paused, soon, over, spent, claimed_out or running."""
        offer = self.offer
        if not offer.is_active:
            return "paused"
        if now < offer.starts_at:
            return "soon"
        if now >= offer.ends_at:
            return "over"
        if offer.budget_minor is not None and offer.spent_minor >= offer.budget_minor:
            return "spent"
        is_out = offer.limit_total is not None and offer.claimed >= offer.limit_total
        return "claimed_out" if is_out else "running"


def offer_results(reader: Reader, brand_id: str) -> list[OfferResult]:
    """All of a brand's offers, the newest first."""
    funders = {party.id: party for party in parties_of_brand(reader, brand_id)}
    uses, shared = uses_by_offer(reader, brand_id), lists.shared_coupons(reader, brand_id)
    return [
        OfferResult(
            offer,
            funders.get(offer.funder_party_id),
            uses.get(offer.offer_id, UNUSED),
            tuple(coupon for coupon in shared if coupon.offer_id == offer.offer_id),
        )
        for offer in offers_of_brand(reader, brand_id, None)
    ]


def offer_result(reader: Reader, brand_id: str, offer_id: str, now: datetime) -> OfferResult:
    """One offer, with the codes that lead to it. Errors: Refusal request.not_found."""
    offer = offer_by_id(reader, brand_id, offer_id)
    if offer is None:
        raise REQUEST_NOT_FOUND()
    funders = {party.id: party for party in parties_of_brand(reader, brand_id)}
    shared = [c for c in lists.shared_coupons(reader, brand_id) if c.offer_id == offer_id]
    leading = {code.code_id for code in codes_of_brand(reader, brand_id) if code.offer_id == offer_id}
    rows = funnel(reader, brand_id, min(offer.starts_at, now), now) if leading else []
    return OfferResult(
        offer,
        funders.get(offer.funder_party_id),
        uses_by_offer(reader, brand_id, offer_id).get(offer_id, UNUSED),
        tuple(shared),
        tuple(row for row in rows if row.code_id in leading),
    )
