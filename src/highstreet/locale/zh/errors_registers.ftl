# 收银台离线日志的拒绝（rooms/registers/errors.py）。

registers-journal_gap = 缺少日志条目
    .detail = 收到第 { $seq } 条，但应为第 { $expected_seq } 条。请从该条开始重发。
registers-journal_forked = 日志已分叉
    .detail = 第 { $seq } 条与已收的同号条目不同，或不接在前一条之后。设备存储是否被复制过？
registers-journal_unknown = 没有这个日志
    .detail = 该收银台从未上传过此日志，或没有需要处理的内容。
registers-entry_malformed = 无法识别该条目
    .detail = 字段 { $field } 格式有误。条目已保留，由总部处理。
registers-sold_with_difference = 已入账，但有差异
    .detail = 按实收入账；价格、优惠券、会员、库存、合同或授权与当时不同。
registers-already_seen = 已处理
    .detail = 已有人先处理了。
registers-clerk_gone = 收银员未登录
    .detail = 此前在本收银台登录的人员已失效，或无权在此收银。请重新用 PIN 登录。
registers-not_approver = 无权批准
    .detail = 仅本门店或品牌的管理者可以批准。
registers-approval_unusable = 该授权不适用
    .detail = 授权已使用、已过期，或对应其他操作、金额、交易或收银台。请重新授权。
registers-charged_far_off = 实收与价格相差过大
    .detail = 按价目表应为 { $list_minor }（最小货币单位），实收 { $charged_minor }，需人工核对。
