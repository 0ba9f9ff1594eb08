# The page of the register: who stands at it, what a manager approves, prices set by hand.

# Who is signed in
register-clerk = Who is at the register
register-clerk_signed_in_nobody = Nobody signed in
register-clerk_is = { $name } is signed in until { $until }.
register-clerk_who = Choose who signs in
register-clerk_approver = may approve
register-clerk_sign_in = Sign in
register-clerk_sign_out = Sign out
register-clerk_none = Nobody here has a PIN. The office sets one on its Staff page; until then the register works without.
register-clerk_gone = { $name } is not signed in any more. The last step is waiting: sign in, or go on without a name.
register-clerk_gone_somebody = Whoever began this is not signed in any more. The last step is waiting: sign in, or go on without a name.
register-clerk_nobody = Go on without a name
register-clerk_over = { $name } is signed out: the shift is over.
register-keys_clerk = Sign in or out by PIN
register-pin = PIN of { $name }
register-pin_form = 4 to 8 digits
register-pin_wrong = The PIN is not right. After ten wrong ones in a row it is locked.
register-pin_other = Somebody else

# A manager approves
register-approve = A manager has to approve this
register-approve_return = Money to give back
register-approve_give_up = A sale is given up, and its parts go back
register-approve_allowance = Money to give back while the goods stay
register-approve_price = Taken off by prices set by hand
register-approve_else = Amount
register-approve_who = Choose who approves it
register-approve_do = Approve
register-approve_nobody = Nobody who may approve here has a PIN. A manager sets one in the office: “Your account”, “PIN at registers”.
register-approve_cancel = Not now

# A price set by hand
register-price = Price by hand
register-price_of = Price of { $name } by hand
register-price_new = New price of one piece
register-price_hint = At most the list price. A manager approves it at the payment.
register-price_most = At most { $amount }: the list price.
register-price_set = Set the price
register-price_understood = Leave the price
register-price_back = List price again
register-price_by_hand = Price set in the shop
register-price_away = Needs a network: a manager’s approval is asked from the server.
register-price_waits = A price was set by hand: it waits for the network. Take the line out, or wait.
register-keys_price = Price of the line by hand

# An amount back while the goods stay
register-amount_back = Amount back, goods stay
register-amount_back_hint = It goes back the way it was paid. A manager approves it.
register-amount_back_most = At most { $amount }, which was paid.
register-amount_back_why = Reason
register-amount_back_do = Give back
register-amount_back_owed = Still owed: hand it out of the drawer.
register-owed_cash = { $amount } is owed in cash: hand it out
register-owed_slip = { $amount } is owed by the card terminal: give it back there
register-owed_done = { $amount } was handed out
register-refund_is_refused = Goods taken back, money NOT given back
register-refund_is_refused_amount = Money NOT given back
register-refund_is_owed = Still owed
register-refund_is_under_way = The money is on its way
register-refund_next_refused = Give nothing out of the drawer. The office sees it under “What needs you” and lets it go back another way; then scan the receipt at Refund.
register-refund_next_owed = Hand it out now. If it is left, it waits at Refund with this receipt.
register-refund_next_under_way = Nobody has confirmed it yet. Nothing more to do here.
register-refund_transfer = The office sends it by bank transfer.
