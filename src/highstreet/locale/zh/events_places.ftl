event-places-sites_put-v1 = 一家门店或品牌的多家门店的位置或营业时间已更新。
