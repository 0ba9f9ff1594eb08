# 顾客手机上的到店自提订单：下单、分笔付款、代付链接、取消。

## 下单
shop-order-gate = 预订，到店自提
    .why = 登录后可为你保留商品和价格。
shop-order-none = 这里没有可预订的商品
    .what = 该门店不接受预订，或者商品已下架。
shop-order-to_place = 查看门店
shop-order-quantity = 件数
shop-order-fewer = 减一件
shop-order-more = 加一件
shop-order-list = 标价合计
shop-order-off = 优惠
shop-order-total = 合计
shop-order-deposit_now = 订金，手机支付
shop-order-due_later = 尾款，到店或手机支付
shop-order-pickup_at = 自提门店：{ $place }
shop-order-kept = 商品和价格先保留半小时，等你付订金；付过订金后保留到 { $day }。
shop-order-balance = 尾款可用手机支付，也可在{ $brand }任一门店支付，可以分几种方式付。
shop-order-back = 付清之前可以取消，每笔款项原路退回。
shop-order-place_order = 下单并付订金
shop-order-join = 加入{ $brand }后预订
    .why = 预订只对会员开放：品牌需要知道商品为谁保留。

## 单个订单
shop-order-title = 我的订单
shop-order-pay_deposit_by = 请在 { $time } 前付订金 { $amount }，否则商品不再保留。
shop-order-kept_until = 为你保留到 { $day }。
shop-order-closing = 订单已取消，款项正在退回。
shop-order-given_up = 订单已取消。
    .what = 商品和价格不再保留。
shop-order-paid_of = 已付 { $paid }，共 { $total }
shop-order-left = 还需付 { $amount }
shop-order-under_way = { $amount } 正在支付
shop-order-linked = 其中 { $amount } 已发代付链接
shop-order-deposit_linked = 订金中有 { $amount } 在代付链接里：请让对方付款，或结束链接。
shop-order-nothing_left = 除正在支付的款项外，已没有待付金额。
shop-order-picked_up_at = 自提门店

## 付一笔
shop-order-pay = 付一笔
shop-order-amount = 金额
shop-order-amount_bad = 请输入金额，例如 { $example }。
shop-order-amount_most = 最多还可付 { $most }。
shop-order-the_deposit = 订金 { $amount }
shop-order-all_left = 全部剩余 { $amount }
shop-order-pay_by = 用{ $rail }付 { $amount }
shop-order-rail_most = { $rail }现在最多可付 { $most }。
shop-order-rail_least = { $rail }最少付 { $least }。
shop-order-no_rails = 现在无法用手机付款，请到店支付。
shop-order-open_rail = 打开{ $rail }
shop-order-scan_other = 也可以用另一部手机扫码。
shop-order-wait = 正在等待付款。可以关闭此页，付款结果会自动显示。
shop-order-unknown = 这笔款是否已付，目前还不清楚。
    .what = 支付机构暂时没有答复。我们会继续查询，一有结果就显示在这里。请不要重复付款。
shop-order-part_paid = 已付 { $amount }。
shop-order-part_failed = 这笔付款没有成功。
    .what = 没有收款，可以重新支付。
shop-order-show_again = 再次显示
shop-order-call_back = 撤回
shop-order-called_back = 已撤回，可以重新支付。

## 付款记录
shop-order-payments = 付款记录
shop-order-no_payments = 还没有付款。
shop-order-state_captured = 已付
shop-order-state_pending = 等待付款
shop-order-state_unknown = 尚不清楚
shop-order-state_failed = 未成功
shop-order-state_reversed = 已撤回
shop-order-back_by = 退回{ $rail }
shop-order-back_captured = 已退回
shop-order-back_pending = 退款中
shop-order-back_unknown = 退款中，待确认
shop-order-back_failed = 被拒绝，门店会处理
shop-order-back_waits = 请到{ $place }领取

## 请别人代付
shop-order-link = 请别人代付一笔
    .what = 对方用自己的手机、自己选的方式付款。对方会看到品牌、门店和金额，看不到你是谁。
shop-order-pay_link = 代付链接
shop-order-make_link = 生成代付链接
shop-order-link_of = 代付链接 { $amount }
shop-order-link_send = 发给代付的人。只能付一次，{ $time } 前有效。
shop-order-link_text = 请帮我在{ $brand }付 { $amount }
shop-order-share = 分享
shop-order-copy = 复制链接
shop-order-copied = 链接已复制。
shop-order-copy_code = 复制订单码
shop-order-code_copied = 订单码已复制。
shop-order-link_show = 显示链接
shop-order-end_link = 停用链接
shop-order-link_ended = 链接已停用，可以重新支付。
shop-order-by_link = { $rail }，别人代付
shop-order-link_open = { $time } 前有效
shop-order-link_state_waiting = 对方正在付款
shop-order-link_state_paid = 已付
shop-order-link_state_expired = 已过期
shop-order-link_state_ended = 已停用

## 到店
shop-order-at_shop = 到店
    .what = 在{ $brand }的收银台出示此码，即可找到你的订单。
shop-order-code = 订单码
shop-order-where = 钱包、礼品卡和积分可在{ $brand }任一门店支付；现金和刷卡请到{ $place }。

## 取消
shop-order-cancel = 取消订单
shop-order-cancel_ask = 要取消这个订单吗？
shop-order-cancel_free = 商品和价格不再保留。还没有付款。
shop-order-cancel_back = 商品和价格不再保留。以下款项会退回：
shop-order-to_cash = 现金 { $amount }，请到{ $place }领取
shop-order-to_slip = { $amount } 退到银行卡，请到{ $place }办理
shop-order-to_points = { $amount } 退为积分
shop-order-to_rail = { $amount } 退回{ $rail }
shop-order-to_payer = { $amount } 退回代付人的{ $rail }
shop-order-cancel_open = 正在支付的款项会撤回，代付链接会停用。
shop-order-cancel_yes = 取消订单
shop-order-cancel_no = 保留订单
shop-order-cancelled = 订单已取消，款项原路退回。

## 列表
shop-order-open_orders = 进行中的订单
shop-order-given_up_orders = 已取消

## 送货
shop-order-way = 您想怎么收货？
shop-order-way_pickup = 到店自提
shop-order-way_delivery = 送货上门
shop-order-to = 收货地址
shop-order-to_name = 姓名
shop-order-to_street = 街道门牌
shop-order-to_postcode = 邮编
shop-order-to_city = 城市
shop-order-to_phone = 电话
shop-order-to_note = 给送货人的话
shop-order-optional = （可不填）
shop-order-leaves = 付款后 { $hours } 小时内由最合适的门店寄出。寄出前只有打包的人和品牌能看到此地址。
shop-order-back_delivery = 寄出前可以取消；找不到的商品会退款。
shop-order-place_delivery = 下单并付款
shop-order-sold_by = 销售门店
shop-order-paid_whole = 已付清，货款在商品寄出前保留。
shop-order-missing = 有 { $count } 件没找到，其余寄出后退款。
shop-order-parcel = { $carrier } 承运，单号 { $number }
shop-order-receipt = 小票
shop-order-delivery_waiting = 付款后，最迟 { $by } 寄出。
shop-order-delivery_packing = 正在打包，最迟 { $by } 寄出。
shop-order-delivery_sent = 正在送往您那里。
shop-order-delivery_ended = 已取消。
shop-order-sent_orders = 正在送往您那里
