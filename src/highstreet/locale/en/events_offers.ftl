# What the events of the room `offers` mean.

event-offers-offer_published-v1 = An offer came into being; coupons can be claimed between its two instants.
event-offers-coupon_claimed-v1 = A person took a coupon from an offer.
event-offers-coupon_redeemed-v1 = A coupon was used in a sale, for good.
event-offers-coupon_rolled_back-v1 = A reserved use was given up: the coupon, its budget and its person have it back.
event-offers-coupon_returned-v1 = Goods came back: part of the discount went back to the budget; after the whole sale the coupon can be used again.
