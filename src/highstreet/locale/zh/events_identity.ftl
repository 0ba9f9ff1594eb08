# `identity` 事件的含义。均不含手机号码。

event-identity-person_joined-v1 = 某人首次登录。
event-identity-device_linked-v1 = 某人在一台尚无主人或属于他人的设备上登录。
event-identity-person_erased-v1 = 某人已注销：仍留存的个人信息必须清除。
event-identity-staff_added-v1 = 合作方新增员工。
event-identity-staff_deactivated-v1 = 员工离开。
event-identity-session_revoked-v1 = 会话被提前终止。
event-identity-pairing_started-v1 = 员工申请了用于配对收银台的配对码。
event-identity-register_key_issued-v1 = 收银台获得密钥。
event-identity-register_key_revoked-v1 = 收银台密钥被吊销。
