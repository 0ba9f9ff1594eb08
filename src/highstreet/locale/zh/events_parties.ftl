# `parties` 事件的含义。

event-parties-brand_added-v1 = 品牌商加入，并带有自己的主体。
event-parties-party_added-v1 = 经销商或商场业主加入品牌。
event-parties-place_added-v1 = 新增门店。
event-parties-place_changed-v1 = 门店资料被重新提交：名称、所属方或启用状态可能已改变。
event-parties-register_added-v1 = 门店新增收银台。
event-parties-role_given-v1 = 员工在某一范围内获得角色。
event-parties-role_taken-v1 = 员工的角色被收回。
event-parties-return_days_set-v1 = 设定了品牌在付款后多少天内接受退货；为空则按系统设置。
event-parties-training_set-v1 = 收银台进入或结束了训练。
event-parties-seller_lines_set-v1 = 小票上的公司法定信息已设置。
