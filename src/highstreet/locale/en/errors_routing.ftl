routing-rules_malformed = These rules cannot be read
    .detail = { $field } is missing, unknown, or not a whole number from 0 on.
