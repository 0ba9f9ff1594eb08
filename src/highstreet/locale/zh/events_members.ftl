event-members-followed-v1 = 有人开始关注某品牌。
event-members-unfollowed-v1 = 有人取消关注某品牌。
event-members-joined-v1 = 有人加入某品牌的会员计划。
event-members-consent_given-v1 = 有人同意了一项用途；事件中带有授权凭据编号。
event-members-consent_withdrawn-v1 = 有人撤回了对一项用途的同意，立即生效。
event-members-points_earned-v1 = 一笔交易获得积分，退货期结束前为待生效。每笔交易一个事件。
event-members-points_reversed-v1 = 退货扣回了该交易获得的积分。
