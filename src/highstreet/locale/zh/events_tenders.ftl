event-tenders-tender_settled-v1 = 一笔支付或退款已有结果：成功、失败或已撤销。
event-tenders-tender_unknown-v1 = 一笔支付或退款结果未知，将再次向支付方查询。
event-tenders-late_success-v1 = 已失败或已撤销的支付又发生了扣款，须将款项退回。
event-tenders-late_reversal-v1 = 支付方退回了一笔已成功支付的款项，须由人工处理。
event-tenders-bill_matched-v1 = 已将支付方某日的对账单与我方支付核对。
event-tenders-rails_stated-v1 = 品牌重新设定了可用的支付通道及限额。
event-tenders-gift_cards_issued-v1 = 发行了一批等值礼品卡。
