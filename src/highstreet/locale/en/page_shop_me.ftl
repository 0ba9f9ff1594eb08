# The shopper's own pages: feed, wallet, orders, consents, signing in, scanning.
