channel-no_contract = 此处没有有效的渠道协议
    .detail = 该门店的分账方式尚未约定。
channel-terms_malformed = 协议条款格式有误
    .detail = 分账比例为整数基点，合计不超过 10000，每个角色只出现一次；余额归另一角色所有。
channel-period_overlaps = 生效期重叠
    .detail = 新版本的版本号和生效时间都须晚于上一版本。
