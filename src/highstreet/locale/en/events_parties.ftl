# What the events of the room `parties` mean.

event-parties-brand_added-v1 = A brand joined, with its own party.
event-parties-party_added-v1 = A dealer or a landlord joined a brand.
event-parties-place_added-v1 = A place of business was added.
event-parties-place_changed-v1 = A place of business was put again: its names, parties or activity may have changed.
event-parties-register_added-v1 = A register was added at a place.
event-parties-role_given-v1 = A member of staff was given a role within a scope.
event-parties-role_taken-v1 = A role was taken back from a member of staff.
event-parties-return_days_set-v1 = How long after the payment the brand takes goods back was set; empty: as the installation says.
event-parties-training_set-v1 = A register was put into training, or out of it.
event-parties-seller_lines_set-v1 = What receipts say of a company by law was set.
