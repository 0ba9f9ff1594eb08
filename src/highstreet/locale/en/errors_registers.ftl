# What a register's journal is refused for (rooms/registers/errors.py).

registers-journal_gap = Entries are missing
    .detail = Entry { $seq } came, but { $expected_seq } is the next one. Send from there.
registers-journal_forked = The journal is another one
    .detail = Entry { $seq } is not the one that was taken with this number, or does not follow the one before it. Was the device's storage copied?
registers-journal_unknown = No such journal
    .detail = Nothing of this journal was ever taken from this register, or there is nothing to deal with.
registers-entry_malformed = The entry cannot be understood
    .detail = Its field { $field } has the wrong form. It is kept for the office.
registers-sold_with_difference = Taken with a difference
    .detail = It is recorded as it was charged. Price, coupons, member, stock, contract or approval were otherwise by then.
registers-already_seen = Dealt with already
    .detail = Somebody was faster.
registers-clerk_gone = Nobody is signed in here
    .detail = Whoever was signed in at this register is not any more, or may not sell here. Sign in by PIN again.
registers-not_approver = No right to approve
    .detail = Only a manager of this place or of the brand approves this.
registers-approval_unusable = This approval does not fit
    .detail = It was used, its time is over, or it is for another act, amount, sale or register. Have it approved anew.
registers-charged_far_off = Charged far from the price
    .detail = The goods cost { $list_minor } by the list, in the smallest unit of money; { $charged_minor } was charged. Somebody has to look.
