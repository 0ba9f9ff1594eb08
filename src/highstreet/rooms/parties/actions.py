"""What `parties` does. Ids and times come with the command."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Text, delete, or_, select, update

from highstreet.kernel.permissions import ROLE_SCOPES, ScopeKind
from highstreet.kernel.tx import Change, Reader, Tx
from highstreet.rooms.parties import errors, events, queries
from highstreet.rooms.parties.model import (
    CATEGORY_LIMIT,
    LEGAL_NAME_LIMIT,
    NAME_LIMIT,
    OPERATORS,
    RETURN_DAYS_LIMIT,
    TAX_NUMBER_LIMIT,
    AddBrand,
    AddParty,
    AddRegisters,
    GiveRole,
    PartyKind,
    PlacePut,
    PlaceRow,
    PutPlaces,
    SetReturnDays,
    SetSellerLines,
    SetTraining,
    TakeRole,
    added_kind,
    check_currency,
    check_distinct,
    check_places,
    check_registers,
    check_text,
)
from highstreet.rooms.parties.tables import brand, party, place, register, staff_role

# Whom a role given for a party can be given for.
ROLE_PARTIES = {"dealer_manager": PartyKind.DEALER, "landlord_manager": PartyKind.LANDLORD}

_PLACE_FIELDS = ("operator_party_id", "landlord_party_id", "name_en", "name_zh", "external_ref")
REPLACE_PLACE = Change(
    {"brand_id": Text, "id": Text, **dict.fromkeys(_PLACE_FIELDS, Text), "is_active": Boolean},
    lambda v: (
        update(place)
        .where(place.c.brand_id == v.brand_id, place.c.id == v.id)
        .values({name: getattr(v, name) for name in (*_PLACE_FIELDS, "is_active")})
    ),
)


def add_brand(tx: Tx, command: AddBrand) -> None:
    """A brand and its own party. Errors: parties.text_malformed, currency_malformed, already_there."""
    check_text("name_en", command.name_en, NAME_LIMIT)
    check_text("name_zh", command.name_zh, NAME_LIMIT)
    check_text("category", command.category, CATEGORY_LIMIT)
    check_currency(command.currency)
    row = {
        "id": command.brand_id,
        "name_en": command.name_en,
        "name_zh": command.name_zh,
        "category": command.category,
        "currency": command.currency,
        "created_at": command.now,
    }
    if tx.insert_many(brand, [row], ignore_existing=True) != 1:
        raise errors.ALREADY_THERE()
    tx.insert_many(party, [_party_row(command, PartyKind.BRAND)])
    tx.announce(events.BrandAdded(at=command.now, brand_id=command.brand_id, party_id=command.party_id))


def set_return_days(tx: Tx, command: SetReturnDays) -> None:
    """From now on, for earlier sales, too. Errors: parties.brand_not_found; ValueError outside 0 to 3,650."""
    if command.days is not None and not 0 <= command.days <= RETURN_DAYS_LIMIT:
        raise ValueError(f"not 0 to {RETURN_DAYS_LIMIT} days")
    changed = tx.run(update(brand).where(brand.c.id == command.brand_id).values(return_days=command.days))
    if changed.rowcount != 1:
        raise errors.BRAND_NOT_FOUND()
    tx.announce(events.ReturnDaysSet(at=command.now, brand_id=command.brand_id, return_days=command.days))


def add_party(tx: Tx, command: AddParty) -> None:
    """A dealer or landlord. Errors: parties.text_malformed, kind_unknown, brand_not_found, already_there."""
    kind = added_kind(command.kind)
    check_text("name_en", command.name_en, NAME_LIMIT)
    check_text("name_zh", command.name_zh, NAME_LIMIT)
    if queries.brand_by_id(tx, command.brand_id) is None:
        raise errors.BRAND_NOT_FOUND()
    if tx.insert_many(party, [_party_row(command, kind)], ignore_existing=True) != 1:
        raise errors.ALREADY_THERE()
    tx.announce(
        events.PartyAdded(at=command.now, brand_id=command.brand_id, party_id=command.party_id, kind=kind)
    )


def put_places(tx: Tx, command: PutPlaces) -> list[PlacePut]:
    """Add or replace places, all or none; answers stand in the order of the rows.

    Errors: parties.text_malformed, rows_malformed; party_not_found; party_unfit (an operator is the brand or
    a dealer, a landlord is a landlord); ref_taken when a row's id and external_ref name two places.
    """
    check_places(command.rows)
    _check_parties(tx, command)
    ids = _known_ids(tx, command)
    new = [row for row in command.rows if row.id not in ids]
    old = sorted((row for row in command.rows if row.id in ids), key=lambda row: ids[row.id])
    if len(set(ids.values())) != len(ids):
        raise errors.REF_TAKEN()
    tx.change(REPLACE_PLACE, [_place_row(command.brand_id, ids[row.id], row) for row in old])
    added = [_place_row(command.brand_id, row.id, row) for row in new]
    if tx.insert_many(place, added, ignore_existing=True) != len(added):
        raise errors.REF_TAKEN()
    for row in command.rows:
        kind = events.PlaceChanged if row.id in ids else events.PlaceAdded
        tx.announce(
            kind(
                at=command.now,
                brand_id=command.brand_id,
                place_id=ids.get(row.id, row.id),
                operator_party_id=row.operator_party_id,
                landlord_party_id=row.landlord_party_id,
                is_active=row.is_active,
            )
        )
    return [PlacePut(ids.get(row.id, row.id), row.id not in ids) for row in command.rows]


def add_registers(tx: Tx, command: AddRegisters) -> None:
    """All or none. Errors: parties.text_malformed, rows_malformed, place_not_found, already_there."""
    check_registers(command.rows)
    places = {(row.brand_id, row.place_id) for row in command.rows}
    if not command.rows:
        return
    if queries.known_places(tx, places) != places:
        raise errors.PLACE_NOT_FOUND()
    rows = [
        {
            "brand_id": row.brand_id,
            "id": row.id,
            "place_id": row.place_id,
            "name": row.name,
            "is_active": row.is_active,
            "is_training": row.is_training,
        }
        for row in command.rows
    ]
    if tx.insert_many(register, rows, ignore_existing=True) != len(rows):
        raise errors.ALREADY_THERE()
    for row in command.rows:
        tx.announce(
            events.RegisterAdded(
                at=command.now, brand_id=row.brand_id, place_id=row.place_id, register_id=row.id
            )
        )


def set_training(tx: Tx, command: SetTraining) -> int:
    """All or none; how many changed. Errors: parties.register_not_found, rows_malformed."""
    check_distinct(command.register_ids)
    r = register.c
    there = select(r.id).where(r.brand_id == command.brand_id, r.id.in_(command.register_ids))
    if len(tx.rows(there)) != len(command.register_ids):
        raise errors.REGISTER_NOT_FOUND()
    changed = tx.run(
        update(register)
        .where(r.brand_id == command.brand_id, r.id.in_(command.register_ids))
        .where(r.is_training != command.is_training)
        .values(is_training=command.is_training)
        .returning(r.id, r.place_id)
    ).all()
    for row in changed:
        tx.announce(
            events.TrainingSet(
                at=command.now,
                brand_id=command.brand_id,
                place_id=row.place_id,
                register_id=row.id,
                is_training=command.is_training,
            )
        )
    return len(changed)


def set_seller_lines(tx: Tx, command: SetSellerLines) -> None:
    """What receipts say of a party. Errors: parties.text_malformed, party_not_found."""
    if command.legal_name is not None:
        check_text("legal_name", command.legal_name, LEGAL_NAME_LIMIT)
    if command.tax_number is not None:
        check_text("tax_number", command.tax_number, TAX_NUMBER_LIMIT)
    changed = tx.run(
        update(party)
        .where(party.c.brand_id == command.brand_id, party.c.id == command.party_id)
        .values(legal_name=command.legal_name, tax_number=command.tax_number)
    )
    if changed.rowcount != 1:
        raise errors.PARTY_NOT_FOUND()
    tx.announce(events.SellerLinesSet(at=command.now, brand_id=command.brand_id, party_id=command.party_id))


def give_role(tx: Tx, command: GiveRole) -> bool:
    """Give a role; False when it was there already. The flow knows that the staff is the brand's.

    Errors: parties.role_unknown; scope_not_found when not of this brand, or not what the role is for.
    """
    kind = ROLE_SCOPES.get(command.role)
    if kind is None:
        raise errors.ROLE_UNKNOWN()
    if not _is_scope(tx, command, kind):
        raise errors.SCOPE_NOT_FOUND()
    row = {
        "brand_id": command.brand_id,
        "staff_id": command.staff_id,
        "role": command.role,
        "scope_id": command.scope_id,
    }
    is_new = tx.insert_many(staff_role, [row], ignore_existing=True) == 1
    if is_new:
        tx.announce(events.RoleGiven(at=command.now, **row))
    return is_new


def take_role(tx: Tx, command: TakeRole) -> bool:
    """Take a role back; False when it was not there."""
    r = staff_role.c
    gone = tx.run(
        delete(staff_role).where(
            r.brand_id == command.brand_id,
            r.staff_id == command.staff_id,
            r.role == command.role,
            r.scope_id == command.scope_id,
        )
    )
    if gone.rowcount != 1:
        return False
    tx.announce(
        events.RoleTaken(
            at=command.now,
            brand_id=command.brand_id,
            staff_id=command.staff_id,
            role=command.role,
            scope_id=command.scope_id,
        )
    )
    return True


def _party_row(command: AddBrand | AddParty, kind: PartyKind) -> dict[str, Any]:
    return {
        "brand_id": command.brand_id,
        "id": command.party_id,
        "kind": kind.value,
        "name_en": command.name_en,
        "name_zh": command.name_zh,
    }


def _place_row(brand_id: str, place_id: str, row: PlaceRow) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in (*_PLACE_FIELDS, "is_active")}
    return {"brand_id": brand_id, "id": place_id, **fields}


def _check_parties(reader: Reader, command: PutPlaces) -> None:
    operators = {row.operator_party_id for row in command.rows}
    landlords = {row.landlord_party_id for row in command.rows if row.landlord_party_id is not None}
    kinds = queries.party_kinds(reader, command.brand_id, operators | landlords)
    if kinds.keys() != operators | landlords:
        raise errors.PARTY_NOT_FOUND()
    if not all(kinds[party_id] in OPERATORS for party_id in operators):
        raise errors.PARTY_UNFIT()
    if not all(kinds[party_id] is PartyKind.LANDLORD for party_id in landlords):
        raise errors.PARTY_UNFIT()


def _known_ids(reader: Reader, command: PutPlaces) -> dict[str, str]:
    """Row id → id of the place that is there already, for those rows that have one."""
    row_ids = [row.id for row in command.rows]
    refs = [row.external_ref for row in command.rows if row.external_ref is not None]
    found = reader.rows(
        select(place.c.id, place.c.external_ref).where(
            place.c.brand_id == command.brand_id,
            or_(place.c.id.in_(row_ids), place.c.external_ref.in_(refs)),
        )
    )
    there = {row.id for row in found}
    by_ref = {row.external_ref: row.id for row in found if row.external_ref is not None}
    return _match(command.rows, there, by_ref)


def _match(rows: Sequence[PlaceRow], there: set[str], by_ref: dict[str, str]) -> dict[str, str]:
    ids = {}
    for row in rows:
        named = by_ref.get(row.external_ref) if row.external_ref is not None else None
        if named is not None and named != row.id and row.id in there:
            raise errors.REF_TAKEN()
        if named is not None or row.id in there:
            ids[row.id] = named or row.id
    return ids


def _is_scope(reader: Reader, command: GiveRole, kind: ScopeKind) -> bool:
    if kind is ScopeKind.BRAND:
        return command.scope_id == command.brand_id and bool(queries.brand_by_id(reader, command.brand_id))
    if kind is ScopeKind.PLACE:
        return bool(queries.known_places(reader, [(command.brand_id, command.scope_id)]))
    kinds = queries.party_kinds(reader, command.brand_id, [command.scope_id])
    return kinds.get(command.scope_id) is ROLE_PARTIES[command.role]
