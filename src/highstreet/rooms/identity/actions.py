"""What `identity` does. Codes, tokens and ids are made by the caller; only hashes are written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, literal, or_, select, update

from highstreet.kernel import jobs
from highstreet.kernel.errors import RATE_LIMITED, REQUEST_NOT_FOUND
from highstreet.kernel.i18n import LOCALES
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import errors, events, model
from highstreet.rooms.identity.model import (
    CodeMessage,
    CodeRequested,
    RequestCode,
    SignedIn,
    SignIn,
    WrongCode,
)
from highstreet.rooms.identity.tables import (
    code_count,
    device,
    pairing,
    person,
    register_key,
    session,
    sign_in_code,
    staff,
)


def request_code(tx: Tx, command: RequestCode) -> CodeRequested:
    """Store the code's hash and enqueue its sending; an earlier code for this phone is worth nothing then.

    Errors: identity.phone_malformed, locale_unknown; code_too_soon (retry_after_s) within 30 s of the last
    one, after ten within a day, or three from this address.
    """
    model.check_phone(command.phone)
    _check_locale(command.locale)
    if command.address:
        _count_code(tx, command, command.address, model.ADDRESS_CODES_A_DAY, timedelta(0))
    _count_code(tx, command, "", model.CODES_A_DAY, model.CODE_PAUSE)
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
    _check_locale(command.locale)
    if command.address:
        _count_try(tx, command)
    if not _use_code(tx, command):
        return WrongCode(_count_wrong(tx, command))
    if command.address:
        key = _count_key(command, command.address)
        tx.run(update(code_count).where(*_is_count(key)).values(tries=0))
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
        _link_device(tx, command, command.device_id, person_id)
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
    return expires_at


def add_people(tx: Tx, people: Sequence[model.NewPerson]) -> list[str]:
    """Make people that are not there yet; each one's id comes back, which is another's when the phone is known.

    Errors: identity.phone_malformed, locale_unknown.
    """
    for one in people:
        if one.phone is not None:
            model.check_phone(one.phone)
        _check_locale(one.locale)
    ids = {one.id for one in people}
    before = {row.id for row in tx.rows(select(person.c.id).where(person.c.id.in_(ids)))}
    rows = [
        {"id": one.id, "phone": one.phone, "locale": one.locale, "created_at": one.at}
        for one in people
        if one.id not in before
    ]
    tx.insert_many(person, rows, ignore_existing=True)
    phones = {one.phone for one in people if one.phone is not None}
    found = tx.rows(
        select(person.c.id, person.c.phone).where(or_(person.c.id.in_(ids), person.c.phone.in_(phones)))
    )
    there, by_phone = {row.id for row in found}, {row.phone: row.id for row in found if row.phone}
    for one in people:
        if one.id in there and one.id not in before:
            before.add(one.id)
            tx.announce(events.PersonJoined(at=one.at, person_id=one.id, locale=one.locale))
    return [by_phone.get(one.phone, one.id) if one.phone else one.id for one in people]


def add_staff(tx: Tx, command: model.AddStaff) -> None:
    """Add staff of a party of the brand (the flow knows that it is one).

    Errors: identity.login_malformed, name_malformed, login_taken.
    """
    model.check_name(command.name)
    if model.parse_login(command.login) != command.login:
        raise errors.LOGIN_MALFORMED()
    row = {
        "brand_id": command.brand_id,
        "id": command.staff_id,
        "party_id": command.party_id,
        "login": command.login,
        "name": command.name,
        "password_hash": command.password_hash,
        "is_active": True,
    }
    if tx.insert_many(staff, [row], ignore_existing=True) != 1:
        raise errors.LOGIN_TAKEN()
    tx.announce(
        events.StaffAdded(
            at=command.now, brand_id=command.brand_id, staff_id=command.staff_id, party_id=command.party_id
        )
    )


def open_staff_session(tx: Tx, command: model.OpenStaffSession) -> model.StaffSession:
    """Open a session, if the staff are still active and the password is still the one that was checked.

    Errors: Refusal identity.login_wrong.
    """
    s = staff.c
    # An update that changes nothing holds the row, so that a rival change of password comes before or after.
    held = tx.run(
        update(staff)
        .where(s.brand_id == command.brand_id, s.id == command.staff_id)
        .where(s.is_active, s.password_hash == command.password_hash)
        .values(is_active=True)
    )
    if held.rowcount != 1:
        raise errors.LOGIN_WRONG()
    expires_at = command.now + model.STAFF_SESSION
    row = {
        "token_hash": command.token_hash,
        "id": command.session_id,
        "brand_id": command.brand_id,
        "staff_id": command.staff_id,
        "created_at": command.now,
        "expires_at": expires_at,
        "device_name": command.device_name,
        "seen_at": command.now,
    }
    tx.insert_many(session, [row])
    return model.StaffSession(command.session_id, expires_at)


def change_password(tx: Tx, command: model.ChangePassword) -> int:
    """Set the hash and end every session; the count of those comes back. Errors: identity.staff_not_found."""
    changed = tx.run(
        update(staff)
        .where(staff.c.brand_id == command.brand_id, staff.c.id == command.staff_id, staff.c.is_active)
        .values(password_hash=command.password_hash)
    )
    if changed.rowcount != 1:
        raise errors.STAFF_NOT_FOUND()
    whose = model.RevokeSessionsOf(command.now, brand_id=command.brand_id, staff_id=command.staff_id)
    return revoke_sessions_of(tx, whose)


def deactivate_staff(tx: Tx, command: model.DeactivateStaff) -> bool:
    """End their work here and every session; False when it was ended before. Errors: staff_not_found."""
    s = staff.c
    is_theirs = and_(s.brand_id == command.brand_id, s.id == command.staff_id)
    changed = tx.run(update(staff).where(is_theirs, s.is_active).values(is_active=False))
    if changed.rowcount != 1:
        if tx.first(select(s.id).where(is_theirs)) is None:
            raise errors.STAFF_NOT_FOUND()
        return False
    whose = model.RevokeSessionsOf(command.now, brand_id=command.brand_id, staff_id=command.staff_id)
    revoke_sessions_of(tx, whose)
    tx.announce(events.StaffDeactivated(at=command.now, brand_id=command.brand_id, staff_id=command.staff_id))
    return True


def revoke_session(tx: Tx, command: model.RevokeSession) -> bool:
    """End a session; False when there is none in force. Whose it is, the caller has checked."""
    return _revoke(tx, session.c.id == command.session_id, command) == 1


def revoke_sessions_of(tx: Tx, command: model.RevokeSessionsOf) -> int:
    """End the sessions of a person or of staff; their count comes back. Errors: ValueError when of neither."""
    s = session.c
    if command.person_id is not None and command.staff_id is None:
        whose = s.person_id == command.person_id
    elif command.person_id is None and command.staff_id is not None and command.brand_id is not None:
        whose = and_(s.brand_id == command.brand_id, s.staff_id == command.staff_id)
    else:
        raise ValueError("sessions are a person's, or a brand's staff's")
    if command.kept_session_id is not None:
        whose = and_(whose, s.id != command.kept_session_id)
    return _revoke(tx, whose, command)


def issue_register_key(tx: Tx, command: model.IssueRegisterKey) -> None:
    """Add a key; the register's other keys stay, so that a key can be changed without a pause.

    Errors: Refusal identity.already_there.
    """
    row = {
        "brand_id": command.brand_id,
        "id": command.key_id,
        "place_id": command.place_id,
        "register_id": command.register_id,
        "key_hash": command.key_hash,
        "created_at": command.now,
        "device_name": command.device_name,
    }
    if tx.insert_many(register_key, [row], ignore_existing=True) != 1:
        raise errors.ALREADY_THERE()
    tx.announce(
        events.RegisterKeyIssued(
            at=command.now,
            brand_id=command.brand_id,
            place_id=command.place_id,
            key_id=command.key_id,
            register_id=command.register_id,
        )
    )


def start_pairing(tx: Tx, command: model.StartPairing) -> datetime:
    """Keep a code's hash; until when it is good comes back. An earlier code for the register is worth nothing then."""
    p = pairing.c
    tx.run(
        update(pairing)
        .where(p.brand_id == command.brand_id, p.register_id == command.register_id)
        .where(p.used_at.is_(None), p.expires_at > command.now)
        .values(expires_at=command.now)
    )
    expires_at = command.now + model.PAIRING_VALID
    row = {
        "brand_id": command.brand_id,
        "id": command.pairing_id,
        "place_id": command.place_id,
        "register_id": command.register_id,
        "code_hash": command.code_hash,
        "staff_id": command.staff_id,
        "created_at": command.now,
        "expires_at": expires_at,
    }
    if tx.insert_many(pairing, [row], ignore_existing=True) != 1:
        raise errors.ALREADY_THERE()
    tx.announce(
        events.PairingStarted(
            at=command.now,
            brand_id=command.brand_id,
            place_id=command.place_id,
            register_id=command.register_id,
            staff_id=command.staff_id,
        )
    )
    return expires_at


