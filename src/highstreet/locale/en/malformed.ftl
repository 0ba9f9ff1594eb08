# What is wrong with one field of a malformed request (kernel/malformed.py).

malformed-allowed = Allowed: { $allowed }.
malformed-missing = It is missing.
malformed-extra_forbidden = There is no such field here.
malformed-ge = At least { $limit }.
malformed-gt = More than { $limit }.
malformed-le = At most { $limit }.
malformed-lt = Less than { $limit }.
malformed-min_length = At least { $limit } long.
malformed-max_length = At most { $limit } long.
malformed-form = It has the wrong form.
