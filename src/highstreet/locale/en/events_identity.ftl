# What the events of the room `identity` mean. None holds a phone number.

event-identity-person_joined-v1 = A person signed in for the first time.
event-identity-device_linked-v1 = A person signed in on a device that was nobody's or another person's.
event-identity-person_erased-v1 = A person was erased: whatever is still known of them must go.
event-identity-staff_added-v1 = A member of staff was added to a party.
event-identity-staff_deactivated-v1 = A member of staff left.
event-identity-session_revoked-v1 = A session was ended before its time.
event-identity-pairing_started-v1 = Staff asked for a code to pair a register with.
event-identity-register_key_issued-v1 = A register was given a key.
event-identity-register_key_revoked-v1 = A register's key was revoked.
