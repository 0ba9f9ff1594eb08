"""Settled periods: the next one, how far it is, every party's statement, and where lines and ledger differ."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import Request, Response

from highstreet.flows.make_statements import ask_for_statements
from highstreet.flows.office_desk import desk_of
from highstreet.flows.pay_file import CURRENCY, orders_of, set_account
from highstreet.flows.pay_parties import EndPayment, PayByStatements, finish_payment, pay_by_statements
from highstreet.fronts.office.files import noted
from highstreet.fronts.office.pages.changes import (
    Typed,
    change,
    day_at,
    day_begins,
    go_to,
    problem_of,
    say,
)
from highstreet.fronts.office.pages.shell import page_router, pages, show
from highstreet.fronts.office.settlements import EarningsReader, Settler, file_of, settlement_asked
from highstreet.fronts.settlements_told import ShownSettlement, statements_csv
from highstreet.fronts.staff import PartyId, PaymentId, SettlementId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.i18n import text
from highstreet.kernel.permissions import Actor, Permission
from highstreet.look import page_locale
from highstreet.rooms.parties import Party, PartyKind, parties_of_brand
from highstreet.rooms.settlements import (
    PaymentState,
    Settlement,
    SettlementState,
    Statement,
    accounts_of,
    check_account,
    payment_by_id,
    payments_of,
    settlement_by_id,
    settlements_of,
    statements_of,
)

router = page_router()
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Following:
    """The days that can be settled next; no last day while there is none that is over."""

    first: str
    last: str
    begins_at: datetime
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A party in the list of statements, a line for each currency."""

    party_id: str
    currency: str
    earned_minor: int
    after_minor: int


def following(newest: Settlement | None, today: date, zone: str) -> Following:
    """A month, as far as it is over; the same days again where they did not add up."""
    if newest is None:
        last = today.replace(day=1) - DAY
        first = last.replace(day=1)
    elif newest.state is SettlementState.MADE:
        first = date.fromisoformat(newest.last_day) + DAY
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = min(next_month - DAY, today - DAY)
    else:
        first, last = date.fromisoformat(newest.first_day), date.fromisoformat(newest.last_day)
    is_busy = newest is not None and newest.state is SettlementState.MAKING
    return Following(f"{first}", f"{last}" if last >= first else "", day_begins(first, zone), is_busy)


async def _begin(request: Request, actor: Actor, problem: tuple[str, str] | None = None) -> dict[str, Any]:
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    found = await program.db.read(settlements_of, brand_of(actor))
    today = day_at(program.clock.now(), desk.zone)
    return {
        "desk": desk,
        "periods": [ShownSettlement(one) for one in found],
        "following": following(found[0] if found else None, today, desk.zone),
        "may_settle": _may_settle(actor),
        "problem": problem,
    }


def _may_settle(actor: Actor) -> bool:
    return actor.may(Permission.SETTLEMENTS_WRITE, brand_id=brand_of(actor))


@router.get("/settlements")
async def settlements_page(request: Request, actor: EarningsReader) -> Response:
    """What was settled, the newest first, and what can be settled next."""
    shown = await _begin(request, actor)
    del shown["desk"]
    return await show(request, actor, "settlements.html", **shown)


@router.post("/settlements/begin")
async def begin(request: Request, actor: Settler, first: Typed = "", last: Typed = "") -> Response:
    """Have all statements made; the next page tells how far it is."""
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    try:
        first_day, last_day = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        said = text(page_locale(request), "office-settled_wrong_days")
        shown = await _begin(request, actor, (said, ""))
        return pages.answer(request, "settlements_begin.html", 422, **shown)
    try:
        command = settlement_asked(desk, first_day, last_day, program.clock.now())
        days = {"first_day": command.first_day, "last_day": command.last_day}
        await change(request, actor, "office.settle_period", command.id, ask_for_statements, command, **days)
    except Refusal as refusal:
        shown = await _begin(request, actor, problem_of(request, refusal))
        return pages.answer(request, "settlements_begin.html", refusal.status, **shown)
    return go_to(f"/office/settlements/{command.id}")


