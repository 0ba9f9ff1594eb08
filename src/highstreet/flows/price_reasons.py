"""Why a sale's price is what it is, in words for a receipt; and what was otherwise than it would have been."""

from collections.abc import Sequence
from typing import Any

from highstreet.flows.price_sale import PricedSale
from highstreet.kernel.i18n import text
from highstreet.rooms.goods import BY_HAND, CHARGED_OFFLINE, AppliedRule
from highstreet.rooms.stock import Shortfall


def discounts_of(priced: PricedSale) -> list[dict[str, Any]]:
    """Why the price is lower than the list, in words for a receipt."""
    reasons = []
    for applied in priced.basket.applied:
        if applied.kind in (BY_HAND, CHARGED_OFFLINE):
            reasons.append(_without_offer(applied))
            continue
        source = priced.coupons[applied.coupon_id or applied.offer_id]
        reasons.append(
            {
                "offer_id": applied.offer_id,
                "coupon_id": applied.coupon_id,
                "kind": applied.kind,
                "title_en": source.title_en,
                "title_zh": source.title_zh,
                "amount_minor": applied.discount_minor,
            }
        )
    return reasons


def _without_offer(applied: AppliedRule) -> dict[str, Any]:
    return {
        "offer_id": applied.offer_id,
        "coupon_id": None,
        "kind": applied.kind,
        "title_en": text("en", f"sale-{applied.kind}"),
        "title_zh": text("zh", f"sale-{applied.kind}"),
        "amount_minor": applied.discount_minor,
    }


def differences_of(priced: PricedSale, short: Sequence[Shortfall]) -> tuple[dict[str, Any], ...]:
    """What of a sale charged offline was otherwise: its price, coupons that help no more, pieces we had not
    counted, a member who is gone, a contract that is another by now.
    """
    if priced.ask.charged_minor is None:
        return ()
    found: list[dict[str, Any]] = [
        {"what": "price", "off_minor": a.discount_minor, "owner_party_id": a.funder_party_id}
        for a in priced.basket.applied
        if a.kind == CHARGED_OFFLINE
    ]
    found += [{"what": "coupon", "coupon": code, "reason": reason} for code, reason in priced.unusable]
    gtins = {line.line_no: line.gtin for line in priced.lines}
    found += [{"what": "stock", "gtin": gtins[s.take.line_no], "missing": s.missing} for s in short]
    if priced.ask.member_id is not None and priced.member is None:
        found.append({"what": "member"})
    if priced.is_contract_other:
        contract = priced.contract
        found.append({"what": "contract", "contract_id": contract.id, "version": contract.version})
    return tuple(found)
