event-registers-entry_taken-v1 = 收银台离线日志的一条已收：已入账、有差异地入账，或被拒而保留。
event-registers-alert_raised-v1 = 收银台离线日志有缺口或分叉、设备存储丢失，或时钟有误。
event-registers-act_approved-v1 = 店长在收银台授权了一次操作：退货、放弃交易或退款。
