event-channel-contract_signed-v1 = 品牌商与经营方签署了一个版本的渠道协议。
