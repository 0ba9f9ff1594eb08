"""What offers announce. Amounts are minor units of the brand's currency."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPublished(Event):
    """An offer came into being; coupons can be claimed between the two instants."""

    name = "offers.offer_published.v1"
    offer_id: str
    kind: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponClaimed(Event):
    """A person took a coupon from an offer."""

    name = "offers.coupon_claimed.v1"
    offer_id: str
    coupon_id: str
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRedeemed(Event):
    """A coupon was used in a sale, for good."""

    name = "offers.coupon_redeemed.v1"
    offer_id: str
    coupon_id: str
    sale_id: str
    discount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRolledBack(Event):
    """A reserved use was given up: the coupon, its budget and its person have it back."""

    name = "offers.coupon_rolled_back.v1"
    offer_id: str
    coupon_id: str
    sale_id: str
    discount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponReturned(Event):
    """Goods came back: `returned_minor` of the discount went back to the budget; `is_whole` gives the use back."""

    name = "offers.coupon_returned.v1"
    offer_id: str
    coupon_id: str
    sale_id: str
    returned_minor: int
    is_whole: bool
