# The shopper's own pages: feed, wallet, orders, consents, signing in, scanning.
shop-me-account = Account
shop-me-see = See
shop-me-older = Show older
shop-me-today = Today
shop-me-kept_at = As it was { $ago }: you are offline.

## Signing in
shop-me-sign_in_lead = We send a code to your phone. No password, nothing to remember.
shop-me-phone = Phone number
shop-me-phone_hint = With country code, or as you dial it at home.
shop-me-phone_short = Please type your whole phone number.
shop-me-send_code = Send the code
shop-me-code_sent = We have sent a code to
shop-me-code = Six-digit code
shop-me-code_hint = It is good for a few minutes.
shop-me-again = Send again
shop-me-again_in = Send again in { $seconds } s
shop-me-other_phone = Other number
shop-me-demo = This is the demo: any number works, and no message is really sent. The code appears in the terminal where the demo runs.
shop-me-demo_code = This is the demo: read the code in the terminal where it runs.
shop-me-demo_enter = Go in as the demo’s shopper

## Feed
shop-me-feed = Feed
shop-me-feed_gate = Offers from brands you follow
    .why = Sign in to follow brands near you and take their offers with one tap.
shop-me-feed_nobody = You follow no brand yet
    .what = Find a shop on the map and follow it: what it offers then appears here.
shop-me-feed_quiet = Nothing new just now
    .what = The brands you follow have no offer running. Look around for others?
shop-me-followed = Brands you follow
shop-me-offer_since = Since { $day }
shop-me-offer_until = Available until { $day }
shop-me-good_days =
    { $days ->
        [one] Good for { $days } day after you take it
       *[other] Good for { $days } days after you take it
    }
shop-me-good_hours =
    { $hours ->
        [one] Good for { $hours } hour after you take it
       *[other] Good for { $hours } hours after you take it
    }
shop-me-alone = Cannot be combined with other offers
shop-me-together = Can be combined with other offers
shop-me-claim = Take it
shop-me-claim_again = Take another
shop-me-claimed = It is in your wallet.
shop-me-in_wallet = In your wallet
shop-me-used = Used
shop-me-not_yet = Not yet
shop-me-inactive = Withdrawn
shop-me-all_gone = All gone
shop-me-for_members = For members
shop-me-terms_spend_get = { $off } off when you spend { $spend } or more
shop-me-terms_percent = { $percent } off
shop-me-terms_percent_max = { $percent } off, { $most } at most
shop-me-terms_member_price = Members’ price, taken off by itself
shop-me-left_days =
    { $days ->
        [one] { $days } day left
       *[other] { $days } days left
    }
shop-me-left_hours =
    { $hours ->
        [one] { $hours } hour left
       *[other] { $hours } hours left
    }
shop-me-left_none = Over
shop-me-left_until = Until { $day }
shop-me-left_count = Only { $count } left

## Wallet
shop-me-wallet = Wallet
shop-me-to_wallet = To the wallet
shop-me-wallet_gate = Your cards and coupons
    .why = Sign in to show your member’s code at the register, collect points and use coupons.
shop-me-wallet_empty = Your wallet is empty
    .what = Join a shop’s brand: its member card then lies here, also without a network.
shop-me-cards = Member cards
shop-me-card_lead = Show this at the register
shop-me-code_of = Member’s code of { $brand }
shop-me-larger = Show the code larger
shop-me-barcode = Barcode
shop-me-qr = QR code
shop-me-turns_in = New code in { $seconds } s
shop-me-tier_member = Member
shop-me-tier_gold = Gold
shop-me-service_off = You took back your consent to membership and receipts, so the card has no code. Your points are still there.
shop-me-service_on = Use the card again
shop-me-points =
    { $points ->
        [one] { $shown } point
       *[other] { $shown } points
    }
shop-me-points_pending =
    { $points ->
        [one] { $shown } more is on its way
       *[other] { $shown } more are on their way
    }
shop-me-points_none_pending = Ready to use
shop-me-points_history = Where they come from
shop-me-points_with = Points with { $brand }
shop-me-points_earned =
    { $points ->
        [one] { $shown } point earned
       *[other] { $shown } points earned
    }
