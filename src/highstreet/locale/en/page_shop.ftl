# The pages of the shopper.
shop-title = What is near
shop-lead = Places around you, what they have, and the way there.
