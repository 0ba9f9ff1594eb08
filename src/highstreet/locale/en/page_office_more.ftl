# The head office's pages: offers, goods, stock, files, contracts, earnings, staff, places, registers, audit trail.
office-more_crumbs = Where you are
office-more_yes = Yes
office-more_no = No
office-more_none = None
office-more_never = Never
office-more_nothing = Nothing at the moment.
office-more_show = Show
office-more_show_all = Show all
office-more_show_all_count = All · { $count }
office-more_filter = Filter
office-more_may_be_empty = May be left empty.
office-more_no_limit = No limit
office-more_until_day = until { $day }
office-more_days = { $days ->
    [one] 1 day
   *[other] { $days } days
  }
office-more_form_wrong = { $count ->
    [one] One thing needs your attention.
   *[other] { $count } things need your attention.
  }
office-more_wrong_missing = Please fill this in.
office-more_wrong_money = An amount such as 12.30, please.
office-more_wrong_number = A whole number, please.
office-more_wrong_percent = A percentage between 0 and 100, please.
office-more_wrong_zero = More than nothing, please.
office-more_wrong_day = A day, please.
office-more_wrong_past = Not a day that is over.
office-more_wrong_order = Must not be before the first day.
office-more_wrong_code = 3 to 20 letters, digits and dashes.
office-more_wrong_member_price = Members must not pay more than the list price.
office-more_wrong_shares = All shares together are more than 100%.
office-more_party_brand = Brand
office-more_party_dealer = Dealer
office-more_party_landlord = Landlord

# Offers
office-more_offers_lead = What runs, what it costs and what comes of it.
office-more_offers_now = Now
office-more_offers_soon = Soon
office-more_offers_past = Over
office-more_offers_none = No offers yet
office-more_offers_none_text = An offer becomes a coupon on your followers’ phones with one tap.
office-more_offer_new = New offer
office-more_offer_copy = New one like it
office-more_offer_publish = Publish
office-more_offer_state_running = Running
office-more_offer_state_paused = Paused
office-more_offer_state_soon = Not begun
office-more_offer_state_over = Over
office-more_offer_state_spent = Budget spent
office-more_offer_state_claimed_out = All coupons taken
office-more_offer_stands = How it stands
office-more_offer_codes = Codes that lead to it
office-more_offer_fixed = What an offer promises never changes once it is published.
office-more_offer_automatic = Members get their prices at the register by themselves, without a coupon.
office-more_offer_goes_on = The offer goes on.
office-more_offer_is_paused = The offer is paused.
office-more_offer_promise = What it gives
office-more_offer_words = What people read
office-more_offer_time = When
office-more_offer_limits = Limits
office-more_terms_spend_get = Spend { $spend }, get { $off } off
office-more_terms_percent = { $percent } off
office-more_terms_percent_most = { $percent } off, { $most } at most
office-more_terms_member_price = Members pay the members’ price
office-more_kind_spend_get = Spend and save
office-more_kind_percent = Percentage off
office-more_kind_member_price = Members’ prices
office-more_kind_hint_spend_get = An amount off from a basket’s total on
office-more_kind_hint_percent = A part off everything
office-more_kind_hint_member_price = The second price list, for members
office-more_claimed = Taken
office-more_used = Used
office-more_off_given = Given off
office-more_budget = Money
office-more_budget_of = { $spent } of { $budget } spent
office-more_budget_none = { $spent } given off so far, without a limit
office-more_limit_of = { $claimed } of { $limit } coupons taken
office-more_funnel = From seeing to using
office-more_funnel_lead = Since the offer began.
office-more_step_touched = Codes scanned
office-more_step_touched_hint = { $codes ->
    [0] No code leads to this offer yet.
    [one] One code leads to this offer.
   *[other] { $codes } codes lead to this offer.
  }