shop-me-available = Available
shop-me-pending = On their way
shop-me-pending_why = Points become available when the time for returns is over.
shop-me-points_empty = No points yet. Show your code at the register with your next purchase.
shop-me-earned = Earned with a purchase
shop-me-taken_back = Taken back with a return
shop-me-spent = Paid with points
shop-me-given_back = Points given back
shop-me-matures = good from { $day }
shop-me-coupons = Coupons
shop-me-coupons_more = Find offers
shop-me-coupons_none = No coupons now. Offers of brands you follow become coupons with one tap.
shop-me-coupons_used =
    { $count ->
        [one] { $count } used or over
       *[other] { $count } used or over
    }
shop-me-coupon_how = The register finds it by your member’s code. Or let it scan this one.
shop-me-coupon_where = At every shop of { $brand }
shop-me-coupon_when = { $from } to { $until }
shop-me-joinable = Become a member
shop-me-joinable_why = Members’ prices, points and receipts
shop-me-join = Join
shop-me-join_brand = Join { $brand }
shop-me-join_lead = It is free, and you can leave at any time.
shop-me-join_more = You may also allow, each by itself:
shop-me-join_agree = Agree and join
shop-me-join_later = Change your mind at any time under Account, What is kept.
shop-me-joined = You are a member of { $brand }.

## Orders and receipts
shop-me-orders = Orders
shop-me-orders_gate = Your receipts
    .why = Sign in: what you buy with your member’s code appears here by itself.
shop-me-orders_empty = No receipts yet
    .what = Show your member’s code at the register: the receipt comes here the moment you have paid.
shop-me-pieces =
    { $count ->
        [one] { $count } piece
       *[other] { $count } pieces
    }
shop-me-just_paid = Just paid
shop-me-part_returned = Partly returned
shop-me-all_returned = Returned
shop-me-paid_at = Paid at { $place }
shop-me-receipt = Receipt
shop-me-receipt_arrived = Paid { $amount }. Your receipt is here.
shop-me-returned_now = { $amount } was given back.
shop-me-paid = Paid
shop-me-paid_thanks = { $amount } paid. Thank you!
shop-me-saved = You saved { $amount }
shop-me-list_price = List price
shop-me-line_saved = { $amount } less: { $why }
shop-me-line_returned =
    { $count ->
        [one] { $count } piece returned
       *[other] { $count } pieces returned
    }
shop-me-sum_list = At list prices
shop-me-total = Total
shop-me-rail_cash = Cash
shop-me-rail_wallet = Wallet
shop-me-rail_alipay = Alipay
shop-me-rail_wechat = WeChat Pay
shop-me-rail_stripe = Card
shop-me-rail_gift_card = Gift card
shop-me-rail_transfer = Bank transfer
shop-me-rail_slip = Card slip
shop-me-rail_card = Card
shop-me-rail_points = Points
shop-me-cash_given = { $amount } handed over
shop-me-cash_back = { $amount } back
shop-me-money_back = Given back
shop-me-all_back = Returned
shop-me-goods_kept = Money back, goods kept
shop-me-back_by = { $amount } by { $rail }
shop-me-coming_by = { $amount } by { $rail }, on its way
shop-me-receipt_code = Receipt code
    .what = Let the register scan it if you bring something back.
shop-me-proof = How this price came about
shop-me-step_list = List prices
shop-me-step_total = To pay
shop-me-step_spread = What an offer takes off is spread over the lines by their price, to the last cent, so that a return gives back exactly what was paid.
shop-me-proof_holds = Computed again just now: it is right
shop-me-proof_broken = Computed again just now: it differs. Please ask the shop.
shop-me-proof_none = This purchase was taken over from an older system, without a computation.
shop-me-rejected = Looked at, but not used
shop-me-why_threshold = You spent less than it asks for.
shop-me-why_not_better = Others gave you more.
shop-me-why_not_member = It is for members.
shop-me-why_not_stackable = It cannot be combined, and the others gave you more.
shop-me-why_no_member_price = None of these goods has a members’ price.
shop-me-why_other = It did not apply.
shop-me-credit = Who is thanked for your visit
shop-me-credit_to = { $code }, which you scanned on { $day }. You allowed { "“" }Which code led here{ "”" }.
shop-me-credit_nobody = Nobody: no code that you scanned, with your leave, led to this purchase.

## Account
shop-me-nobody = You are not signed in
    .why = The map works without it. Sign in for offers, member cards and receipts.
shop-me-since = Since { $day }
shop-me-looks = Language and colours
shop-me-private = Your data
shop-me-consents_row = For which brand and what for; take it back at once
shop-me-export = Download everything
    .what = All that is kept about you, as a file
