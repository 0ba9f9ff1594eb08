# Refusals of the stories around a sale (flows/errors.py).

sale-register_unknown = This register is not known
    .detail = The register or its place is closed or was removed. Pair it again in the office.
sale-goods_unknown = Goods not found
    .detail = No article { $gtin } with a price in this place's currency.
sale-member_unknown = Member not found
    .detail = This code is no member's any more. Sell without the member code.
sale-coupon_unusable = The coupon cannot be used
    .detail = Coupon { $coupon }: { $reason ->
        [expired] it has expired
        [not_yet] it is not valid yet
        [used_up] it was used already
        [inactive] the offer has ended
        [same_offer] another coupon of the same offer is used already
        [needs_member] scan the member's code first
       *[unknown] it is not known for this shopper
    }. Remove it and charge again.
sale-out_of_stock = Not enough in stock
    .detail = No owner has enough pieces of { $gtin } at this place. Count the shelf, or sell fewer.
sale-rail_off = This way to pay is not available
    .detail = The rail { $rail } cannot be used for this sale now. Choose another.
sale-nothing_due = Nothing is due
    .detail = This sale is paid, or its parts are under way for the whole of it.
sale-member_needed = A member is needed
    .detail = Payment by { $rail } needs a member's code with the sale. Scan it, or choose another way.
sale-needs_hold = Hold the sale for this way to pay
    .detail = { $rail ->
        [transfer] A bank transfer takes days: hold the sale and add the transfer as a part.
       *[other] A card slip beside a wallet is paid in parts: hold the sale and add them one by one.
    }
sale-needs_approval = A manager has to approve this
    .detail = The brand lets nobody do this alone. A manager approves it by PIN, for exactly this amount.

sale-charged_offline = Charged offline, beside the price of its time
sale-by_hand = Price set in the shop