office-more_step_claimed = Coupons taken
office-more_step_used = Coupons used
office-more_step_used_hint = { $percent } of those taken
office-more_step_reserved = In an open sale
office-more_step_reserved_hint = At a register at this moment
office-more_step_returned = Goods brought back
office-more_step_returned_hint = { $amount } came back to the offer
office-more_pause = Pause
office-more_resume = Let it go on
office-more_pause_hint = While it is paused, nobody can take a coupon or use one.
office-more_resume_hint = Coupons can then be taken and used again.
office-more_shared = Coupons for everybody
office-more_shared_lead = A code that is printed; whoever says it at the register gets the offer.
office-more_shared_none = No printed code yet.
office-more_shared_new = New printed code
office-more_shared_publish = Publish the code
office-more_shared_used = { $used } of { $cap } used
office-more_copy_code = Copy { $code }
office-more_field_kind = Kind
office-more_field_starts = Begins
office-more_field_ends = Ends
office-more_until_whole_day = { $day }, the whole day
office-more_field_first_day = First day
office-more_field_last_day = Last day
office-more_field_funder = Paid for by
office-more_field_is_stackable = With other offers
office-more_field_is_stackable_long = May be used together with other offers
office-more_field_is_offline = Without a network
office-more_field_is_offline_long = Registers may take its printed codes without a network
office-more_field_limit_total = Coupons in all
office-more_field_limit_per_person = Coupons per person
office-more_field_valid_days = A coupon is good for
office-more_field_valid_days_hint = Days from the moment it is taken.
office-more_field_budget_minor = Budget
office-more_field_budget_hint = When it is spent, the offer ends by itself. May be left empty.
office-more_field_title_en = Title in English
office-more_field_title_zh = Title in Chinese
office-more_field_title_hint = One language is enough.
office-more_field_spend_minor = From a total of
office-more_field_off_minor = Amount off
office-more_field_percent_bp = Percentage off
office-more_field_max_off_minor = At most
office-more_field_public_code = Code
office-more_field_public_code_hint = What is printed, such as WINTER10.
office-more_field_cap = How many uses in all
office-more_field_until = Last day

# Goods and prices
office-more_goods_lead = What you sell and what it costs, in every place and channel.
office-more_goods_search = Name, SKU or barcode
office-more_goods_none = No goods yet
office-more_goods_none_text = Bring them in from a file of your own, or from Google’s product feed.
office-more_goods_not_found = Nothing found
office-more_goods_not_found_text = Try fewer or other words.
office-more_article = Article
office-more_sku = SKU
office-more_gtin = Barcode
office-more_category = Category
office-more_colour = Colour
office-more_size = Size
office-more_name_en = English name
office-more_name_zh = Chinese name
office-more_prices = Prices
office-more_price_list = List price
office-more_price_member = Members’ price
office-more_price_member_hint = Left empty: members pay the list price.
office-more_price_edit = Change prices
office-more_price_from_now = Every sale from now on sees them.
office-more_price_changed = The prices are changed.
office-more_price_history = Changed
office-more_for_members = { $price } for members
office-more_same_price = As everybody
office-more_where_it_lies = Where it lies
office-more_where_it_lies_lead = Pieces by place and owner.
office-more_lies_nowhere = It was never counted anywhere.

# Stock
office-more_stock_lead = What lies where, and whose it is.
office-more_place = Place
office-more_owner = Owner
office-more_owners = Whose it is
office-more_operator = Run by
office-more_articles = Articles
office-more_on_hand = On hand
office-more_reserved = Reserved
office-more_reserved_of = { $count } reserved
office-more_available = Free
office-more_pieces = { $count } pieces
office-more_counted = counted { $ago }
office-more_counted_at = Counted
office-more_never_counted = Not counted
office-more_none_left = None left
office-more_few_left = { $count } left
office-more_show_few = Nearly gone · { $count }
office-more_shelf_lead = { $articles ->
    [one] One line of stock here.
   *[other] { $articles } lines of stock here.
  }
office-more_shelf_none = Nothing counted here yet
office-more_shelf_none_text = Bring in a count, and the map can tell shoppers what is here.
office-more_place_page = The place