@router.get("/settlements/accounts")
async def accounts_page(request: Request, actor: Settler) -> Response:
    """Where each party is paid."""
    return await show(request, actor, "accounts.html", **await _accounts(request, actor))


@router.post("/settlements/accounts/{party_id}")
async def put_account(
    request: Request,
    actor: Settler,
    party_id: PartyId,
    holder: Typed = "",
    iban: Typed = "",
    bic: Typed = "",
) -> Response:
    """Change one of them."""
    now = program_of(request).clock.now()
    said, status, problem = "office-settled_account_saved", 200, None
    try:
        account = check_account(brand_of(actor), party_id, holder, iban, bic.strip() or None, now)
        facts = {"ends_with": account.iban[-4:]}
        await change(request, actor, "office.set_account", party_id, set_account, account, **facts)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        status, problem = refusal.status, problem_of(request, refusal)
    shown = await _accounts(request, actor)
    shown |= {"open_id": party_id, "problem": problem}
    if problem:
        shown["typed"] = {"holder": holder, "iban": iban, "bic": bic}
    return pages.answer(request, "accounts_list.html", status, {} if problem else say(request, said), **shown)


async def _accounts(request: Request, actor: Actor) -> dict[str, Any]:
    db, brand_id = program_of(request).db, brand_of(actor)
    desk = await db.read(desk_of, brand_id, actor.id)
    parties = sorted(await db.read(parties_of_brand, brand_id), key=lambda one: (one.kind, one.name_en))
    return {
        "parties": parties,
        "accounts": await db.read(accounts_of, brand_id),
        "zone": desk.zone,
        "open_id": "",
        "typed": {},
        "problem": None,
    }


@router.get("/settlements/{settlement_id}")
async def settlement_page(request: Request, actor: EarningsReader, settlement_id: SettlementId) -> Response:
    """Every party's sums; or how far it is, or where it differs."""
    return await show(request, actor, "settlement.html", **await _made(request, actor, settlement_id))


@router.get("/settlements/{settlement_id}/state")
async def settlement_state(request: Request, actor: EarningsReader, settlement_id: SettlementId) -> Response:
    """The same as a part, for whoever waits."""
    return pages.answer(request, "settlement_state.html", **await _made(request, actor, settlement_id))


@router.get("/settlements/{settlement_id}/statements.csv")
async def all_statements(request: Request, actor: EarningsReader, settlement_id: SettlementId) -> Response:
    """Every party's totals and balances, as CSV."""
    settlement, statements, names = await _read(request, actor, settlement_id)
    headers = {
        "Content-Disposition": f'attachment; filename="statements-{settlement.first_day}-{settlement.last_day}.csv"',
        "Cache-Control": "no-store",
    }
    told = statements_csv(settlement, statements, names)
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/settlements/{settlement_id}/payments.xml")
async def read_file(request: Request, actor: Settler, settlement_id: SettlementId) -> Response:
    """What the bank is told to pay."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    orders = await program.db.read(orders_of, brand_id, settlement_id)
    facts = {"payments": len(orders.payments)}
    await change(request, actor, "office.read_payment_file", settlement_id, noted, None, **facts)
    return file_of(orders, day_at(program.clock.now(), desk.zone))


@router.get("/settlements/{settlement_id}/{party_id}")
async def party_page(
    request: Request, actor: EarningsReader, settlement_id: SettlementId, party_id: PartyId
) -> Response:
    """One party's statement."""
    settlement, statements, names = await _read(request, actor, settlement_id)
    statement = next((one for one in statements if one.party_id == party_id), None)
    if statement is None:
        raise REQUEST_NOT_FOUND()
    shown = ShownSettlement(settlement)
    return await show(request, actor, "settlement_party.html", shown=shown, statement=statement, names=names)


