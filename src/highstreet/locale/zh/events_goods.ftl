# `goods` 事件的含义。

event-goods-price_changed-v1 = 某规格的价格自此刻起变更。
