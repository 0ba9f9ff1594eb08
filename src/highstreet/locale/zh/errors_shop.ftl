# 顾客流程的拒绝。

shop-service_needed = 需要同意会员服务
    .detail = 只有同意“会员与小票”用途，会员功能才能使用。
