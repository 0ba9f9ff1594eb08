stock-not_enough = Not enough in stock
    .detail = There are fewer pieces available than asked for.
stock-not_reserved = Not reserved
    .detail = There are fewer pieces reserved than asked for.
stock-count_below_reserved = The count is below what is reserved
    .detail = Orders hold more pieces than were counted. Release or move an order first, then count again.
stock-counted_twice = Counted twice
    .detail = The same variant, place and owner stand in this count more than once.
