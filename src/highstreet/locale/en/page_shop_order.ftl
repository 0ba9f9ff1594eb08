# Orders for pickup on the shopper's phone: ordering, paying in parts, links for others, giving up.

## Ordering
shop-order-gate = Order for pickup
    .why = Sign in to have goods and their price kept for you.
shop-order-none = There is nothing to order here
    .what = The place does not take orders, or has no such goods any more.
shop-order-to_place = To the place
shop-order-quantity = Pieces
shop-order-fewer = One fewer
shop-order-more = One more
shop-order-list = At list prices
shop-order-off = Taken off
shop-order-total = Total
shop-order-deposit_now = Deposit, on this phone
shop-order-due_later = Due later, at the shop or here
shop-order-pickup_at = Picked up at { $place }
shop-order-kept = Goods and price are kept half an hour for the deposit. Once it is paid, they are kept until { $day }.
shop-order-balance = The balance is paid on the phone or at any place of { $brand }, by one way or several.
shop-order-back = Until all is paid you can cancel: every payment goes back to where it came from.
shop-order-place_order = Order and pay the deposit
shop-order-join = Join { $brand } to order
    .why = Orders are for members: the brand must know whom it keeps the goods for.

## One order
shop-order-title = Your order
shop-order-pay_deposit_by = Pay the deposit of { $amount } by { $time }, or the goods are free again.
shop-order-kept_until = Kept for you until { $day }.
shop-order-closing = Given up. Your money is on its way back.
shop-order-given_up = Given up.
    .what = Goods and price are free again.
shop-order-paid_of = { $paid } of { $total } paid
shop-order-left = { $amount } left
shop-order-under_way = { $amount } is being paid
shop-order-linked = { $amount } of it is asked for by a pay link
shop-order-deposit_linked = The deposit needs { $amount } of what the pay link asks for: have it paid, or end the link.
shop-order-nothing_left = Nothing is left to pay but what is under way.
shop-order-picked_up_at = Picked up at

## Paying a part
shop-order-pay = Pay a part
shop-order-amount = Amount
shop-order-amount_bad = Please type an amount, for example { $example }.
shop-order-amount_most = { $most } at most is left.
shop-order-the_deposit = The deposit, { $amount }
shop-order-all_left = All that is left, { $amount }
shop-order-pay_by = Pay { $amount } by { $rail }
shop-order-rail_most = { $rail } takes { $most } at most now.
shop-order-rail_least = { $rail } takes { $least } or more.
shop-order-no_rails = Nothing can be paid on the phone just now. Pay at the shop.
shop-order-open_rail = Open { $rail }
shop-order-scan_other = Or scan this with another phone.
shop-order-wait = Waiting for the payment. You may close this: it comes by itself.
shop-order-unknown = It is not known yet whether this was paid.
    .what = Nobody answers for it just now. We keep asking, and it stands here as soon as we know. Do not pay it a second time.
shop-order-part_paid = { $amount } paid.
shop-order-part_failed = It came to nothing.
    .what = Nothing was kept. The amount can be paid again.
shop-order-show_again = Show it again
shop-order-call_back = Call it back
shop-order-called_back = Called back. The amount can be paid again.

## What was paid
shop-order-payments = Payments
shop-order-no_payments = Nothing is paid yet.
shop-order-state_captured = Paid
shop-order-state_pending = Waiting
shop-order-state_unknown = Not known yet
shop-order-state_failed = Came to nothing
shop-order-state_reversed = Called back
shop-order-back_by = Back by { $rail }
shop-order-back_captured = Given back
shop-order-back_pending = On its way
shop-order-back_unknown = On its way, not confirmed
shop-order-back_failed = Refused. The shop will see to it
shop-order-back_waits = Waits at { $place }

## Somebody else pays a part
shop-order-link = Somebody else pays a part
    .what = They pay on their own phone, by the way they choose. They see the brand, the place and the amount, not who you are.
shop-order-pay_link = Pay link
shop-order-make_link = Make a pay link
shop-order-link_of = Pay link, { $amount }
shop-order-link_send = Send this to whoever pays. It is good once, until { $time }.
shop-order-link_text = Please pay { $amount } at { $brand }
shop-order-share = Share
shop-order-copy = Copy the link
shop-order-copied = The link is copied.
shop-order-copy_code = Copy the code
shop-order-code_copied = The code is copied.
shop-order-link_show = Show the link
shop-order-end_link = End the link
shop-order-link_ended = The link is ended. The amount can be paid again.
shop-order-by_link = { $rail }, by somebody else
shop-order-link_open = Open until { $time }
shop-order-link_state_waiting = Being paid
shop-order-link_state_paid = Paid
shop-order-link_state_expired = Its time was over
shop-order-link_state_ended = Ended

## At the shop
shop-order-at_shop = At the shop
    .what = Show this code at a register of { $brand }: it finds your order.
shop-order-code = Order code
shop-order-where = Wallets, gift cards and points pay it at any place of { $brand }; cash and a card terminal’s slip at { $place }.

## Giving it up
shop-order-cancel = Cancel the order
shop-order-cancel_ask = Cancel this order?
shop-order-cancel_free = The goods and their price are free again. Nothing was paid.
shop-order-cancel_back = The goods and their price are free again. This comes back:
shop-order-to_cash = { $amount } in cash, at { $place }
shop-order-to_slip = { $amount } on to the card, at { $place }
shop-order-to_points = { $amount } as points
shop-order-to_rail = { $amount } by { $rail }
shop-order-to_payer = { $amount } by { $rail }, to whoever paid it
shop-order-cancel_open = What is still under way is called back; open links end.
shop-order-cancel_yes = Cancel it
shop-order-cancel_no = Keep it
shop-order-cancelled = Cancelled. Your money goes back to where it came from.

## The list
shop-order-open_orders = Open orders
shop-order-given_up_orders = Given up

## Delivery
shop-order-way = How do you want it?
shop-order-way_pickup = Pick up
shop-order-way_delivery = Have it brought
shop-order-to = Where it goes
shop-order-to_name = Name
shop-order-to_street = Street and number
shop-order-to_postcode = Postcode
shop-order-to_city = Town
shop-order-to_phone = Phone
shop-order-to_note = For whoever brings it
shop-order-optional = (optional)
shop-order-leaves = It leaves within { $hours } hours after you paid, from the place that can send it best. Until then only who packs it, and the brand, see this address.
shop-order-back_delivery = Until something of it is sent you can cancel; what nobody finds is paid back.
shop-order-place_delivery = Order and pay
shop-order-sold_by = Sold by
shop-order-paid_whole = Paid. It is held until the goods are on their way.
shop-order-missing = { $count ->
        [one] One piece was not found. It is paid back once the rest is sent.
       *[other] { $count } pieces were not found. They are paid back once the rest is sent.
    }
shop-order-parcel = With { $carrier }, number { $number }
shop-order-receipt = Receipt
shop-order-delivery_waiting = Pay it, and it leaves by { $by }.
shop-order-delivery_packing = It is being packed, and leaves by { $by }.
shop-order-delivery_sent = It is on its way to you.
shop-order-delivery_ended = It was given up.
shop-order-sent_orders = On their way to you
