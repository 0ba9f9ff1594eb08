"""People known from a list, and people forgotten."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import events, model
from highstreet.rooms.identity.actions.sessions import revoke_sessions_of
from highstreet.rooms.identity.actions.sign_in import check_locale
from highstreet.rooms.identity.tables import (
    device,
    person,
    sign_in_code,
)


def add_people(tx: Tx, people: Sequence[model.NewPerson]) -> list[str]:
    """Make people that are not there yet; each one's id comes back, which is another's when the phone is known.

    Errors: identity.phone_malformed, locale_unknown.
    """
    for one in people:
        if one.phone is not None:
            model.check_phone(one.phone)
        check_locale(one.locale)
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
