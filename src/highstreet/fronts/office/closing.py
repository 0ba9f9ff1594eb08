"""Bills that are uploaded, differences that a person clears, and the days of places."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints

from highstreet.flows.close_day import (
    CloseDay,
    PlaceDay,
    ReopenDay,
    close_day,
    entry_told,
    place_day,
    reopen_day,
)
from highstreet.flows.differences import (
    ClearDifference,
    Difference,
    bills_due,
    clear_difference,
    differences,
)
from highstreet.flows.match_bill import bill_state
from highstreet.flows.match_statement import TRANSFER, match_statement, paid_out, read_statement
from highstreet.flows.read_alone import uploads
from highstreet.flows.upload_bill import read_bill, upload_bill
from highstreet.fronts.office.asking import Asked, Note, Told, brand_of, office, program_of
from highstreet.fronts.office.files import noted
from highstreet.fronts.office.money import BillMatcher, BillTold, EarningsReader, bill_told, day_of
from highstreet.fronts.staff import Id, PlaceId, RegisterId, write_audited
from highstreet.kernel.ids import check_id, stable_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parties import brand_by_id

router = APIRouter(tags=["office: closing"], responses=PROBLEMS)
Closer = Annotated[Actor, office(Permission.DAYS_CLOSE)]
Reopener = Annotated[Actor, office(Permission.DAYS_REOPEN)]
FILE_PATH, STATEMENT_PATH = "/office/v1/bill-files", "/office/v1/statements"
FILE_BYTES = 32_000_000
"""The largest bill taken; what is packed in it is bounded by whoever unpacks it."""
IsoDay = Annotated[str, StringConstraints(pattern="^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
RailAsked = Annotated[str, Query(pattern="^[a-z][a-z0-9_]{0,19}$", examples=["wallet"])]
Why = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", min_length=1, max_length=400)]
DifferenceId = Annotated[Id, Field(examples=[stable_id("dif", "example")])]
EntryId = Annotated[
    Id, Field(description="Made by whoever asks: `cls_…`.", examples=[stable_id("cls", "example")])
]
FIRST_DAY, LAST_DAY = "2000-01-01", "2199-12-30"


class WordTold(Told):
    """What a person said of a difference last."""

    is_cleared: bool
    reason: str
    note: str
    by_id: str = Field(description="Staff.")
    at: datetime


class DifferenceTold(Told):
    """Something that is not explained, or was not."""

    id: str
    kind: str = Field(
        description="missing_here, missing_there, amount_differs, state_differs, outgoing_unknown, payout_differs, "
        "fee_differs, late; bill_missing: payments wait for it."
    )
    day: str = Field(description="The provider's.")
    provider: str
    row_kind: str = Field(description="paid, refund, reversed, payout, fee, or bill.")
    our_ref: str
    provider_ref: str
    currency: str
    amount_minor: int
    our_minor: int | None = Field(description="What our payment is of.")
    tender_id: str | None
    sale_id: str | None
    place_id: str | None = Field(description="Null: nobody's, so it keeps every place's day open.")
    cure: str = Field(
        description="settle, return_money, fetch; or what a person should do: clear, name_it, read_bills, check_rate, "
        "next_bill."
    )
    is_cleared: bool
    word: WordTold | None


class PayoutTold(Told):
    """A provider's payout to the bank account."""

    rail: str
    day: str = Field(description="When the bank booked it.")
    bank_ref: str
    currency: str
    amount_minor: int
    bill_days: list[str] = Field(description="The bills it comes to; none: `payout_differs`.")


class ClearAsked(Asked):
    """Let a difference stand, with a reason; or take that back."""

    is_cleared: bool = True
    reason: Literal[
        "other_system", "settled_by_hand", "next_bill", "provider_error", "no_sale", "loss", "other"
    ]
    note: Note = ""


class RegisterDayTold(Told):
    """A register on this day."""

    register_id: str
    name: str
    is_counted: bool
    counted_minor: int | None
    over_minor: int | None
    slips_counted_minor: int | None = Field(
        description="By the card terminal's own total; null: no slip was taken."
    )
    slips_over_minor: int | None
    has_business: bool = Field(description="Since its last count, up to the end of the day.")


class CarriedTold(Told):
    """Money that was on its way when the day was closed: transfers, and what is owed in cash or by a slip."""

    rail: str
    direction: str = Field(description="in, or out: a refund.")
    currency: str
    tenders: int
    amount_minor: int


