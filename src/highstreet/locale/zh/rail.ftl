# Why a rail cannot take an amount (rooms/tenders/rails/pick.py).

rail-why_off = 品牌目前不接受此方式。
rail-why_off_here = 本门店不接受此方式。
rail-why_offline = 需要联网。
rail-why_currency = 不支持该币种。
rail-why_provider_down = 支付方近期没有应答。请改用其他方式，或稍后再试。
rail-why_no_member = 请先扫描会员码。
rail-why_no_card = 请先扫描礼品卡。
rail-why_card_too_little = 礼品卡余额不足。
rail-why_points_too_few = 积分不足以抵付该金额。
rail-why_payment_limit = 超过单笔限额。
rail-why_payment_minimum = 低于单笔最低金额。
rail-why_day_limit = 超过该会员今日剩余限额。
rail-why_needs_hold = 款项需数日到账：请挂单后分笔支付。
