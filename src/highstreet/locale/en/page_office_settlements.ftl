# The head office's pages of settled periods.
office-menu_settlements = Settlements
office-settled_lead = A period is settled once: every party gets a statement that no longer changes, held against the ledger.
office-settled_next = Settle the next period
office-settled_next_lead = Whole days that are over. Periods follow each other without a gap.
office-settled_first = First day
office-settled_last = Last day
office-settled_begin = Make all statements
office-settled_again = Try again
office-settled_wait = The next period begins { $day }. It can be settled when that day is over.
office-settled_busy = The newest period is being settled. The next can begin when it is done.
office-settled_none = No period is settled yet
office-settled_none_text = Choose the first days, and every party gets its first statement.
office-settled_periods = Settled periods
office-settled_period = Period
office-settled_state = State
office-settled_made_at = Made
office-settled_progress = Added up { $done } of { $of } days
office-settled_leave = You may leave this page. It goes on.
office-settled_parties = Statements
office-settled_party = Party
office-settled_nothing = No money moved in these days, and nothing is held for anybody.
office-settled_wrong_days = Choose a first and a last day, at most 370 days apart.
office-settled_apart = Nobody has a statement of these days
office-settled_apart_text = What the share lines add up to is not what the ledger moved. No party is at fault: show this table to whoever runs the system.
office-settled_by_lines = By share lines
office-settled_by_ledger = By the ledger
office-settled_difference = Difference
office-settled_every_line = Every line behind it
office-settled_recompute = For highstreet recompute
office-settled_payments = Payments
office-settled_pay = Pay what is held
office-settled_pay_lead = What two parties owe each other is set off; for the rest there is one payment, whichever way it goes.
office-settled_pay_button = Open the payments
office-settled_file = Pay by the bank
office-settled_file_lead = One file (ISO 20022 pain.001) with every open payment of the brand in euro. Upload it to the bank; its statement, uploaded under Money day, ends each payment by its reference.
office-settled_file_get = { $count ->
    [one] File with one payment
   *[other] File with { $count } payments
}
office-settled_lacking = { $count ->
    [one] An account is missing:
   *[other] { $count } accounts are missing:
}
office-settled_accounts = Bank accounts
office-settled_accounts_lead = Where each party is paid. Every change stands in the trail.
office-settled_account_none = No account
office-settled_account_holder = Account holder
office-settled_account_iban = IBAN
office-settled_account_bic = BIC
office-settled_bic_hint = Only if the bank asks for it.
office-settled_account_since = Since { $at }
office-settled_account_save = Save
office-settled_account_saved = The account is saved.
office-menu_takings = What landlords took
office-takings_lead = Where a landlord takes the shoppers’ money, its own file says how much it took each day. It is held against our sales.
office-takings_landlord = Landlord
office-takings_month = Month
office-takings_show = Show
office-takings_day = Day and place
office-takings_ours = Our sales
office-takings_theirs = Reported
office-takings_difference = Difference
office-takings_differ = { $count ->
    [one] One day differs
   *[other] { $count } days differ
}
office-takings_equal = All days agree
office-takings_none = Nothing was taken or reported in this month
office-takings_none_text = Bring in the landlord’s file: place, day, amount.
office-takings_import = Import a file
office-takings_nobody = Nobody is a landlord here
office-takings_nobody_text = A place in somebody’s building has a landlord; its contract says who collects.
office-more_import_one_row_takings = Each row is what a landlord took at one place on one business day: sales less returns.
office-takings_both = sales { $ours }, reported { $theirs }