class EntryTold(Told):
    """A day was closed or opened again."""

    id: str
    subject_id: str = Field(description="The place, or one of its registers.")
    day: str
    kind: str
    currency: str
    counted_minor: int
    over_minor: int
    slips_counted_minor: int | None
    slips_over_minor: int | None
    carried: list[CarriedTold]
    by_id: str = Field(description="Staff, or the key of a register.")
    note: str
    at: datetime


class OpenTenderTold(Told):
    """A payment or a refund that is under way."""

    id: str
    sale_id: str
    rail: str
    direction: str
    reference: str | None = Field(description="What a bank transfer says.")
    state: str
    amount_minor: int
    currency: str


class PlaceDayTold(Told):
    """A day of a place, and what keeps it open."""

    place_id: str
    day: str
    state: Literal["open", "closed"]
    is_closable: bool
    currency: str
    registers: list[RegisterDayTold]
    open_registers: list[str]
    open_tenders: list[OpenTenderTold]
    differences: list[DifferenceTold]
    carried: list[OpenTenderTold] = Field(
        description="Transfers that the bank has not shown, and what is owed in cash or by a slip: they keep nothing open."
    )
    trail: list[EntryTold] = Field(description="Who closed and opened what, in order.")


class ClosingAsked(Asked):
    """Close a place's day, and those before it."""

    id: EntryId
    note: Note = ""


class ReopenClosingAsked(Asked):
    """Open a closed day again. Without a register: the place's."""

    id: EntryId
    reason: Why
    register_id: RegisterId | None = None


