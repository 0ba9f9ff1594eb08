"""Many registers at once, and training: what `highstreet rollout` asks for."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from highstreet.flows.roll_out import RolledOut, RollOut, roll_out
from highstreet.fronts.office.asking import Asked, Told, brand_of, office, program_of
from highstreet.fronts.staff import KeyId, PartyId, PlaceId, RegisterId, write_audited
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.identity import (
    PAIRING_BYTES,
    TokenKind,
    make_token,
    pairing_code,
    pairing_hash,
    token_hash,
)
from highstreet.rooms.parties import (
    RegisterRecord,
    SetSellerLines,
    SetTraining,
    set_seller_lines,
    set_training,
)

router = APIRouter(tags=["office: places"], responses=PROBLEMS)
RegistersWriter = Annotated[Actor, office(Permission.REGISTERS_WRITE)]
ContractsWriter = Annotated[Actor, office(Permission.CONTRACTS_WRITE)]
AT_ONCE = 200
REGISTERS_AT_ONCE = 2000
LONGEST_PAIRING_HOURS = 168


class RolledRegisterAsked(Asked):
    """A register with ids made by whoever rolls out: asked again, they are the same register and key."""

    id: RegisterId
    place_id: PlaceId
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    key_id: KeyId


class RollOutAsked(Asked):
    """Registers of any places of the brand."""

    registers: list[RolledRegisterAsked] = Field(min_length=1, max_length=AT_ONCE)
    is_training: bool = Field(True, description="New ones begin in training; known ones stay as they are.")
    pairing_hours: int | None = Field(
        None,
        ge=1,
        le=LONGEST_PAIRING_HOURS,
        description="Also give each a code to pair a browser, good for so long: for a printed sheet.",
    )


class RolledOutTold(Told):
    """A register's key and code. They are told this once and kept nowhere."""

    register_id: str
    key_id: str
    key: str
    pairing_code: str | None
    pairing_url: str | None
    pairing_until: datetime | None


class RollOutTold(Told):
    """In the order asked."""

    added: int
    registers: list[RolledOutTold]


class TrainingAsked(Asked):
    """Which registers are to practise, or not any more."""

    register_ids: list[RegisterId] = Field(min_length=1, max_length=REGISTERS_AT_ONCE)
    is_training: bool


class TrainingTold(Told):
    """How many were changed."""

    changed: int


class SellerLinesAsked(Asked):
    """What receipts say of a company by law; null: nothing."""

    legal_name: Annotated[str, StringConstraints(min_length=1, max_length=160)] | None = None
    tax_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None


@router.post(
    "/registers/bulk",
    operation_id="office_roll_out",
    summary="Head office adds many registers with keys",
    status_code=201,
)
async def add_many(
    request: Request, response: Response, actor: RegistersWriter, asked: RollOutAsked
) -> RollOutTold:
    """Add registers and issue a key for each, all or none.

    The same ids again add nothing and make keys anew that were never used: for whom the first answer was lost.
    """
    response.headers["Cache-Control"] = "no-store"
    program, brand_id = program_of(request), brand_of(actor)
    now = program.clock.now()
    valid = timedelta(hours=asked.pairing_hours or 0)
    told, rows = [], []
    for one in asked.registers:
        key = make_token(TokenKind.REGISTER_KEY, secrets.token_bytes(32))
        code = pairing_code(secrets.token_bytes(PAIRING_BYTES)) if asked.pairing_hours else None
        spaced = None if code is None else f"{code[:4]}-{code[4:]}"
        rows.append(
            RolledOut(
                register=RegisterRecord(brand_id, one.id, one.place_id, one.name, True, asked.is_training),
                key_id=one.key_id,
                key_hash=token_hash(key),
                pairing_id=new_id("pai") if code else None,
                code_hash=pairing_hash(program.pepper, code) if code else None,
            )
        )
        told.append(
            RolledOutTold(
                register_id=one.id,
                key_id=one.key_id,
                key=key,
                pairing_code=spaced,
                pairing_url=f"{program.settings.public_url.rstrip('/')}/register/#pair={spaced}"
                if spaced
                else None,
                pairing_until=now + valid if code else None,
            )
        )
    command = RollOut(brand_id, actor.id, rows, valid, now)
    added = await write_audited(request, actor, None, roll_out, command, registers=len(rows))
    return RollOutTold(added=added, registers=told)


@router.put(
    "/registers/training",
    operation_id="office_set_training",
    summary="Head office puts registers into training or out of it",
)
async def train(request: Request, actor: RegistersWriter, asked: TrainingAsked) -> TrainingTold:
    """From now on these registers practise: nothing they do is charged, kept or counted. Or not any more."""
    command = SetTraining(
        brand_of(actor), tuple(asked.register_ids), asked.is_training, program_of(request).clock.now()
    )
    facts = {"registers": len(asked.register_ids), "is_training": asked.is_training}
    subject = asked.register_ids[0] if len(asked.register_ids) == 1 else None
    return TrainingTold(changed=await write_audited(request, actor, subject, set_training, command, **facts))


@router.put(
    "/parties/{party_id}/seller-lines",
    operation_id="office_set_seller_lines",
    summary="Head office sets what receipts say of a company",
    status_code=204,
)
async def set_lines(
    request: Request, actor: ContractsWriter, party_id: PartyId, asked: SellerLinesAsked
) -> Response:
    """The registered name and the VAT or tax number that stand on the receipts of its places."""
    now = program_of(request).clock.now()
    command = SetSellerLines(brand_of(actor), party_id, asked.legal_name, asked.tax_number, now)
    await write_audited(request, actor, party_id, set_seller_lines, command)
    return Response(status_code=204)
