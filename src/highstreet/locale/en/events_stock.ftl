event-stock-stock_low-v1 = A sale took an owner's last available piece of a variant at a place.
event-stock-count_wanted-v1 = Pieces were sold offline that were not on hand for all we knew, or an order's pieces were not found: somebody should count.
event-stock-transfer_sent-v1 = Pieces of one owner left a place for another one and are under way.
event-stock-transfer_received-v1 = Pieces arrived at the destination, or were declared lost there; `left` are still under way.
event-stock-transfer_cancelled-v1 = A transfer was called off before anything was received: its pieces are at the sender's again.
