event-settlements-statements_made-v1 = 各方该期间的对账单已出具。
