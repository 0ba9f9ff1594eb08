tenders-cash_too_little = 现金不足
    .detail = 收到的现金少于应以现金支付的金额。
tenders-sum_differs = 支付金额与应付总额不符
    .detail = 每笔金额须大于零，合计须与应付金额完全一致。
tenders-id_taken = 支付编号已被使用
    .detail = 新的支付请使用新的编号。
tenders-not_found = 未找到该支付
    .detail = 此处没有该支付，或其不属于您。
tenders-refund_too_much = 超过已支付金额
    .detail = 退款不得超过该笔支付的剩余金额。
tenders-notice_forged = 通知并非来自支付方
    .detail = 签名无效、已过期，或收件商户不符。
tenders-notice_malformed = 无法读取通知
    .detail = 请完整地重新发送。
tenders-bill_malformed = 无法读取对账单
    .detail = 读到第 { $line } 行时中止，未进行任何核对。
tenders-bill_not_ready = 对账单尚未生成
    .detail = 支付方在次日上午生成前一日的对账单。
tenders-rail_down = 支付方没有应答
    .detail = 目前无法确认是否有资金变动。请重试，或改用其他支付方式。
tenders-qr_malformed = 无法识别该码
    .detail = 它不是 EMV 支付码，或部分内容有误。没有发生支付。
tenders-slip_used = 该刷卡单已使用
    .detail = 刷卡单 { $number } 今天已在本收银台用于另一笔支付，请核对单号。
tenders-slip_missing = 缺少刷卡单号
    .detail = 请先在刷卡机上退款，再提供退款单号。
tenders-slip_unused = 刷卡单号多于刷卡机应退的笔数
    .detail = 款项全部或部分按其他方式退回。请撤销刷卡机上多退的款项，只提供要求的单号。
tenders-card_unknown = 未找到该礼品卡
    .detail = 卡号有误，或该卡已停用。请核对，或改用其他支付方式。
tenders-card_expired = 礼品卡已过期
    .detail = 该卡不能再用于支付，请选择其他支付方式。
tenders-card_too_little = 礼品卡余额不足
    .detail = 余额少于应以此卡支付的金额。可先用它支付一部分，其余改用其他方式。
tenders-over_limit = 超过限额
    .detail = { $limit ->
        [payment] 通过 { $rail } 的单笔支付金额超过限额。
        [day] 该会员今日通过 { $rail } 的支付已达限额。
        [dynamic_day] 该会员今日通过 { $rail } 动态码的支付已达限额。
       *[static_day] 该会员今日通过 { $rail } 静态码的支付已达限额。
    }应答中列明限额与剩余额度。可先支付一部分，其余改用其他方式。
tenders-under_minimum = 低于该支付方式的最低金额
    .detail = 通过 { $rail } 的支付须达到更高金额，请选择其他方式。
tenders-rules_malformed = 规则无效
    .detail = 每种支付方式（{ $rail }）只写一次，且最低金额不得高于最高金额。未作任何更改。
tenders-cleared_already = 无需更改
    .detail = 该差异已是所要的状态。
tenders-bill_other_day = 对账单不是这一天的
    .detail = 一份对账单只含一天。文件中有：{ $days }。
tenders-bill_file_unknown = 该支付通道没有对账单格式
    .detail = 无法读取 { $rail } 的对账单文件。
tenders-statement_malformed = 无法读取银行流水
    .detail = 读到第 { $line } 行停止。未做任何核对。
tenders-statement_columns = 无法识别银行流水的列
    .detail = 请指明各列的含义。文件中有：{ $found }。缺少：{ $missing }。
tenders-not_refused = 该退款未被拒绝
    .detail = 只有被支付机构最终拒绝的退款才能改走其他通道，且仅限一次。
tenders-not_pending = 没有等待中的转账
    .detail = 只有银行流水尚未显示的转账退款才能标记为已汇出。
tenders-file_too_long = 文件过长
    .detail = { $reason ->
        [rows] 文件超过 { $limit } 行。
        [days] 其中的记录超过 { $limit } 天。
        [references] 各行中可能为参考号的词超过 { $limit } 个。
        [entry] 其中一笔分录超过 { $limit } 个部分。
       *[elements] 其中的 XML 元素超过 { $limit } 个。
    }未做任何核对。请按较短的日期区间分成几份上传。
tenders-file_packed = 未读取该压缩文件
    .detail = { $reason ->
        [too_many] 其中的文件过多。
        [too_large] 解压后过大。
        [nested] 其中还有压缩文件，请先解压。
        [locked] 文件设有密码。
        [many] 其中不止一个文件：一份对账单应为一个文件。
        [empty] 其中没有文件。
       *[broken] 文件已损坏，或压缩方式无法识别。请使用 zip 或 gzip。
    }未做任何核对。
