# Refusals of the head office's stories (flows/errors.py).

office-own_access = Your own access stays
    .detail = Nobody takes away their own role or account. Ask a colleague to do it.
