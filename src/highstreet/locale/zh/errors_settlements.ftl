settlements-not_over = 该期间尚未结束
    .detail = 只能为已结束的期间出具对账单，{ $last_day } 尚未结束。
settlements-not_next = 不是下一个期间
    .detail = 对账单须首尾相接，不得间断或重叠；截至 { $last_day } 的对账单须先完成。
