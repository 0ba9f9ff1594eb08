event-members-followed-v1 = A person began to follow a brand.
event-members-unfollowed-v1 = A person stopped following a brand.
event-members-joined-v1 = A person became a member of a brand's programme.
event-members-consent_given-v1 = A person consented to one purpose; the event names the receipt.
event-members-consent_withdrawn-v1 = A person withdrew consent to one purpose; it holds at once.
event-members-points_earned-v1 = A sale earned points, pending until returns close. One event a sale.
event-members-points_reversed-v1 = A return took back points that the sale had earned.
