routing-rules_malformed = These rules cannot be read
    .detail = { $field } is missing, unknown, or not a whole number from 0 on.
routing-rules_changed = The rules were changed meanwhile
    .detail = Version { $version } is in force now. Look at it, then change it again.
routing-decided_meanwhile = This order was routed meanwhile
    .detail = Look at what was decided before you route it again.
