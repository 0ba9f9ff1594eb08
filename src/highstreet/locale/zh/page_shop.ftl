# 顾客页面的文字。
shop-title = 附近
shop-lead = 身边的门店、店里的商品，以及怎么去。
