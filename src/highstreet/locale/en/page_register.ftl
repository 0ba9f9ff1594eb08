# The page of the register.
register-title = Register
register-lead = Ready for the next customer.
register-number = Register { $name }
register-offline = No network: cash and card slips are taken and kept here, wallets are not.
register-offline_unsent = { $count ->
    [one] Offline – 1 sale not sent
   *[other] Offline – { $count } sales not sent
}
register-offline_sending = { $count ->
    [one] 1 sale is being sent
   *[other] { $count } sales are being sent
}
register-offline_to_see = { $count ->
    [one] 1 offline sale was taken with a difference or refused
   *[other] { $count } offline sales were taken with a difference or refused
}
register-offline_stuck = Offline sales cannot be sent. Call the office, and leave this browser as it is.
register-offline_list = Sold without a network
register-offline_send = Send now
register-offline_state_unsent = not sent
register-offline_state_done = sent
register-offline_state_done_with_difference = sent, with a difference
register-offline_state_refused = refused: the office looks at it
register-offline_number = Offline receipt no. { $number }. It is kept here and sent by itself.
register-offline_number_done = Offline receipt no. { $number }. It was sent.
register-offline_number_done_with_difference = Offline receipt no. { $number }. It was sent; the office sees a difference.
register-offline_number_refused = Offline receipt no. { $number }. It was refused: the office looks at it.
register-offline_take = Take it offline
register-offline_not_kept = This browser could not keep the sale: give the money back
register-offline_unpair = { $count ->
    [one] 1 sale is not sent yet. Unpaired now, it would be lost: wait for the network.
   *[other] { $count } sales are not sent yet. Unpaired now, they would be lost: wait for the network.
}
register-rail_away = Needs a network. Now only cash and card slips.
register-refund_away = Goods are taken back only with a network
    .detail = What was paid and what came back before stands with the server. Ask the customer to come again, or note it down.
register-settings = Settings
register-sound = Sound
register-show = Show
register-unpair = Unpair this register
register-unpair_sure = This browser will no longer be a register. To pair it again you need a new code from the office.
register-tab_other = The register is open in another tab
    .detail = Only one tab at a time can sell, so that no sale is asked for twice.
register-tab_here = Use it here

# Pairing
register-pairing_lead = Pair this browser with a register of your shop. It takes one code and half a minute.
register-pairing_code = Code from the office
register-pairing_where = In the office: Registers, this register, “Make a code”; or the register’s sheet of a roll-out. Beside the code stands how long it is good.
register-pairing_short = The code has eight letters and digits.
register-pairing_not = That is not a pairing code.
register-pairing_do = Pair
register-pairing_scan = Scan the office’s QR

# Camera
register-camera = Camera
register-camera_picture = Picture of the camera
register-camera_hint = Hold the code inside the frame.
register-camera_denied = The camera is not allowed
register-camera_missing = No camera was found
register-camera_else = Allow it in the browser’s settings, or use a scanner or the keyboard.

# The sale
register-sale = Sale
register-basket = Basket
register-empty = Scan an article, the member’s code or a receipt. You can also type a name to search.
register-field = Scan, or type a name
    .name = Scan or search
register-found = Goods found
register-found_nothing = Nothing found for “{ $text }”.
register-left_here = { $pieces } here
register-none_here = none here
register-no_barcode = This article has no barcode number and cannot be sold here.
register-goods_unknown = { $code } is not sold here. It was taken out of the basket.
register-scan_first = Scan an article first.
register-payment_code_early = That is a payment code. Scan the goods first.
register-quantity_of_line = sets the quantity
register-one_less = One less of { $name }
register-one_more = One more of { $name }
register-pieces = { $pieces ->
    [one] { $pieces } piece
   *[other] { $pieces } pieces
}
register-list_price = List price
register-only_left = only { $pieces } here
register-discount = Discount
register-clear = Empty the basket?
register-clear_sure = All lines, the member and the coupons are taken out. Nothing has been charged.
register-clear_do = Empty it

