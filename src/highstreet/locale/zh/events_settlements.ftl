event-settlements-statements_made-v1 = 各方该期间的对账单已出具。
event-settlements-payments_opened-v1 = 各方按对账单互欠的款项已抵销，余额待支付。
event-settlements-payment_ended-v1 = 双方之间的一笔付款已完成或被退回。
event-settlements-dispute_opened-v1 = 一方对对账单或交易分成提出异议。
event-settlements-dispute_ended-v1 = 异议已同意、驳回或撤回。
