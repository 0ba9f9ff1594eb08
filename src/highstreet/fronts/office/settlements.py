"""Periods settled, and every party's statement of them."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from highstreet.flows.compare_takings import compare_takings
from highstreet.flows.make_statements import ask_for_statements
from highstreet.flows.office_desk import Desk, desk_of
from highstreet.flows.pay_file import Orders, orders_of, payment_file, set_account
from highstreet.flows.pay_parties import EndPayment, PayByStatements, finish_payment, pay_by_statements
from highstreet.fronts.office.asking import Asked, brand_of, office, program_of
from highstreet.fronts.office.files import noted
from highstreet.fronts.office.pages.changes import day_at, day_begins
from highstreet.fronts.settlements_told import (
    KeptStatementTold,
    PaymentTold,
    SettlementTold,
    payment_told,
    settlement_told,
    statement_told,
)
from highstreet.fronts.staff import PartyId, PaymentId, SettlementId, Told, write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.settlements import (
    BankAccount,
    Settlement,
    SettlementState,
    accounts_of,
    check_account,
    payments_of,
    settlement_by_id,
    settlements_of,
    statements_of,
)

router = APIRouter(tags=["office: settlements"], responses=PROBLEMS)
EarningsReader = Annotated[Actor, office(Permission.EARNINGS_READ)]
Settler = Annotated[Actor, office(Permission.SETTLEMENTS_WRITE)]
EARLIEST, LATEST = date(2000, 1, 1), date(9000, 1, 1)
LONGEST = timedelta(days=370)


class SettlementAsked(Asked):
    """Whole days, in the time zone that most of the brand's places have."""

    first_day: date = Field(description="After the first settlement: the day after the last one's last day.")
    last_day: date = Field(description="A day that is over, at most 370 days after the first.")


def settlement_asked(desk: Desk, first_day: date, last_day: date, now: datetime) -> Settlement:
    """Whole days at the desk, to be settled. Errors: Refusal request.malformed."""
    is_in_order = EARLIEST <= first_day <= last_day <= LATEST
    if not is_in_order or last_day - first_day > LONGEST:
        raise REQUEST_MALFORMED(field="last_day", reason="not_within_370_days_after_first_day")
    since = day_begins(first_day, desk.zone)
    return Settlement(
        brand_id=desk.brand.id,
        id=new_id("stl"),
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
        since=since,
        until=day_begins(last_day + timedelta(days=1), desk.zone),
        state=SettlementState.MAKING,
        asked_at=now,
        made_at=None,
        read_until=since,
        differs=None,
    )


@router.post(
    "/settlements",
    operation_id="office_settle_period",
    summary="Head office settles a period",
    status_code=201,
)
async def settle(request: Request, actor: Settler, asked: SettlementAsked) -> SettlementTold:
    """Have every party's statement made. Ask again to see how far it is; what is made never changes."""
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    command = settlement_asked(desk, asked.first_day, asked.last_day, program.clock.now())
    days = {"first_day": command.first_day, "last_day": command.last_day}
    await write_audited(request, actor, command.id, ask_for_statements, command, **days)
    return settlement_told(command)


@router.get(
    "/settlements", operation_id="office_list_settlements", summary="Head office lists settled periods"
)
async def list_settlements(request: Request, actor: EarningsReader) -> list[SettlementTold]:
    """The newest three years, if they are months; the newest first."""
    return [
        settlement_told(one) for one in await program_of(request).db.read(settlements_of, brand_of(actor))
    ]


@router.get(
    "/settlements/{settlement_id}/statements",
    operation_id="office_list_statements",
    summary="Head office reads every party's statement",
)
async def list_statements(
    request: Request, actor: EarningsReader, settlement_id: SettlementId
) -> list[KeptStatementTold]:
    """None yet while they are being made."""
    db, key = program_of(request).db, (brand_of(actor), settlement_id)
    settlement = await db.read(settlement_by_id, *key)
    if settlement is None:
        raise REQUEST_NOT_FOUND()
    return [statement_told(settlement, one) for one in await db.read(statements_of, *key)]


@router.post(
    "/settlements/{settlement_id}/payments",
    operation_id="office_open_payments",
    summary="Head office opens the payments of a settlement",
    status_code=201,
)
async def open_all(request: Request, actor: Settler, settlement_id: SettlementId) -> list[PaymentTold]:
    """Set off what each pair owes the other by the newest statements; what is left is to be paid. Once."""
    command = PayByStatements(brand_of(actor), settlement_id, program_of(request).clock.now())
    opened = await write_audited(request, actor, settlement_id, pay_by_statements, command)
    return [payment_told(one) for one in opened]


@router.get(
    "/settlements/{settlement_id}/payments",
    operation_id="office_list_payments",
    summary="Head office lists the payments of a settlement",
)
async def list_payments(
    request: Request, actor: EarningsReader, settlement_id: SettlementId
) -> list[PaymentTold]:
    """The largest first; none before they are opened."""
    db, key = program_of(request).db, (brand_of(actor), settlement_id)
    if await db.read(settlement_by_id, *key) is None:
        raise REQUEST_NOT_FOUND()
    return [payment_told(one) for one in await db.read(payments_of, *key)]