# For whom
register-side = Member, coupons and sums
register-member = Member
register-member_none = No member yet. Scan the code on the customer’s phone at any time.
register-member_asking = Asking …
register-member_drop = Without the member
register-member_again = The member’s code is out of date. Scan the one on the phone now.
register-tier_member = Member
register-tier_silver = Silver member
register-tier_gold = Gold member
register-tier_platinum = Platinum member
register-points = { $points ->
    [one] { $shown } point
   *[other] { $shown } points
}
register-coupons = Coupons
register-coupon = Coupon
register-coupon_saves = saves { $amount } · until { $until }
register-coupon_add = Add
register-coupon_applied = applied
register-coupon_shown = shown
register-coupon_drop = Without this coupon
register-why_threshold_not_met = The basket is not large enough for it yet.
register-why_missing = { $amount } more, and it applies.
register-why_not_better = Another combination is cheaper for the customer.
register-why_not_stackable = It cannot be combined with the others.
register-why_not_member = It is for members only.
register-why_no_member_price = Nothing here has a member price.
register-why_unknown = No such coupon.
register-why_needs_member = It needs the member’s code.
register-why_inactive = The offer has been stopped.
register-why_not_yet = It is not valid yet.
register-why_expired = It has expired.
register-why_used_up = It has been used.
register-why_same_offer = Another coupon of the same offer is in the basket.
register-why_else = It does not apply to this basket.
register-before = Before discounts
register-total = Total
register-pay = Pay

# Paying
register-to_pay = To pay
register-cash_part = after { $amount } in cash
register-rail_code = Wallet code
    .more = Scan the code on the phone
register-rail_qr = Show a QR
    .more = The phone scans our screen
register-rail_cash = Cash
    .more = With change
register-rail_free = Nothing to pay
register-rail_wallet = Wallet
register-rail_alipay = Alipay
register-rail_wechat = WeChat Pay
register-rail_stripe = Card
register-rail_points = Points
register-rail_gift_card = Gift card
register-rail_transfer = Bank transfer
register-rail_slip = Card slip
    .more = All of it by a card terminal that is not connected
register-rail_slip_off = The office has switched it off here.
register-rail_link = Pay link
register-back_to_basket = Back to the basket
register-back_to_rails = Another way to pay
register-back_to_sale = Back to the sale
register-pay_not_code = That is neither a payment code nor a member’s code.
register-code_scan = Scan the payment code
register-code_ready = Charge { $amount } to this code?
register-code_field = Payment code
register-code_hint = The customer opens “Pay” in the wallet and holds the code to the scanner.
register-code_short = That is too short for a payment code.
register-charge = Charge
register-cash_given = Cash given
register-cash_quick = Quick amounts
register-cash_malformed = Type an amount, for example 20 or 20.50.
register-cash_short = Still missing
register-cash_take = Take payment
register-cash_rest = Cash, and the rest by wallet
register-change = Change
register-of_given = from { $amount }

# What came of it
register-asking = Charging
    .lead = Please wait; do not close the page.
register-asking_manager = A manager is asked
register-recovering = Asking about the last sale
    .lead = The page was closed while this sale was being charged. We ask for the very same sale again: nobody pays twice.
register-waiting = Waiting for the customer
    .lead = The customer confirms on the phone.
register-show_qr = Scan to pay
    .lead = The customer scans this code with the wallet.
register-unknown = Not known yet
    .lead = The wallet has not said whether it was paid. Keep the goods here and do not charge again: we go on asking, and within a minute it is either paid or called back.
register-calling_back = Calling the payment back
    .lead = We make sure that nothing is charged. If the customer was faster, it turns out as paid.
register-waited = Asking for { $seconds } s
register-back_in = Called back in { $seconds } s if not paid
register-back_soon = Not paid in time: being called back
register-qr_label = QR code to pay { $amount }
register-ask_now = Ask now
register-call_back = Call back
register-set_aside = Next customer meanwhile
register-cannot_reach = The server cannot be reached. We go on asking.
register-lost = No answer yet
    .lead = The network is away. Do not charge again: the same sale is asked for until the answer is here, and counts once.
register-tries = { $tries ->
    [one] asked once
   *[other] asked { $tries } times
}
register-unsent = The charge never arrived
    .lead = The page was closed before this sale reached the server. Nothing was charged. Scan the payment code again, or go back.
