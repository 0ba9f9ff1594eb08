settlements-not_over = This period is not over
    .detail = Statements are made of a time that has passed. { $last_day } has not.
settlements-not_next = This is not the next period
    .detail = Statements follow each other without gap or overlap, and the last, up to { $last_day }, has to be made first.