def end_pairing(tx: Tx, command: model.EndPairing) -> model.IssueRegisterKey:
    """Use the code up and issue the key. Errors: Refusal identity.pairing_wrong, whatever is wrong with it."""
    p = pairing.c
    row = tx.first(
        update(pairing)
        .where(p.code_hash == command.code_hash, p.used_at.is_(None), p.expires_at > command.now)
        .values(used_at=command.now)
        .returning(p.brand_id, p.place_id, p.register_id)
    )
    if row is None:
        raise errors.PAIRING_WRONG()
    key = model.IssueRegisterKey(
        brand_id=row.brand_id,
        key_id=command.key_id,
        place_id=row.place_id,
        register_id=row.register_id,
        key_hash=command.key_hash,
        now=command.now,
        device_name=command.device_name,
    )
    issue_register_key(tx, key)
    return key


def note_seen(tx: Tx, command: model.NoteSeen) -> bool:
    """Write down that a session or key was used, some minutes after the last time; False when it was noted since."""
    old = command.now - model.SEEN_EVERY
    if command.session_id is not None:
        s = session.c
        query = update(session).where(s.id == command.session_id, s.seen_at <= old)
    else:
        k = register_key.c
        query = update(register_key).where(k.brand_id == command.brand_id, k.id == command.key_id)
        query = query.where(or_(k.seen_at.is_(None), k.seen_at <= old))
    return tx.run(query.values(seen_at=command.now)).rowcount == 1


