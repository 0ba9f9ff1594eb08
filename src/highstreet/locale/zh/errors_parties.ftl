# `parties` 的拒绝。

parties-text_malformed = 文本格式有误
    .detail = { $field } 必须填写，首尾不能有空格，最多 { $limit } 个字符。
parties-currency_malformed = 币种格式有误
    .detail = 币种应为三位大写字母（ISO 4217）。
parties-kind_unknown = 未知的合作方类型
    .detail = 加入品牌的合作方只能是经销商或商场业主。
parties-rows_malformed = 数据行有误
    .detail = 每行只能提交一次，每次最多 { $limit } 行。
parties-role_unknown = 未知的角色
    .detail = 没有这个角色。
parties-brand_not_found = 未找到品牌
    .detail = 没有这个品牌，或它不属于您。
parties-party_not_found = 未找到合作方
    .detail = 没有这个合作方，或它不属于您。
parties-place_not_found = 未找到门店
    .detail = 没有这个门店，或它不属于您。
parties-scope_not_found = 未找到授权范围
    .detail = 不能为此范围授予该角色：请选择您自己的、适合该角色的合作方或门店。
parties-already_there = 已存在
    .detail = 该编号已被添加过，未做任何更改。
parties-party_unfit = 合作方不合适
    .detail = 门店由品牌商或经销商经营；只有商场业主可以作为其业主。
parties-ref_taken = 外部编号已被占用
    .detail = 外部编号与编号指向两个不同的门店，未做任何更改。
parties-register_not_found = 未找到收银台
    .detail = 其中一个收银台不存在，或不属于您，未做任何更改。
