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

shop-map_label = 附近门店的地图，旁边的列表内容相同
shop-locate = 我的位置
shop-look_here = 搜索此区域
shop-where_why = 开启定位，最近的门店排在最前。位置不会保存。
shop-where_use = 开启
shop-where_refused = 未获得定位权限，以下为市中心附近的门店。
shop-where_far = 你离这里较远，以下为市中心附近的门店。
shop-sheet_up = 展开列表
shop-sheet_down = 显示地图

shop-search_hint = 搜商品、门店、品牌
shop-search_label = 搜索商品、门店和品牌
shop-search_found = 搜索建议
shop-clear_search = 清除搜索
shop-forget_recent = 清空搜索记录
shop-filters = 筛选
shop-open_now = 营业中
shop-one_brand = 单个品牌
shop-filter_off = 仅看{ $name }，点按取消

shop-has_it = 哪里有“{ $what }”
shop-about_here = 离你近的在前
shop-about_middle = 市中心附近
shop-about_on_foot = 步行约{ $minutes }分钟
shop-about_map = 此区域
shop-has_count = { $count ->
    [0] 附近没有
   *[other] { $count }家门店，由近到远
}
shop-more_places = 更多门店
shop-more_goods = 另有{ $count }款相符
shop-offers = { $count }项优惠
shop-nothing_near = 这里没有门店
    .why = 把地图移到别处再看看。
    .filtered = 附近没有符合筛选条件的门店。
shop-nobody_has_it = 附近没有门店有货
shop-clear_filters = 查看全部
shop-welcome = 欢迎光临{ $brand }
    .offer = “{ $offer }”可在其任一门店页领取。
    .places = 以下是它的门店，由近到远。
shop-code_unknown = 这个码已失效，先逛逛附近吧。

shop-stock_in_stock = 有货
shop-stock_few_left = 余量不多
shop-stock_ask = 请到店询问

shop-place = 门店
shop-place_close = 关闭，回到地图
shop-share = 分享
shop-share_copied = 链接已复制
shop-way = 怎么去
shop-way_show = 看路线
shop-way_from_here = 从你的位置出发。
shop-way_from_middle = 从市中心出发。
shop-way_from_map = 从地图中心出发。
shop-way_straight = 当地道路不详，按直线距离估算。
shop-way_unknown = 暂时查不到路线。
shop-not_on_map = 该门店未标在地图上。
shop-week = 营业时间
shop-today = 今天
shop-has = 店内商品
shop-has_search = 搜索店内商品
shop-has_nothing = 目前没有在库商品。
shop-has_no_such = 店内没有这个名称的商品。
shop-has_more = 查看全部
shop-members = 会员价

shop-follow = 关注
shop-following = 已关注
shop-follow_brand = 关注{ $brand }
shop-follow_means = 关注后，{ $brand }的动态会出现在你的“动态”里。{ $brand }只知道你关注了它，不会得到你的手机号。
shop-follow_offers = 接收为我挑选的优惠
    .what = { $brand }可根据你在该店的购买记录挑选动态和优惠。不勾选则收到面向所有人的内容。
shop-follow_ends = 随时可以取消：在这里，或在“我的”中。
shop-follow_signs_in = 关注品牌需要先登录：只要手机号和验证码，别无其他。
shop-followed = 已关注{ $brand }
shop-unfollowed = 已取消关注{ $brand }

shop-offers_title = 优惠
shop-offer_until = { $day }前可领
shop-offer_left = 仅剩{ $count }份
shop-offer_gone = 已领完
shop-offer_by_itself = 无需领券
shop-claim = 领取
shop-claimed = 已放入卡包
shop-claimed_show = 查看
shop-claimed_have = 已在卡包

shop-category_books = 图书礼品
shop-category_coffee = 咖啡烘焙
shop-category_cosmetics = 美妆
shop-category_electronics = 数码
shop-category_everyday = 日常服饰
shop-category_flowers = 鲜花绿植
shop-category_furniture = 家居设计
shop-category_groceries = 超市
shop-category_jewellery = 珠宝钟表
shop-category_menswear = 男装
shop-category_opticians = 眼镜
shop-category_shoes = 鞋包
shop-category_sports = 运动户外
shop-category_toys = 玩具童品
shop-category_womenswear = 女装
shop-order_it = 预订
shop-order_goods = 预订{ $goods }
