event-sales-sale_paid-v1 = A sale was paid in full; the event carries the receipt.
event-sales-sale_abandoned-v1 = A sale was given up before it was paid.
event-sales-order_moved-v1 = A part of a shopper’s order began, came, failed or went back, or the order was given up.
event-sales-sale_returned-v1 = Some pieces of a paid sale came back.
event-sales-return_approved-v1 = A member of staff approved returns of a sale after the time for returns.
