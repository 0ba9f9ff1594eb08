"""What `parties` can be asked. Lists filter by the scopes of the asker's grants when given."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, literal_column, or_, select

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties.model import (
    Brand,
    Party,
    PartyKind,
    PlaceOfBusiness,
    RegisterFacts,
    RegisterRecord,
    StaffRole,
)
from highstreet.rooms.parties.tables import brand, party, place, register, staff_role

# Spelled out, not bound: only so both databases see that the partial index uq_party_brand fits.
IS_BRAND_PARTY: ColumnElement[bool] = party.c.kind == literal_column("'brand'")


def brands(reader: Reader) -> list[Brand]:
    """Every brand, by id."""
    return [_brand(row) for row in reader.rows(_brands().order_by(brand.c.id))]


def brand_by_id(reader: Reader, brand_id: str) -> Brand | None:
    """One brand."""
    row = reader.first(_brands().where(brand.c.id == brand_id))
    return None if row is None else _brand(row)


def _brands() -> Select[Any]:
    own_party = and_(party.c.brand_id == brand.c.id, IS_BRAND_PARTY)
    return select(brand, party.c.id.label("party_id")).select_from(brand).join(party, own_party)


def _brand(row: Row[Any]) -> Brand:
    return Brand(
        row.id,
        row.party_id,
        row.name_en,
        row.name_zh,
        row.category,
        row.currency,
        row.created_at,
        row.return_days,
    )


def parties_of_brand(reader: Reader, brand_id: str) -> list[Party]:
    """The brand's own party, its dealers and landlords, by id."""
    found = reader.rows(select(party).where(party.c.brand_id == brand_id).order_by(party.c.id))
    return [_party(row) for row in found]


def party_by_id(reader: Reader, brand_id: str, party_id: str) -> Party | None:
    """One party of a brand."""
    row = reader.first(select(party).where(party.c.brand_id == brand_id, party.c.id == party_id))
    return None if row is None else _party(row)


def _party(r: Row[Any]) -> Party:
    return Party(r.brand_id, r.id, PartyKind(r.kind), r.name_en, r.name_zh, r.legal_name, r.tax_number)


def places_of_brand(
    reader: Reader, brand_id: str, *, scopes: Collection[str] | None = None
) -> list[PlaceOfBusiness]:
    """Places of a brand by id, inactive ones too; with `scopes`, only those that they reach."""
    query = select(place).where(place.c.brand_id == brand_id).order_by(place.c.id)
    if scopes is not None and brand_id not in scopes:
        wanted = sorted(scopes)
        query = query.where(
            or_(
                place.c.id.in_(wanted),
                place.c.operator_party_id.in_(wanted),
                place.c.landlord_party_id.in_(wanted),
            )
        )
    return [_place(row) for row in reader.rows(query)]


def place_by_id(reader: Reader, brand_id: str, place_id: str) -> PlaceOfBusiness | None:
    """One place."""
    row = reader.first(select(place).where(place.c.brand_id == brand_id, place.c.id == place_id))
    return None if row is None else _place(row)


def _place(row: Row[Any]) -> PlaceOfBusiness:
    return PlaceOfBusiness(
        brand_id=row.brand_id,
        id=row.id,
        operator_party_id=row.operator_party_id,
        landlord_party_id=row.landlord_party_id,
        name_en=row.name_en,
        name_zh=row.name_zh,
        external_ref=row.external_ref,
        is_active=row.is_active,
    )


def registers_of_places(reader: Reader, brand_id: str, place_ids: Collection[str]) -> list[RegisterRecord]:
    """Registers of these places, by place and name."""
    r = register.c
    query = select(register).where(r.brand_id == brand_id, r.place_id.in_(sorted(place_ids)))
    found = reader.rows(query.order_by(r.place_id, r.name, r.id))
    return [RegisterRecord(f.brand_id, f.id, f.place_id, f.name, f.is_active, f.is_training) for f in found]


def registers_for(
    reader: Reader, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], RegisterFacts]:
    """Facts by (brand_id, register_id), in one statement for any number; unknown ones are left out."""
    return {
        (r.brand_id, r.id): RegisterFacts(
            brand_id=r.brand_id,
            register_id=r.id,
            place_id=r.place_id,
            operator_party_id=r.operator_party_id,
            landlord_party_id=r.landlord_party_id,
            place_name_en=r.name_en,
            place_name_zh=r.name_zh,
            currency=r.currency,
            brand_party_id=r.brand_party_id,
            is_active=r.is_active and r.place_is_active,
            return_days=r.return_days,
            is_training=r.is_training,
            brand_name_en=r.brand_name_en,
        )
        for r in _REGISTER_FACTS.rows(reader, wanted)
    }


