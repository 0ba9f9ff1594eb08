stock-not_enough = 库存不足
    .detail = 可售数量少于所需数量。
stock-not_reserved = 未预留
    .detail = 已预留数量少于所需数量。
stock-count_below_reserved = 盘点数低于预留数
    .detail = 订单已预留的数量多于盘点数。请先释放或转移订单，再重新盘点。
stock-counted_twice = 重复盘点
    .detail = 同一规格、门店和货主在本次盘点中出现了多次。
