# 顾客页面：框架、地图与门店页。其余见 page_shop_me.ftl。
shop-title = 附近
shop-tab_map = 地图
shop-tab_feed = 动态
shop-tab_scan = 扫码
shop-tab_wallet = 卡包
shop-tab_orders = 订单
shop-to_map = 回到地图
shop-install = 安装
    .why = 把 Highstreet 放到主屏幕，没有网络时也能打开卡包。
