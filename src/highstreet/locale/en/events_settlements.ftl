event-settlements-statements_made-v1 = Every party has its statement of a period.
