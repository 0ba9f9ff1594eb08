event-stock-stock_low-v1 = 一笔交易售出了某货主在某门店某规格的最后一件可售库存。
event-stock-count_wanted-v1 = 收银台离线售出了账面上没有的库存，或拣货时找不到商品，请安排盘点。
event-stock-transfer_sent-v1 = 某货主的商品已从一处发往另一处，正在途中。
event-stock-transfer_received-v1 = 商品已到达目的地，或在目的地登记为损失；`left` 为仍在途件数。
event-stock-transfer_cancelled-v1 = 调拨在收货前取消：商品已退回发出方。
