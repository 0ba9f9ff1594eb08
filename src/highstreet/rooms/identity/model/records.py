"""People and staff, their sessions and keys; the rules of phones, logins and names."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import phonenumbers

from highstreet.rooms.identity.errors import (
    LOGIN_MALFORMED,
    NAME_MALFORMED,
    PHONE_MALFORMED,
)

CODE_VALID = timedelta(minutes=5)
CODE_ATTEMPTS = 5
CODE_PAUSE = timedelta(seconds=30)
CODES_A_DAY = 10
# From one address for one phone: fewer than the phone has, so that nobody alone can use them up.
ADDRESS_CODES_A_DAY = 3
ADDRESS_TRIES_A_DAY = CODE_ATTEMPTS - 1
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SHOPPER_SESSION = timedelta(days=90)
STAFF_SESSION = timedelta(hours=12)
PAIRING_VALID = timedelta(minutes=10)
# How old "seen last" may be before it is written anew.
SEEN_EVERY = timedelta(minutes=5)
# Sessions and codes that ended are kept for this long, then forgotten.
ENDED_KEPT = timedelta(days=30)

FORGET = "identity.forget_ended"

NAME_LIMIT = 120
TEXT_LIMIT = 40

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+@-]{2,79}")


@dataclass(frozen=True, slots=True)
class Person:
    """A shopper. `phone` is None once erased."""

    id: str
    phone: str | None = field(repr=False)
    locale: str
    created_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person known from a brand's own list; `phone` in E.164, None when the list has none."""

    id: str
    phone: str | None = field(repr=False)
    locale: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """A member of staff, with what is needed to check the password."""

    brand_id: str
    id: str
    party_id: str
    login: str
    name: str
    password_hash: str = field(repr=False)
    is_active: bool


PIN_TRIES = 10
"""So many wrong PINs in a row, and it is locked until a new one is set."""


@dataclass(frozen=True, slots=True)
class SetPin:
    """A new PIN of staff, as `hash_pin` made it; None: none any more."""

    brand_id: str
    staff_id: str
    pin_hash: str | None = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class StaffPin:
    """A PIN as it is kept."""

    pin_hash: str = field(repr=False)
    set_at: datetime
    tries_left: int


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session in force: of a person, or of staff (then with brand, staff and party)."""

    session_id: str
    expires_at: datetime
    person_id: str | None
    locale: str | None
    brand_id: str | None
    staff_id: str | None
    party_id: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session in its owner's list. `seen_at`: its last use, to some minutes."""

    id: str
    created_at: datetime
    expires_at: datetime
    device_name: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device that a person signed in on last."""

    id: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class RegisterKeyFacts:
    """A register key in force."""

    brand_id: str
    key_id: str
    place_id: str
    register_id: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterKeyRecord:
    """A register key in the brand's list."""

    brand_id: str
    id: str
    place_id: str
    register_id: str
    created_at: datetime
    revoked_at: datetime | None
    device_name: str | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestCode:
    """Ask for a one-time code. `pepper` is the app's secret; code and pepper stay out of logs.

    `address`: the asker's, as `asker_of` gives it; empty: not from outside.
    """

    phone: str
    code: str = field(repr=False)
    locale: str
    pepper: bytes = field(repr=False)
    now: datetime
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CodeRequested:
    """Until when the code is good."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign in with phone and code. `person_id_if_new` is used when the phone is not known yet."""

    phone: str
    code: str = field(repr=False)
    pepper: bytes = field(repr=False)
    token_hash: str
    session_id: str
    person_id_if_new: str
    device_id: str | None
    locale: str
    now: datetime
    address: str = field(default="", repr=False)
    device_name: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The code was right and a session is open."""

    person_id: str
    session_id: str
    expires_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class WrongCode:
    """The code was wrong, old, used or never sent. Not a Refusal, which would take the count back."""

    attempts_left: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session for a person of whom the flow knows that it is they who ask."""

    person_id: str
    token_hash: str
    session_id: str
    device_name: str | None
    now: datetime
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddStaff:
    """A member of staff of one of the brand's parties."""

    brand_id: str
    staff_id: str
    party_id: str
    login: str
    name: str
    password_hash: str = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class OpenStaffSession:
    """Open a session for staff whose password was found right against `password_hash`."""

    brand_id: str
    staff_id: str
    password_hash: str = field(repr=False)
    token_hash: str
    session_id: str
    now: datetime
    device_name: str | None = None


