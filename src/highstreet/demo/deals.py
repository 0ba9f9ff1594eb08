"""From the plan's deals to ours: contracts, offers, coupons for everybody.

Simplified, because the rooms do not know it yet: an assistant's share stays with the operator, who pays it
out; a dealer gets the same for selling the brand's stock as for selling its own, only the owner's part goes
to the brand; offers are good for all of a brand's goods and places, and run for a year from the seeding.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from highstreet.demo.names import brand_id, demo_id, party_id
from highstreet.rooms.channel import ShareRule, SignContract, Terms
from highstreet.rooms.offers import PublishOffer, PublishSharedCoupon
from highstreet_simulator.town.plan import TownPlan
from highstreet_simulator.town.records import Contract, Offer

COLLECTORS = {"dealer": "operator", "brand": "brand", "landlord": "landlord"}
COUPON_VALID_S = 14 * 86_400
OFFERS_RUN = timedelta(days=365)
COUPONS_SHARED = 5


def terms_of(contract: Contract) -> Terms:
    """Each role's part of a line's net; what is left over is the operator's."""
    bp: dict[str, int] = {}
    for share in contract.shares:
        bp[share.role] = bp.get(share.role, 0) + share.bp
    parts = [("landlord", bp.get("landlord_commission", 0))]
    is_own_store = contract.operator_key == contract.brand_key
    if not is_own_store:
        parts = [("brand", bp.get("brand_fee", 0)), ("stock_owner", bp.get("stock_owner", 0)), *parts]
    shares = tuple(ShareRule(role, part) for role, part in parts if part)
    return Terms(COLLECTORS[contract.collector], shares, "brand" if is_own_store else "operator")


def contracts_of(plan: TownPlan, brand_key: str, now: datetime) -> Iterator[SignContract]:
    """A brand's contracts: one for an operator's own premises, one for each place in a landlord's building."""
    for contract in plan.contracts:
        if contract.brand_key != brand_key:
            continue
        terms, starts = terms_of(contract), now + timedelta(days=contract.starts_day)
        for place_key in contract.place_keys if contract.landlord_key else (None,):
            yield SignContract(
                brand_id=brand_id(brand_key),
                contract_id=demo_id("ctr", contract.key, place_key or ""),
                version=1,
                operator_party_id=party_id(brand_key, contract.operator_key),
                place_id=demo_id("plc", place_key) if place_key else None,
                terms=terms,
                effective_from=starts,
                at=now,
            )
    yield SignContract(
        brand_id=brand_id(brand_key),
        contract_id=demo_id("ctr", brand_key, "own"),
        version=1,
        operator_party_id=party_id(brand_key, brand_key),
        place_id=None,
        terms=Terms("brand", (), "brand"),
        effective_from=now - timedelta(days=365),
        at=now,
    )


def offer_of(offer: Offer, now: datetime) -> PublishOffer:
    """One offer, with a title that promises no less and no more than our rules do."""
    title, terms = offer.title, {}
    if offer.kind == "spend_get":
        terms = {"spend_minor": offer.spend_minor, "off_minor": offer.get_minor}
        title_en, title_zh = title.en, title.zh
    elif offer.kind == "percent":
        terms = {"percent_bp": offer.percent_bp}
        percent = offer.percent_bp // 100
        title_en, title_zh = f"{percent}% off everything", f"全场立减{percent}%"
    else:
        title_en, title_zh = title.en, title.zh
    return PublishOffer(
        brand_id=brand_id(offer.brand_key),
        offer_id=demo_id("ofr", offer.key),
        kind=offer.kind,
        terms=terms,
        title_en=title_en,
        title_zh=title_zh,
        funder_party_id=party_id(offer.brand_key, offer.funder_key),
        is_stackable=offer.kind == "member_price",
        starts_at=now,
        ends_at=now + OFFERS_RUN,
        coupon_valid_s=COUPON_VALID_S,
        at=now,
        limit_total=None if offer.kind == "member_price" else offer.total,
        limit_per_person=None if offer.kind == "member_price" else offer.per_person,
    )


def shared_coupon_of(offer: Offer, now: datetime) -> PublishSharedCoupon:
    """One coupon for everybody, printed: HALLAVIRE15."""
    return PublishSharedCoupon(
        brand_id=brand_id(offer.brand_key),
        offer_id=demo_id("ofr", offer.key),
        coupon_id=demo_id("cpn", offer.key, "shared"),
        public_code=f"{offer.brand_key.upper()}{offer.percent_bp // 100}",
        cap=offer.total,
        valid_from=now,
        valid_until=now + OFFERS_RUN,
    )