def revoke_register_key(tx: Tx, command: model.RevokeRegisterKey) -> bool:
    """End a key at once; False when there is none in force with this id."""
    k = register_key.c
    row = tx.first(
        update(register_key)
        .where(k.brand_id == command.brand_id, k.id == command.key_id, k.revoked_at.is_(None))
        .values(revoked_at=command.now)
        .returning(k.place_id, k.register_id)
    )
    if row is None:
        return False
    tx.announce(
        events.RegisterKeyRevoked(
            at=command.now,
            brand_id=command.brand_id,
            place_id=row.place_id,
            key_id=command.key_id,
            register_id=row.register_id,
        )
    )
    return True


def erase_person(tx: Tx, command: model.ErasePerson) -> bool:
    """Forget phone, code and devices, end the sessions; False when unknown or erased before.

    The id stays, as accounts and receipts must still add up; it names nobody any more. How many codes the
    phone was sent stays for a day, by a keyed hash.
    """
    p = person.c
    phone = select(p.phone).where(p.id == command.person_id).scalar_subquery()
    tx.run(delete(sign_in_code).where(sign_in_code.c.phone == phone))
    erased = tx.run(
        update(person)
        .where(p.id == command.person_id, p.erased_at.is_(None))
        .values(phone=None, erased_at=command.now)
    )
    if erased.rowcount != 1:
        return False
    tx.run(delete(device).where(device.c.person_id == command.person_id))
    revoke_sessions_of(tx, model.RevokeSessionsOf(command.now, person_id=command.person_id))
    tx.announce(events.PersonErased(at=command.now, person_id=command.person_id))
    return True


def forget_ended(tx: Tx, command: model.ForgetEnded) -> int:
    """Remove codes and their counts after a day, and sessions 30 days after their end; how many of these two."""
    c, s = sign_in_code.c, session.c
    codes = delete(sign_in_code).where(c.sent_at <= command.now - model.DAY)
    tx.run(delete(pairing).where(pairing.c.expires_at <= command.now - model.DAY))
    tx.run(delete(code_count).where(code_count.c.day_started_at <= command.now - model.DAY))
    old = command.now - model.ENDED_KEPT
    sessions = delete(session).where(or_(s.expires_at <= old, s.revoked_at <= old))
    return tx.run(codes).rowcount + tx.run(sessions).rowcount


def _check_locale(locale: str) -> None:
    if locale not in LOCALES:
        raise errors.LOCALE_UNKNOWN()