class ComparedDayTold(Told):
    """A place's business day: what our sales say that a landlord took, and what it reports."""

    place_id: str
    day: str
    currency: str
    ours_minor: int = Field(description="Sales less returns.")
    reported_minor: int | None = Field(description="None: nothing was reported.")
    difference_minor: int = Field(description="Above zero: it reports more than we know of.")


@router.get(
    "/takings",
    operation_id="office_compare_takings",
    summary="Head office compares what a landlord took with what it reports",
)
async def takings(
    request: Request,
    actor: EarningsReader,
    party_id: Annotated[PartyId, Query(description="The landlord, or who else collects.")],
    first_day: Annotated[date, Query(description="A business day.")],
    last_day: Annotated[date, Query(description="At most 92 days after the first.")],
) -> list[ComparedDayTold]:
    """By day; reports come in as a file (`takings`)."""
    first, last = days_compared(first_day, last_day)
    found = await program_of(request).db.read(compare_takings, brand_of(actor), party_id, first, last)
    return [ComparedDayTold.model_validate(one) for one in found]


def days_compared(first: date, last: date) -> tuple[date, date]:
    """A quarter at most. Errors: Refusal request.malformed."""
    if not EARLIEST <= first <= last <= LATEST or last - first > timedelta(days=92):
        raise REQUEST_MALFORMED(field="last_day", reason="not_within_92_days_after_first_day")
    return first, last


class PaymentFile(Response):
    """ISO 20022 as it is sent to a bank."""

    media_type = "application/xml"


@router.get(
    "/settlements/{settlement_id}/payments.xml",
    operation_id="office_read_payment_file",
    summary="Head office downloads the file that tells its bank what to pay",
    response_class=PaymentFile,
)
async def read_file(request: Request, actor: Settler, settlement_id: SettlementId) -> Response:
    """pain.001: the open payments that the brand makes in euro. The same payments make the same message id."""
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    orders = await program.db.read(orders_of, brand_of(actor), settlement_id)
    await write_audited(request, actor, settlement_id, noted, None, payments=len(orders.payments))
    return file_of(orders, day_at(program.clock.now(), desk.zone))


def file_of(orders: Orders, on: date) -> Response:
    """The file as it is downloaded."""
    name = f"payments-{orders.settlement.first_day}-{orders.settlement.last_day}.xml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return PaymentFile(payment_file(orders, on), headers=headers)


class AccountAsked(Asked):
    """Where a party is paid."""

    holder: Annotated[str, Field(min_length=1, max_length=70, description="As its bank knows it.")]
    iban: Annotated[str, Field(min_length=15, max_length=42, examples=["FI21 1234 5600 0007 85"])]
    bic: Annotated[str, Field(min_length=8, max_length=14)] | None = None


class AccountTold(Told):
    """Where a party is paid."""

    party_id: str
    holder: str
    iban: str
    bic: str | None
    changed_at: datetime


@router.get("/bank-accounts", operation_id="office_list_accounts", summary="Head office lists bank accounts")
async def list_accounts(request: Request, actor: Settler) -> list[AccountTold]:
    """Of all parties that have one."""
    found = await program_of(request).db.read(accounts_of, brand_of(actor))
    return [account_told(one) for one in found.values()]


@router.put(
    "/bank-accounts/{party_id}", operation_id="office_set_account", summary="Head office sets a bank account"
)
async def put_account(
    request: Request, actor: Settler, party_id: PartyId, asked: AccountAsked
) -> AccountTold:
    """Where the party is paid from now on. The trail keeps who changed it, and its last four digits."""
    now = program_of(request).clock.now()
    account = check_account(brand_of(actor), party_id, asked.holder, asked.iban, asked.bic, now)
    await write_audited(request, actor, party_id, set_account, account, ends_with=account.iban[-4:])
    return account_told(account)


def account_told(one: BankAccount) -> AccountTold:
    """As whoever pays reads it."""
    return AccountTold(
        party_id=one.party_id, holder=one.holder, iban=one.iban, bic=one.bic, changed_at=one.changed_at
    )


class PaymentEnds(Asked):
    """How a payment ended."""

    state: Literal["paid", "failed"] = Field(description="failed: it came back, and all is owed again.")
    bank_ref: Annotated[str, Field(min_length=1, max_length=80)] | None = Field(
        default=None, description="The bank's own number of it."
    )


@router.post(
    "/payments/{payment_id}/end",
    operation_id="office_end_payment",
    summary="Head office says how a payment ended",
)
async def end(request: Request, actor: Settler, payment_id: PaymentId, asked: PaymentEnds) -> PaymentTold:
    """It was made, or came back. Once."""
    command = EndPayment(
        *(brand_of(actor), payment_id, asked.state == "paid", asked.bank_ref),
        program_of(request).clock.now(),
    )
    ended = await write_audited(request, actor, payment_id, finish_payment, command, state=asked.state)
    return payment_told(ended)
