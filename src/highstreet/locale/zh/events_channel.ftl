event-channel-contract_proposed-v1 = 提出了一个版本的渠道协议，等待其他各方确认。
event-channel-contract_signed-v1 = 一个版本的渠道协议已由各方全部确认。
event-channel-contract_closed-v1 = 一个待确认的协议版本被拒绝或撤回。
event-channel-contract_ended-v1 = 生效中的协议设定了终止时间，且没有后续版本。
event-channel-parity_broken-v1 = 某个价格或优惠与渠道协议的承诺冲突：等待确认、被拒绝、已补偿或仅告知。