# Files
office-more_import = Bring in a file
office-more_import_count = Bring in a count
office-more_import_lead = CSV, TSV, JSON, GeoJSON, XML or Parquet; the columns are found by their names.
office-more_import_kind = What is in the file
office-more_import_file = File
office-more_import_file_hint = Up to { $limit } MB; larger ones go by the command line.
office-more_import_no_file = Please choose a file.
office-more_import_no_format = This kind of file cannot be read. Save it as CSV and try again.
office-more_import_one_row_places = Each row is one place, known by its external_ref.
office-more_import_one_row_goods = Each row is one article, known by its SKU.
office-more_import_one_row_stock = Each row says how many pieces of one article lie at one place, and whose they are.
office-more_import_one_row_members = Each row is one member, known by member_ref. Nobody consents to anything by standing in a file.
office-more_import_one_row_sales = Each row is a line of a past sale; rows with the same sale_ref are one sale.
office-more_import_promise_1 = The whole file is checked before the first row is written.
office-more_import_promise_2 = A bad row stops nobody else: you get a list with each line and reason.
office-more_import_promise_3 = The same file twice changes nothing.
office-more_import_start = Check and bring in
office-more_import_columns = Columns
office-more_import_columns_lead = In any order; those you do not have may be missing. Chinese names are known, too.
office-more_import_example = A small example
office-more_import_runs = Lately
office-more_import_running = At work
office-more_import_refused = Not taken in
office-more_import_good = Done
office-more_import_bad = { $count } left out
office-more_import_reading = Reading and checking: { $rows } rows
office-more_import_written = { $rows } of { $of } rows done
office-more_import_leave = You can leave this page; the work goes on.
office-more_import_done_good = Everything was taken in.
office-more_import_done_bad = { $count ->
    [one] Done, but one row was left out. Below is why.
   *[other] Done, but { $count } rows were left out. Below is why.
  }
office-more_import_rows = Rows in the file
office-more_import_imported = Taken in
office-more_import_unchanged = Unchanged
office-more_import_unchanged_hint = They were here already
office-more_import_left_out = Left out
office-more_import_download_first = Download the first { $count } as CSV
office-more_import_download = Download all as CSV
office-more_import_line = Line
office-more_import_field = Column
office-more_import_reason = Why
office-more_import_first_shown = The first { $count } are shown; the file has all.
office-more_import_look = Look at it
office-more_import_again = Another file

# Contracts
office-more_contracts_lead = Who collects the money and who gets which part of it.
office-more_contracts_none = No contracts yet
office-more_contracts_none_text = Without one, a partner’s place cannot settle a sale.
office-more_contract = Contract
office-more_contract_new = New contract
office-more_contract_next = Next version
office-more_contract_sign = Sign
office-more_contract_for = For
office-more_contract_all = All places that they run
office-more_contract_place = Only this place, run by { $who }
office-more_contract_in_force = In force
office-more_contract_coming = To come
office-more_contract_ended = Ended
office-more_contract_since = Version { $version }, from { $day }
office-more_contract_version = Version { $version }
office-more_contract_versions = All { $count } versions
office-more_contract_later_only = It touches later sales only; what was sold stays as it was split.
office-more_open_end = open end
office-more_collects = { $who } collects what shoppers pay.
office-more_gets = { $who } gets { $percent } of each line.
office-more_gets_rest = The rest goes to { $who }.
office-more_shares = Shares of each line
office-more_shares_hint = In percent of what was paid for the line. One party takes the rest, to the last cent.
office-more_share_brand = The brand
office-more_share_operator = Who runs the place
office-more_share_stock_owner = Who owns the goods
office-more_share_landlord = The landlord
office-more_the_rest = the rest
office-more_field_collector = Who collects
office-more_field_from = From

