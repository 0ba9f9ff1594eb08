event-stock-stock_low-v1 = 一笔交易售出了某货主在某门店某规格的最后一件可售库存。
event-stock-count_wanted-v1 = 收银台离线售出了账面上没有的库存，或拣货时找不到商品，请安排盘点。
