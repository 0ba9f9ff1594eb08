# 与一笔交易有关的拒绝（flows/errors.py）。

sale-register_unknown = 未知的收银台
    .detail = 该收银台或其门店已停用或删除，请在总部后台重新配对。
sale-goods_unknown = 找不到商品
    .detail = 没有编号为 { $gtin } 且以本店币种定价的商品。
sale-member_unknown = 找不到会员
    .detail = 此会员码已不属于任何会员，请不使用会员码结账。
sale-coupon_unusable = 优惠券不可用
    .detail = 优惠券 { $coupon }：{ $reason ->
        [expired] 已过期
        [not_yet] 尚未生效
        [used_up] 已被使用
        [inactive] 活动已结束
        [same_offer] 同一活动的另一张券已使用
        [needs_member] 请先扫描会员码
       *[unknown] 不适用于这位顾客
    }。请移除后重新收款。
sale-out_of_stock = 库存不足
    .detail = 本店没有任何货主有足够的 { $gtin }。请盘点货架，或减少数量。
sale-rail_off = 该支付方式不可用
    .detail = 此交易目前不能使用支付通道 { $rail }，请换一种。
sale-nothing_due = 没有应付金额
    .detail = 该交易已付清，或各笔支付已覆盖全部金额。
sale-member_needed = 需要会员码
    .detail = 使用 { $rail } 支付须在交易中出示会员码。请扫码，或选择其他方式。
sale-needs_hold = 该支付方式须先挂单
    .detail = { $rail ->
        [transfer] 银行转账需要数日：请先挂单，再将转账作为其中一部分添加。
       *[other] 刷卡单与钱包同时支付须分笔进行：请先挂单，再逐笔添加。
    }
sale-needs_approval = 需要店长授权
    .detail = 品牌规定此操作须由店长用 PIN 授权，且仅限该金额。

sale-charged_offline = 离线收款，与当时价格的差额
sale-by_hand = 门店改价
