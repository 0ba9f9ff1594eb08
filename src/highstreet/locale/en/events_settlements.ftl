event-settlements-statements_made-v1 = Every party has its statement of a period.
event-settlements-payments_opened-v1 = What parties owed each other by their statements was set off, and the rest is to be paid.
event-settlements-payment_ended-v1 = A payment between parties was made, or came back.
event-settlements-dispute_opened-v1 = A party says that a statement or a sale's shares are wrong.
event-settlements-dispute_ended-v1 = A dispute was granted, declined or withdrawn.
