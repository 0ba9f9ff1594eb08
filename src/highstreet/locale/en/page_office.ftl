# The head office's pages: frame, sign-in, today, sales, the loop, members.
office-door = Head office
office-sign_in = Sign in to the office
office-sign_in_lead = Sales, members, partners and places of your brand.
office-login = Login
office-password = Password
office-to_today = To the first page
office-group_trade = Trade
office-group_range = Range
office-group_partners = Partners
office-group_house = House
office-menu_today = Today
office-menu_sales = Sales
office-menu_loop = The loop
office-menu_members = Members
office-menu_offers = Offers
office-menu_goods = Goods
office-menu_stock = Stock
office-menu_contracts = Contracts
office-menu_earnings = Earnings
office-menu_places = Places
office-menu_registers = Registers
office-menu_staff = Staff
office-menu_audit = Audit trail
office-account = Your account
office-roles = What you may do
office-roles_lead = Your roles, and what each is for.
office-role_office_manager = Head office
office-role_dealer_manager = Dealer’s manager
office-role_landlord_manager = Landlord’s manager
office-role_store_manager = Store manager
office-role_assistant = Assistant
office-new_password = New password
office-new_password_lead = You are then signed out everywhere and sign in anew.
office-password_now = Password as it is
office-password_next = New password
office-password_hint = At least 8 characters
office-sessions = Signed in
office-sessions_lead = Browsers that are signed in with your login. End the ones you do not know.
office-session_this = This browser
office-session_seen = Used { $ago }
office-session_until = until { $day }
office-session_end = Sign out
office-device_unknown = Unknown browser
office-today = Today
office-day_since = since { $time }
office-live = Live
office-live_off = Connecting …
office-taken = Taken today
office-sales = Sales
office-sale = Sale
office-average = Average sale
office-to_members = Sales to members
office-yesterday = on yesterday
office-last_week = on last week
office-nothing_then = nothing { $when } to compare
office-given_off = Discounts
office-given_back = Given back
office-touches = Touches
office-new_followers = New followers
office-week_before = A week before
office-hours = Hour by hour
office-hours_lead = What was taken in each hour, beside the same day of last week.
office-hour = Hour
office-attention = What needs you
office-attention_none = Nothing needs you. Payments, refunds, registers and stock are as they should be.
office-payment_pending = { $amount } by { $rail } is still open
office-payment_unknown = { $amount } by { $rail }: nobody knows yet whether it was paid
office-refund_late = Refund of { $amount } by { $rail } is late
office-refund_failed = Refund of { $amount } by { $rail } was refused: the shopper still waits
office-since = { $ago }
office-register_silent = { $register } at { $place } is silent while the place is open
office-heard = heard { $ago }
office-never_heard = never heard of
office-silent_more = { $count ->
    [one] One more silent register
   *[other] { $count } more silent registers
  }
office-low_stock = { $left ->
    [0] { $goods } is sold out
    [one] One piece left of { $goods }
   *[other] { $left } pieces left of { $goods }
  }
office-low_more = { $count ->
    [one] One more article is nearly gone
   *[other] { $count } more articles are nearly gone
  }
office-places_now = Places and registers
office-places_now_lead = Busiest first. Silent means: open for an hour, and not a word from the register.
office-today_map = Map of your places and how their registers are
office-registers = { $count ->
    [0] no register
    [one] 1 register
   *[other] { $count } registers
  }
office-no_places = No places yet
    .text = Add the first place, or import them from a list, and it stands here on the map.
office-state_selling = Selling
office-state_ready = Ready
office-state_silent = Silent
office-state_resting = Closed
office-state_unpaired = Not paired
office-state_off = Off
office-state_none = No register
office-ticker = As it happens
office-ticker_lead = Sales, returns, touches and new followers, the newest on top.
office-nothing_yet = Nothing has happened yet
    .text = The first sale of the day will stand here the moment it is paid.
office-items = { $count ->
    [one] 1 piece
   *[other] { $count } pieces
  }
office-member = Member
office-returned_at = Return, { $place }
office-touched = A code was scanned
office-followed = Somebody follows you now
office-joined = A new member
office-payment_in_doubt = A payment is in doubt
office-late_success = A payment came after it had been called back
office-late_reversal = A payment was taken back by the provider
office-rail_cash = cash
office-rail_wallet = wallet
office-rail_card = card
office-rail_points = points
office-rail_none = nothing to pay
