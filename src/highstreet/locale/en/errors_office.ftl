# Refusals of the head office's stories (flows/errors.py).

office-own_access = Your own access stays
    .detail = Nobody takes away their own role or account. Ask a colleague to do it.
office-login_ending = The login ends in another way
    .detail = { $ending ->
        [none] Logins of this brand have no @. Choose one without it.
       *[other] Logins of this brand end with { $ending }. Choose one that does.
    }
office-first_login_ending = The login needs an ending of its own
    .detail = End it with @ and a word that no other brand's logins end with, as in hq@nordlys.
