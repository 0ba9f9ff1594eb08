routing-rules_malformed = 无法读取这些规则
    .detail = { $field } 缺失、未知，或不是从 0 起的整数。
