"""The drawer of a register: cash in and out, and the blind count that ends its day."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints

from highstreet.flows.drawer import (
    CountDrawer,
    MoveCash,
    OpenDay,
    count_drawer,
    count_told,
    has_slips,
    move_cash,
    move_told,
    open_day_of,
)
from highstreet.fronts.register.clerk_seal import clerk_of
from highstreet.fronts.register.models import PRINTABLE, Asked, ClerkSeal
from highstreet.fronts.register.sales import Real, ids_of, program_of
from highstreet.kernel.ids import check_id, stable_id
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.days import REASONS

DRAWER_LIMIT_MINOR = 10**10
"""More than any drawer holds; the rest would only serve to spoil the books."""
router = APIRouter(tags=["register: drawer"], responses=PROBLEMS)
Day = Annotated[str, StringConstraints(pattern="^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
Note = Annotated[str, StringConstraints(pattern=PRINTABLE, max_length=200)]
Face = Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,9}$")]


class MoveAsked(Asked):
    """Cash put in or taken out. The same id again moves nothing."""

    id: str = Field(
        max_length=40,
        description="Made by the register, kept before it asks: `drm_…`.",
        examples=[stable_id("drm", "example")],
    )
    direction: Literal["in", "out"]
    reason: Literal["float", "change", "pickup", "bank", "expense", "other"] = Field(
        description="in: float, change, other. out: pickup (to the safe), bank, change, expense, other."
    )
    amount_minor: int = Field(ge=1, le=DRAWER_LIMIT_MINOR, description="Minor units.")
    note: Note = ""
    day: Day | None = Field(None, description="The day that is meant: refused when it is closed by now.")
    clerk: ClerkSeal = None


class MoveTold(BaseModel):
    """A move that is written."""

    id: str
    day: str
    direction: str
    reason: str
    note: str
    currency: str
    amount_minor: int
    at: datetime


class CountAsked(Asked):
    """What was counted, as a sum or by pieces. The same id again counts nothing."""

    id: str = Field(
        max_length=40,
        description="Made by the register, kept before it asks: `cnt_…`.",
        examples=[stable_id("cnt", "example")],
    )
    counted_minor: int | None = Field(
        None, ge=0, le=DRAWER_LIMIT_MINOR, description="All of it, minor units."
    )
    pieces: dict[Face, Annotated[int, Field(ge=0, le=1_000_000)]] | None = Field(
        None,
        max_length=40,
        description="Face value in minor units: how many of it.",
        examples=[{"5000": 2, "200": 7}],
    )
    slips_minor: int | None = Field(
        None,
        ge=-DRAWER_LIMIT_MINOR,
        le=DRAWER_LIMIT_MINOR,
        description="What the card terminal shows by its own total, less what it gave back; needed once slips were taken.",
    )
    note: Note = ""
    day: Day | None = Field(None, description="The day that is meant: refused when it is another.")
    clerk: ClerkSeal = None


class CountTold(BaseModel):
    """A count that is written. What should have been there is told now, by the difference."""

    id: str
    register_id: str
    day: str
    currency: str
    counted_minor: int
    over_minor: int = Field(description="Counted more than should be there; below zero: less.")
    slips_counted_minor: int | None = Field(description="Null: no slip was taken.")
    slips_over_minor: int | None = Field(
        description="The terminal shows more than was noted; below zero: less."
    )
    at: datetime


class DayTold(BaseModel):
    """Where the drawer's day stands. What should lie in it is never told before it is counted."""

    day: str = Field(description="What business now belongs to; after `today` when today's is counted.")
    today: str
    state: Literal["open", "counted"]
    currency: str
    has_slips: bool = Field(description="Slips were taken since: the count wants the card terminal's total.")
    counted: CountTold | None = Field(description="The last count.")
    moves: list[MoveTold] = Field(description="Of this day, oldest first.")
    reasons: dict[str, list[str]] = Field(description="Why cash may go in and out.")


@router.get("/day", operation_id="register_read_day", summary="Register asks where its drawer's day stands")
async def read_day(request: Request, actor: Real) -> DayTold:
    """The open day, its cash moves and the last count."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    return await program.db.read(_day, brand_id, register_id, program.clock.now())


@router.post(
    "/drawer/moves",
    operation_id="register_move_cash",
    summary="Register puts cash in or takes it out",
    response_model=MoveTold,
)
async def move(request: Request, actor: Real, asked: MoveAsked) -> dict[str, Any]:
    """The float, more change, a pickup, an expense: written down and posted."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    command = MoveCash(
        brand_id,
        register_id,
        check_id(asked.id, "drm"),
        asked.direction,
        asked.reason,
        asked.note,
        asked.amount_minor,
        asked.day,
        actor.id,
        program.clock.now(),
        await clerk_of(program, actor, asked.clerk),
    )
    return await program.db.write(move_cash, command)


@router.post(
    "/day/count",
    operation_id="register_count_drawer",
    summary="Register counts its drawer and closes its day",
    response_model=CountTold,
)
async def count(request: Request, actor: Real, asked: CountAsked) -> dict[str, Any]:
    """A blind count: over and short come back, and are posted. What is sold after it belongs to the next day."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    command = CountDrawer(
        brand_id,
        register_id,
        check_id(asked.id, "cnt"),
        asked.counted_minor,
        asked.pieces,
        asked.note,
        asked.day,
        actor.id,
        program.clock.now(),
        await clerk_of(program, actor, asked.clerk),
        asked.slips_minor,
    )
    return await program.db.write(count_drawer, command)


def _day(reader: Reader, brand_id: str, register_id: str, now: datetime) -> DayTold:
    found = open_day_of(reader, brand_id, register_id, now)
    return _told(found, has_slips=has_slips(reader, found))


def _told(found: OpenDay, *, has_slips: bool) -> DayTold:
    return DayTold(
        day=found.day.isoformat(),
        today=found.today.isoformat(),
        state="counted" if found.is_counted else "open",
        currency=found.desk.register.currency,
        has_slips=has_slips,
        counted=None if found.last is None else CountTold.model_validate(count_told(found.last)),
        moves=[MoveTold.model_validate(move_told(move)) for move in found.moves],
        reasons={direction: list(reasons) for direction, reasons in REASONS.items()},
    )
