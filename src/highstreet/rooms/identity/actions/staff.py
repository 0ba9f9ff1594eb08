"""Staff, and their sessions."""

from collections.abc import Collection

from sqlalchemy import and_, select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import errors, events, model
from highstreet.rooms.identity.actions.sessions import revoke_sessions_of
from highstreet.rooms.identity.tables import (
    session,
    staff,
)


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


def lock_staff(tx: Tx, brand_id: str, staff_ids: Collection[str]) -> set[str]:
    """Ours until the commit; which of them work here still."""
    s = staff.c
    query = select(s.id, s.is_active).where(s.brand_id == brand_id, s.id.in_(sorted(staff_ids)))
    return {row.id for row in tx.rows(query.order_by(s.id).with_for_update()) if row.is_active}


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
