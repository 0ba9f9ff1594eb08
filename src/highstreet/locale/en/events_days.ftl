event-days-register_counted-v1 = A drawer was counted, and its register's day closed.
event-days-place_closed-v1 = A place's day was closed: nothing of it is unexplained.
event-days-day_reopened-v1 = A closed day was opened again.
