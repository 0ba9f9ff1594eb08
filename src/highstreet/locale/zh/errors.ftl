# 内核的拒绝：标识为代码（点换成连字符）,值为标题。

request-malformed = 请求格式有误
    .detail = 提交的部分内容格式不正确，请检查后重新提交。
request-too_large = 请求内容过大
    .detail = 请减少一次提交的内容。
request-not_found = 未找到
    .detail = 此处没有内容，或内容不属于您。
request-conflict = 与现有内容冲突
    .detail = 相同的内容已存在，或所需的内容不存在。未做任何更改。
request-cross_site = 请求来自其他网站
    .detail = 只有本站页面可以代您执行此操作，请重新打开页面后再试。
method-not_allowed = 不支持该请求方法
    .detail = 此地址不支持所用的请求方法。
media-unsupported = 不支持的内容类型
    .detail = 请使用此地址支持的内容类型提交；JSON 须为 UTF-8 编码。
auth-required = 请先登录
    .detail = 请登录，或提供有效的凭证。
auth-forbidden = 没有权限
    .detail = 您已登录，但没有执行此操作的权限。
rate-limited = 请求过于频繁
    .detail = 请稍候再试。
stream-too_many = 实时连接过多
    .detail = 您打开的实时连接已达上限，请先关闭一个。
busy-try_later = 系统繁忙
    .detail = 未做任何更改，请稍后重试。
idempotency-mismatch = 请求编号已被使用
    .detail = 相同的请求编号对应了不同的内容，新请求请使用新的编号。
internal-error = 系统出错
    .detail = 这是我们的问题，已记录。

id-malformed = 编号格式有误
    .detail = 应为以 { $expected }_ 开头的编号。
money-currency_malformed = 币种格式有误
    .detail = 币种应为三位大写字母（ISO 4217）。
money-currency_mismatch = 币种不一致
    .detail = 应为 { $expected }，而不是 { $given }。
money-out_of_range = 金额超出范围
    .detail = 金额最多为 { $limit_minor } 个最小货币单位。
money-text_malformed = 金额格式有误
    .detail = { $currency } 金额应为纯数字，最多 { $decimals } 位小数。
geo-out_of_range = 坐标不在地球上
    .detail = 纬度应在 -90 至 90 度之间，经度应在 -180 至 180 度之间。

auth-in_training = 该收银台正在训练
    .detail = 这里只能练习。总部可以结束该收银台的训练。