@dataclass(frozen=True, slots=True)
class StaffSession:
    """An open session of staff."""

    session_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """A new password for staff; their sessions end."""

    brand_id: str
    staff_id: str
    password_hash: str = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class DeactivateStaff:
    """Staff who left; their sessions end."""

    brand_id: str
    staff_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """End one session."""

    session_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class RevokeSessionsOf:
    """End all sessions of a person, or of staff (`brand_id` and `staff_id`), but the one kept."""

    now: datetime
    person_id: str | None = None
    brand_id: str | None = None
    staff_id: str | None = None
    kept_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class IssueRegisterKey:
    """A key for one register; the flow knows that the register is at the place."""

    brand_id: str
    key_id: str
    place_id: str
    register_id: str
    key_hash: str
    now: datetime
    device_name: str | None = None


@dataclass(frozen=True, slots=True)
class StartPairing:
    """A code for one register, by `code_hash` of `pairing_hash`; the flow knows that the register is at the place."""

    brand_id: str
    pairing_id: str
    place_id: str
    register_id: str
    staff_id: str
    code_hash: str = field(repr=False)
    now: datetime
    # A printed code waits for its register longer than one on a screen.
    valid: timedelta = PAIRING_VALID


@dataclass(frozen=True, slots=True)
class EndPairing:
    """Exchange a code for a register key."""

    code_hash: str = field(repr=False)
    key_id: str
    key_hash: str = field(repr=False)
    device_name: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class NoteSeen:
    """A session or a register key (then with its brand) was used."""

    now: datetime
    session_id: str | None = None
    brand_id: str | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeRegisterKey:
    """End a key."""

    brand_id: str
    key_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Forget who a person is."""

    person_id: str
    now: datetime
    pepper: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ForgetEnded:
    """Remove what ended long ago."""

    now: datetime


def parse_login(text: str) -> str:
    """A login in its one form, lower case. Errors: Refusal identity.login_malformed."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise LOGIN_MALFORMED()
    return login


def login_ending(login: str) -> str:
    """What tells whose login it is: from its first @ on, or nothing without one."""
    _, at, word = login.partition("@")
    return at + word


def check_name(name: str) -> None:
    """Errors: Refusal identity.name_malformed when blank, padded, too long or with control characters."""
    if not name or name != name.strip() or len(name) > NAME_LIMIT or not name.isprintable():
        raise NAME_MALFORMED(limit=NAME_LIMIT)


def parse_phone(text: str, default_region: str | None) -> str:
    """A phone number in E.164 (`+358501234567`), read as dialled in `default_region` (ISO 3166) without a +.

    Errors: Refusal identity.phone_malformed when no such number can exist, or it has an extension.
    """
    if len(text) > TEXT_LIMIT:
        raise PHONE_MALFORMED()
    try:
        number = phonenumbers.parse(text, default_region)
    except phonenumbers.NumberParseException:
        raise PHONE_MALFORMED() from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PHONE_MALFORMED()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_phone(phone: str) -> None:
    """Errors: Refusal identity.phone_malformed unless in the form that `parse_phone` gives."""
    if not _E164.fullmatch(phone):
        raise PHONE_MALFORMED()


def mask_phone(phone: str) -> str:
    """A phone for logs and screens: the first and the last three characters, the rest as dots."""
    return f"{phone[:3]}{'•' * max(0, len(phone) - 6)}{phone[-3:]}"