@router.post("/settlements/{settlement_id}/pay")
async def pay(request: Request, actor: Settler, settlement_id: SettlementId) -> Response:
    """Open a payment for each pair; what they owe each other is set off."""
    command = PayByStatements(brand_of(actor), settlement_id, program_of(request).clock.now())
    problem = None
    try:
        await change(request, actor, "office.open_payments", settlement_id, pay_by_statements, command)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        problem = refusal
    return await _paid(request, actor, settlement_id, problem)


@router.post("/settlements/payments/{payment_id}/end")
async def end_payment(
    request: Request, actor: Settler, payment_id: PaymentId, state: Typed = "", bank_ref: Typed = ""
) -> Response:
    """A payment was made, or came back."""
    program, brand_id = program_of(request), brand_of(actor)
    payment = await program.db.read(payment_by_id, brand_id, payment_id)
    if payment is None:
        raise REQUEST_NOT_FOUND()
    if state not in ("paid", "failed"):
        raise REQUEST_MALFORMED(field="state", reason="paid_or_failed")
    told = "".join(one for one in bank_ref if one.isprintable()).strip()[:80] or None
    command = EndPayment(brand_id, payment_id, state == "paid", told, program.clock.now())
    problem = None
    try:
        await change(request, actor, "office.end_payment", payment_id, finish_payment, command, state=state)
    except Refusal as refusal:
        problem = refusal
    return await _paid(request, actor, payment.settlement_id, problem)


async def _paid(request: Request, actor: Actor, settlement_id: str, problem: Refusal | None) -> Response:
    shown = await _made(request, actor, settlement_id)
    shown["problem"] = problem and problem_of(request, problem)
    return pages.answer(request, "settlement_state.html", problem.status if problem else 200, **shown)


async def _made(request: Request, actor: Actor, settlement_id: str) -> dict[str, Any]:
    settlement, statements, names = await _read(request, actor, settlement_id)
    lines = []
    for one in statements:
        earned: Counter[str] = Counter()
        after: Counter[str] = Counter()
        for held in one.balances:
            earned[held.currency] += held.earned_minor
            after[held.currency] += held.after_minor
        lines += [
            Line(one.party_id, currency, earned[currency], after[currency]) for currency in sorted(after)
        ]
    lines.sort(key=lambda line: -line.after_minor)
    db, brand_id = program_of(request).db, brand_of(actor)
    payments = await db.read(payments_of, brand_id, settlement_id)
    newest = [
        one.id for one in await db.read(settlements_of, brand_id, 2) if one.state is SettlementState.MADE
    ]
    desk = await db.read(desk_of, brand_id, actor.id)
    own = {one.id for one in names.values() if one.kind is PartyKind.BRAND}
    for_bank = [
        one
        for one in payments
        if one.state is PaymentState.OPEN and one.payer_id in own and one.currency == CURRENCY
    ]
    accounts = await db.read(accounts_of, brand_id) if for_bank else {}
    asked = dict.fromkeys([*sorted(own), *(one.payee_id for one in for_bank)]) if for_bank else {}
    return {
        "for_bank": for_bank,
        "lacking": [one for one in asked if one not in accounts],
        "shown": ShownSettlement(settlement),
        "lines": lines,
        "names": names,
        "may_settle": _may_settle(actor),
        "payments": payments,
        "is_payable": not payments and newest[:1] == [settlement_id],
        "zone": desk.zone,
        "problem": None,
    }


async def _read(
    request: Request, actor: Actor, settlement_id: str
) -> tuple[Settlement, list[Statement], dict[str, Party]]:
    db, brand_id = program_of(request).db, brand_of(actor)
    settlement = await db.read(settlement_by_id, brand_id, settlement_id)
    if settlement is None:
        raise REQUEST_NOT_FOUND()
    statements = await db.read(statements_of, brand_id, settlement_id)
    return settlement, statements, {one.id: one for one in await db.read(parties_of_brand, brand_id)}
