"""Codes and the sessions they open."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from highstreet.kernel import jobs
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.i18n import LOCALES
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import errors, events, model
from highstreet.rooms.identity.actions.count_codes import count_code, count_try, take_tries_back
from highstreet.rooms.identity.model import (
    CodeMessage,
    CodeRequested,
    RequestCode,
    SignedIn,
    SignIn,
    WrongCode,
)
from highstreet.rooms.identity.tables import (
    device,
    person,
    session,
    sign_in_code,
)


def request_code(tx: Tx, command: RequestCode) -> CodeRequested:
    """Store the code's hash and enqueue its sending; an earlier code for this phone is worth nothing then.

    Errors: identity.phone_malformed, locale_unknown; code_too_soon (retry_after_s) within 30 s of the last
    one, after ten within a day, or three from this address.
    """
    model.check_phone(command.phone)
    check_locale(command.locale)
    if command.address:
        count_code(tx, command, command.address, model.ADDRESS_CODES_A_DAY, timedelta(0))
    count_code(tx, command, "", model.CODES_A_DAY, model.CODE_PAUSE)
    expires_at = command.now + model.CODE_VALID
    fresh = {
        "code_hash": model.code_hash(command.pepper, command.phone, command.code),
        "sent_at": command.now,
        "expires_at": expires_at,
        "attempts_left": model.CODE_ATTEMPTS,
    }
    if tx.insert_many(sign_in_code, [{"phone": command.phone, **fresh}], ignore_existing=True) != 1:
        tx.run(update(sign_in_code).where(sign_in_code.c.phone == command.phone).values(**fresh))
    message = CodeMessage(command.phone, command.code, command.locale, expires_at)
    payload = {"sealed": model.seal_code(command.pepper, message)}
    jobs.enqueue(tx, model.SEND_CODE, payload, run_at=command.now, now=command.now)
    return CodeRequested(expires_at)


def sign_in(tx: Tx, command: SignIn) -> SignedIn | WrongCode:
    """Use up the code, find or make the person, link the device, open the session.

    A wrong code is answered, not raised, so that it counts; the front refuses with identity.code_wrong
    afterwards. Errors: identity.phone_malformed, locale_unknown; rate.limited (retry_after_s) after four wrong
    tries from one address within a day: five would void the code.
    """
    model.check_phone(command.phone)
    check_locale(command.locale)
    if command.address:
        count_try(tx, command)
    if not _use_code(tx, command):
        return WrongCode(_count_wrong(tx, command))
    if command.address:
        take_tries_back(tx, command)
    new = {
        "id": command.person_id_if_new,
        "phone": command.phone,
        "locale": command.locale,
        "created_at": command.now,
    }
    is_new = tx.insert_many(person, [new], ignore_existing=True) == 1
    person_id: str = tx.value(select(person.c.id).where(person.c.phone == command.phone))
    if is_new:
        tx.announce(events.PersonJoined(at=command.now, person_id=person_id, locale=command.locale))
    if command.device_id is not None:
        _link_device(tx, command.now, command.device_id, person_id)
    expires_at = command.now + model.SHOPPER_SESSION
    row = {
        "token_hash": command.token_hash,
        "id": command.session_id,
        "person_id": person_id,
        "created_at": command.now,
        "expires_at": expires_at,
        "device_name": command.device_name,
        "seen_at": command.now,
    }
    tx.insert_many(session, [row])
    return SignedIn(person_id, command.session_id, expires_at, is_new)


def open_session(tx: Tx, command: model.OpenSession) -> datetime:
    """Open a person's session without a code, for a flow that knows who asks; until when comes back.

    Errors: Refusal request.not_found for nobody, or who was erased.
    """
    p = person.c
    if tx.first(select(p.id).where(p.id == command.person_id, p.erased_at.is_(None))) is None:
        raise REQUEST_NOT_FOUND()
    expires_at = command.now + model.SHOPPER_SESSION
    row = {
        "token_hash": command.token_hash,
        "id": command.session_id,
        "person_id": command.person_id,
        "created_at": command.now,
        "expires_at": expires_at,
        "device_name": command.device_name,
        "seen_at": command.now,
    }
    tx.insert_many(session, [row])
    if command.device_id is not None:
        _link_device(tx, command.now, command.device_id, command.person_id)
    return expires_at


def check_locale(locale: str) -> None:
    """Errors: Refusal identity.locale_unknown."""
    if locale not in LOCALES:
        raise errors.LOCALE_UNKNOWN()


def _use_code(tx: Tx, command: SignIn) -> bool:
    c = sign_in_code.c
    used = tx.run(
        update(sign_in_code)
        .where(c.phone == command.phone, c.attempts_left > 0, c.expires_at > command.now)
        .where(c.code_hash == model.code_hash(command.pepper, command.phone, command.code))
        .values(attempts_left=0)
    )
    return used.rowcount == 1


def _count_wrong(tx: Tx, command: SignIn) -> int:
    c = sign_in_code.c
    row = tx.first(
        update(sign_in_code)
        .where(c.phone == command.phone, c.attempts_left > 0, c.expires_at > command.now)
        .values(attempts_left=c.attempts_left - 1)
        .returning(c.attempts_left)
    )
    return 0 if row is None else int(row.attempts_left)


def _link_device(tx: Tx, now: datetime, device_id: str, person_id: str) -> None:
    """A device is of the person who signed in on it last."""
    row = {"id": device_id, "person_id": person_id, "linked_at": now}
    if tx.insert_many(device, [row], ignore_existing=True) != 1:
        d = device.c
        moved = tx.run(
            update(device)
            .where(d.id == device_id, d.person_id != person_id)
            .values(person_id=person_id, linked_at=now)
        )
        if moved.rowcount != 1:
            return
    tx.announce(events.DeviceLinked(at=now, person_id=person_id, device_id=device_id))
