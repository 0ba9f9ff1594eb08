# Refusals of the room `parties`.

parties-text_malformed = A text is malformed
    .detail = { $field } must be filled in, without spaces around it and with at most { $limit } characters.
parties-currency_malformed = The currency is malformed
    .detail = A currency is three capital letters, as in ISO 4217.
parties-kind_unknown = Unknown kind of party
    .detail = A party that joins a brand is a dealer or a landlord.
parties-rows_malformed = The rows are malformed
    .detail = Send each row once, and at most { $limit } at a time.
parties-role_unknown = Unknown role
    .detail = There is no such role.
parties-brand_not_found = Brand not found
    .detail = There is no such brand, or it is not yours.
parties-party_not_found = Party not found
    .detail = There is no such party, or it is not yours.
parties-place_not_found = Place not found
    .detail = There is no such place, or it is not yours.
parties-scope_not_found = Scope not found
    .detail = The role cannot be given for this: choose one of your own parties or places that fits the role.
parties-already_there = Already there
    .detail = Something with this id was added before. Nothing was changed.
parties-party_unfit = The party does not fit
    .detail = A place is operated by the brand or a dealer; only a landlord can be its landlord.
parties-ref_taken = The reference is taken
    .detail = Your reference and the id name two different places. Nothing was changed.
parties-register_not_found = Register not found
    .detail = One of these registers does not exist, or is not yours. Nothing was changed.
