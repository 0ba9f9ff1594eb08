tenders-cash_too_little = Not enough cash
    .detail = The cash handed over is less than what is to be paid with it.
tenders-sum_differs = The payments do not sum to the total
    .detail = The amounts must be positive and sum exactly to what is due.
tenders-id_taken = This payment id was used before
    .detail = Use a new id for a new payment.
tenders-not_found = No such payment
    .detail = There is no payment here, or it is not yours.
tenders-refund_too_much = More than was paid
    .detail = A refund gives back at most what is left of the captured payment.
tenders-notice_forged = The notice is not the provider's
    .detail = Its signature does not hold, it is too old, or it is meant for another merchant.
tenders-notice_malformed = The notice cannot be read
    .detail = Send it again, whole.
tenders-bill_malformed = The bill cannot be read
    .detail = Reading stopped at line { $line }. Nothing was compared.
tenders-bill_not_ready = The bill is not ready
    .detail = The provider makes the bill of a day on the next morning.
tenders-rail_down = The payment provider does not answer
    .detail = Nothing is known to have happened. Try again, or pay another way.
tenders-qr_malformed = The code cannot be read
    .detail = It is no EMV payment code, or a part of it is wrong. Nothing was paid.
tenders-slip_used = This slip was used already
    .detail = Slip { $number } stands for another payment of this register today. Check the number.
tenders-slip_missing = The slip's number is missing
    .detail = Refund it on the card terminal first, then send the number of its slip.
tenders-slip_unused = The card terminal gives back less than the slips say
    .detail = All or more of it goes back another way. Undo what the terminal gave back, then send only the slips that are asked for.
tenders-card_unknown = No such gift card
    .detail = The code is wrong, or the card is stopped. Check it, or pay another way.
tenders-card_expired = The gift card has expired
    .detail = It cannot be paid with any more. Choose another way to pay.
tenders-card_too_little = Too little on the gift card
    .detail = Less is left on it than is to be paid with it. Pay a part with it and the rest another way.
tenders-over_limit = Over the limit
    .detail = { $limit ->
        [payment] One payment by { $rail } may not be so large here.
        [day] This member has reached what may be paid by { $rail } in one day.
        [dynamic_day] This member has reached what may be paid by { $rail } with dynamic codes in one day.
       *[static_day] This member has reached what may be paid by { $rail } with static codes in one day.
    } The limit and what is left of it are in the answer. Pay a part so, and the rest another way.
tenders-under_minimum = Too small for this way to pay
    .detail = Payments by { $rail } must be larger here. Choose another way.
tenders-rules_malformed = These rules cannot be
    .detail = Name { $rail } once, with a minimum that is not above the maximum. Nothing was changed.
tenders-cleared_already = Nothing to change
    .detail = The difference is already as you want it.
tenders-bill_other_day = The bill is of another day
    .detail = A bill is of one day. In the file: { $days }.
tenders-bill_file_unknown = No bills are read for this rail
    .detail = There is no reader for bills of { $rail }.
tenders-statement_malformed = The bank statement cannot be read
    .detail = Reading stopped at line { $line }. Nothing was compared.
tenders-statement_columns = The statement's columns are not known
    .detail = Say which columns hold what. Found: { $found }. Missing: { $missing }.
tenders-not_refused = The refund was not refused
    .detail = Only a refund that its provider refused for good goes by another rail, and only once.
tenders-not_pending = Nobody waits for this transfer
    .detail = Only a refund by bank transfer that the bank has not shown yet can be said to be sent.
tenders-file_too_long = The file is too long
    .detail = { $reason ->
        [rows] It has more than { $limit } lines.
        [days] It has rows of more than { $limit } days.
        [references] Its rows name more than { $limit } words that may be references.
        [entry] One of its entries has more than { $limit } parts.
       *[elements] It has more than { $limit } XML elements.
    } Nothing was compared. Upload it in parts, of fewer days each.
tenders-file_packed = The packed file is not read
    .detail = { $reason ->
        [too_many] There are too many files in it.
        [too_large] Unpacked it is too large.
        [nested] There is a packed file in it. Unpack that one first.
        [locked] It has a password.
        [many] There is more than one file in it: a bill is one file.
        [empty] There is no file in it.
       *[broken] It is broken, or packed in a way that is not known. Use zip or gzip.
    } Nothing was compared.
