# 各项设置的含义：与 kernel/settings.py 中的说明一致。

setting-mode = demo 和 test 允许默认密钥、http 和终端；production 一概拒绝。
setting-database_url = sqlite:///路径，或 postgresql://用户@主机/库名。
setting-secret = 至少 32 个字符；会员码和验证码由它生成密钥。
setting-host = 监听的地址。
setting-port = 监听的端口。
setting-public_url = 手机和支付机构访问本服务器所用的地址。
setting-runs_worker = 在服务器进程内运行任务和反应；SQLite 只有一个写入者，必须开启。
setting-writers = 使用 PostgreSQL 时，每个进程的写线程数。
setting-readers = 每个进程的读线程数。
setting-queue_limit = 可以排队的命令数；超出的以 503 回应。
setting-body_limit_bytes = 接受的请求内容的最大字节数。
setting-sign_ins_an_hour = 同一地址每小时可索取和尝试验证码的次数；0 表示不限。
setting-touches_a_minute = 同一地址每分钟可触碰码的次数；0 表示不限。
setting-searches_a_minute = 同一地址每分钟可按文字搜索的次数；0 表示不限。
setting-wallet_url = 钱包支付机构的基础地址，production 须为 https；留空则不启用该支付通道。
setting-wallet_merchant_id = 我们在钱包支付机构的商户号。
setting-wallet_private_key = 我们用于钱包支付机构的 Ed25519 私钥，32 字节，base64 编码。
setting-wallet_platform_key = 钱包支付机构的公钥，base64 编码；留空则启动时向该机构查询（production 不允许）。
setting-sender = 验证码的发送方式；production 须用 http。
setting-sender_url = http 方式发送验证码时所用的地址。
setting-default_region = 未写国家代码的电话号码所属地区。
setting-return_days = 接受退货的天数，也是积分生效前的天数；品牌可自行设定。
setting-metrics_token = 访问 /metrics 所需的令牌；为空则只允许本机直接访问，不经代理。
setting-demo_people = 仅演示模式：入口页可一键登录的演示人物文件。
setting-lake_path = 事件湖 Parquet 文件所在的文件夹。
setting-log_level = 记录日志的最低级别。
