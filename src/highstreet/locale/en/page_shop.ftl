# The shopper's pages: the shell, the map and the place's page. The rest: page_shop_me.ftl.
shop-title = What is near
shop-tab_map = Map
shop-tab_feed = Feed
shop-tab_scan = Scan
shop-tab_wallet = Wallet
shop-tab_orders = Orders
shop-to_map = To the map
shop-install = Install
    .why = Keep Highstreet on your home screen: your wallet then opens without a network too.
