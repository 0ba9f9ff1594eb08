event-sales-sale_paid-v1 = 一笔交易已付清；事件中带有小票。
event-sales-sale_abandoned-v1 = 一笔交易在支付前被放弃。
event-sales-order_moved-v1 = 顾客订单的某一笔付款开始、到账、失败或退回，或者订单被取消。
event-sales-sale_returned-v1 = 已支付交易中的部分商品被退回。
event-sales-return_approved-v1 = 员工批准某笔交易在退货期限之后仍可退货。
