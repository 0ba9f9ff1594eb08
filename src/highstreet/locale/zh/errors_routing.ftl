routing-rules_malformed = 无法读取这些规则
    .detail = { $field } 缺失、未知，或不是从 0 起的整数。
routing-rules_changed = 规则刚刚被修改
    .detail = 现行版本为 { $version }。请先查看，再重新修改。
routing-decided_meanwhile = 此订单刚刚已完成路由
    .detail = 请先查看已有决定，再重新路由。
