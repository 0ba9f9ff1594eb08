"""Parties, places, registers and their keys."""

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, StringConstraints

from highstreet.flows.list_places import ListedPlace, list_places
from highstreet.flows.office_day import register_states
from highstreet.flows.pair_register import (
    OfferPairing,
    PairRegister,
    add_register,
    offer_pairing,
    pair_register,
    unpair_register,
)
from highstreet.fronts.office.asking import Asked, Told, brand_of, office, program_of
from highstreet.fronts.office.money import PartyTold
from highstreet.fronts.staff import KeyId, PlaceId, RegisterId, write_audited
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.identity import (
    PAIRING_BYTES,
    RevokeRegisterKey,
    TokenKind,
    make_token,
    pairing_code,
    pairing_hash,
    token_hash,
)
from highstreet.rooms.parties import (
    AddRegisters,
    Party,
    RegisterRecord,
    parties_of_brand,
)

router = APIRouter(tags=["office: places"], responses=PROBLEMS)
PartiesReader = Annotated[Actor, office(Permission.CONTRACTS_READ)]
SalesReader = Annotated[Actor, office(Permission.SALES_READ)]
RegistersWriter = Annotated[Actor, office(Permission.REGISTERS_WRITE)]


class PlaceTold(Told):
    """A place of business and where it stands."""

    place_id: str
    operator_party_id: str
    landlord_party_id: str | None
    name_en: str
    name_zh: str
    external_ref: str | None
    is_active: bool
    lat: float | None = Field(description="WGS-84; None without a position.")
    lon: float | None
    time_zone: str | None
    opening_hours: str | None = Field(description="As in OpenStreetMap; None: not known.")
    address: str | None


class KeyTold(Told):
    """A register key, without the key."""

    id: str
    created_at: datetime
    revoked_at: datetime | None
    device_name: str | None = Field(description="The browser that it was paired with; None: given by hand.")
    seen_at: datetime | None = Field(description="Used last, to some minutes.")


class RegisterTold(Told):
    """A register, where it stands, its keys, and when it sold last."""

    register_id: str
    name: str
    is_active: bool
    is_training: bool
    place_id: str
    place_name_en: str
    place_name_zh: str
    last_sale_at: datetime | None = Field(description="Within the last 30 days.")
    seen_at: datetime | None = Field(description="When any of its keys was used last, to some minutes.")
    keys: list[KeyTold]


class RegisterAsked(Asked):
    """A new register."""

    place_id: PlaceId
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class RegisterAddedTold(Told):
    """A register that was added."""

    id: str
    place_id: str
    name: str
    is_active: bool


class RegisterKeyAsked(Asked):
    """The register that is to get a key."""

    register_id: RegisterId


class RegisterKeyTold(Told):
    """A key. It is told this once and kept nowhere."""

    key_id: str
    key: str = Field(description="The register sends it as `Authorization: Bearer …`.")
    register_id: str
    place_id: str
    place_name_en: str
    place_name_zh: str


@router.get(
    "/parties",
    operation_id="office_list_parties",
    summary="Head office lists dealers and landlords",
    response_model=list[PartyTold],
)
async def list_parties(request: Request, actor: PartiesReader) -> list[Party]:
    """The brand's own party, its dealers and landlords."""
    return await program_of(request).db.read(parties_of_brand, brand_of(actor))


