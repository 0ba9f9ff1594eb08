# The shopper's pages: the shell, the map and the place's page. The rest: page_shop_me.ftl.
shop-title = What is near
shop-tab_map = Map
shop-tab_feed = Feed
shop-tab_scan = Scan
shop-tab_wallet = Wallet
shop-tab_orders = Orders
shop-to_map = To the map
shop-install = Install
    .why = Keep Highstreet on your home screen: your wallet then opens without a network too.

shop-map_label = Map of the places nearby; the list beside it says the same
shop-locate = Where I am
shop-look_here = Look here
shop-where_why = Share your position to see the nearest first. We do not keep it.
shop-where_use = Share
shop-where_refused = Your device does not share your position. These places are around the town’s centre.
shop-where_far = You are far from here. These places are around the town’s centre.
shop-sheet_up = Show the whole list
shop-sheet_down = Show the map

shop-search_hint = Goods, shops, brands
shop-search_label = Search for goods, shops and brands
shop-search_found = Suggestions
shop-clear_search = Clear the search
shop-forget_recent = Forget these searches
shop-filters = What to show
shop-open_now = Open now
shop-one_brand = One brand
shop-filter_off = Only { $name }: show all again

shop-has_it = Who has “{ $what }”
shop-about_here = Nearest to you first
shop-about_middle = Around the town’s centre
shop-about_on_foot = about { $minutes } min on foot
shop-about_map = In this part of town
shop-has_count = { $count ->
    [0] Nobody nearby
    [one] One place nearby
   *[other] { $count } places, nearest first
}
shop-more_places = More places
shop-more_goods = { $count ->
    [one] and one more that fits
   *[other] and { $count } more that fit
}
shop-offers = { $count ->
    [one] 1 offer
   *[other] { $count } offers
}
shop-nothing_near = Nothing here
    .why = Move the map to another part of town and look there.
    .filtered = No place nearby fits what you chose.
shop-nobody_has_it = Nobody nearby has it
shop-clear_filters = Show everything
shop-welcome = Welcome to { $brand }
    .offer = “{ $offer }” waits for you on the page of any of its shops.
    .places = These are its shops, the nearest first.
shop-code_unknown = This code leads nowhere any more. Look around instead.

shop-stock_in_stock = In stock
shop-stock_few_left = A few left
shop-stock_ask = Ask there

shop-place = Place
shop-place_close = Close, back to the map
shop-share = Share
shop-share_copied = Link copied
shop-way = The way there
shop-way_show = Show
shop-way_from_here = From where you are.
shop-way_from_middle = From the town’s centre.
shop-way_from_map = From the middle of the map.
shop-way_straight = Measured in a straight line: we do not know the streets there.
shop-way_unknown = The way could not be found just now.
shop-not_on_map = This place is not on the map.
shop-week = Opening hours
shop-today = today
shop-has = What it has
shop-has_search = Search in this shop
shop-has_nothing = Nothing is counted in stock here just now.
shop-has_no_such = Nothing here goes by that name.
shop-has_more = Show all
shop-members = for members

shop-follow = Follow
shop-following = Following
shop-follow_brand = Follow { $brand }
shop-follow_means = You will find { $brand }’s posts in your feed. { $brand } learns that you follow, not your phone number.
shop-follow_offers = Offers made for me
    .what = { $brand } may choose posts and offers by what you bought there. Without this you get those for everybody.
shop-follow_ends = You can stop at any time: here, or under Account.
shop-follow_signs_in = To follow a brand we need to know you: your phone number and a code, nothing else.
shop-followed = You follow { $brand }
shop-unfollowed = You no longer follow { $brand }

shop-offers_title = Offers
shop-offer_until = Until { $day }
shop-offer_left = { $count } left
shop-offer_gone = All gone
shop-offer_by_itself = No coupon needed
shop-claim = Claim
shop-claimed = It is in your wallet
shop-claimed_show = Show
shop-claimed_have = In your wallet

shop-category_books = Books and gifts
shop-category_coffee = Coffee and bakery
shop-category_cosmetics = Cosmetics
shop-category_electronics = Electronics
shop-category_everyday = Everyday clothing
shop-category_flowers = Flowers and plants
shop-category_furniture = Furniture and design
shop-category_groceries = Groceries
shop-category_jewellery = Jewellery and watches
shop-category_menswear = Menswear
shop-category_opticians = Opticians
shop-category_shoes = Shoes and bags
shop-category_sports = Sports and outdoor
shop-category_toys = Toys and children
shop-category_womenswear = Women’s fashion
shop-order_it = Order
shop-order_goods = Order { $goods }
