event-stock-stock_low-v1 = A sale took an owner's last available piece of a variant at a place.
event-stock-count_wanted-v1 = Pieces were sold offline that were not on hand for all we knew, or an order's pieces were not found: somebody should count.
