"""The demo's front door: whoever comes may be one of its people, in one tap. Refused everywhere else."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from highstreet.flows.pair_register import PairRegister, pair_register
from highstreet.flows.program import Program
from highstreet.flows.sign_in import link_measured
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.identity import (
    NewPerson,
    OpenSession,
    OpenStaffSession,
    RegisterKeyFacts,
    StaffRecord,
    add_people,
    open_session,
    open_staff_session,
    register_key_by_hash,
    staff_by_login,
    token_hash,
)
from highstreet.rooms.loop import codes_of_brand
from highstreet.rooms.parties import brand_by_id, parties_of_brand, registers_for

PersonName = Literal["shopper", "register", "office", "dealer", "landlord"]
SHOPPER = stable_id("psn", "demo", "door")
# Of the town's block of invented numbers, beyond those of its shoppers.
SHOPPER_PHONE = "+358480009000"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Whom to be: at which door, and as whom. The names are those of the brand, company or place."""

    person: PersonName
    audience: str
    name: str | None
    at_en: str | None
    at_zh: str | None
    brand_en: str | None
    brand_zh: str | None
    pin: str | None = None  # at the brand's registers, where a manager is asked for


@dataclass(frozen=True, slots=True)
class Entered:
    """A session or register key of one of the demo's people, good until `expires_at` (None: until revoked)."""

    audience: str
    token: str
    expires_at: datetime | None


def demo_keys(program: Program) -> dict[str, str]:
    """Who a person can be in this demo. Errors: Refusal request.not_found outside the demo."""
    settings = program.settings
    if settings.mode != "demo" or not settings.demo_people:
        raise REQUEST_NOT_FOUND()
    try:
        document: dict[str, Any] = json.loads(Path(settings.demo_people).read_text())
    except OSError:
        raise REQUEST_NOT_FOUND() from None
    return {name: value for name, value in document["try"].items() if isinstance(value, str)}


def demo_people(reader: Reader, keys: dict[str, str]) -> list[DemoPerson]:
    """The shopper, the register, the head office, the dealer and the landlord, as far as they are there."""
    people = [DemoPerson("shopper", "shop", None, None, None, None, None)]
    key = _register(reader, keys)
    wanted = (key.brand_id, key.register_id) if key else None
    register = registers_for(reader, {wanted}).get(wanted) if wanted else None
    if register is not None:
        brand = brand_by_id(reader, register.brand_id)
        people.append(
            DemoPerson(
                "register",
                "register",
                None,
                register.place_name_en,
                register.place_name_zh,
                brand.name_en if brand else None,
                brand.name_zh if brand else None,
            )
        )
    names: tuple[tuple[PersonName, str], ...] = (
        ("office", "office"),
        ("dealer", "dealer"),
        ("landlord", "dealer"),
    )
    for person, audience in names:
        staff = _staff(reader, keys, person)
        if staff is not None:
            told = _told(reader, person, audience, staff)
            people.append(replace(told, pin=keys.get(f"{person}_pin")))
    return people


def _told(reader: Reader, person: PersonName, audience: str, staff: StaffRecord) -> DemoPerson:
    brand = brand_by_id(reader, staff.brand_id)
    party = next(p for p in parties_of_brand(reader, staff.brand_id) if p.id == staff.party_id)
    return DemoPerson(
        person,
        audience,
        staff.name,
        party.name_en,
        party.name_zh,
        brand.name_en if brand else None,
        brand.name_zh if brand else None,
    )


@dataclass(frozen=True, slots=True)
class TourStage:
    """Where the guided tour takes place: a shop, a poster's code that leads there, an article that lies there."""

    brand_id: str
    brand_en: str
    brand_zh: str
    place_id: str
    place_en: str
    place_zh: str
    slug: str
    gtin: str


def tour_stage(reader: Reader, keys: dict[str, str]) -> TourStage:
    """The place of the demo's register. Errors: Refusal request.not_found when the demo lacks what a tour needs."""
    key = _register(reader, keys)
    if key is None:
        raise REQUEST_NOT_FOUND()
    found = registers_for(reader, {(key.brand_id, key.register_id)}).get((key.brand_id, key.register_id))
    brand = brand_by_id(reader, key.brand_id)
    posters = [code for code in codes_of_brand(reader, key.brand_id) if code.kind == "poster"]
    if found is None or brand is None or not posters or "gtin" not in keys:
        raise REQUEST_NOT_FOUND()
    return TourStage(
        brand_id=brand.id,
        brand_en=brand.name_en,
        brand_zh=brand.name_zh,
        place_id=key.place_id,
        place_en=found.place_name_en,
        place_zh=found.place_name_zh,
        slug=posters[0].slug,
        gtin=keys["gtin"],
    )


def _register(reader: Reader, keys: dict[str, str]) -> RegisterKeyFacts | None:
    return register_key_by_hash(reader, token_hash(keys.get("register_token", "")))


def _staff(reader: Reader, keys: dict[str, str], person: str) -> StaffRecord | None:
    return staff_by_login(reader, keys.get(f"{person}_login", ""))


@dataclass(frozen=True, slots=True)
class EnterDemo:
    """Become one of the demo's people; `token` is a register's for "register", else a session's."""

    person: PersonName
    keys: dict[str, str]
    token: str
    device_name: str | None
    device_id: str | None
    now: datetime


def enter_demo(tx: Tx, command: EnterDemo) -> Entered:
    """Open the session, or issue the key. Errors: Refusal request.not_found for whom this demo does not have."""
    hashed = token_hash(command.token)
    if command.person == "shopper":
        add_people(tx, [NewPerson(SHOPPER, SHOPPER_PHONE, "en", command.now)])
        ask = OpenSession(SHOPPER, hashed, new_id("ses"), command.device_name, command.now, command.device_id)
        entered = Entered("shop", command.token, open_session(tx, ask))
        if command.device_id is not None:
            link_measured(tx, command.device_id, SHOPPER, command.now)
        return entered
    if command.person == "register":
        key = _register(tx, command.keys)
        if key is None:
            raise REQUEST_NOT_FOUND()
        pairing = PairRegister(key.brand_id, key.register_id, new_id("rky"), hashed, command.now)
        pair_register(tx, pairing)
        return Entered("register", command.token, None)
    staff = _staff(tx, command.keys, command.person)
    if staff is None:
        raise REQUEST_NOT_FOUND()
    opened = open_staff_session(
        tx,
        OpenStaffSession(
            brand_id=staff.brand_id,
            staff_id=staff.id,
            password_hash=staff.password_hash,
            token_hash=hashed,
            session_id=new_id("ses"),
            now=command.now,
            device_name=command.device_name,
        ),
    )
    return Entered("office" if command.person == "office" else "dealer", command.token, opened.expires_at)
