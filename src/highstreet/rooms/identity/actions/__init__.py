"""What `identity` does. Codes, tokens and ids are made by the caller; only hashes are written."""

from highstreet.rooms.identity.actions.people import add_people, erase_person
from highstreet.rooms.identity.actions.pins import free_pin_tries, set_pin, take_pin_try
from highstreet.rooms.identity.actions.register_keys import (
    end_pairing,
    issue_register_key,
    issue_unused_keys,
    revoke_register_key,
    start_pairing,
)
from highstreet.rooms.identity.actions.sessions import (
    forget_ended,
    note_seen,
    revoke_session,
    revoke_sessions_of,
)
from highstreet.rooms.identity.actions.sign_in import open_session, request_code, sign_in
from highstreet.rooms.identity.actions.staff import (
    add_staff,
    change_password,
    deactivate_staff,
    lock_staff,
    open_staff_session,
)

__all__ = [
    "add_people",
    "add_staff",
    "change_password",
    "deactivate_staff",
    "end_pairing",
    "erase_person",
    "forget_ended",
    "free_pin_tries",
    "issue_register_key",
    "issue_unused_keys",
    "lock_staff",
    "note_seen",
    "open_session",
    "open_staff_session",
    "request_code",
    "revoke_register_key",
    "revoke_session",
    "revoke_sessions_of",
    "set_pin",
    "sign_in",
    "start_pairing",
    "take_pin_try",
]