def operators_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The party that runs each (brand_id, place_id) now; places that are not known are left out."""
    query = select(place.c.brand_id, place.c.id, place.c.operator_party_id).where(
        place.c.brand_id.in_({w[0] for w in wanted}), place.c.id.in_({w[1] for w in wanted})
    )
    return {(r.brand_id, r.id): r.operator_party_id for r in reader.rows(query)}


def counters_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], RegisterFacts]:
    """The same facts by (brand_id, place_id), of the place itself: what is ordered online has no register."""
    if not wanted:
        return {}
    query = (
        select(
            place.c.brand_id,
            place.c.id,
            place.c.operator_party_id,
            place.c.landlord_party_id,
            place.c.name_en,
            place.c.name_zh,
            brand.c.currency,
            brand.c.return_days,
            brand.c.name_en.label("brand_name_en"),
            party.c.id.label("brand_party_id"),
            place.c.is_active,
        )
        .join(brand, brand.c.id == place.c.brand_id)
        .join(party, and_(party.c.brand_id == place.c.brand_id, IS_BRAND_PARTY))
        .where(place.c.brand_id.in_({w[0] for w in wanted}), place.c.id.in_({w[1] for w in wanted}))
    )
    return {
        (r.brand_id, r.id): RegisterFacts(
            brand_id=r.brand_id,
            register_id="",
            place_id=r.id,
            operator_party_id=r.operator_party_id,
            landlord_party_id=r.landlord_party_id,
            place_name_en=r.name_en,
            place_name_zh=r.name_zh,
            currency=r.currency,
            brand_party_id=r.brand_party_id,
            is_active=r.is_active,
            return_days=r.return_days,
            brand_name_en=r.brand_name_en,
        )
        for r in reader.rows(query)
        if (r.brand_id, r.id) in wanted
    }


_REGISTER_FACTS = KeyedQuery(
    {"brand_id": Text, "register_id": Text},
    lambda wanted: (
        select(
            register.c.brand_id,
            register.c.id,
            register.c.place_id,
            place.c.operator_party_id,
            place.c.landlord_party_id,
            place.c.name_en,
            place.c.name_zh,
            brand.c.currency,
            brand.c.return_days,
            brand.c.name_en.label("brand_name_en"),
            party.c.id.label("brand_party_id"),
            register.c.is_active,
            register.c.is_training,
            place.c.is_active.label("place_is_active"),
        )
        .select_from(wanted.rows)
        .join(register, and_(register.c.brand_id == wanted.brand_id, register.c.id == wanted.register_id))
        .join(place, and_(place.c.brand_id == register.c.brand_id, place.c.id == register.c.place_id))
        .join(brand, brand.c.id == register.c.brand_id)
        .join(party, and_(party.c.brand_id == register.c.brand_id, IS_BRAND_PARTY))
    ),
)


def roles_of_staff(reader: Reader, brand_id: str, staff_id: str) -> list[StaffRole]:
    """The roles of one member of staff, by role and scope."""
    r = staff_role.c
    query = select(staff_role).where(r.brand_id == brand_id, r.staff_id == staff_id)
    found = reader.rows(query.order_by(r.role, r.scope_id))
    return [StaffRole(f.brand_id, f.staff_id, f.role, f.scope_id) for f in found]


def party_kinds(reader: Reader, brand_id: str, party_ids: Collection[str]) -> dict[str, PartyKind]:
    """Kinds of these parties of the brand; unknown ones are left out."""
    query = select(party.c.id, party.c.kind).where(
        party.c.brand_id == brand_id, party.c.id.in_(sorted(party_ids))
    )
    return {row.id: PartyKind(row.kind) for row in reader.rows(query)}


def known_places(reader: Reader, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (brand_id, place_id) that exist."""
    brand_ids, place_ids = sorted({b for b, _ in keys}), sorted({p for _, p in keys})
    query = select(place.c.brand_id, place.c.id).where(
        place.c.brand_id.in_(brand_ids), place.c.id.in_(place_ids)
    )
    return {(row.brand_id, row.id) for row in reader.rows(query)} & set(keys)