register-paid = Paid
register-receipt = Receipt
register-receipt_code = Receipt code
register-points_earned = { $points ->
    [one] { $shown } point earned, usable when the time for returns is over
   *[other] { $shown } points earned, usable when the time for returns is over
}
register-next = Next customer
register-print = Print
register-declined = Declined
register-refused = Not possible like this
register-called_back = Called back
register-not_in_time = Not paid in time
register-nothing_charged = Nothing was taken.
register-pay_again = Pay another way
register-declined_insufficient_balance = There is not enough money in the wallet.
register-declined_limit_exceeded = The wallet’s limit is reached.
register-declined_risk = The wallet refused for the customer’s safety.
register-declined_code_invalid = The wallet does not know this code.
register-declined_code_expired = The code was too old. Ask for a fresh one.
register-declined_code_used = The code was used before. Ask for a fresh one.
register-declined_payer_refused = The customer refused on the phone.
register-declined_rail_down = The wallet cannot be reached.
register-declined_failed = The wallet said no.
register-declined_else = The wallet said no.

# Taking goods back
register-refund = Refund
register-receipt_scan = Scan the receipt’s code
register-receipt_where = It stands on the paper and on the customer’s phone.
register-receipt_find = Find
register-last_sales = Last sales here
register-last_none = Nothing was sold here yet.
register-refund_no_receipt = This is not a receipt’s code
    .detail = It stands on the paper and on the customer’s phone; an article’s barcode does not say who sold it and when.
register-refund_lines = What comes back
register-refund_bought = { $pieces } bought
register-refund_before = { $pieces } back already
register-refund_all_back = All back
register-refund_over = Everything came back already
    .detail = There is nothing left to refund on this receipt.
register-refund_late = Too late to return
    .detail = The time for returns is over. The head office can approve it; then scan the receipt again.
register-refund_why = Why
register-refund_unwanted = Not wanted
register-refund_defect = Defect
register-refund_wrong_size = Wrong size
register-refund_other = Other
register-refund_total = To refund
register-refund_all = All
register-refund_do = Refund
register-refund_other_receipt = Another receipt
register-refund_asking = Refunding …
register-refund_lost = No answer yet
    .detail = The network is away. The same return is asked for until the answer is here, and counts once. Do not pay anything out yet.
register-refund_done = Refunded
register-refund_cash = Give cash back
register-refund_wallet = To the customer’s wallet
register-refund_pending = The wallet confirms it shortly; nothing more to do.
register-refund_failed = The wallet refused. Tell the office.
register-paper_refused = refused, still owed to you
register-paper_owed = still owed to you
register-paper_under_way = on its way

# The shift
register-shift = Shift
register-shift_since = Counted since
register-shift_opened = This shift
register-shift_today = Today
register-shift_from = Since { $at }
register-shift_taken = Taken
register-shift_back = Given back
register-shift_left = Left
register-shift_drawer = Cash in the drawer
    .more = more than at the start
register-shift_sales = { $sales ->
    [one] { $shown } sale
   *[other] { $shown } sales
}
register-shift_returns = { $returns ->
    [one] { $shown } return
   *[other] { $shown } returns
}
register-shift_rails = Totals by way of payment
register-shift_rail = Paid by
register-shift_pending = { $amount } under way
register-shift_new = Begin a new shift
register-shift_new_sure = Totals of “this shift” start again from now. Nothing is deleted; today’s totals stay.
register-shift_new_do = Begin
register-open_sales = Open sales
register-open_unknown = not known
register-open_waiting = waiting

# Keys
register-keys = Keys
register-key_scan = scan
register-keys_sale = At the sale
register-keys_paying = At the payment
register-keys_else = Anywhere
register-keys_scan = Article, member, coupon, receipt or payment code
register-keys_quantity = Set the quantity of the chosen line
register-keys_times = Put in several at once
register-keys_more = One more, one less
register-keys_choose = Choose a line
register-keys_delete = Take the line out
register-keys_find = To the field
register-keys_coupon = Use the best coupon
register-keys_camera = Camera
register-keys_clear = Empty the basket
register-keys_pay = Pay
register-keys_wallet = Wallet code
register-keys_qr = Show a QR
register-keys_cash = Cash
register-keys_next = Confirm, next customer
register-keys_print = Print the receipt
register-keys_back = Back, call a payment back
register-keys_refund = Refund
register-keys_shift = Shift
register-keys_help = These keys
register-training = TRAINING: nothing is charged, kept or counted.
register-rail_nobody = No provider is connected for this.
register-code_nobodys = Nobody who is connected here has such codes.