# Earnings
office-more_earnings_lead = What each party earned, after what came back.
office-more_earnings_none = Nothing earned in this time
office-more_earnings_none_text = As soon as a sale is paid, its shares stand here.
office-more_earned = Earned
office-more_earned_all = Shared out
office-more_earned_parties = Parties
office-more_earned_own = The brand’s own part
office-more_earned_from = Out of money collected by
office-more_own_till = themselves
office-more_collected_by = { $who }
office-more_party = Party
office-more_statement = Lines
office-more_statement_of = Download the lines of { $who } as CSV
office-more_period = Time
office-more_period_today = Today
office-more_period_week = 7 days
office-more_period_month = 30 days
office-more_period_all = All time
office-more_held = Held by the payment rails
office-more_held_lead = What was taken and not yet paid out, whatever the time above.
office-more_claims = Refunds paid for another
office-more_claims_lead = One party’s till gave money back that another had collected.
office-more_owes = { $who } owes { $whom }

# Staff
office-more_staff_lead = { $count ->
    [one] One person works here.
   *[other] { $count } people work here and at your partners.
  }
office-more_staff_search = Name or login
office-more_staff_new = Add somebody
office-more_staff_add = Add, then give a role
office-more_staff_not_found = Nobody found
office-more_name = Name
office-more_company = Works for
office-more_roles_of = Roles
office-more_roles_of_lead = What they may do, and where.
office-more_login_hint = Ends with { $suffix }.
office-more_password_first = First password
office-more_password_first_hint = At least 8 characters; they change it after signing in.
office-more_left = Left
office-more_has_left = They left: nothing of theirs opens any door.
office-more_no_role = No role
office-more_no_role_text = Without a role they can sign in, but see nothing.
office-more_role = Role
office-more_role_for = For
office-more_role_give = Give the role
office-more_role_given = The role is given.
office-more_role_take = Take back
office-more_role_take_sure = Take the role “{ $role }” back from { $name }?
office-more_role_taken = The role is taken back.
office-more_sessions_of_lead = Browsers that they are signed in with.
office-more_sessions_none = Signed in nowhere.
office-more_signed_out = Signed out.
office-more_sign_out_all = Sign out everywhere
office-more_dismiss = Leaving
office-more_dismiss_lead = All their sessions and roles end at once. What they did stays in the audit trail.
office-more_dismiss_do = End their work here
office-more_dismiss_sure = End the work of { $name } here? Their sessions and roles end at once.
office-more_dismissed = They have left.
office-more_what_they_did = What they did

# Places and registers
office-more_places_lead = { $count ->
    [one] One place where you sell.
   *[other] { $count } places where you sell.
  }
office-more_places_search = Name, address or number
office-more_places_none = No places yet
office-more_places_none_text = Bring them in from a file with their names, positions and hours.
office-more_places_not_found = No such place
office-more_place_facts = The place
office-more_place_closed = Closed for good
office-more_address_unknown = No address known
office-more_landlord = Landlord
office-more_opening_hours = Hours
office-more_time_zone = Time zone
office-more_position = Position
office-more_external_ref = Your number for it
office-more_registers_lead = Which tills are at work, and which need somebody.
office-more_places_map = Where they are
office-more_places_map_lead = Green: a register there is alive. Red: one is silent for a day. Grey: none is in use.
office-more_registers_alive = { $alive } of { $count } registers alive
office-more_registers_none = No registers yet
office-more_registers_none_text = Open a place and add one: it takes a minute.
office-more_register = Register
office-more_register_new = Add a register
office-more_register_add = Add, then pair
office-more_register_name = Name
office-more_register_name_hint = What your people call it, such as “1” or “Ground floor”.
office-more_register_stands = How it stands
office-more_till_at_work = At work
office-more_till_idle = Quiet
office-more_till_silent = Silent for a day
office-more_till_unused = Never used
office-more_till_unpaired = Not paired
office-more_till_closed = Closed
office-more_state = State
office-more_last_seen = Last seen
office-more_last_sale = Last sale
office-more_none_in_30_days = None in 30 days
office-more_device = Browser
office-more_seen = seen { $ago }
office-more_never_seen = never seen
office-more_pair = Pair a browser
office-more_pair_lead = A tablet, phone or till becomes this register within a minute.
office-more_pair_step_1 = Have the device at hand, with a browser and a network.
office-more_pair_step_2 = Make a code here; it is good for ten minutes.
office-more_pair_step_3 = Scan it with the device’s camera, or open /register/ there and type it.
office-more_pair_start = Make a code
office-more_pair_scan = Scan this with the register
office-more_pair_qr = QR code that pairs the register
office-more_pair_or_type = or open /register/ on it and type
office-more_pair_time_left = { $time } left
office-more_pair_waiting = Waiting for the device …
office-more_pair_copy = Copy the link
office-more_pair_too_late = The code is no longer good. Make a new one.
office-more_paired = Paired
office-more_paired_with = { $device } is this register from now on.
office-more_paired_look = See the register
office-more_keys = Keys
office-more_keys_lead = Each browser that is this register has a key. End the keys of lost devices.
office-more_keys_none = None yet: pair a browser.
office-more_key_by_hand = Key given by hand
office-more_key_made = made { $day }
office-more_key_ended = Ended
office-more_key_revoke = End
office-more_key_revoke_sure = End this key? The device cannot sell any more until it is paired again.
office-more_key_revoked = The key is ended.

