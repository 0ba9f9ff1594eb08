# The kernel's refusals: the id is the code with dots as dashes, the value its title.

request-malformed = The request is malformed
    .detail = Some of what was sent has the wrong form. Check the fields and send it again.
request-too_large = The request is too large
    .detail = Send less at once.
request-not_found = Not found
    .detail = There is nothing here, or it is not yours.
request-conflict = In conflict with what is there
    .detail = It is there already, or something that it needs is not. Nothing was changed.
request-cross_site = Asked from another site
    .detail = Only our own pages may do this for you. Open the page again and repeat it.
method-not_allowed = Method not allowed
    .detail = This address does not answer that method.
media-unsupported = Unsupported media type
    .detail = Send the content in a type this address accepts; JSON in UTF-8.
auth-required = Sign-in required
    .detail = Sign in, or send valid credentials.
auth-forbidden = Not allowed
    .detail = You are signed in, but may not do this.
rate-limited = Too many requests
    .detail = Wait a moment, then try again.
stream-too_many = Too many streams
    .detail = You have as many live streams open as are allowed. Close one first.
busy-try_later = Busy
    .detail = Nothing was changed. Try again in a moment.
idempotency-mismatch = This request id was used before
    .detail = The same request id came with other content. Use a new id for a new request.
internal-error = Something went wrong
    .detail = The fault is ours and was recorded.

id-malformed = The id is malformed
    .detail = An id starting with { $expected }_ was expected.
money-currency_malformed = The currency is malformed
    .detail = A currency is three capital letters, as in ISO 4217.
money-currency_mismatch = The currencies differ
    .detail = { $expected } was expected, not { $given }.
money-out_of_range = The amount is out of range
    .detail = An amount has at most { $limit_minor } minor units.
money-text_malformed = The amount is malformed
    .detail = An amount in { $currency } is plain digits with at most { $decimals } decimals.
geo-out_of_range = Not a place on Earth
    .detail = A latitude is -90 to 90 degrees, a longitude -180 to 180.

auth-in_training = This register is in training
    .detail = Only practice is possible here. The head office takes the register out of training.
