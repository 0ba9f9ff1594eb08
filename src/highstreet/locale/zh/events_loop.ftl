event-loop-touched-v1 = 一台设备接触了一个码。仅在同意效果衡量后才带有个人。
event-loop-credit_given-v1 = 一笔交易归因到一个码，不涉及个人。
event-loop-credit_reversed-v1 = 退货扣回了交易的部分或全部归因。
