# What the events of the room `goods` mean.

event-goods-price_changed-v1 = A variant has other prices from now on.
