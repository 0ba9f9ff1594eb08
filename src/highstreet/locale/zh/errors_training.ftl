# `training` 的拒绝。

training-sale_unknown = 未知的训练交易
    .detail = 该收银台没有练习过这笔交易，或没有这一行。
training-not_open = 此处无法练习
    .detail = 该训练交易的状态不允许此操作。