@router.post(
    "/bill-files",
    operation_id="office_upload_bill",
    summary="Head office uploads a provider's bill",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload(
    request: Request,
    actor: BillMatcher,
    rail: RailAsked,
    day: Annotated[
        IsoDay | None, Query(description="The provider's day; needed when the bill is empty.")
    ] = None,
) -> BillTold:
    """The file is the body, packed or not. Matched as a fetched bill is; uploaded again it takes the place of the first."""
    content = await request.body()
    file = await uploads.run(read_bill, rail, content, None if day is None else day_of(day))
    program, brand_id = program_of(request), brand_of(actor)
    await upload_bill(program, brand_id, file)
    on = file.day.isoformat()
    await write_audited(request, actor, None, noted, None, rail=rail, day=on, rows=len(file.lines))
    return bill_told(await program.db.read(bill_state, brand_id, rail, file.day))


@router.post(
    "/statements",
    operation_id="office_upload_statement",
    summary="Head office uploads a bank's statement",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_statement(
    request: Request,
    actor: BillMatcher,
    columns: Annotated[
        str,
        Query(
            max_length=400,
            pattern=r"^[^\x00-\x1f\x7f]*$",
            description="For CSV with other names: `date:Buchung,amount:Soll/Haben`; also out, currency, reference, "
            "text, name, id.",
        ),
    ] = "",
) -> list[BillTold]:
    """camt.053 or CSV as the body, packed or not. Every booked row is matched by its reference; a day of it each."""
    program, brand_id, content = program_of(request), brand_of(actor), await request.body()
    named = dict(part.split(":", 1) for part in columns.split(",") if ":" in part)
    brand = await program.db.read(brand_by_id, brand_id)
    assert brand is not None  # staff hang on it by a foreign key
    rows = await uploads.run(read_statement, content, brand.currency, named)
    days = await match_statement(program, brand_id, rows)
    await write_audited(request, actor, None, noted, None, rail=TRANSFER, rows=len(rows))
    return [bill_told(await program.db.read(bill_state, brand_id, TRANSFER, day)) for day in days]


@router.get(
    "/differences",
    operation_id="office_list_differences",
    summary="Head office lists what is not explained",
)
async def list_differences(
    request: Request,
    actor: EarningsReader,
    first_day: IsoDay | None = None,
    last_day: IsoDay | None = None,
    *,
    with_cleared: bool = False,
) -> list[DifferenceTold]:
    """Over all rails, the newest day first; `with_cleared`: those that a person let stand, too."""
    program = program_of(request)
    first, last = day_of(first_day or FIRST_DAY), day_of(last_day or LAST_DAY)
    found = await program.db.read(
        differences, brand_of(actor), first.isoformat(), last.isoformat(), bills_due(program.clock.now())
    )
    return [_difference(one) for one in found if with_cleared or not one.is_cleared]


@router.post(
    "/differences/{difference_id}",
    operation_id="office_clear_difference",
    summary="Head office lets a difference stand, or takes that back",
    status_code=204,
)
async def clear(request: Request, actor: Closer, difference_id: DifferenceId, asked: ClearAsked) -> None:
    """Kept with who and when. No payment changes by it."""
    command = ClearDifference(
        brand_of(actor),
        difference_id,
        asked.is_cleared,
        asked.reason,
        asked.note,
        actor.id,
        program_of(request).clock.now(),
    )
    facts = {"is_cleared": asked.is_cleared, "reason": asked.reason}
    await write_audited(request, actor, difference_id, clear_difference, command, **facts)


@router.get(
    "/days/{place_id}", operation_id="office_read_open_day", summary="Head office reads a place's day"
)
async def read_open_day(
    request: Request,
    actor: EarningsReader,
    place_id: PlaceId,
    day: Annotated[IsoDay | None, Query(description="By default the oldest one that is open.")] = None,
) -> PlaceDayTold:
    """Its registers and their counts, and everything that keeps the day open."""
    program = program_of(request)
    on = None if day is None else day_of(day)
    return _day(await program.db.read(place_day, brand_of(actor), place_id, on, program.clock.now()))


@router.post(
    "/days/{place_id}/{day}/close",
    operation_id="office_close_day",
    summary="Head office closes a place's day",
    response_model=EntryTold,
)
async def close(
    request: Request, actor: Closer, place_id: PlaceId, day: IsoDay, asked: ClosingAsked
) -> dict[str, Any]:
    """409 `days.not_clear` says what keeps it open; GET tells all of it."""
    now = program_of(request).clock.now()
    entry_id = check_id(asked.id, "cls")
    command = CloseDay(brand_of(actor), place_id, day_of(day), entry_id, asked.note, actor.id, now)
    return await write_audited(request, actor, place_id, close_day, command, day=day)


@router.post(
    "/days/{place_id}/{day}/reopen",
    operation_id="office_reopen_day",
    summary="Head office opens a closed day again",
    response_model=EntryTold,
)
async def reopen(
    request: Request, actor: Reopener, place_id: PlaceId, day: IsoDay, asked: ReopenClosingAsked
) -> dict[str, Any]:
    """The newest closed day of the place, or of one of its registers; the trace stays."""
    command = ReopenDay(
        brand_of(actor),
        place_id,
        asked.register_id or place_id,
        day_of(day),
        check_id(asked.id, "cls"),
        asked.reason,
        actor.id,
        program_of(request).clock.now(),
    )
    return await write_audited(
        request, actor, place_id, reopen_day, command, day=day, register_id=asked.register_id
    )


@router.get(
    "/payouts", operation_id="office_list_payouts", summary="Head office lists what providers paid out"
)
async def list_payouts(request: Request, actor: EarningsReader, since: IsoDay) -> list[PayoutTold]:
    """As the bank's statements of a day and later show it, the newest first."""
    found = await program_of(request).db.read(paid_out, brand_of(actor), day_of(since))
    return [
        PayoutTold(
            rail=one.rail,
            day=one.payout.day,
            bank_ref=one.payout.bank_ref,
            currency=one.payout.currency,
            amount_minor=one.payout.amount_minor,
            bill_days=list(one.days),
        )
        for one in found
    ]


def _difference(one: Difference) -> DifferenceTold:
    return DifferenceTold.model_validate(one)


def _day(found: PlaceDay) -> PlaceDayTold:
    return PlaceDayTold(
        place_id=found.place.id,
        day=found.day,
        state="open" if found.closed is None else "closed",
        is_closable=found.is_closable,
        currency=found.currency,
        registers=[
            RegisterDayTold(
                register_id=one.register.id,
                name=one.register.name,
                is_counted=one.count is not None,
                counted_minor=None if one.count is None else one.count.counted_minor,
                over_minor=None if one.count is None else one.count.over_minor,
                slips_counted_minor=None if one.count is None else one.count.slips_counted_minor,
                slips_over_minor=None
                if one.count is None or one.count.slips_counted_minor is None
                else one.count.slips_over_minor,
                has_business=one.has_business,
            )
            for one in found.registers
        ],
        open_registers=[register.id for register in found.blockers.registers],
        open_tenders=[OpenTenderTold.model_validate(tender) for tender in found.blockers.tenders],
        differences=[_difference(one) for one in found.blockers.differences],
        carried=[OpenTenderTold.model_validate(tender) for tender in found.carried],
        trail=[EntryTold.model_validate(entry_told(entry)) for entry in found.trail],
    )
