# 请求中某个字段错在哪里（kernel/malformed.py）。

malformed-allowed = 可用的值：{ $allowed }。
malformed-missing = 缺少此字段。
malformed-extra_forbidden = 没有这个字段。
malformed-ge = 不得小于 { $limit }。
malformed-gt = 须大于 { $limit }。
malformed-le = 不得大于 { $limit }。
malformed-lt = 须小于 { $limit }。
malformed-min_length = 长度至少为 { $limit }。
malformed-max_length = 长度至多为 { $limit }。
malformed-form = 格式不正确。
