# 纸质小票。

receipt-title = 小票
receipt-sum = 小计
receipt-total = 合计
receipt-change = 找零
receipt-register = 收银台
receipt-tax_number = 税号
receipt-training = 仅供训练，未发生交易
receipt-thanks = 谢谢惠顾！
