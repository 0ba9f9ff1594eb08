event-days-register_counted-v1 = 钱箱已盘点，收银台当日已结。
event-days-place_closed-v1 = 门店当日已结：没有无法解释的款项。
event-days-day_reopened-v1 = 已结的营业日被重新打开。
