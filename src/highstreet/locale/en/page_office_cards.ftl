# The head office's pages about gift cards, what receipts say of a company, and refused refunds.
office-menu_cards = Gift cards
office-cards_lead = What is on a card is owed to whoever holds it. Its code is shown once, when it is issued.
office-cards_issue = Issue cards
office-cards_issue_do = Issue
office-cards_count = How many
office-cards_amount = On each, { $currency }
office-cards_until = Good until
office-cards_until_hint = Left empty: for ever.
office-cards_printed = { $count ->
    [one] 1 card is issued
   *[other] { $count } cards are issued
  }
office-cards_printed_lead = { $amount } on each. Print the codes now: they are kept nowhere and cannot be shown again.
office-cards_done = They are printed
office-cards_issued = Cards
office-cards_last4 = End of the code
office-cards_find = Find
office-cards_left = { $left } of { $issued }
office-cards_blocked = stopped
office-cards_over = over
office-cards_block = Stop
office-cards_unblock = Let it pay again
office-cards_none = No cards here. Issue some, or look for another code.
office-seller = On receipts
office-seller_lead = What stands on the receipts of a company's places by law.
office-seller_name = Registered name
office-seller_number = VAT or tax number
office-seller_save = Save
office-seller_said = Saved: the next receipt has it.
office-refund_otherwise = Its provider refused it for good. Give the money back another way:
office-refund_otherwise_by = By
office-refund_otherwise_reference = What the transfer says
office-refund_otherwise_hint = Only where it was sent already. Left empty, it gets a reference of ours.
office-refund_otherwise_why = Why
office-refund_otherwise_do = Give back
office-refund_otherwise_wrong = Say why. What a transfer says has at least four letters or digits.
office-sale_refunds = Money back
office-late_lead = The time for returns ({ $days ->
    [one] one day
   *[other] { $days } days
}) is over: registers take these goods back only with the head office’s approval, good for seven days.
office-late_do = Approve a late return
office-allowance = Money back, goods kept
office-allowance_lead = For a scratch, a promised price, goodwill. It goes back the way it was paid; what was paid in cash is handed out at a register.
office-allowance_amount = Amount ({ $currency })
office-allowance_most = At most { $amount }.
office-allowance_why = Why
office-allowance_do = Give money back
