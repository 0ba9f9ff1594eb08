# 顾客端的文字。

shop-weekday-1 = 星期一
shop-weekday-2 = 星期二
shop-weekday-3 = 星期三
shop-weekday-4 = 星期四
shop-weekday-5 = 星期五
shop-weekday-6 = 星期六
shop-weekday-7 = 星期日
shop-closed = 休息
shop-hours_with_comment = { $hours }（{ $comment }）
shop-hours_unsure = { $hours }，请先询问
