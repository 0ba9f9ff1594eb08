ledger-same_account = One account on both sides
    .detail = A transfer goes from one account to another.
ledger-amount_not_positive = The amount is not positive
    .detail = A transfer moves more than nothing; the other direction is a transfer the other way.
ledger-accounts_apart = The accounts do not belong together
    .detail = A transfer stays within one brand and one currency.
