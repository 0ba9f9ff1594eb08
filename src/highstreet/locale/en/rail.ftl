# Why a rail cannot take an amount (rooms/tenders/rails/pick.py).

rail-why_off = The brand does not take it at present.
rail-why_off_here = It is not taken at this place.
rail-why_offline = It needs a connection.
rail-why_currency = It does not take this currency.
rail-why_provider_down = Its provider has not answered lately. Try another, or try again in a moment.
rail-why_no_member = Scan the member's code first.
rail-why_no_card = Scan the gift card first.
rail-why_card_too_little = There is not so much on the card.
rail-why_points_too_few = The points are not worth so much.
rail-why_payment_limit = It is more than one payment may be.
rail-why_payment_minimum = It is less than one payment must be.
rail-why_day_limit = It is more than is left of this member's limit for today.
rail-why_needs_hold = Its money comes in days: hold the sale and pay in parts.