shop-me-exported = Your data has been saved to this device.
shop-me-sessions = Where you are signed in
shop-me-some_device = A device
shop-me-seen = Last used { $ago }
shop-me-this_device = This device
shop-me-end_session = Sign out
shop-me-session_ended = Signed out there.
shop-me-signed_out = You are signed out. Nothing of yours stays on this device.
shop-me-erase = Erase my account
    .what = Forget me; this cannot be undone
shop-me-erase_goes = What goes, at once
    .what = Your phone number, memberships with their points, follows, consents, coupons, and which codes you scanned. You are signed out everywhere.
shop-me-erase_stays = What stays, and why
    .what = Shops must keep their books: the purchases stay, without your name or number. So that nobody takes a once-only offer twice, its count stays for at most a year under a scrambled form of your number that cannot be read back.
shop-me-erase_hint = You may want to download your data first.
shop-me-erase_type = To go on, type: { $word }
shop-me-erase_word = erase
shop-me-erase_now = Erase for ever
shop-me-erased = Your account is erased.

## Consents
shop-me-consents = What is kept
shop-me-consents_gate = What is kept about you
    .why = Sign in to see what you allowed which brand, and to take it back.
shop-me-consents_lead = Nothing is used without your leave. Each switch is one permission, for one brand; switched off, it ends at once.
shop-me-consents_none = Nobody keeps anything about you
    .what = When you follow or join a brand, what you allow it stands here.
shop-me-following_since = Followed since { $day }
shop-me-not_following = Not followed
shop-me-unfollow = Unfollow
shop-me-unfollow_brand = Unfollow { $brand }
shop-me-unfollowed = You no longer follow { $brand }.
shop-me-purpose_service = Membership and receipts
    .what = The brand keeps your membership, what you buy with your code, and your points.
    .kept = Kept: your membership, what you buy with your code, your points. Without it the card has no code, and receipts do not come to your phone.
shop-me-purpose_offers = Personal offers
    .what = The brand may choose offers for you by what you bought.
    .kept = Used: what you bought, to choose offers for you. Without it you see what everybody sees, at the same prices.
shop-me-purpose_measurement = Which code led here
    .what = The brand may know which poster or assistant’s code led you to a purchase.
    .kept = Kept: which of the brand’s codes you scanned, so that the poster or assistant is thanked. Without it your scans are nobody’s.
shop-me-purpose_insights = Questions about groups
    .what = You count in answers about large groups, blurred so that nobody can be found in them.
    .kept = Used: you count as one of many in answers about groups. Nobody learns anything about you alone.
shop-me-consent_since = { $recipient }, since { $day }, { $entry }
shop-me-entry_shop = in this app
shop-me-entry_poster = at a poster
shop-me-entry_register = at a register
shop-me-given = Allowed: { $purpose }
shop-me-withdrawn = Taken back: { $purpose }. It ended just now.
shop-me-withdraw = Take it back
shop-me-service_end = Stop using the member card?
    .what = The code in your wallet stops working at once, and further purchases are not linked to you. Your points stay and count again if you allow it later.
shop-me-consents_past = Taken back ({ $count })
shop-me-consent_was = { $from } to { $until }

## Scanning
shop-me-scan = Scan
shop-me-scan_picture = Picture of the camera
shop-me-scan_lead = Point it at a poster’s code, a barcode or a receipt
shop-me-scan_asking = Opening the camera …
shop-me-scan_unknown = This code is not one of ours.
shop-me-scan_not_yours = This is not one of your receipts.
shop-me-scan_member = This is a member’s code: the register reads it.
shop-me-torch = Light
shop-me-camera_denied = The camera is not allowed
    .what = Allow it for this page in the browser’s settings, or type the code below.
shop-me-camera_none = There is no camera here
    .what = Type what stands under the code instead.
shop-me-camera_failed = The camera did not start
shop-me-by_hand = Or type the code
shop-me-by_hand_hint = What stands under it: letters on a poster, digits on goods.
shop-me-go = Go
shop-me-met = Scanned
shop-me-to_place = To { $place }
shop-me-to_places = Shops of { $brand }
shop-me-to_offers = See the offers
shop-me-sign_in_join = Sign in and join

## More
shop-me-points_less = Those of what you brought back were taken back.
shop-me-yours_already = You get it by itself
shop-me-allowed =
    { $count ->
        [one] You allow { $count } of 4
       *[other] You allow { $count } of 4
    }
shop-me-allowed_nothing = You allow nothing
shop-me-copy_code = Copy the code
shop-me-code_copied = The code is copied.
