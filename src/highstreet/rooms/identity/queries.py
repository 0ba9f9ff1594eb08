"""What `identity` can be asked. Nothing ended, revoked or erased opens anything."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.identity.model import (
    DeviceRecord,
    Person,
    RegisterKeyFacts,
    RegisterKeyRecord,
    SessionFacts,
    SessionRecord,
    StaffPin,
    StaffRecord,
    mask_phone,
)
from highstreet.rooms.identity.tables import device, person, register_key, session, staff, staff_pin


def session_by_token_hash(reader: Reader, token_hash: str, now: datetime) -> SessionFacts | None:
    """The session that a token opens now; None when unknown, ended, revoked, or its owner is gone."""
    s = session.c
    is_staff_at_work = and_(staff.c.brand_id == s.brand_id, staff.c.id == s.staff_id, staff.c.is_active)
    is_person_there = and_(person.c.id == s.person_id, person.c.erased_at.is_(None))
    row = reader.first(
        select(s.id, s.expires_at, s.seen_at, s.person_id, person.c.locale)
        .add_columns(s.brand_id, s.staff_id, staff.c.party_id)
        .select_from(session)
        .outerjoin(person, is_person_there)
        .outerjoin(staff, is_staff_at_work)
        .where(s.token_hash == token_hash, s.revoked_at.is_(None), s.expires_at > now)
        .where(or_(person.c.id.is_not(None), staff.c.id.is_not(None)))
    )
    if row is None:
        return None
    return SessionFacts(
        session_id=row.id,
        expires_at=row.expires_at,
        person_id=row.person_id,
        locale=row.locale,
        brand_id=row.brand_id,
        staff_id=row.staff_id,
        party_id=row.party_id,
        seen_at=row.seen_at,
    )


def register_key_by_hash(reader: Reader, key_hash: str) -> RegisterKeyFacts | None:
    """The register key with this hash; None when unknown or revoked."""
    k = register_key.c
    row = reader.first(select(register_key).where(k.key_hash == key_hash, k.revoked_at.is_(None)))
    if row is None:
        return None
    return RegisterKeyFacts(row.brand_id, row.id, row.place_id, row.register_id, row.seen_at)


def register_keys_of_brand(reader: Reader, brand_id: str) -> list[RegisterKeyRecord]:
    """Keys of a brand's registers, revoked ones too, by register and time of issue."""
    k = register_key.c
    found = reader.rows(
        select(register_key).where(k.brand_id == brand_id).order_by(k.register_id, k.created_at, k.id)
    )
    return [
        RegisterKeyRecord(
            r.brand_id,
            r.id,
            r.place_id,
            r.register_id,
            r.created_at,
            r.revoked_at,
            r.device_name,
            r.seen_at,
        )
        for r in found
    ]


def sessions_of_person(reader: Reader, person_id: str, now: datetime) -> list[SessionRecord]:
    """A person's sessions in force, the newest first."""
    return _sessions(reader, session.c.person_id == person_id, now)


def sessions_of_staff(reader: Reader, brand_id: str, staff_id: str, now: datetime) -> list[SessionRecord]:
    """The sessions in force of a member of staff, the newest first."""
    return _sessions(reader, and_(session.c.brand_id == brand_id, session.c.staff_id == staff_id), now)


def _sessions(reader: Reader, whose: ColumnElement[bool], now: datetime) -> list[SessionRecord]:
    s = session.c
    found = reader.rows(
        select(s.id, s.created_at, s.expires_at, s.device_name, s.seen_at)
        .where(whose, s.revoked_at.is_(None), s.expires_at > now)
        .order_by(s.created_at.desc(), s.id)
    )
    return [SessionRecord(*tuple(row)) for row in found]


def person_by_id(reader: Reader, person_id: str) -> Person | None:
    """A person, erased ones too."""
    r = reader.first(select(person).where(person.c.id == person_id))
    return None if r is None else Person(r.id, r.phone, r.locale, r.created_at, r.erased_at)


def masked_phones(reader: Reader, person_ids: Collection[str]) -> dict[str, str]:
    """Phones as `mask_phone` shows them; people without one are left out."""
    p = person.c
    query = select(p.id, p.phone).where(p.id.in_(sorted(person_ids)), p.phone.is_not(None))
    return {row.id: mask_phone(row.phone) for row in reader.rows(query)}


def device_person(reader: Reader, device_ids: Collection[str]) -> dict[str, str]:
    """Device id → person id; devices that nobody signed in on are left out."""
    query = select(device.c.id, device.c.person_id).where(device.c.id.in_(sorted(device_ids)))
    return {row.id: row.person_id for row in reader.rows(query)}


def devices_of_person(reader: Reader, person_id: str) -> list[DeviceRecord]:
    """The devices that are a person's now, the oldest first."""
    d = device.c
    query = select(d.id, d.linked_at).where(d.person_id == person_id).order_by(d.linked_at, d.id)
    return [DeviceRecord(row.id, row.linked_at) for row in reader.rows(query)]


def staff_by_login(reader: Reader, login: str) -> StaffRecord | None:
    """Staff by login in the form of `parse_login`, whether active or not: pass it to `verify_password`."""
    r = reader.first(select(staff).where(staff.c.login == login))
    if r is None:
        return None
    return StaffRecord(r.brand_id, r.id, r.party_id, r.login, r.name, r.password_hash, r.is_active)


def is_ending_in_use(reader: Reader, ending: str) -> bool:
    """Whether any brand's logins end so (@nordlys). For who runs the installation, not for a brand."""
    return bool(reader.value(select(exists().where(staff.c.login.endswith(ending, autoescape=True)))))


def staff_of_brand(reader: Reader, brand_id: str) -> list[StaffRecord]:
    """A brand's staff by login, those who left too."""
    found = reader.rows(select(staff).where(staff.c.brand_id == brand_id).order_by(staff.c.login))
    return [
        StaffRecord(r.brand_id, r.id, r.party_id, r.login, r.name, r.password_hash, r.is_active)
        for r in found
    ]


def staff_by_id(reader: Reader, brand_id: str, staff_id: str) -> StaffRecord | None:
    """One member of staff, also who left."""
    r = reader.first(select(staff).where(staff.c.brand_id == brand_id, staff.c.id == staff_id))
    if r is None:
        return None
    return StaffRecord(r.brand_id, r.id, r.party_id, r.login, r.name, r.password_hash, r.is_active)


def pin_of_staff(reader: Reader, brand_id: str, staff_id: str) -> StaffPin | None:
    """Their PIN as it is kept; None when they have none."""
    p = staff_pin.c
    r = reader.first(
        select(p.pin_hash, p.set_at, p.tries_left).where(p.brand_id == brand_id, p.staff_id == staff_id)
    )
    return None if r is None else StaffPin(r.pin_hash, r.set_at, r.tries_left)


def staff_with_pin(reader: Reader, brand_id: str) -> list[StaffRecord]:
    """Active staff of the brand who have a PIN, by name."""
    theirs = (staff_pin.c.brand_id == staff.c.brand_id) & (staff_pin.c.staff_id == staff.c.id)
    found = reader.rows(
        select(staff)
        .join(staff_pin, theirs)
        .where(staff.c.brand_id == brand_id, staff.c.is_active)
        .order_by(staff.c.name, staff.c.id)
    )
    return [
        StaffRecord(r.brand_id, r.id, r.party_id, r.login, r.name, r.password_hash, r.is_active)
        for r in found
    ]
