ledger-same_account = 借贷双方为同一账户
    .detail = 转账须在两个不同的账户之间进行。
ledger-amount_not_positive = 金额须大于零
    .detail = 转账金额须大于零；相反方向请另记一笔反向转账。
ledger-accounts_apart = 账户不能互转
    .detail = 转账须在同一品牌、同一币种之内进行。
