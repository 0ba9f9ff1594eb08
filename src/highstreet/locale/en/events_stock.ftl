event-stock-stock_low-v1 = A sale took an owner's last available piece of a variant at a place.
event-stock-count_wanted-v1 = A register sold pieces offline that were not on hand for all we knew: somebody should count.
