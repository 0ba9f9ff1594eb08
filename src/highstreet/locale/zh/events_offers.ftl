# `offers` 事件的含义。

event-offers-offer_published-v1 = 新的优惠活动已发布；在其起止时间内可以领券。
event-offers-coupon_claimed-v1 = 某人领取了一张优惠券。
event-offers-coupon_redeemed-v1 = 一张优惠券已在交易中核销。
event-offers-coupon_rolled_back-v1 = 预占已回滚：优惠券、预算与个人次数均已恢复。
event-offers-coupon_returned-v1 = 商品已退：相应优惠金额退回预算；整单退回后优惠券可再次使用。
