# 收银台页面：谁在收银、店长授权、手工改价。

# 当班人员
register-clerk = 当班人员
register-clerk_signed_in_nobody = 无人登录
register-clerk_is = { $name } 已登录，有效至 { $until }。
register-clerk_who = 选择登录人
register-clerk_approver = 可授权
register-clerk_sign_in = 登录
register-clerk_sign_out = 退出
register-clerk_none = 本店还没有人设置 PIN。请总部在“员工”页面设置；在此之前收银台照常使用。
register-clerk_gone = { $name } 的登录已失效。上一步操作正在等待：请重新登录，或不记名继续。
register-clerk_gone_somebody = 操作人的登录已失效。上一步操作正在等待：请重新登录，或不记名继续。
register-clerk_nobody = 不记名继续
register-clerk_over = { $name } 已退出：班次时间已到。
register-keys_clerk = 用 PIN 登录或退出
register-pin = { $name } 的 PIN
register-pin_form = 4 至 8 位数字
register-pin_wrong = PIN 不正确。连续输错十次将被锁定。
register-pin_other = 换一个人

# 店长授权
register-approve = 需要店长授权
register-approve_return = 待退金额
register-approve_give_up = 放弃此单，已收各笔将退回
register-approve_allowance = 商品不退，退回金额
register-approve_price = 手工改价减去的金额
register-approve_else = 金额
register-approve_who = 选择授权人
register-approve_do = 授权
register-approve_nobody = 本店可授权的人都没有 PIN。请店长登录总部后台，在“我的账号”的“收银台 PIN”中设置。
register-approve_cancel = 暂不

# 手工改价
register-price = 手工改价
register-price_of = 手工修改 { $name } 的价格
register-price_new = 新单价
register-price_hint = 不得高于标价，收款时需店长授权。
register-price_most = 不得高于标价 { $amount }。
register-price_set = 改价
register-price_understood = 保持原价
register-price_back = 恢复标价
register-price_by_hand = 门店改价
register-price_away = 需要网络：店长授权须经服务器确认。
register-price_waits = 有手工改价的商品，须等网络恢复。请移除该商品，或稍候。
register-keys_price = 手工修改该行价格

# 商品不退，退回部分金额
register-amount_back = 商品不退，退部分金额
register-amount_back_hint = 按原支付方式退回，需店长授权。
register-amount_back_most = 不得高于实付 { $amount }。
register-amount_back_why = 原因
register-amount_back_do = 退款
register-amount_back_owed = 尚未付出：请从钱箱取出交给顾客。
register-owed_cash = 尚欠顾客现金 { $amount }：请付出
register-owed_slip = 尚欠顾客刷卡退款 { $amount }：请在刷卡机上退款
register-owed_done = 已付出 { $amount }
register-refund_is_refused = 已收回商品，款项未退
register-refund_is_refused_amount = 款项未退
register-refund_is_owed = 尚未付出
register-refund_is_under_way = 款项退回中
register-refund_next_refused = 请勿从钱箱付款。总部可在“待处理”中看到，并改用其他方式退款；之后请在“退货”中扫描小票。
register-refund_next_owed = 请现在付给顾客。若暂不付出，可稍后在“退货”中扫描小票付出。
register-refund_next_under_way = 尚未确认到账，此处无需其他操作。
register-refund_transfer = 由总部以银行转账退回。
