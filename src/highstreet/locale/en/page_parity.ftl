parity-terms_none = No price of the brand may be lower than the list price that { $who } last knew.
parity-terms_tolerance = Prices of the brand may be up to { $percent } below the list price that { $who } last knew.
parity-terms_refuse = What would fall deeper is refused.
parity-terms_acknowledge = What would fall deeper waits until { $who } acknowledges it.
parity-terms_compensate = For what falls deeper the brand pays { $who } { $percent } of the difference, for each of its own pieces on hand.
parity-terms_floor = Below { $percent } of that list price it is refused in any case.
office-menu_conflicts = Conflicts
dealer-menu_conflicts = Prices
parity-office_lead = Prices, offers and other sellers’ prices that fall below what contracts promise dealers. Nothing passes here unseen: it is refused, waits for the dealer’s word, or is paid for.
parity-dealer_lead = Where prices of { $brand } fall below what your contract promises you. What waits is not live until you acknowledge it.
parity-dealer = Dealer
parity-waiting = Waiting
parity-cases = Cases
parity-loss = Difference on their stock
parity-paid = Paid
parity-by_dealer = Conflicts by dealer
parity-sums_hint = The difference is the fall of each price times the dealer’s own pieces on hand. Refused, declined and withdrawn changes cost nobody anything and are left out of it.
parity-filter = Which conflicts
parity-all = All
parity-only_dealer = Only { $who }.
parity-all_dealers = All dealers
parity-none = No conflicts
parity-none_text = No price or offer falls below what a contract promises. Where a contract promises nothing, nothing is checked.
parity-state_waiting = Waits
parity-state_acknowledged = Acknowledged
parity-state_declined = Declined
parity-state_compensated = Paid for
parity-state_refused = Refused
parity-state_withdrawn = Withdrawn
parity-state_told = Told
parity-what_price = { $name }: list price { $before } → { $after }
parity-what_member = { $name }: member price { $after }
parity-what_offer = New offer “{ $title }”
parity-what_coupon = Coupon { $code } for everybody, longer than its offer “{ $title }”
parity-what_resume = Offer “{ $title }” is to go on
parity-what_online = { $source } asks { $price } for { $name }
parity-where_all = All places of { $who }
parity-where_one = { $place }, run by { $who }
parity-decided_waiting = Nothing of it is live. It waits until { $who } acknowledges it.
parity-decided_acknowledged = { $staff } acknowledged it for { $who }, { $day }.
parity-decided_declined = { $staff } declined it for { $who }, { $day }. It was not made.
parity-decided_compensated = It was made, and the brand owes { $who } { $paid } for it since { $day }. It is paid with the next statements.
parity-decided_refused = It was refused at once, { $day }: the contract with { $who } does not allow it. Nothing was changed.
parity-decided_withdrawn = It was withdrawn or replaced by another change, { $day }.
parity-decided_told = Nobody here can stop it. { $who } was told, { $day }.
parity-sum = { $goods ->
    [one] One article
   *[other] { $goods } articles
} would cost less than was promised; { $pieces } { $pieces ->
    [one] piece
   *[other] pieces
} of the dealer’s own lie on its shelves, a difference of { $lost }.
parity-goods = Articles concerned
parity-more_goods = And { $count } more.
parity-because = Contract, version { $version }:
parity-withdraw = Withdraw the change
parity-withdraw_sure = Withdraw it? It was never live.
parity-acknowledge = Acknowledge
parity-acknowledge_sure = Acknowledge this price? Your word is kept with name and time, and the price may be live at once.
parity-decline = Decline
parity-decline_sure = Decline it? The change is not made.
parity-seen_there = Seen at { $source }
office-more_did_keep_waiting = asked for a price or offer that waits for dealers
office-more_did_keep_refused = asked for a price or offer that a contract refused
office-more_did_withdraw_change = withdrew a price or offer that waited
office-more_did_acknowledge_parity_case = acknowledged a price
office-more_did_decline_parity_case = declined a price
office-menu_online_prices = Other sellers’ prices
office-more_import_one_row_online_prices = Each row is what one seller asks for one article online. Where that is less than a contract promises, dealers are told, or paid as the contract says: see Conflicts.
parity-terms_online = It does so for other sellers’ online prices, too.
parity-decided_paid_online = Nobody here can stop it. By the contract the brand owes { $who } { $paid } for it since { $day }. It is paid with the next statements.
parity-form = What prices may do
parity-form_hint = What the brand promises of its prices, offers and coupons. Each change is checked against it before it is live.
parity-form_on_breach = A price that would fall deeper than promised
parity-form_nothing = Nothing is promised
parity-form_refuse = is refused
parity-form_acknowledge = waits until they acknowledge it
parity-form_compensate = is live, and their stock is compensated
parity-form_tolerance = May fall by, %
parity-form_tolerance_hint = Below the list price that they last knew. Empty: not at all.
parity-form_floor = Never below, %
parity-form_floor_hint = Of that list price. Empty: no such bound.
parity-form_compensated = Of the difference paid, %
parity-form_compensated_hint = Only where their stock is compensated.
parity-form_online = Compensate for other sellers’ lower online prices, too
parity-pieces_here = { $count ->
    [one] One piece of its own on hand
   *[other] { $count } pieces of its own on hand
}
parity-acknowledge_whole = Acknowledge under all { $count } contracts