@router.get(
    "/places",
    operation_id="office_list_places",
    summary="Head office lists all places",
    response_model=list[PlaceTold],
)
async def read_places(
    request: Request,
    actor: SalesReader,
    after: Annotated[PlaceId | None, Query(description="The place_id of the last one seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[ListedPlace]:
    """Places by id, closed ones too."""
    return await program_of(request).db.read(list_places, brand_of(actor), None, after or "", limit)


@router.get(
    "/registers", operation_id="office_list_registers", summary="Head office lists registers and their keys"
)
async def list_registers(request: Request, actor: SalesReader) -> list[RegisterTold]:
    """Registers by place, with their keys and last sale."""
    program = program_of(request)
    states = await program.db.read(register_states, brand_of(actor), program.clock.now())
    return [
        RegisterTold(
            register_id=state.register.register_id,
            name=state.register.name,
            is_active=state.register.is_active,
            is_training=state.register.is_training,
            place_id=state.register.place_id,
            place_name_en=state.register.place_name_en,
            place_name_zh=state.register.place_name_zh,
            last_sale_at=state.register.last_sale_at,
            seen_at=max((key.seen_at for key in state.keys if key.seen_at), default=None),
            keys=[KeyTold.model_validate(key) for key in state.keys],
        )
        for state in states
    ]


@router.post(
    "/registers",
    operation_id="office_add_register",
    summary="Head office adds a register",
    status_code=201,
    response_model=RegisterAddedTold,
)
async def add(request: Request, actor: RegistersWriter, asked: RegisterAsked) -> RegisterRecord:
    """Add a register to a place; it sells once it has a key."""
    program = program_of(request)
    record = RegisterRecord(brand_of(actor), new_id("reg"), asked.place_id, asked.name, is_active=True)
    command = AddRegisters([record], program.clock.now())
    return await write_audited(
        request, actor, record.id, add_register, command, place_id=record.place_id, name=record.name
    )


@router.post(
    "/register-keys",
    operation_id="office_issue_register_key",
    summary="Head office issues a register key",
    status_code=201,
)
async def issue_key(
    request: Request, response: Response, actor: RegistersWriter, asked: RegisterKeyAsked
) -> RegisterKeyTold:
    """A key for a register, told once. Its other keys stay good until they are revoked."""
    response.headers["Cache-Control"] = "no-store"
    program = program_of(request)
    key, key_id = make_token(TokenKind.REGISTER_KEY, secrets.token_bytes(32)), new_id("rky")
    command = PairRegister(brand_of(actor), asked.register_id, key_id, token_hash(key), program.clock.now())
    register = await write_audited(
        request, actor, key_id, pair_register, command, register_id=asked.register_id
    )
    return RegisterKeyTold(
        key_id=key_id,
        key=key,
        register_id=register.register_id,
        place_id=register.place_id,
        place_name_en=register.place_name_en,
        place_name_zh=register.place_name_zh,
    )


class PairingTold(Told):
    """A code for a register's browser. It is told this once and kept nowhere."""

    code: str = Field(description="To be typed.", examples=["7KQ2-M9XB"])
    url: str = Field(description="To be shown as a QR code: the register page takes the code from it.")
    expires_at: datetime
    register_id: str
    place_name_en: str
    place_name_zh: str


@router.post(
    "/registers/{register_id}/pairing",
    operation_id="office_pair_register",
    summary="Head office makes a code to pair a register",
    status_code=201,
)
async def pair(
    request: Request, response: Response, actor: RegistersWriter, register_id: RegisterId
) -> PairingTold:
    """A code by which one browser becomes this register within ten minutes; an earlier code ends."""
    response.headers["Cache-Control"] = "no-store"
    program = program_of(request)
    code = pairing_code(secrets.token_bytes(PAIRING_BYTES))
    command = OfferPairing(
        brand_id=brand_of(actor),
        register_id=register_id,
        pairing_id=new_id("pai"),
        code_hash=pairing_hash(program.pepper, code),
        staff_id=actor.id,
        now=program.clock.now(),
    )
    register, expires_at = await write_audited(request, actor, register_id, offer_pairing, command)
    spaced = f"{code[:4]}-{code[4:]}"
    return PairingTold(
        code=spaced,
        url=f"{program.settings.public_url.rstrip('/')}/register/#pair={spaced}",
        expires_at=expires_at,
        register_id=register.register_id,
        place_name_en=register.place_name_en,
        place_name_zh=register.place_name_zh,
    )


@router.delete(
    "/register-keys/{key_id}",
    operation_id="office_revoke_register_key",
    summary="Head office revokes a register key",
    status_code=204,
)
async def revoke_key(request: Request, actor: RegistersWriter, key_id: KeyId) -> Response:
    """End a key at once."""
    program = program_of(request)
    command = RevokeRegisterKey(brand_of(actor), key_id, program.clock.now())
    await write_audited(request, actor, key_id, unpair_register, command)
    return Response(status_code=204)
