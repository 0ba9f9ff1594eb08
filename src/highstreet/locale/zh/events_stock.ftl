event-stock-stock_low-v1 = 一笔交易售出了某货主在某门店某规格的最后一件可售库存。
