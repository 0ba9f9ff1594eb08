# The head office's pages about the money day: differences, bills, places' days.
office-closing_lead = What the providers' bills and our payments do not agree on, and the days that wait to be closed.
office-closing_differences = Not explained
office-closing_differences_lead = Each keeps a day open until it is cured or a person clears it. No payment is changed by hand.
office-closing_differences_none = Everything that is due is explained.
office-closing_nothing_due = Nothing is due yet.
office-closing_places_never_closed = { $count ->
    [one] One place was never closed.
   *[other] { $count } places were never closed.
  }
office-closing_cleared = { $count ->
    [one] 1 cleared
   *[other] { $count } cleared
  }
office-closing_places = Places
office-closing_places_lead = Open a place to close its day.
office-closing_closed_through = closed through { $day }
office-closing_never_closed = never closed
office-closing_bills = Bills
office-closing_bills_lead = Of the last two weeks.
office-closing_bills_none = No bill was read yet.
office-closing_bill_differs = { $count } differ
office-closing_bill_explained = all explained
office-closing_bill_matched = { $count } matched
office-closing_source_fetched = fetched
office-closing_source_uploaded = uploaded
office-closing_take_bill = Match a bill
office-closing_rail = Rail
office-closing_rails_unconnected = Not connected here: a file only
office-closing_bill_day = The provider's day
office-closing_bill_day_hint = For a file it may be left empty.
office-closing_file = File
office-closing_file_hint = Zip and gzip are read as they are. Without a file the bill is fetched from the provider. At most { $limit } MB.
office-closing_bill_nothing = Choose a file, or a day to fetch.
office-closing_match = Match
office-closing_kind_missing_here = Payment that we do not know
office-closing_kind_missing_there = Payment that the bill lacks
office-closing_kind_amount_differs = Another amount
office-closing_kind_state_differs = Another outcome
office-closing_kind_bill_missing = Bill not read yet
office-closing_cure_settle = Read the bill again: it settles the payment.
office-closing_cure_return_money = The money came too late and goes back by itself. Read the bill again afterwards.
office-closing_cure_fetch = Fetch the bill, or upload it.
office-closing_cure_clear = Ask the provider, and read the bill again. What still stands, clear with the reason.
office-closing_what = What is known
office-closing_amount = Amount
office-closing_our_amount = Our amount
office-closing_our_number = Our number
office-closing_their_number = Provider's number
office-closing_sale = Sale
office-closing_show_sale = Show the sale
office-closing_word = Clear it
office-closing_word_lead = Kept with your name and the time.
office-closing_word_cleared = { $who } cleared it
office-closing_word_open = { $who } took the clearing back
office-closing_reason = Reason
office-closing_reason_other_system = Another system's payment
office-closing_reason_settled_by_hand = Settled at the provider
office-closing_reason_next_bill = Comes with the next bill
office-closing_reason_provider_error = The provider's mistake
office-closing_reason_loss = Our loss
office-closing_reason_other = Another reason
office-closing_note = Note
office-closing_note_hint = Needed for another reason.
office-closing_note_missing = Say why, please.
office-closing_clear = Clear
office-closing_unclear = Take the clearing back
office-closing_registers = Drawers
office-closing_registers_lead = Counted at the register by somebody who is not told what should be there.
office-closing_over = { $amount } over
office-closing_short = { $amount } short
office-closing_exact = exact
office-closing_uncounted = to be counted at the register (F7)
office-closing_no_business = no business
office-closing_trail = What happened to this day
office-closing_did_closed = Closed: { $what }
office-closing_did_reopened = Opened again: { $what }
office-closing_the_place = the place
office-closing_a_register = a register
office-closing_closed = The day is closed
office-closing_open = The day is open
office-closing_blocked = { $count ->
    [one] One thing keeps the day open:
   *[other] { $count } things keep the day open:
  }
office-closing_blocked_register = { $name } is to be counted
office-closing_blocked_tender = A payment by { $rail } that nobody has answered for
office-closing_clear_to_close = Nothing keeps it open.
office-closing_close = Close the day
office-closing_why = Why
office-closing_reopen = Open again
office-closing_recount = Count anew: { $name }
office-closing_statement = bank statement (camt.053, CSV)
office-closing_kind_outgoing_unknown = Money that left and that we do not know of
office-closing_kind_payout_differs = Payout that the bills do not explain
office-closing_kind_fee_differs = Fees other than agreed
office-closing_kind_late = In a later bill than it was due in
office-closing_cure_name_it = If it is a refund, write it down with what the transfer says, and it is matched. Rent, wages and the like: clear it.
office-closing_cure_read_bills = Read the bills of the days that it pays out. If it still differs, ask the provider what was held back.
office-closing_cure_check_rate = Hold the agreed rate against the contract; correct it and read the bill again, or claim the rest from the provider and clear it.
office-closing_cure_next_bill = The money is there, a day late: clear it as “comes with the next bill”.
office-closing_reason_no_sale = No payment of a sale: rent, wages
office-closing_over_agreed = More than agreed
office-closing_first_of_them = First such payment
office-closing_transfers = Refunds to send by transfer
office-closing_transfers_lead = Send each from your bank with just this text or end-to-end id. It is done when the bank’s statement shows it.
office-closing_transfer_late = came after it was given up
office-closing_transfer_sent = { $who } said that it was sent
office-closing_transfer_not_sent = not sent yet
office-closing_sent = Say that it was sent
office-closing_payouts = Payouts
office-closing_payouts_lead = What providers paid out to the bank, and the bills that it comes to.
office-closing_payout_bills = bills of { $days }
office-closing_clear_outgoing = Clear all { $count } that left
office-closing_slips = Slips
office-closing_carried = Under way
office-closing_carried_lead = Keeps nothing open, and goes on to the next day until it is there.
office-closing_carried_in = To come by { $rail }
office-closing_carried_out = To go back by { $rail }
office-closing_was_carried = carried on: { $rail } { $amount }
office-closing_payer = Paid out by
office-closing_row_says = The row says
office-closing_counted = counted at the register
office-closing_counted_by = counted by { $who }
office-closing_rails = What came in
office-closing_rails_lead = Paid and given back at this place on this day, by rail.
office-closing_rails_none = Nothing yet.
office-closing_rails_count = { $count ->
    [one] 1 payment
   *[other] { $count } payments
  }
office-closing_rails_back = { $count ->
    [one] given back once: { $amount }
   *[other] given back { $count } times: { $amount }
  }
office-closing_kind_refund_missing_there = Refund that the bill lacks
office-closing_kind_refund_missing_here = Refund that we do not know
office-closing_the_sale = sale
office-closing_at_place = Place
office-closing_moved_at = When
office-closing_choose = Choose a reason
office-closing_was_cleared = What was cleared
office-closing_was_cleared_lead = Differences of this day that a person let stand, and why.