# Audit trail
office-more_audit_lead = Who changed what and when. Nothing here can be changed or removed.
office-more_audit_none = Nothing found
office-more_audit_none_text = Every change by staff stands here from the moment it is made.
office-more_who = Who
office-more_what = What
office-more_day = Day
office-more_everybody = Everybody
office-more_everything = Everything
office-more_somebody = Somebody
office-more_did_group_offers = Offers and codes
office-more_did_group_goods = Goods and prices
office-more_did_group_contracts = Contracts
office-more_did_group_registers = Registers and keys
office-more_did_group_staff = Staff and roles
office-more_did_group_sales = Returns and bills
office-more_did_publish_offer = published an offer
office-more_did_publish_shared_coupon = published a printed code
office-more_did_set_offer_active = paused or resumed an offer
office-more_did_put_code = added or changed a code
office-more_did_set_price = changed prices
office-more_did_import_file = brought in a file
office-more_did_count_stock = counted stock
office-more_did_adjust_stock = adjusted stock
office-more_did_sign_contract = signed a contract
office-more_did_add_register = added a register
office-more_did_issue_register_key = made a register key
office-more_did_pair_register = made a pairing code
office-more_did_revoke_register_key = ended a register key
office-more_did_add_staff = added somebody
office-more_did_dismiss_staff = ended somebody’s work
office-more_did_give_role = gave a role
office-more_did_take_role = took a role back
office-more_did_end_staff_sessions = signed somebody out
office-more_did_set_return_policy = changed the days for returns
office-more_did_approve_returns = allowed late returns
office-more_did_set_approval_policy = changed what needs an approval
office-more_did_set_order_policy = changed the deposit of orders
office-more_did_approve_act = approved something at a register
office-more_did_set_staff_pin = set somebody’s PIN
office-more_did_change_pin = changed their own PIN
office-more_did_group_days = Bills and days
office-more_did_match_bill = matched a provider’s bill
office-more_did_upload_bill = uploaded a provider’s bill
office-more_did_set_seller_lines = set what receipts say of a company
office-more_did_note_sent = said that a refund’s transfer was sent
office-more_did_allow_refund = gave money back while the goods stayed
office-more_did_refund_otherwise = let a refused refund go by another rail
office-more_did_upload_statement = uploaded a bank statement
office-more_did_clear_difference = cleared a difference, or took that back
office-more_did_close_day = closed a day
office-more_did_reopen_day = opened a closed day again
office-more_fact_kind = Kind
office-more_fact_title_en = Title
office-more_fact_budget_minor = Budget
office-more_fact_public_code = Code
office-more_fact_cap = Uses
office-more_fact_is_active = Running
office-more_fact_slug = Code
office-more_fact_list_minor = List price
office-more_fact_member_minor = Members’ price
office-more_fact_rows = Rows
office-more_fact_imported = Taken in
office-more_fact_bad = Left out
office-more_fact_operator_party_id = With
office-more_fact_place_id = Place
office-more_fact_owner_party_id = Owner
office-more_fact_reason = Reason
office-more_fact_quantity = Pieces
office-more_fact_on_hand = Counted
office-more_fact_register_id = Register
office-more_fact_party_id = Works for
office-more_fact_name = Name
office-more_fact_login = Login
office-more_fact_role = Role
office-more_fact_scope_id = For
office-more_fact_days = Days
office-more_did_group_rails = Ways to pay
office-more_did_state_rails = stated which ways to pay are taken
office-more_did_issue_gift_cards = issued gift cards
office-more_did_block_gift_card = stopped a gift card or let it pay again
office-more_fact_count = Number
office-more_fact_amount_minor = Amount
office-more_fact_is_blocked = Stopped
office-more_training = Training
office-more_training_lead = In training everything is tried as for real, and nothing is charged, kept or counted.
office-more_training_on = This register only practises.
office-more_training_off = This register sells for real.
office-more_training_begin = Put into training
office-more_training_end = End the training
office-more_offline = Sold without a network
office-more_offline_lead = How far its journals came in, and what somebody should look at.
office-more_offline_none = Nothing was ever sent from a journal.
office-more_offline_taken = { $count ->
    [one] 1 entry taken, last heard
   *[other] { $count } entries taken, last heard
}
office-more_offline_entry = Entry { $number }
office-more_offline_sale = Sale
office-more_offline_seen = Dealt with
office-more_offline_to_see = { $count ->
    [one] 1 to look at
   *[other] { $count } to look at
}
office-more_seconds = { $count } s
office-more_alert_storage_lost = The device lost its storage: sales may be lost
office-more_alert_clock_back = The clock went back
office-more_alert_clock_ahead = Written after it was sent
office-more_alert_clock_jump = The clock was set anew
office-more_alert_clock_off = The clock is wrong
office-more_alert_gap = Entries are missing
office-more_alert_forked = The journal was copied
office-more_alert_heard_late = Heard more than a day late: look at the drawer and the returns
office-more_entry_refused = Refused
office-more_entry_done_with_difference = With a difference
office-more_differs_price = Charged otherwise than we would have
office-more_differs_coupon = A coupon did not count any more
office-more_differs_stock = More sold than was on hand
office-more_differs_member = The member could not be known any more
office-more_differs_contract = By the device’s clock another contract was in force: check whose share it is
office-more_differs_refund = Gave back another amount
office-more_differs_approval = Approval used in its time only by the device’s clock
office-more_pin = PIN at registers
office-more_pin_lead = With it they sign in at the registers of their places; a manager’s PIN approves there, too.
office-more_pin_new = New PIN
office-more_pin_hint = Four to eight digits. Ten wrong ones in a row lock it until a new one is set.
office-more_pin_do = Set the PIN
office-more_pin_take = Take it away
office-more_pin_set = The PIN is set.
office-more_pin_gone = The PIN is taken away.
office-more_fact_act = What
office-more_fact_return_from_minor = Goods come back, from
office-more_fact_no_receipt_from_minor = Without the receipt, from
office-more_fact_give_up_from_minor = Given up when paid in part, from
office-more_fact_deposit_bp = Deposit
office-more_fact_minimum_minor = At least
office-more_fact_hold_days = Days kept
office-more_fact_rails = Now
office-more_fact_points = Points
office-more_never_asked = never asked
office-more_usual_days = as usual here
office-more_act = { $act ->
    [return] goods came back
    [give_up] a sale paid in part was given up
    [allowance] money back while the goods stay
    [price] a price set by hand
   *[other] { $act }
  }
office-more_rail_min = from { $amount }
office-more_rail_max = to { $amount }
office-more_rail_day = a member’s day to { $amount }
office-more_rail_dynamic_day = by dynamic codes to { $amount }
office-more_rail_static_day = by static codes to { $amount }
office-more_rail_fee = costs { $fee } and { $fixed }
office-more_rail_off_at = { $count ->
    [one] not at 1 place
   *[other] not at { $count } places
  }
office-more_points_worth = { $count } are worth { $amount }
office-more_key_used = last used { $at }
office-more_key_unused = never used
