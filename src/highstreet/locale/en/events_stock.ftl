event-stock-stock_low-v1 = A sale took an owner's last available piece of a variant at a place.
