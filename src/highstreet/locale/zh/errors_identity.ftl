# `identity` 的拒绝。

identity-phone_malformed = 手机号码格式有误
    .detail = 请输入完整的手机号码，境外号码请加国家代码。
identity-login_malformed = 登录名格式有误
    .detail = 登录名为 3 至 80 个小写字母、数字或 . _ + @ -，并以字母或数字开头。
identity-name_malformed = 姓名格式有误
    .detail = 姓名必须填写，首尾不能有空格，最多 { $limit } 个字符。
identity-password_weak = 不能使用该密码
    .detail = 密码至少需要 { $shortest } 个字符。
identity-locale_unknown = 未知的语言
    .detail = 请从提供的语言中选择。
identity-code_too_soon = 请稍候再获取验证码
    .detail = { $retry_after_s } 秒后可以再次获取。
identity-code_wrong = 验证码不正确
    .detail = 请检查验证码，或重新获取。
identity-login_wrong = 登录名或密码不正确
    .detail = 请检查后重试。
identity-pairing_wrong = 配对码不正确
    .detail = 配对码可能已使用或已过期，请向总部获取新的配对码。
identity-login_taken = 登录名已被使用
    .detail = 请选择其他登录名。
identity-already_there = 已存在
    .detail = 该密钥已签发过，未做任何更改。
identity-staff_not_found = 未找到员工
    .detail = 没有这名员工，或其不属于您。
