channel-no_contract = No contract is in force here
    .detail = Nobody agreed yet how sales at this place are shared.
channel-terms_malformed = The terms are malformed
    .detail = Shares are whole basis points, 10,000 at most in all, once for each role; one other role takes the rest.
channel-period_overlaps = The period overlaps
    .detail = A version must follow the one before it, in number and in time.
