# The page of the register: parts, the drawer, parked baskets.

# Paying in parts
register-parts = In parts
register-parts_several = Several ways
    .more = A deposit, two wallets, a card slip, a gift card, a link for somebody else
register-parts_due = Still due
register-parts_wait = Waiting for the last part
register-parts_given_up = Given up
register-parts_total = In all
register-parts_held = Taken
register-parts_until = Kept until
register-parts_elsewhere = The goods are at { $place }: cash and card slips only there.
register-parts_not_here = Only where the goods are.
register-parts_list = Parts
register-parts_none = Nothing was taken yet.
register-parts_goods = Goods
register-parts_code = Code: { $code }
register-parts_ways = Ways to pay, the best first
register-parts_splits = No way alone takes it all. Together:
register-parts_later = { $amount } later
register-parts_at_most = up to { $amount }
register-parts_link_more = They open the link or scan the code, and choose how to pay. It is good for 30 minutes, and was copied.
register-parts_link_show = For somebody else’s phone
register-parts_link_make = Make the link
register-parts_link = Somebody else pays this part on their own phone
register-parts_transfer_show = Reference of the transfer
register-parts_transfer_more = The payer writes it on the transfer. The part is taken when the bank’s statement shows it.
register-parts_transfer_make = Make the reference
register-parts_amount = Amount
register-parts_amount_of = { $amount } is due
register-parts_given = Cash given
register-parts_given_hint = Leave it empty if it is just the amount.
register-parts_given_short = That is less than the amount.
register-parts_slip = Slip number
register-parts_slip_hint = It stands on the card terminal’s slip.
register-parts_card = Gift card
register-parts_card_hint = Scan or type the code on the card.
register-parts_card_empty = Nothing is left on this card.
register-parts_card_left = { $amount } is on the card. Press Enter to take it.
register-parts_code_hint = Scan the payer’s code, or press Enter to show a QR.
register-parts_too_much = Only { $amount } is due.
register-parts_over_most = This way takes { $amount } at most.
register-parts_missing = Fill this in first.
register-parts_take = Take this part
register-parts_declined = { $rail }: { $why } Its amount is due again.
register-parts_show = Show
register-parts_copy = Copy
register-parts_copied = Copied
register-parts_other_part = Another part meanwhile
register-parts_call_back = Call back
register-parts_leave = Next customer meanwhile
register-parts_give_up = Give it up
register-parts_give_up_sure = Give the sale up?
register-parts_give_up_back = Every part goes back to where it came from:
register-parts_give_up_none = Nothing was taken. The goods are free again.
register-parts_over = Every part goes back to where it came from.
register-parts_hand_out = Hand out what is owed
register-parts_lost = No answer yet. The same is asked for again, and counts once.
register-slip_whole = Take { $amount } on the card terminal, then its slip’s number
register-slip_back = Slip number of { $amount } given back
    .hint = Give it back on the card terminal first.
register-part_ended = Ended
register-part_taken = taken
register-part_transfer = until the bank shows it
register-part_owed = to be given back
register-part_back = given back
register-part_back_cash = out of the drawer
register-part_was_taken = was taken
register-parts_give_up_ends = nothing taken yet, is called back
register-part_back_failed = could not go back: tell the office
register-open_parts = In parts, { $amount } due
register-keys_way = A way to pay, as numbered
register-keys_split = Take what is proposed together
register-keys_shown = Show the waiting part again
register-keys_back_pieces = So many pieces of the line come back
register-keys_back_all = All of it comes back

# The drawer
register-drawer = Drawer
register-drawer_in = Cash in
register-drawer_out = Cash out
register-drawer_count = Count and close the day
register-drawer_moves = Cash in and out
register-drawer_no_moves = No cash was put in or taken out today. Begin with the float.
register-drawer_float = Float
register-drawer_change = Change
register-drawer_pickup = To the safe
register-drawer_bank = To the bank
register-drawer_expense = Expense
register-drawer_other = Other
register-drawer_note = Note
register-drawer_write = Write it down
register-drawer_blind = Count everything in the drawer, the float too. What should be there is told afterwards.
register-drawer_blind_word = blind
register-drawer_how = How it is counted
register-drawer_pieces = By notes and coins
register-drawer_sum = As a sum
register-drawer_is = Counted
register-drawer_slips = Card terminal’s total
    .hint = As its own closing slip shows it, less what it gave back.
register-drawer_slips_are = Card terminal: { $amount }
register-drawer_slips_word = Card slips
register-drawer_sure = This closes { $day } at this register. What is sold later belongs to the next day.
register-drawer_again = Count again
register-drawer_close = Close the day
register-drawer_counted = Counted for { $day }
register-drawer_expected = Expected
register-drawer_over = Over
register-drawer_short = Short
register-drawer_right = Just right
register-shift_blind = told after the count
register-last_blind = Amounts are told after the count

# Parked baskets
register-park = Park this basket
register-park_name = Name
register-park_do = Park
register-parked = Parked baskets
register-parked_none = Nothing is parked.
register-parked_full = Pay or park the basket before you take one back.
register-parked_customer = Customer { $number }
register-parked_drop = Remove { $name }
register-parked_count = { $count ->
    [one] 1 parked basket
   *[other] { $count } parked baskets
}
register-keys_park = Park the basket, or take one back

# Goods that come back
register-refund_member = Without the receipt: scan the member’s code.
register-refund_sales = What this member may bring back
register-refund_no_sales = This member has nothing that may come back.
register-refund_ways = How the money goes back
register-refund_slip_owed = No slip number was given: it is still owed.
register-in_parts = Sales paid in parts
register-in_parts_count = { $count ->
    [one] 1 sale in parts, { $amount } due
   *[other] { $count } sales in parts, { $amount } due
  }