def _count_code(tx: Tx, command: RequestCode, address: str, most: int, pause: timedelta) -> None:
    """One more code for the phone, from one address or ("") from all."""
    c, now = code_count.c, command.now
    key = _count_key(command, address)
    if tx.insert_many(code_count, [_first_count(key, now, sent=1)], ignore_existing=True) == 1:
        return
    is_new_day = c.day_started_at <= now - model.DAY
    counted = tx.run(
        update(code_count)
        .where(*_is_count(key), c.sent_at <= now - pause, or_(is_new_day, c.sent < most))
        .values(
            day_started_at=case((is_new_day, literal(now, Instant)), else_=c.day_started_at),
            sent_at=now,
            sent=case((is_new_day, 1), else_=c.sent + 1),
            tries=case((is_new_day, 0), else_=c.tries),
        )
    )
    if counted.rowcount != 1:
        row = tx.first(select(code_count).where(*_is_count(key)))
        again_at = [] if row is None else [row.sent_at + pause]
        if row is not None and row.sent >= most:
            again_at.append(row.day_started_at + model.DAY)
        raise errors.CODE_TOO_SOON(retry_after_s=_seconds_until(max(again_at, default=now), now))


def _count_try(tx: Tx, command: SignIn) -> None:
    """One more try of this address; a right code takes them back. Errors: Refusal rate.limited."""
    c, now = code_count.c, command.now
    key = _count_key(command, command.address)
    if tx.insert_many(code_count, [_first_count(key, now, tries=1)], ignore_existing=True) == 1:
        return
    is_new_day = c.day_started_at <= now - model.DAY
    counted = tx.run(
        update(code_count)
        .where(*_is_count(key), or_(is_new_day, c.tries < model.ADDRESS_TRIES_A_DAY))
        .values(
            day_started_at=case((is_new_day, literal(now, Instant)), else_=c.day_started_at),
            sent=case((is_new_day, 0), else_=c.sent),
            tries=case((is_new_day, 1), else_=c.tries + 1),
        )
    )
    if counted.rowcount != 1:
        started_at = tx.value(select(c.day_started_at).where(*_is_count(key)))
        raise RATE_LIMITED(retry_after_s=_seconds_until((started_at or now) + model.DAY, now))


def _count_key(command: RequestCode | SignIn, address: str) -> tuple[str, str]:
    phone, pepper = command.phone, command.pepper
    return model.phone_key(pepper, phone), model.address_key(pepper, phone, address)


def _is_count(key: tuple[str, str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return code_count.c.phone_key == key[0], code_count.c.address_key == key[1]


def _first_count(key: tuple[str, str], now: datetime, *, sent: int = 0, tries: int = 0) -> dict[str, object]:
    row = {"phone_key": key[0], "address_key": key[1], "sent": sent, "tries": tries}
    return {**row, "day_started_at": now, "sent_at": now}


def _seconds_until(at: datetime, now: datetime) -> int:
    return max(1, int(-((now - at) // model.SECOND)))


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


def _link_device(tx: Tx, command: SignIn, device_id: str, person_id: str) -> None:
    """A device is of the person who signed in on it last."""
    row = {"id": device_id, "person_id": person_id, "linked_at": command.now}
    if tx.insert_many(device, [row], ignore_existing=True) != 1:
        d = device.c
        moved = tx.run(
            update(device)
            .where(d.id == device_id, d.person_id != person_id)
            .values(person_id=person_id, linked_at=command.now)
        )
        if moved.rowcount != 1:
            return
    tx.announce(events.DeviceLinked(at=command.now, person_id=person_id, device_id=device_id))


def _revoke(tx: Tx, which: ColumnElement[bool], command: model.RevokeSession | model.RevokeSessionsOf) -> int:
    s = session.c
    rows = tx.rows(
        update(session)
        .where(which, s.revoked_at.is_(None), s.expires_at > command.now)
        .values(revoked_at=command.now)
        .returning(s.id, s.person_id, s.brand_id, s.staff_id)
    )
    for row in sorted(rows, key=lambda row: str(row.id)):
        tx.announce(
            events.SessionRevoked(
                at=command.now,
                brand_id=row.brand_id,
                person_id=row.person_id,
                session_id=row.id,
                staff_id=row.staff_id,
            )
        )
    return len(rows)
