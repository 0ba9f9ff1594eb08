parity-terms_none = 品牌商的任何价格都不得低于{ $who }最后知悉的标价。
parity-terms_tolerance = 品牌商的价格最多可比{ $who }最后知悉的标价低 { $percent }。
parity-terms_refuse = 降得更低的一律拒绝。
parity-terms_acknowledge = 降得更低的须等{ $who }确认后才生效。
parity-terms_compensate = 降得更低的，品牌商按{ $who }自有库存件数，支付差价的 { $percent }。
parity-terms_floor = 低于该标价 { $percent } 的一律拒绝。
