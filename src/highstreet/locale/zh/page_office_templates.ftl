# 可作为起点的常见协议模式。
office-templates = 从常见模式开始
office-templates_lead = 表单会按模式填好，另有约定的请修改。
office-templates_says = 该模式的内容
office-templates_keeps = 表单中未列出的内容，按该模式保留。
office-template_flagship = 品牌网店销售经销商的货
office-template_does_flagship = 品牌网店销售经销商门店里的货，由品牌收款并留取服务费，其余归经销商。
office-template_home_store = 线上订单归会员的归属门店
office-template_does_home_store = 线上订单由品牌的货完成，扣除品牌部分后，其余归会员的归属门店。
office-template_follower_card = 会员卡与导购码绑定粉丝订单
office-template_does_follower_card = 粉丝的线上订单，发卡门店得一部分，带来粉丝的码所属门店再得一部分。
office-template_department_store = 百货专柜
office-template_does_department_store = 商场在本楼面统一收款，留取扣点，其余付给专柜经营方。
office-template_consignment = 代销
office-template_does_consignment = 货品售出前仍归品牌；经销商销售并收款，留取佣金，其余交给品牌。
office-template_own_stores = 仅直营
office-template_does_own_stores = 门店由品牌自营，货款全部由品牌收取并归品牌。
