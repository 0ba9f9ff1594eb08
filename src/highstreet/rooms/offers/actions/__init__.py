"""Writes of offers. Limits are guarded by the statements that move them, never by a read before."""

from highstreet.rooms.offers.actions.claim_coupon import ClaimCoupon, claim_coupon
from highstreet.rooms.offers.actions.give_back import ReturnUse, return_redemptions, roll_back
from highstreet.rooms.offers.actions.keep_counts import (
    PhoneCounts,
    forget_counts,
    keep_counts,
    restore_counts,
)
from highstreet.rooms.offers.actions.publish_offer import (
    PublishOffer,
    PublishSharedCoupon,
    SetOfferActive,
    check_offer,
    publish_offer,
    publish_shared_coupon,
    set_offer_active,
)
from highstreet.rooms.offers.actions.use_coupons import SaleRef, UseCoupon, redeem_reserved, use_coupons

__all__ = [
    "ClaimCoupon",
    "PhoneCounts",
    "PublishOffer",
    "PublishSharedCoupon",
    "ReturnUse",
    "SaleRef",
    "SetOfferActive",
    "UseCoupon",
    "check_offer",
    "claim_coupon",
    "forget_counts",
    "keep_counts",
    "publish_offer",
    "publish_shared_coupon",
    "redeem_reserved",
    "restore_counts",
    "return_redemptions",
    "roll_back",
    "set_offer_active",
    "use_coupons",
]
